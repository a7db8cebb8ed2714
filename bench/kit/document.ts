/** The figures of several runs as a document: medians, the least and the most, the machine. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import { median, rounded, type Figure } from './report.ts';

/** What one benchmark printed in one run. */
export interface Table {
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** Beside which something is measured: programs of PATH, and folders that a variable names. */
const PEERS = [
  { program: 'snmptrapd', what: 'traps' },
  { program: 'snmp_exporter', what: 'SNMP' },
  { program: 'telegraf', what: 'traps' },
  { variable: 'HARVEST', program: 'bin/poller', what: "Harvest's poller: rounds, page, memory, start" },
  { variable: 'DELFIN', program: 'setup.py', what: "Delfin's drivers: 20,000 volumes" },
] as const; // prettier-ignore

const HEAD = `# Benchmarks

Made by \`npm run bench -- --runs N --write docs/benchmarks.md\`; every figure is of that run. \`npm run bench -- NAME\` (the files of \`bench/\`) repeats one.
`;

/** What people wrote about the figures, at the end. */
const NOTES = '\n## Reading the figures\n';

/** The document, with the notes of the one before. */
export function documentOf(tables: readonly Table[], before: string): string {
  const byTitle = Map.groupBy(tables, ({ title }) => title);
  const sections = Array.from(byTitle, ([title, runs]) => section(title, runs));
  const notes = before.includes(NOTES) ? before.slice(before.indexOf(NOTES) + 1) : '';
  return [HEAD, machine(), ...sections, notes].join('\n').trimEnd() + '\n';
}

function machine(): string {
  const [cpu] = cpus();
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout;
  const missing = PEERS.filter((peer) => {
    const places = 'variable' in peer ? process.env[peer.variable] : process.env['PATH'];
    return !(places ?? '').split(':').some((folder) => existsSync(join(folder, peer.program)));
  });
  const lines = [
    `- Machine: ${cpus().length} x ${cpu?.model.trim() ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    `- Load average at the end (what else ran lengthens every time): ${loadavg()[1]?.toFixed(1)}`,
    `- Node.js ${process.versions.node}, commit ${commit.trim() || 'unknown'}`,
    ...missing.map(({ program, what }) => `- Not to be had, so not measured: ${program} (${what})`),
  ];
  return `${lines.join('\n')}\n`;
}

function section(title: string, runs: readonly Table[]): string {
  const [first] = runs;
  const rows = (first?.figures ?? []).map(({ what, unit, goal, atLeast }) => {
    const values = runs.flatMap(({ figures }) =>
      figures.flatMap((figure) => (figure.what === what ? figure.value : [])),
    );
    const middle = median(values);
    const span = `${rounded(Math.min(...values))} - ${rounded(Math.max(...values))}`;
    const met = goal === undefined || (atLeast ? middle >= goal : middle <= goal);
    const wanted = goal === undefined ? '' : `${atLeast ? '>=' : '<='} ${goal} ${unit}`;
    return `| ${what} | ${rounded(middle)} ${unit} | ${span} | ${wanted}${met ? '' : ' (missed)'} |`;
  });
  const count = `${runs.length} run${runs.length === 1 ? '' : 's'}`;
  return `## ${title}

| | median of ${count} | least - most | goal |
|---|---:|---:|---|
${rows.join('\n')}
${chart(title, first?.figures ?? [])}`;
}

/** Growth, drawn: what each step costs in all, on axes of ten times a step. */
function chart(title: string, figures: readonly Figure[]): string {
  if (!title.startsWith('Growth')) return '';
  const costs = figures.filter(({ what }) => /: (above one volume's, for a series|processor time of a poll of one)$/.test(what)); // prettier-ignore
  const labels = costs.map(({ what }) => `"${what.split(':')[0]}"`).join(', ');
  const values = costs.map(({ value }) => value.toFixed(2)).join(', ');
  return `
\`\`\`mermaid
xychart-beta
  title "Processor time for each: a level line is linear growth"
  x-axis [${labels}]
  y-axis "${costs[0]?.unit ?? ''}" 0 --> ${(Math.max(...costs.map(({ value }) => value), 0) * 1.5).toFixed(1)}
  line [${values}]
\`\`\`
`;
}
