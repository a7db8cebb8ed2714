/** The pages: what they show, and that an array can't put anything into them. */
import { describe, expect, it } from 'vitest';
import type { BackendDetails } from '../../src/backend/details.ts';
import type { BackendStatus } from '../../src/backend/status.ts';
import { arrayPage } from '../../src/web/array-page.ts';
import { html } from '../../src/web/html.ts';
import type { ArrayDocument } from '../../src/web/source.ts';
import { statusPage } from '../../src/web/status-page.ts';
import { arrayDocument, ask, serve, statusDocument } from './kit.ts';

const EVIL = `<script>alert("1")</script>'&\u0007\u202e`;
const HARMLESS = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;\\u0007\\u202e';

const backendOf = (change: Partial<BackendStatus>): BackendStatus => arrayDocument(change);
const pageOf = (...backends: BackendStatus[]) => statusPage(statusDocument({ backends }));

/** What people read: no markup, no indents. */
function read(page: string): string {
  return page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}

const section = (page: string, title: string) =>
  read(page.split(`<h2>${title}</h2>`)[1]?.split('</section>')[0] ?? `no ${title}`).trim();

const NOTHING: BackendDetails = {
  intervals: {},
  lists: [],
  resources: [],
  components: {},
  ailing: [],
  ailing_total: 0,
  budget: { limit: 2, in_flight: 0, waiting: 0 },
  servers: [],
};

const shown = (change: Partial<ArrayDocument>) => arrayPage(arrayDocument(change));
const detailed = (details: Partial<BackendDetails>, change: Partial<ArrayDocument> = {}) =>
  shown({ details: { ...NOTHING, ...details }, ...change });

describe('markup', () => {
  it('holds texts escaped, what a page would obey readable, numbers with their thousands', () => {
    const inner = html`<b>${EVIL}</b>`;
    expect(html`${inner}${[1_234, undefined, '\ud800']}`.markup).toBe(
      `<b>${HARMLESS}</b>1,234\ufffd`,
    );
  });
});

const POISON: Partial<BackendStatus> = {
  name: EVIL,
  vendor: EVIL,
  model: EVIL,
  product: EVIL,
  serial_number: EVIL,
  firmware_version: EVIL,
  access_url: EVIL,
  counts: { [EVIL]: 1 },
  drops: { [EVIL]: 1 },
  unknown_values: [EVIL],
  problems: [{ call: EVIL, error_type: 'backend', message: EVIL }],
  runs: { inventory: { at: 1, duration_ms: 1, ok: false, error_type: 'backend', message: EVIL } },
};

describe('the status page', () => {
  it('shows nothing an array says as markup', () => {
    const page = statusPage(
      statusDocument({ version: EVIL, warnings: [EVIL], backends: [backendOf(POISON)] }),
    );
    expect(page).not.toMatch(/<script>|"1"|[\u0007\u202e]/);
    expect(page.split(HARMLESS).length).toBeGreaterThan(8);
    expect(page).toContain('href="/arrays/%3Cscript%3E');
  });

  it.each<[string, Partial<BackendStatus>]>([
    ['up', {}],
    ['down', { up: false }],
    ['problems', { problems: [{ call: 'c', error_type: 'backend', message: 'm' }] }],
  ])('says that a backend is %s', (word, change) => {
    expect(pageOf(backendOf(change))).toContain(`>${word}</span>`);
  });

  it('says that a backend is starting, which is neither up nor a fault', () => {
    const { up: _up, ...starting } = backendOf({ runs: {} });
    const page = pageOf(starting);
    expect(page).toContain('>starting</span>');
    expect(page).toContain('class="pill good">0 of 1 arrays up');
    expect(read(page)).toMatch(/1 starting .* never/);
  });

  it('puts what is to be done on top', () => {
    const { up: _up, ...starting } = backendOf({ name: 'c' });
    const problems = [{ call: 'c', error_type: 'backend', message: 'm' }] as const;
    const page = pageOf(
      backendOf({ name: 'a' }),
      backendOf({ name: 'b', problems }),
      starting,
      backendOf({ name: 'd', up: false }),
    );
    const names = Array.from(page.matchAll(/data-key="(.)"/g), ([, name]) => name);
    expect(names).toEqual(['d', 'c', 'b', 'a']);
    expect(page).toContain('class="pill bad">2 of 4 arrays up');
  });

  it('names what failed, a whole collection first, and no novel', () => {
    const call = { call: 'listDisks', error_type: 'backend', message: 'x'.repeat(1_000) } as const;
    const run = {
      at: 1,
      duration_ms: 1,
      ok: false,
      error_type: 'timeout',
      message: 'late',
    } as const;
    const backend = backendOf({ problems: [call, call, call] });
    expect(read(pageOf(backend))).toContain(
      `listDisks: backend, ${'x'.repeat(160)}... (and 2 more)`,
    );
    expect(read(pageOf({ ...backend, runs: { alerts: run } }))).toContain('alerts: timeout, late');
  });

  it('counts severe alerts by severity and the others together', () => {
    const none = { Fatal: 0, Major: 0, NotSpecified: 0, Informational: 2 };
    const active_alerts = { ...none, Critical: 2, Minor: 1, Warning: 1_000 };
    expect(read(pageOf(backendOf({ active_alerts })))).toContain(' 2 Critical 1,003 other ');
  });

  it('says why an export fails, and that a reload failed', () => {
    const failure = {
      signal: 'metrics',
      url: 'https://***@collector:4318/v1/metrics',
      error_type: 'certificate',
      message: `set otlp.ca ${EVIL}`,
    } as const;
    const page = statusPage(
      statusDocument({ export_failures: [failure], config_last_reload_successful: false }),
    );
    expect(read(page)).toContain(
      'OTLP metrics to https://***@collector:4318/v1/metrics fail: certificate, set otlp.ca &lt;script',
    );
    expect(page).toContain('The last reload failed');
    expect(statusPage(statusDocument())).not.toMatch(/OTLP|reload/);
  });

  it('survives a name that is no proper text', () => {
    expect(pageOf(backendOf({ name: 'a\ud800' }))).toContain('href="/arrays/a%EF%BF%BD"');
  });
});

describe('the page of an array', () => {
  it('shows nothing the array says as markup', () => {
    const poison = { list: EVIL, id: EVIL, name: EVIL, location: EVIL, status: EVIL } as never;
    const page = detailed(
      {
        ailing: [poison],
        ailing_total: 1,
        lists: [{ list: 'disks', state: 'read', read_at: 1 }],
        components: { [EVIL]: { [EVIL]: 1 } },
        servers: [
          { server: EVIL, key: 'ssh.host_key', value: EVIL, accepted: false, by: 'known_hosts' },
        ],
      },
      {
        ...POISON,
        alerts: [
          {
            alert_id: EVIL,
            severity: 'Major',
            category: 'Fault',
            description: `${EVIL} `,
            location: EVIL,
            recovery_advice: EVIL,
          },
        ],
      },
    );
    expect(page).not.toMatch(/<script>|"1"|[\u0007\u202e]/);
    expect(page.split(HARMLESS).length).toBeGreaterThan(20);
  });

  it.each([
    ['https://array/ui?a=1', 'href="https://array/ui?a=1"'],
    ['http://array', 'href="http://array/"'],
    ['javascript:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['//array', undefined],
  ])('leads to the console %s: %s', (access_url, link) => {
    const page = shown({ access_url });
    if (link) expect(page).toContain(link);
    else expect(page).not.toContain('>console<');
  });

  it('says what to do about a problem, once for each kind', () => {
    const problem = {
      call: 'listDisks',
      error_type: 'authentication',
      message: 'refused',
    } as const;
    const told = section(
      shown({ problems: [problem, { ...problem, call: 'listPorts' }] }),
      'Problems',
    );
    expect(told).toContain('listDisks authentication refused listPorts authentication refused');
    expect(told.match(/nothing is asked for 15 minutes/g)).toHaveLength(1);
    expect(section(shown({}), 'Problems')).toBe('None.');
  });

  it('shows a collection that failed as a problem, and when the last good one ended', () => {
    const run = { at: 31_000, duration_ms: 1_500, ok: false, error_type: 'timeout' } as const;
    const page = detailed(
      { intervals: { inventory: 300_000, alerts: 60_000 } },
      { runs: { inventory: { ...run, message: 'late', last_success_at: 1_000 } } },
    );
    expect(section(page, 'Problems')).toContain('inventory timeout late');
    expect(section(page, 'Collections')).toMatch(
      /inventory timeout , last good 60 s ago 30 s ago 5 min 1.50 s alerts not yet 60 s$/,
    );
  });

  it('tells what this array gives from what the driver offers', () => {
    const page = detailed({
      lists: [
        { list: 'volumes', offered: true, state: 'read', records: 1_203, read_at: 31_000 },
        { list: 'disks', offered: true, state: 'kept', records: 4, read_at: 1_000 },
        { list: 'ports', offered: true, state: 'partial', records: 3, read_at: 1_000 },
        { list: 'shares', offered: true, state: 'failed' },
        { list: 'quotas', offered: false, state: 'absent' },
        { list: 'qtrees', state: 'excluded' },
        { list: 'storage_hosts', offered: true, state: 'unknown' },
      ],
      resources: [
        {
          resource_type: 'volume',
          excluded: false,
          offered: ['iops', 'readIops', 'cpuUsage'],
          given: ['iops', 'readIops'],
          sampled: ['iops'],
          series: 5,
          newest_sample_at: 1_000,
          turn: 600,
        },
        {
          resource_type: 'disk',
          excluded: true,
          offered: ['iops'],
          given: [],
          sampled: [],
          series: 0,
        },
        { resource_type: 'port', excluded: false, offered: ['iops'], sampled: [], series: 0 },
      ],
      intervals: { performance: 60_000 },
      components: { fan: { ok: 4, failed: 1 } },
    });
    const lists = section(page, 'Inventory');
    expect(lists).toContain('volumes yes yes 1,203 30 s ago');
    expect(lists).toContain('disks yes fails; the last answer is kept 4 60 s ago');
    expect(lists).toContain('ports yes in part 3');
    expect(lists).toContain('shares yes fails quotas no no');
    expect(lists).toContain('qtrees ? not asked: inventory.exclude');
    expect(lists).toContain('storage hosts yes not asked yet');
    expect(section(page, 'Measures')).toBe(
      'resource measures volume with samples : iops no sample now : read iops of the driver, not of this array : cpu usage disk not asked: performance.resources port not asked yet : iops',
    );
    expect(section(page, 'Performance')).toBe(
      'resource newest sample every series volume 60 s ago 10 min 5 port none yet 60 s 0',
    );
    expect(section(page, 'Components')).toBe('type state fan 4 ok, 1 failed');
  });

  it('says when samples are too old to be shown', () => {
    const volume = { resource_type: 'volume', excluded: false, offered: [], sampled: [] } as const;
    const resources = [{ ...volume, given: ['iops' as const], series: 0, newest_sample_at: 1_000 }];
    const page = detailed({ resources, intervals: { performance: 60_000 } });
    expect(section(page, 'Performance')).toContain('60 s ago stale, withdrawn');
    expect(section(detailed({ resources }), 'Performance')).toBe('Not collected, as configured.');
  });

  it('shows the budget, and the certificates in the form the configuration takes', () => {
    const pin = { key: 'rest.fingerprint', value: 'sha256:ab', valid_to: 86_400_000 } as const;
    const page = detailed({
      budget: { limit: 2, in_flight: 1, waiting: 7 },
      servers: [
        { server: 'a:443', ...pin, accepted: true, by: 'insecure' },
        { server: 'b:443', ...pin, accepted: false, by: 'ca' },
        {
          server: 'c:22',
          key: 'ssh.host_key',
          value: 'ssh-ed25519 A',
          accepted: false,
          by: 'none',
        },
      ],
    });
    expect(section(page, 'Requests')).toContain(
      '1 of 2 in flight (budget.max_in_flight) 7 waiting',
    );
    const trust = section(page, 'Certificates and host keys');
    expect(trust).toContain(
      'a:443 accepted: taken unseen: insecure is set valid to 1970-01-02 rest.fingerprint: "sha256:ab"',
    );
    expect(trust).toContain('b:443 refused: not signed by rest.ca, or for another name');
    expect(trust).toContain(
      'c:22 refused: no host key is configured ssh.host_key: "ssh-ed25519 A"',
    );
  });

  it('lists alerts with their texts, and how many there are beyond them', () => {
    const alert = {
      alert_id: '7',
      severity: 'Major',
      category: 'Fault',
      occur_time: 1_000,
    } as const;
    const none = { Fatal: 0, Critical: 0, Minor: 0, Warning: 0, Informational: 0, NotSpecified: 0 };
    const alerts = [
      { ...alert, alert_name: 'Fan', description: 'It stands', recovery_advice: 'Turn it' },
    ];
    const page = shown({ alerts, active_alerts: { ...none, Major: 3 } });
    expect(section(page, 'Active alerts')).toBe(
      'severity since alert Major 60 s ago Fan It stands What to do: Turn it 1 of 3, the worst and newest.',
    );
    expect(section(shown({ alerts: [] }), 'Active alerts')).toBe('None.');
    expect(section(shown({}), 'Active alerts')).toBe('Nothing is known of its alerts.');
  });

  it('tells what is unknown from what was dropped', () => {
    const page = shown({ drops: { duplicate: 2 }, unknown_values: ['disks.status spinning'] });
    expect(section(page, 'Dropped')).toContain('duplicate 2 records that were there before');
    expect(section(page, 'Unknown')).toContain('the field shows unknown. disks.status spinning');
    expect(section(shown({}), 'Dropped')).toBe('Nothing so far.');
  });

  it('says that its worker does not answer, and shows what it said last', () => {
    const page = shown({ drops: { duplicate: 2 } });
    expect(page).toContain('Its worker does not answer right now');
    expect(detailed({})).not.toContain('Its worker does not answer');
    expect(section(page, 'Dropped')).toContain('duplicate 2');
  });
});

describe('pages on their way', () => {
  it.each(['/', '/arrays/a'])('%s allows its own files and nothing else', async (path) => {
    await using server = await serve();
    const { headers, body } = await ask(server, path);
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy[0]).toBe("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    for (const directive of policy) expect(directive).toMatch(/^[\w-]+ '(none|self)'$/);
    expect([headers['x-content-type-options'], headers['cache-control']]).toEqual([
      'nosniff',
      'no-store',
    ]);
    expect(body.toString()).not.toMatch(/<style|<script>|\son\w+=|\sstyle=|https?:/);
  });

  it('has every file that they refer to', async () => {
    await using server = await serve();
    const { body } = await ask(server, '/');
    const files = Array.from(body.toString().matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g), ([, file]) => file ?? ''); // prettier-ignore
    expect(files).toHaveLength(3);
    for (const file of files) expect((await ask(server, file)).status).toBe(200);
  });

  it('finds an array by its name, whatever it is', async () => {
    const asked: string[] = [];
    const array = async (name: string) => {
      asked.push(name);
      return arrayDocument({ name });
    };
    await using server = await serve({ array });
    for (const name of ['a b', 'a/b', '<x>', 'ä'])
      expect((await ask(server, `/arrays/${encodeURIComponent(name)}`)).status).toBe(200);
    expect(asked).toEqual(['a b', 'a/b', '<x>', 'ä']);
    const { body } = await ask(server, '/api/v1/status/a%20b');
    expect(JSON.parse(body.toString())).toEqual(arrayDocument({ name: 'a b' }));
    expect((await ask(server, '/arrays/%E4')).status).toBe(404);
  });
});
