/** The status page: what an administrator looks at first. Plain HTML, no script, nothing from elsewhere. */
import type { BackendStatus, RunStatus } from '../backend/status.ts';
import type { StatusDocument } from './source.ts';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --good: #2a8a43; --bad: #c5303a; --odd: #b07a00; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1.5rem; }
header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; border-bottom: 1px solid var(--line); padding-bottom: .75rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0; }
nav { margin-left: auto; display: flex; gap: 1rem; }
.muted { opacity: .65; } .good { color: var(--good); } .bad { color: var(--bad); } .odd { color: var(--odd); }
article { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; overflow: hidden; }
article > div { padding: .6rem 1rem; } .head { background: var(--soft); display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap; }
table { border-collapse: collapse; width: 100%; font-size: .92em; } td, th { text-align: left; padding: .2rem .75rem .2rem 0; vertical-align: top; font-weight: normal; }
th { opacity: .65; } .counts span { display: inline-block; margin-right: 1.2rem; } code { font-size: .92em; overflow-wrap: anywhere; }
`;

export function statusPage(status: StatusDocument): string {
  const up = status.backends.filter((backend) => backend.up).length;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>delfin-agent</title><style>${STYLE}</style></head><body>
<header><h1>delfin-agent</h1><span class="muted">${escape(status.version)}, up ${duration(status.now - status.started_at)}</span>
<span class="${up === status.backends.length ? 'good' : 'bad'}">${up} of ${status.backends.length} arrays up</span>
<nav><a href="/metrics">metrics</a><a href="/config">config</a><a href="/sd">sd</a><a href="/api/v1/status">status</a></nav></header>
${status.config_last_reload_successful ? '' : '<p class="bad">The last reload failed: the old configuration is running. See the log.</p>'}
${status.warnings.map((warning) => `<p class="odd">${escape(warning)}</p>`).join('\n')}
${status.backends.map((backend) => article(backend, status.now)).join('\n')}
</body></html>
`;
}

function article(backend: BackendStatus, now: number): string {
  const [word, mood] = stateOf(backend);
  const identity = [backend.product, backend.serial_number, backend.firmware_version]
    .filter(Boolean)
    .join(', ');
  return `<article><div class="head"><h2>${escape(backend.name)}</h2><span class="${mood}">${word}</span>
<span class="muted">${escape(`${backend.vendor} ${backend.model}`)}${identity ? `: ${escape(identity)}` : ''}</span>
<a href="/metrics?system=${encodeURIComponent(backend.name.toWellFormed())}">metrics</a></div>
<div class="counts">${counts(backend)}</div>
<div><table><tr><th>collection</th><th>ended</th><th>took</th><th>result</th></tr>${Object.entries(
    backend.runs,
  )
    .map(([kind, run]) => runRow(kind, run, now))
    .join('')}</table></div>
${alerts(backend)}${problems(backend)}${drops(backend)}</article>`;
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
        `<span>${count.toLocaleString('en')} <span class="muted">${escape(name.replaceAll('_', ' '))}</span></span>`,
    )
    .join('');
}

function runRow(kind: string, run: RunStatus, now: number): string {
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

function problems(backend: BackendStatus): string {
  if (backend.problems.length === 0) return '';
  const rows = backend.problems.map(
    ({ call, error_type, message }) =>
      `<tr><td>${escape(call)}</td><td class="odd">${escape(error_type)}</td><td>${escape(message)}</td></tr>`,
  );
  return `<div><table><tr><th>call</th><th>problem</th><th></th></tr>${rows.join('')}</table></div>`;
}

function drops(backend: BackendStatus): string {
  const counted = Object.entries(backend.drops);
  if (counted.length === 0) return '';
  return `<div class="muted">Dropped: ${counted.map(([reason, count]) => `${count} ${escape(reason)}`).join(', ')}</div>`;
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
