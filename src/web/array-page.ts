/** The page of one array: what it gives, what fails and what to do, what was dropped and what is unknown. */
import type { Alert } from '../driver/alerts.ts';
import type { CallProblem } from '../backend/collect.ts';
import type { BackendStatus, CollectionKind } from '../backend/status.ts';
import type { ErrorType } from '../driver/errors.ts';
import {
  ailing,
  components,
  lists,
  measures,
  requests,
  samples,
  servers,
} from './array-details.ts';
import { ago, duration, html, table, words, type Html, type Part } from './html.ts';
import { identityOf, MOODS, page, pathTo, pill, SEVERITY_MOODS, stateOf } from './layout.ts';
import type { ArrayDocument } from './source.ts';

const KINDS: readonly CollectionKind[] = ['inventory', 'performance', 'alerts'];

/** What to do where the message itself does not say so. */
const ADVICE: Readonly<Partial<Record<ErrorType, string>>> = {
  authentication:
    'Check the account and its rights. After a refused login nothing is asked for 15 minutes, so that the account is not locked; a reload with a corrected configuration tries at once.',
  unreachable:
    'Check address, port and the firewalls on the way. It is tried again by itself, at most 16 minutes apart.',
  timeout:
    'Look at the load of the array. A longer budget.call_timeout or interval, or inventory.exclude, asks less of it.',
  not_supported:
    'The array, its version, its licence or the account lacks this. It is asked again after an hour; inventory.exclude stops that.',
  backend: 'The array itself says so: its own log and the documentation of its vendor know more.',
  invalid_response:
    'What came is not what the driver expects. If it stays, report it with what inspect shows.',
  configuration: 'Correct the configuration and reload.',
  internal: 'A fault of the driver or the agent: the log has more.',
};

const DROPPED: Readonly<Record<string, string>> = {
  invalid_record: 'records that lack what tells them apart, or are none',
  invalid_field: 'fields of records with a value that can not be',
  duplicate: 'records that were there before in the same list',
  invalid_series: 'series of no known measure, unit or object',
  invalid_sample: 'samples whose time or value can not be',
  late_sample: 'series of a round for which the clock of the array had gone back',
  list_limit: 'records of lists that are longer than any array has',
  series_limit: 'series beyond budget.max_series',
};

export function arrayPage(array: ArrayDocument): string {
  const { name, now, details } = array;
  const state = stateOf(array);
  return page({
    title: `${name} - delfin-agent`,
    now,
    header: html`<h1>${name}</h1>
      ${pill(state, MOODS[state])}<span class="muted">${identityOf(array)}</span>
      <nav aria-label="Pages">
        <a href="/">all arrays</a>${consoleLink(array.access_url)}<a
          href="${pathTo('/metrics?system=', name)}"
          >metrics</a
        ><a href="${pathTo('/api/v1/status/', name)}">json</a>
      </nav>`,
    main: [
      details
        ? undefined
        : html`<p class="odd">
            Its worker does not answer right now: what it said last is shown.
          </p>`,
      section('Problems', problems(array)),
      section('Collections', collections(array)),
      section('Active alerts', alerts(array)),
      section('Not well', details && ailing(details)),
      section('Performance', details && samples(details, now)),
      section('Inventory', details && lists(details, now)),
      section('Measures', details && measures(details)),
      section('Components', details && components(details)),
      section('Requests', requests(array)),
      section('Certificates and host keys', details && servers(details, now)),
      section('Unknown', unknownValues(array)),
      section('Dropped', drops(array)),
    ],
  });
}

function section(title: string, content: Part): Html | undefined {
  if (content === undefined) return undefined;
  return html`<section aria-label="${title}">
    <h2>${title}</h2>
    ${content}
  </section> `;
}

/** An array may say anything; a browser follows only what leads to a web page. */
function consoleLink(url: string | undefined): Html | undefined {
  const parsed = URL.parse(url ?? '');
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) return undefined;
  return html`<a href="${parsed.href}" rel="noreferrer noopener">console</a>`;
}

/** What failed as a whole comes first; its message stands in its problems, too. */
function problems({ runs, problems: calls }: BackendStatus): Part {
  const failed = KINDS.flatMap((kind): CallProblem[] => {
    const { ok = true, error_type = 'internal', message = '' } = runs[kind] ?? {};
    const isTold = calls.some((problem) => problem.call === kind && problem.message === message);
    return ok || isTold ? [] : [{ call: kind, error_type, message }];
  });
  const all = [...failed, ...calls];
  if (all.length === 0) return html`<p class="good">None.</p>`;
  const types = new Set(all.map(({ error_type: type }) => type));
  return [
    table(
      'Problems',
      ['call', 'problem', 'message'],
      all.map(({ call, error_type: type, message }) => [
        call,
        html`<span class="${type === 'not_supported' ? 'muted' : 'bad'}">${words(type)}</span>`,
        message,
      ]),
    ),
    html`<ul>
      ${[...types].map((type) => ADVICE[type] && html`<li><b>${words(type)}</b>: ${ADVICE[type]}</li>`)}
    </ul>`,
  ];
}

function collections({ runs, details, now }: ArrayDocument): Part {
  const rows = KINDS.flatMap((kind): [string, ...Part[]][] => {
    const run = runs[kind];
    const interval = details?.intervals[kind];
    const every = interval === undefined ? '' : duration(interval);
    if (!run) return every ? [[kind, html`<span class="odd">not yet</span>`, '', every, '']] : [];
    const result = run.ok
      ? html`<span class="good">ok</span>`
      : html`<span class="bad">${words(run.error_type ?? 'failed')}</span>`;
    const good = run.last_success_at;
    return [
      [
        kind,
        [result, run.ok || good === undefined ? undefined : html`, last good ${ago(good, now)}`],
        ago(run.at, now),
        every,
        `${(run.duration_ms / 1_000).toFixed(2)} s`,
      ],
    ];
  });
  return (
    table('Collections', ['kind', 'result', 'ended', 'every', 'took'], rows) ??
    html`<p class="muted">None has ended yet.</p>`
  );
}

function alerts({ alerts: known, active_alerts: counts, now }: ArrayDocument): Part {
  if (!known) {
    const text = counts
      ? 'Their texts can not be had right now.'
      : 'Nothing is known of its alerts.';
    return html`<p class="muted">${text}</p>`;
  }
  const all = Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
  const listed = table(
    'Active alerts',
    ['severity', 'since', 'alert'],
    known.map((alert) => [
      pill(alert.severity, SEVERITY_MOODS[alert.severity] ?? 'muted'),
      alert.occur_time === undefined ? '' : ago(alert.occur_time, now),
      alertText(alert),
    ]),
  );
  const more = all > known.length ? html`<p class="muted">${known.length} of ${all}, the worst and newest.</p>` : undefined; // prettier-ignore
  return [listed ?? html`<p class="good">None.</p>`, more];
}

function alertText(alert: Alert): Part {
  const {
    alert_name: name = alert.alert_id,
    description,
    location,
    recovery_advice: advice,
  } = alert;
  return [
    html`<b>${name}</b>`,
    description && description !== name ? [' ', description] : undefined,
    location ? html` <span class="muted">${location}</span>` : undefined,
    advice ? html`<div class="muted">What to do: ${advice}</div>` : undefined,
  ];
}

function unknownValues({ unknown_values: values = [] }: BackendStatus): Part {
  if (values.length === 0)
    return html`<p class="muted">
      None so far: the driver knows every word that this array has said.
    </p>`;
  return html`<p>
      Words of the array that the driver does not know. The record is there, the field shows
      unknown.
    </p>
    <ul>
      ${values.map((value) => html`<li><code>${value}</code></li>`)}
    </ul>`;
}

function drops({ drops: counted }: BackendStatus): Part {
  return (
    table(
      'Dropped',
      ['reason', 'so far', 'what'],
      Object.entries(counted).map(([reason, count]) => [words(reason), count, DROPPED[reason]]),
    ) ?? html`<p class="muted">Nothing so far.</p>`
  );
}
