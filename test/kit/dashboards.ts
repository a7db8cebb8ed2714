/** The dashboards and rules as they are shipped. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { BOARDS } from '../../dashboards/src/index.ts';
import { readDashboard } from './grafana.ts';

const FOLDER = resolve(import.meta.dirname, '../../dashboards');

export const RULE_FILES = ['alerts', 'recording'].map((name) => join(FOLDER, `${name}.rules.yaml`));

export const DASHBOARDS = BOARDS.map(
  ({ name }) => [name, readDashboard(join(FOLDER, `${name}.json`))] as const,
);

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const RULES = RULE_FILES.flatMap((file) => {
  const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
});
export const RECORDED = new Set(RULES.flatMap(({ record }) => record ?? []));

/** Everything that panels ask a Prometheus. */
export const QUERIES = DASHBOARDS.flatMap(([board, { panels }]) =>
  panels
    .filter(({ type }) => type !== 'logs')
    .flatMap((panel) => (panel.targets ?? []).map((target) => ({ board, panel, target }))),
);

/** The panel of this title; `column`: the table that has it. @throws if there is none. */
export function panelOf(board: string, title: string, column?: string) {
  const found = DASHBOARDS.find(([name]) => name === board)?.[1].panels.find(
    ({ title: own, type }) =>
      own === title && (column === undefined ? type !== 'row' : type === 'table'),
  );
  if (!found) throw new Error(`${board} has no panel ${title}`);
  return found;
}
