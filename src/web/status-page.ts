/** The status page: what an administrator looks at first. Plain HTML, no script, nothing from elsewhere. */
import type { BackendStatus, CollectionKind, RunStatus } from '../backend/status.ts';
import type { ExportFailure } from '../telemetry/otlp/outgoing.ts';
import type { StatusDocument } from './source.ts';

const STYLE = `
:root { color-scheme: light dark; --page: #f4f6f8; --card: #fff; --line: #d9dfe5; --soft: #5d6b78; --link: #1565c0; --good: #1d7a3a; --bad: #c0232e; --odd: #9a6400; }
@media (prefers-color-scheme: dark) { :root { --page: #14181c; --card: #1d2329; --line: #343d46; --soft: #9aa7b3; --link: #7ab8ff; --good: #59c27a; --bad: #ff7a80; --odd: #e5ad4a; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1.25rem; background: var(--page); }
header { display: flex; gap: .25rem 1rem; align-items: baseline; flex-wrap: wrap; padding-bottom: .25rem; }
h1 { font-size: 1.35rem; margin: 0; } h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
nav { margin-left: auto; display: flex; gap: 1rem; } a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
.muted, th { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); } .odd { color: var(--odd); }
.pill { border: 1px solid; border-radius: 1rem; padding: 0 .6rem; font-size: .87em; font-weight: 600; white-space: nowrap; }
article { background: var(--card); border: 1px solid var(--line); border-left: 4px solid; border-radius: .5rem; margin: .9rem 0; padding: .8rem 1.1rem; }
article > div { color: CanvasText; margin-top: .7rem; } article > .muted { color: var(--soft); }
article > .head { display: flex; gap: .25rem .75rem; align-items: baseline; flex-wrap: wrap; margin: 0; } .links { margin-left: auto; }
.counts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .1rem .75rem; } .counts b { font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: .93em; } tr + tr { border-top: 1px solid var(--line); }
td, th { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top; font-weight: normal; } td:last-child { overflow-wrap: anywhere; }
td:first-child, th:first-child { width: 11rem; } td:nth-child(2), th:nth-child(2) { width: 9rem; } .runs td:nth-child(3) { width: 7rem; }
@media (max-width: 40rem) { td:first-child, th:first-child, td:nth-child(2), th:nth-child(2), .runs td:nth-child(3) { width: auto; } .counts { grid-template-columns: 1fr 1fr; } body { padding: .75rem; } article { padding: .7rem .8rem; } }
`;

const KINDS: readonly CollectionKind[] = ['inventory', 'performance', 'alerts'];

export function statusPage(status: StatusDocument): string {
  const up = status.backends.filter((backend) => backend.up).length;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>delfin-agent</title><style>${STYLE}</style></head><body>
<header><h1>delfin-agent</h1><span class="muted">${escape(status.version)}, up ${duration(status.now - status.started_at)}</span>
<span class="pill ${up === status.backends.length ? 'good' : 'bad'}">${up} of ${status.backends.length} arrays up</span>
<nav><a href="/metrics">metrics</a><a href="/config">config</a><a href="/sd">sd</a><a href="/api/v1/status">status</a></nav></header>
${status.config_last_reload_successful ? '' : '<p class="bad">The last reload failed: the old configuration is running. See the log.</p>'}
${status.warnings.map((warning) => `<p class="odd">${escape(warning)}</p>`).join('\n')}
${(status.export_failures ?? []).map(exportFailure).join('\n')}
${status.backends.map((backend) => article(backend, status.now)).join('\n')}
</body></html>
`;
}

function exportFailure({ signal, url, error_type: type, message }: ExportFailure): string {
  return `<p class="bad">OTLP ${escape(signal)} to ${escape(url)} fail: ${escape(type)}, ${escape(message)}</p>`;
}

function article(backend: BackendStatus, now: number): string {
  const [word, mood] = stateOf(backend);
  const identity = [backend.product, backend.serial_number, backend.firmware_version]
    .filter(Boolean)
    .join(', ');
  const consoleLink = backend.access_url
    ? `<a href="${escape(backend.access_url)}" rel="noreferrer">console</a> `
    : '';
  return `<article class="${mood}"><div class="head"><h2>${escape(backend.name)}</h2><span class="pill ${mood}">${word}</span>
<span class="muted">${escape(`${backend.vendor} ${backend.model}`)}${identity ? `: ${escape(identity)}` : ''}</span>
<span class="links">${consoleLink}<a href="/metrics?system=${encodeURIComponent(backend.name.toWellFormed())}">metrics</a></span></div>
<div class="counts">${counts(backend)}</div>
<div><table class="runs"><tr><th>collection</th><th>ended</th><th>took</th><th>result</th></tr>${KINDS.map(
    (kind) => runRow(kind, backend.runs[kind], now),
  ).join('')}</table></div>
${alerts(backend)}${problems(backend)}${drops(backend)}${unknownValues(backend)}</article>`;
}

function stateOf(backend: BackendStatus): readonly [string, string] {
  if (backend.up === undefined) return ['starting', 'odd'];
  if (!backend.up) return ['down', 'bad'];
  return backend.problems.length > 0 ? ['up, with problems', 'odd'] : ['up', 'good'];
}

function counts(backend: BackendStatus): string {
  const lists = Object.entries(backend.counts).filter(([name]) => !name.endsWith('_rels'));
  return [
    ...lists,
    ['series', backend.series] as const,
    ['requests', backend.traffic.requests] as const,
  ]
    .map(
      ([name, count]) =>
        `<span><b>${count.toLocaleString('en')}</b> <span class="muted">${escape(name.replaceAll('_', ' '))}</span></span>`,
    )
    .join('');
}

function runRow(kind: string, run: RunStatus | undefined, now: number): string {
  if (!run) return '';
  const result = run.ok
    ? '<span class="good">ok</span>'
    : `<span class="bad">${escape(run.error_type ?? 'failed')}</span>: ${escape(run.message ?? '')}`;
  return `<tr><td>${escape(kind)}</td><td>${duration(now - run.at)} ago</td><td>${(run.duration_ms / 1000).toFixed(2)} s</td><td>${result}</td></tr>`;
}

function alerts(backend: BackendStatus): string {
  const active = Object.entries(backend.active_alerts ?? {}).filter(([, count]) => count > 0);
  if (active.length === 0) return '';
  const list = active.map(([severity, count]) => `${count} ${escape(severity)}`).join(', ');
  return `<div>Active alerts: ${list}</div>`;
}

/** Calls that failed; a collection that failed as a whole is in the table of collections already. */
function problems(backend: BackendStatus): string {
  const runs: Readonly<Record<string, RunStatus>> = backend.runs;
  const calls = backend.problems.filter(({ call, message }) => runs[call]?.message !== message);
  if (calls.length === 0) return '';
  const rows = calls.map(
    ({ call, error_type, message }) =>
      `<tr><td>${escape(call)}</td><td class="odd">${escape(error_type)}</td><td>${escape(message)}</td></tr>`,
  );
  return `<div><table><tr><th>call</th><th>problem</th><th></th></tr>${rows.join('')}</table></div>`;
}

function drops(backend: BackendStatus): string {
  const counted = Object.entries(backend.drops);
  if (counted.length === 0) return '';
  return `<div class="muted">Dropped: ${counted.map(([reason, count]) => `${count} ${escape(reason.replaceAll('_', ' '))}`).join(', ')}</div>`;
}

function unknownValues({ unknown_values: values = [] }: BackendStatus): string {
  if (values.length === 0) return '';
  return `<div class="muted">Not known to the driver, shown as unknown: ${values.map(escape).join(', ')}</div>`;
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`;
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
