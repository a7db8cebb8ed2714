/** The status page: what an administrator looks at first. A line for each array, the worst on top. */
import type { BackendStatus } from '../backend/status.ts';
import { ago, duration, html, type Html, type Part } from './html.ts';
import {
  identityOf,
  MOODS,
  page,
  pathTo,
  pill,
  SEVERITY_MOODS,
  stateOf,
  STATES,
  type StateWord,
} from './layout.ts';
import type { StatusDocument } from './source.ts';

/** The whole text is on the array's page. */
const MAX_PROBLEM = 160;

export function statusPage(status: StatusDocument): string {
  const { now, backends } = status;
  const byState = Map.groupBy(backends, stateOf);
  return page({
    title: 'delfin-agent',
    now,
    header: html`<h1>delfin-agent</h1>
      <span class="muted">${status.version}, up ${duration(now - status.started_at)}</span>
      ${summary(byState, backends.length)}
      <nav aria-label="Pages">
        <a href="/metrics">metrics</a><a href="/config">config</a><a href="/sd">sd</a
        ><a href="/api/v1/status">json</a>
      </nav>`,
    main: [
      notices(status),
      html`<section aria-label="Arrays">
        <table>
          <thead>
            <tr>
              <th scope="col">state</th>
              <th scope="col">array</th>
              <th scope="col">active alerts</th>
              <th scope="col" class="wide">answered</th>
              <th scope="col" class="wide count">volumes</th>
              <th scope="col" class="wide count">series</th>
            </tr>
          </thead>
          <tbody>
            ${STATES.flatMap((state) => (byState.get(state) ?? []).map((backend) => row(backend, state, now)))}
          </tbody>
        </table>
      </section>`,
    ],
  });
}

function summary(byState: ReadonlyMap<StateWord, readonly unknown[]>, all: number): Part {
  const down = byState.get('down')?.length ?? 0;
  const starting = byState.get('starting')?.length ?? 0;
  const up = pill(`${all - down - starting} of ${all} arrays up`, down > 0 ? 'bad' : 'good');
  return [up, starting > 0 ? pill(`${starting} starting`, 'odd') : undefined];
}

function notices(status: StatusDocument): Part {
  return [
    status.config_last_reload_successful
      ? undefined
      : html`<p class="bad">
          The last reload failed: the old configuration is running. See the log.
        </p>`,
    status.warnings.map((warning) => html`<p class="odd">${warning}</p>`),
    (status.export_failures ?? []).map(
      ({ signal, url, error_type: type, message }) =>
        html`<p class="bad">OTLP ${signal} to ${url} fail: ${type}, ${message}</p>`,
    ),
  ];
}

function row(backend: BackendStatus, state: StateWord, now: number): Html {
  const { name, counts, series } = backend;
  return html`<tr data-key="${name}">
    <td>${pill(state, MOODS[state])}</td>
    <th scope="row">
      <a href="${pathTo('/arrays/', name)}">${name}</a>
      <span class="muted">${identityOf(backend)}</span>${worst(backend)}
    </th>
    <td>${alerts(backend)}</td>
    <td class="wide">${answered(backend, now)}</td>
    <td class="wide count">${counts['volumes']}</td>
    <td class="wide count">${series}</td>
  </tr>`;
}

/** What failed, a whole collection before a single call. */
function worst({ runs, problems }: BackendStatus): Html | undefined {
  const failed = Object.entries(runs).find(([, { ok }]) => !ok);
  const [first] = problems;
  const [what, { error_type: type, message = '' }] = failed ?? [first?.call, first ?? {}];
  if (what === undefined) return undefined;
  const text = message.length > MAX_PROBLEM ? `${message.slice(0, MAX_PROBLEM)}...` : message;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : undefined;
  return html`<div class="${failed ? 'bad' : 'odd'}">${what}: ${type}, ${text}${more}</div>`;
}

/** The severe ones each, the others as one number. */
function alerts({ active_alerts: active }: BackendStatus): Part {
  const counted = Object.entries(active ?? {}).filter(([, count]) => count > 0);
  const { bad = [], others: rest = [] } = Object.groupBy(counted, ([severity]) =>
    SEVERITY_MOODS[severity] === 'bad' ? 'bad' : 'others',
  );
  const others = rest.reduce((sum, [, count]) => sum + count, 0);
  return [
    bad.map(([severity, count]) => html`<div class="nowrap bad">${count} ${severity}</div>`),
    others > 0 ? html`<div class="nowrap muted">${others} other</div>` : undefined,
  ];
}

function answered({ runs }: BackendStatus, now: number): Part {
  const times = Object.values(runs).flatMap(({ last_success_at: at }) => at ?? []);
  return times.length > 0 ? ago(Math.max(...times), now) : 'never';
}
