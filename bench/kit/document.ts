/** The figures of several runs as a document: medians, the least and the most, the machine. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import { median, rounded, verdictOf, type Figure } from './report.ts';

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
  const medians = (first?.figures ?? []).map((figure) => {
    const all = runs.flatMap(({ figures }) => figures.filter(({ what }) => what === figure.what));
    const values = all.map(({ value }) => value);
    const goals = all.flatMap(({ goal }) => goal ?? []);
    // What a peer needed in the same run may be the goal.
    const goal = goals.length > 0 ? { goal: median(goals) } : {};
    return { ...figure, ...goal, values, value: median(values) };
  });
  const rows = medians.map((figure) => {
    const { wanted, met } = verdictOf(figure);
    const { what, unit, values, value } = figure;
    const span = `${rounded(Math.min(...values))} - ${rounded(Math.max(...values))}`;
    return `| ${what} | ${rounded(value)} ${unit} | ${span} | ${wanted}${met ? '' : ' (missed)'} |`;
  });
  const count = `${runs.length} run${runs.length === 1 ? '' : 's'}`;
  return `## ${title}

| | median of ${count} | least - most | goal |
|---|---:|---:|---|
${rows.join('\n')}
${title.startsWith('Growth') ? CHARTS.map((one) => chart(one, medians)).join('') : ''}`;
}

/** What growth costs for each series or array. */
const CHARTS = [
  { title: 'Processor time', form: /: (above one volume's, for a series|processor time of a poll of one)$/ },
  { title: 'Memory', form: /: (resident above one volume's, for a series|above one array's, for an array)$/ },
] as const; // prettier-ignore

/** Growth, drawn: what one more costs at each step, on an axis of ten times a step. */
function chart({ title, form }: (typeof CHARTS)[number], figures: readonly Figure[]): string {
  const costs = figures.filter(({ what }) => form.test(what));
  const values = costs.map(({ value }) => value);
  const ends = [Math.min(...values, 0), Math.max(...values, 0) * 1.2];
  return `
\`\`\`mermaid
xychart-beta
  title "${title} for each: a level line is linear growth"
  x-axis [${costs.map(({ what }) => `"${what.split(':')[0]}"`).join(', ')}]
  y-axis "${costs[0]?.unit ?? ''}" ${ends.map((end) => end.toFixed(1)).join(' --> ')}
  line [${values.map((value) => value.toFixed(2)).join(', ')}]
\`\`\`
`;
}
