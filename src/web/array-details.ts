/** What a driver could read, what this array gives, and how it is asked: the tables of its page. */
import type { BackendDetails, ListState, ResourceDetails } from '../backend/details.ts';
import type { ServerIdentity } from '../driver/identity.ts';
import { ago, duration, html, stamp, table, words, type Html, type Part } from './html.ts';
import type { ArrayDocument } from './source.ts';

const DAY_MS = 86_400_000;
/** A certificate that ends within this time is pointed out. */
const SOON_MS = 30 * DAY_MS;

const GIVEN: Readonly<Record<ListState, Html>> = {
  read: html`<span class="good">yes</span>`,
  partial: html`<span class="odd">in part</span>`,
  kept: html`<span class="odd">fails; the last answer is kept</span>`,
  failed: html`<span class="bad">fails</span>`,
  absent: html`<span class="muted">no</span>`,
  excluded: html`<span class="muted">not asked: inventory.exclude</span>`,
  unknown: html`<span class="muted">not asked yet</span>`,
};

export function lists(details: BackendDetails, now: number): Part {
  return table(
    'Inventory',
    ['list', 'driver', 'this array', 'records', 'read'],
    details.lists.map(({ list, offered, state, records, read_at: at }) => [
      words(list),
      offered === undefined ? '?' : offered ? 'yes' : html`<span class="muted">no</span>`,
      GIVEN[state],
      records,
      at === undefined ? undefined : ago(at, now),
    ]),
  );
}

export function samples({ resources, intervals }: BackendDetails, now: number): Part {
  const every = intervals.performance;
  if (every === undefined) return html`<p class="muted">Not collected, as configured.</p>`;
  const rows = resources.filter(({ given, excluded }) => given?.length !== 0 && !excluded);
  return (
    table(
      'Performance',
      ['resource', 'newest sample', 'every', 'series'],
      rows.map(({ resource_type: type, newest_sample_at: at, turn, series }) => [
        words(type),
        at === undefined
          ? html`<span class="odd">none yet</span>`
          : [
              ago(at, now),
              series === 0 ? html` <span class="bad">stale, withdrawn</span>` : undefined,
            ],
        duration(Math.max(every, (turn ?? 0) * 1_000)),
        series,
      ]),
    ) ?? html`<p class="muted">This array measures nothing.</p>`
  );
}

/** Which of the driver's measures this array has, and which of them have samples. */
export function measures({ resources }: BackendDetails): Part {
  return (
    table(
      'Measures',
      ['resource', 'measures'],
      resources.map((resource) => [words(resource.resource_type), measuresOf(resource)]),
    ) ?? html`<p class="muted">The driver reads none.</p>`
  );
}

function measuresOf({ excluded, offered, given, sampled }: ResourceDetails): Part {
  if (excluded) return html`<span class="muted">not asked: performance.resources</span>`;
  const known = new Set(given ?? offered);
  const parts: readonly [string, string, ReadonlySet<string>][] = [
    ['with samples', 'good', new Set(sampled)],
    [given ? 'no sample now' : 'not asked yet', 'odd', known.difference(new Set(sampled))],
    [
      'of the driver, not of this array',
      'muted',
      given ? new Set(offered).difference(known) : new Set(),
    ],
  ];
  return parts.map(([what, mood, names]) =>
    names.size === 0
      ? undefined
      : html`<div>
          <span class="${mood}">${what}</span>: ${Array.from(names, words).join(', ')}
        </div>`,
  );
}

export function components({ components: types }: BackendDetails): Part {
  return table(
    'Components',
    ['type', 'state'],
    Object.entries(types).map(([type, states]) => [
      words(type),
      Object.entries(states)
        .map(([state, count]) => `${count} ${words(state)}`)
        .join(', '),
    ]),
  );
}

export function ailing({ ailing: parts, ailing_total: all, lists: known }: BackendDetails): Part {
  if (!known.some(({ read_at: at }) => at !== undefined)) {
    return html`<p class="muted">Nothing is known of its parts.</p>`;
  }
  const listed = table(
    'Not well',
    ['object', 'state', 'of', 'where'],
    parts.map(({ list, id, name, location, status }) => [
      name ?? id,
      html`<span class="bad">${words(status)}</span>`,
      words(list),
      location,
    ]),
  );
  if (!listed) return html`<p class="good">All is well, says the array.</p>`;
  return [
    listed,
    all > parts.length ? html`<p class="muted">${parts.length} of ${all}.</p>` : undefined,
  ];
}

export function requests({ details, traffic }: ArrayDocument): Part {
  const facts: [Part, string][] = [
    [traffic.requests, 'since the start'],
    [traffic.errors, 'of them failed'],
    [
      (traffic.bytesReceived / 1e6).toLocaleString('en', { maximumFractionDigits: 1 }),
      'MB received',
    ],
  ];
  if (details) {
    const { limit, in_flight: used, waiting } = details.budget;
    facts.unshift([used, `of ${limit} in flight (budget.max_in_flight)`], [waiting, 'waiting']);
  }
  return html`<div class="facts">
    ${facts.map(([value, what]) => html`<span><b>${value}</b> <span class="muted">${what}</span></span>`)}
  </div>`;
}

const DECIDED: Readonly<Record<ServerIdentity['by'], string>> = {
  system: 'signed by an authority of this machine',
  ca: 'signed by rest.ca',
  fingerprint: 'pinned by rest.fingerprint',
  host_key: 'pinned by ssh.host_key',
  known_hosts: 'named in ssh.known_hosts',
  insecure: 'taken unseen: insecure is set',
  none: '',
};

const REFUSED: Readonly<Record<ServerIdentity['by'], string>> = {
  ...DECIDED,
  system: 'signed by no authority of this machine, or for another name',
  ca: 'not signed by rest.ca, or for another name',
  fingerprint: 'not the one in rest.fingerprint',
  host_key: 'not the one in ssh.host_key',
  known_hosts: 'not the one in ssh.known_hosts',
  none: 'no host key is configured',
};

/** What each server has shown, in the form the configuration takes. */
export function servers({ servers: known }: BackendDetails, now: number): Part {
  return (
    table(
      'Certificates and host keys',
      ['server', 'shown', 'to pin it'],
      known.map((identity) => [
        identity.server,
        [judged(identity), validity(identity.valid_to, now)],
        html`<code>${identity.key}: "${identity.value}"</code>`,
      ]),
    ) ?? html`<p class="muted">None was shown yet, or the way to this array has none.</p>`
  );
}

function judged({ accepted, by }: ServerIdentity): Html {
  if (!accepted) return html`<div class="bad">refused: ${REFUSED[by]}</div>`;
  return html`<div class="${by === 'insecure' ? 'odd' : 'good'}">accepted: ${DECIDED[by]}</div>`;
}

function validity(end: number | undefined, now: number): Html | undefined {
  if (end === undefined) return undefined;
  const mood = end < now ? 'bad' : end < now + SOON_MS ? 'odd' : 'muted';
  return html`<div class="${mood}">valid to ${stamp(end).slice(0, 10)}</div>`;
}
