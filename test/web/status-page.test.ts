/** The status page: what it shows, and that an array can't put anything into it. */
import { describe, expect, it } from 'vitest';
import type { BackendStatus } from '../../src/backend/status.ts';
import { statusPage } from '../../src/web/status-page.ts';
import { ask, serve, statusDocument } from './kit.ts';

const EVIL = `<script>alert("1")</script>'&`;

function backendOf(change: Partial<BackendStatus>): BackendStatus {
  const [backend] = statusDocument().backends;
  if (!backend) throw new Error('the document has a backend');
  return { ...backend, ...change };
}

const pageOf = (...backends: BackendStatus[]) => statusPage(statusDocument({ backends }));

describe('the status page', () => {
  it('shows nothing an array says as markup', () => {
    const page = statusPage(
      statusDocument({
        version: EVIL,
        warnings: [EVIL],
        backends: [
          backendOf({
            name: EVIL,
            vendor: EVIL,
            model: EVIL,
            product: EVIL,
            serial_number: EVIL,
            firmware_version: EVIL,
            counts: { [EVIL]: 1 },
            drops: { [EVIL]: 1 },
            unknown_values: [EVIL],
            problems: [{ call: EVIL, error_type: 'backend', message: EVIL }],
            runs: {
              inventory: { at: 1, duration_ms: 1, ok: false, error_type: 'backend', message: EVIL },
            },
          }),
        ],
      }),
    );
    expect(page).not.toContain('<script');
    expect(page).not.toContain(`"1"`);
    expect(page.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;')).toHaveLength(
      15,
    );
    expect(page).toContain('href="/metrics?system=%3Cscript%3E');
  });

  it('allows no script and nothing from elsewhere', async () => {
    await using server = await serve();
    const { headers, body } = await ask(server, '/');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'unsafe-inline'",
    );
    expect(body.toString()).not.toMatch(/<script|src=|@import|url\(/);
  });

  it.each<[string, Partial<BackendStatus>]>([
    ['up', {}],
    ['down', { up: false }],
    ['up, with problems', { problems: [{ call: 'c', error_type: 'backend', message: 'm' }] }],
  ])('says that a backend is %s', (word, change) => {
    expect(pageOf(backendOf(change))).toContain(`>${word}</span>`);
  });

  it('says why an export fails', () => {
    const failure = {
      signal: 'metrics',
      url: 'https://***@collector:4318/v1/metrics',
      error_type: 'certificate',
      message: `set otlp.ca ${EVIL}`,
    } as const;
    const page = statusPage(statusDocument({ export_failures: [failure] }));
    expect(page).toContain(
      'OTLP metrics to https://***@collector:4318/v1/metrics fail: certificate, set otlp.ca &lt;script',
    );
    expect(statusPage(statusDocument())).not.toContain('OTLP');
  });

  it('tells what is unknown from what was dropped', () => {
    const page = pageOf(
      backendOf({ drops: { duplicate: 2 }, unknown_values: ['disks.status spinning'] }),
    );
    expect(page).toContain('Dropped: 2 duplicate<');
    expect(page).toContain('Not known to the driver, shown as unknown: disks.status spinning<');
    expect(pageOf(backendOf({}))).not.toMatch(/Dropped|Not known/);
  });

  it('says that a backend is starting', () => {
    const { up: _up, ...starting } = backendOf({});
    expect(pageOf(starting)).toContain('>starting</span>');
  });

  it('counts the arrays, lists alerts, runs and a failed reload', () => {
    const none = { Fatal: 0, Major: 0, Warning: 0, Informational: 0, NotSpecified: 0 };
    const active_alerts = { ...none, Critical: 2, Minor: 1 };
    const page = statusPage(
      statusDocument({
        config_last_reload_successful: false,
        backends: [backendOf({ active_alerts }), backendOf({ name: 'b', up: false })],
      }),
    );
    expect(page).toContain('1 of 2 arrays up');
    expect(page).toContain('Active alerts: 2 Critical, 1 Minor');
    expect(page).toContain('The last reload failed');
    expect(page).toContain('<td>inventory</td><td>59 s ago</td>');
  });

  it('survives a name that is no proper text', () => {
    expect(pageOf(backendOf({ name: 'a\ud800' }))).toContain('href="/metrics?system=a%EF%BF%BD"');
  });
});
