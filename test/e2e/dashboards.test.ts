/** Dashboards and rules: names of the catalog only, one layout, colours that mean what they say. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboardFiles } from '../../dashboards/src/index.ts';
import { STATES } from '../../dashboards/src/queries.ts';
import { CATALOG, labelsOf } from '../../src/telemetry/catalog.ts';
import { STATUSES } from '../../src/telemetry/tables.ts';
import { DASHBOARDS, panelOf, RECORDED, RULE_FILES, RULES } from '../kit/dashboards.ts';
import { drawn } from '../kit/grafana.ts';
import { hasProgram } from '../kit/programs.ts';
import { namesIn } from '../kit/promql.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CASES = ['alert-rules.yaml', 'alert-rules-whole.yaml'].map((file) =>
  join(import.meta.dirname, file),
);

describe('names', () => {
  const families = new Map(CATALOG.map((family) => [family.name, family]));
  const labels = new Set([
    ...CATALOG.flatMap((family) => labelsOf(family)),
    'instance',
    '__name__',
    'job',
    // Made by label_replace, for tables with states of several kinds.
    'type',
    'part',
    'state',
    'link',
    'health',
  ]);
  const wrongIn = (expression: string, recorded: ReadonlySet<string> = new Set()) => {
    const named = namesIn(expression);
    return [
      ...named.metrics.filter(
        (name) => !families.has(name) && !recorded.has(name) && !labels.has(name),
      ),
      ...named.labels.filter((label) => !labels.has(label)),
      ...named.namePatterns.filter(
        (pattern) => !CATALOG.some(({ name }) => new RegExp(`^(?:${pattern})$`).test(name)),
      ),
    ];
  };

  it('that the reader of PromQL finds are those that are there', () => {
    expect(
      namesIn(
        'sum by (storage_a) (rate(storage_b_total{storage_c=~"x{1}", job!="delfin_d"}[5m])) > on (job) group_left (storage_e) {__name__=~"storage_(f|g)"}',
      ),
    ).toEqual({
      metrics: ['storage_b_total'],
      labels: ['storage_a', 'job', 'storage_e', 'storage_c', '__name__'],
      namePatterns: ['storage_(f|g)'],
    });
    expect(
      wrongIn('storage_volume_latency_seconds{storage_volume_nme="x"} + storage_nothing'),
    ).toEqual(['storage_nothing', 'storage_volume_nme']);
  });

  it.each(DASHBOARDS)('of the dashboard %s are in the catalog', (_name, { panels, templating }) => {
    const expressions = [
      ...panels
        .filter(({ type }) => type !== 'logs')
        .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
      ...templating.list.flatMap(
        ({ definition = '' }) => /\((.*),\s*\w+\)$/.exec(definition)?.[1] ?? [],
      ),
    ];
    expect(expressions.length).toBeGreaterThan(10);
    expect(expressions.flatMap((expression) => wrongIn(expression))).toEqual([]);
  });

  it.each(RULES.map((rule) => [rule.alert ?? rule.record ?? '', rule] as const))(
    'of the rule %s are in the catalog',
    (_name, rule) => {
      expect(wrongIn(rule.expr, RECORDED)).toEqual([]);
      const texts = Object.values(rule.annotations ?? {}).join(' ');
      const used = Array.from(texts.matchAll(/\$labels\.(\w+)/g), ([, label = '']) => label);
      expect(used.filter((label) => !namesIn(rule.expr).labels.includes(label))).toEqual([]);
    },
  );
});

describe.each(DASHBOARDS)('the layout of %s', (_name, dashboard) => {
  it('has panels side by side, each with its own id', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x} ${y}`), `${title} at ${x} ${y}`).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  it('has a description and a unit at every panel', () => {
    for (const { title, type, description, fieldConfig } of dashboard.panels) {
      if (type === 'row') continue;
      expect(description?.length, title).toBeGreaterThan(10);
      expect(fieldConfig?.defaults.unit, title).toBeDefined();
    }
  });

  it('uses every variable that it has, and has every one that it uses', () => {
    const { templating, ...rest } = dashboard;
    const text = JSON.stringify(rest);
    const used = new Set(Array.from(text.matchAll(/\$\{?([a-z]\w+)/g), ([, name = '']) => name));
    const definitions = templating.list.map(({ definition = '' }) => definition).join(' ');
    for (const { name } of templating.list) {
      expect(
        text.includes(`$${name}`) ||
          text.includes(`\${${name}`) ||
          definitions.includes(`$${name}`),
        name,
      ).toBe(true);
    }
    const own = new Set(templating.list.map(({ name }) => name));
    expect([...used].filter((name) => !own.has(name))).toEqual([]);
  });

  it('is as its source says (npm run generate)', () => {
    const file = `${dashboard.uid.replace('delfin-', '')}.json`;
    expect(
      readFileSync(join(ROOT, 'dashboards', file), 'utf8') === dashboardFiles().get(file),
    ).toBe(true);
  });

  it('asks the data source that is chosen', () => {
    const charts = dashboard.panels.filter(({ type }) => type !== 'row');
    for (const { title, type, targets = [] } of charts) {
      expect(targets.length, title).toBeGreaterThan(0);
      const source = type === 'logs' ? '${logs}' : '${datasource}';
      for (const { datasource } of targets) expect(datasource.uid).toBe(source);
    }
    const names = dashboard.templating.list.map(({ name }) => name);
    expect(names.slice(0, 4)).toEqual(['datasource', 'job', 'site', 'system']);
  });
});

const BAD: readonly (readonly [board: string, title: string, column: string | undefined, good: number | string, bad: number | string, colour: string])[] = [
  ['fleet', 'Arrays down', undefined, 0, 1, 'red'],
  ['fleet', 'Severe alerts', undefined, 0, 1, 'red'],
  ['fleet', 'Broken parts', undefined, 0, 3, 'red'],
  ['fleet', 'Capacity in use', undefined, 0.5, 0.95, 'red'],
  ['fleet', 'Arrays', 'Read', 1, 0, 'red'],
  ['fleet', 'Arrays', 'Health', 'normal', 'abnormal', 'red'],
  ['fleet', 'Arrays', 'Used', 0.2, 0.91, 'red'],
  ['fleet', 'Arrays', 'Latency', 0.001, 0.08, 'red'],
  ['fleet', 'Arrays', 'Severe alerts', 0, 2, 'red'],
  ['fleet', 'Fullest pools', undefined, 0.3, 1, 'red'],
  ['fleet', 'Parts that are not well', 'State', 'normal', 'failed', 'red'],
  ['array', 'Read by the agent', undefined, 1, 0, 'red'],
  ['array', 'Health', undefined, 0, 3, 'red'],
  ['array', 'Age of the samples', undefined, 60, 1_000, 'red'],
  ['capacity', 'Pools nearly full', undefined, 0, 1, 'red'],
  ['capacity', 'Pools', 'Used', 0.5, 0.97, 'red'],
  ['capacity', 'Pools', 'Days until full', 100, 3, 'red'],
  ['volumes', 'Busiest volumes', 'Latency', 0.002, 0.06, 'red'],
  ['hosts', 'Hosts on one path', undefined, 0, 1, 'red'],
  ['hosts', 'Hosts and their paths', 'Logged in', 2, 0, 'red'],
  ['hosts', 'Initiators', 'State', 'online', 'offline', 'red'],
  ['controllers', 'Controllers', 'State', 'normal', 'fault', 'red'],
  ['controllers', 'Ports', 'Link', 'connected', 'disconnected', 'orange'],
  ['hardware', 'Disks not well', undefined, 0, 1, 'red'],
  ['hardware', 'Disks', 'State', 'normal', 'offline', 'red'],
  ['hardware', 'Disks', 'Writes left', 0.9, 0.05, 'red'],
  ['hardware', 'Parts that are not well', 'State', 'ok', 'predicted_failure', 'orange'],
  ['files', 'File systems', 'State', 'normal', 'faulty', 'red'],
  ['files', 'Quotas', undefined, 0.1, 0.99, 'red'],
  ['replication', 'Replications', 'State', 'normal', 'failed', 'red'],
  ['replication', 'Oldest copy', undefined, 60, 7_200, 'red'],
  ['alerts', 'Fatal and critical', undefined, 0, 1, 'red'],
  ['alerts', 'Active alerts by array', 'Critical', 0, 1, 'red'],
  ['agent', 'Last reload', undefined, 1, 0, 'red'],
  ['agent', 'Agents', undefined, 1, 0, 'red'],
]; // prettier-ignore

describe('what is bad', () => {
  it.each(BAD)('%s / %s %s: of %s and %s the second', (board, title, column, good, bad, colour) => {
    const panel = panelOf(board, title, column);
    expect(drawn(panel, bad, column).color).toBe(colour);
    expect(drawn(panel, good, column).color).toBe('green');
  });

  it('has a colour for every state of the catalog, and none is green but those that are well', () => {
    const states = new Set(STATUSES.flatMap((table) => table.states));
    const green = [...states].filter((state) => STATES[state] === 'green');
    expect([...states].filter((state) => STATES[state] === undefined)).toEqual([]);
    expect(green.toSorted()).toEqual(['available', 'connected', 'normal', 'ok', 'online']);
  });

  it.each(DASHBOARDS)('of %s is not hidden by another colouring', (_name, { panels }) => {
    for (const { title, type, fieldConfig } of panels) {
      if (!['stat', 'bargauge', 'gauge'].includes(type)) continue;
      expect(fieldConfig?.defaults.color?.mode, title).toBe('thresholds');
    }
  });
});

describe('links', () => {
  const variables = new Map(
    DASHBOARDS.map(([, { uid, templating }]) => [uid, templating.list.map(({ name }) => name)]),
  );

  it.each(DASHBOARDS)('of %s lead to a dashboard and carry what is selected', (_name, board) => {
    expect(board.links).toEqual([
      expect.objectContaining({ includeVars: true, keepTime: true, tags: ['delfin-agent'] }),
    ]);
    const links = Array.from(
      JSON.stringify(board.panels).matchAll(/"url":"(\/d\/[^"\\]+(?:\\"[^"\\]+)*)"/g),
      ([, url = '']) => url,
    );
    for (const link of links) {
      const [, uid = '', query = ''] = /^\/d\/([a-z-]+)\?(.*)$/.exec(link) ?? [];
      const set = Array.from(query.matchAll(/var-(\w+)=/g), ([, name = '']) => name);
      expect(set, link).toContain('system');
      expect(
        set.filter((name) => !variables.get(uid)?.includes(name)),
        link,
      ).toEqual([]);
      for (const kept of ['${datasource:queryparam}', '${job:queryparam}', '${__url_time_range}'])
        expect(query).toContain(kept);
    }
  });
});

it('the folder has a file for each dashboard, and no other', () => {
  const found = readdirSync(join(ROOT, 'dashboards')).filter((file) => file.endsWith('.json'));
  expect(found.toSorted()).toEqual([...dashboardFiles().keys()].toSorted());
});

it.each(DASHBOARDS)('docs/dashboards.md shows %s in a small picture', (name, { title }) => {
  const text = readFileSync(join(ROOT, 'docs/dashboards.md'), 'utf8');
  const section = text.split(/^## /m).find((one) => one.startsWith(`${title}\n`));
  expect(section).toContain(`(images/dashboard-${name}.png)`);
  expect(statSync(join(ROOT, `docs/images/dashboard-${name}.png`)).size).toBeLessThan(100_000);
});

describe('the runbook', () => {
  const text = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
  const sections = Array.from(text.matchAll(/^### (\w+)$/gm), ([, name = '']) => name);

  it('has a section for each alert, and no other', () => {
    const alerts = RULES.flatMap(({ alert }) => alert ?? []);
    expect(sections.toSorted()).toEqual(alerts.toSorted());
  });

  it('is what each alert links to, with a severity, a summary and a description', () => {
    for (const { alert, labels, annotations } of RULES) {
      if (!alert) continue;
      expect(annotations?.['runbook_url'], alert).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
      expect(labels?.['severity'], alert).toMatch(/^(critical|warning|info)$/);
      expect(annotations?.['summary'] && annotations['description'], alert).toBeTruthy();
    }
  });

  it('says what is seen, what it means and what to do', () => {
    for (const section of text.split(/^### /m).slice(1)) {
      if (section.startsWith('Storage')) expect(section).toMatch(/\*\*At the array\*\*: .+/);
      expect(section).toMatch(
        /\*\*Symptom\*\*: .+\n- \*\*Meaning\*\*: .+\n[^]*\*\*With the agent\*\*: .+/,
      );
    }
  });
});

describe('the cases of the rules', () => {
  interface Case {
    readonly alertname: string;
    readonly exp_alerts: readonly object[];
  }
  const cases = CASES.flatMap((file) => {
    const { tests } = parse(readFileSync(file, 'utf8')) as {
      tests: { alert_rule_test?: Case[] }[];
    };
    return tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test);
  });

  it.each(RULES.flatMap(({ alert }) => alert ?? []))(
    'have one that fires %s and one that does not',
    (alert) => {
      const own = cases.filter(({ alertname }) => alertname === alert);
      expect(own.some(({ exp_alerts }) => exp_alerts.length > 0)).toBe(true);
      expect(own.some(({ exp_alerts }) => exp_alerts.length === 0)).toBe(true);
    },
  );
});

describe.skipIf(!hasProgram('promtool'))('the rules', () => {
  it.each([
    ['check', ['check', 'rules', ...RULE_FILES]],
    ['test', ['test', 'rules', ...CASES]],
  ])('pass promtool %s rules', (_what, args) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' }); // prettier-ignore
  });
});
