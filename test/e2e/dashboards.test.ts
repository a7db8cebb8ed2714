/** Dashboards and rules: only names of the catalog, and every query has data in a real Prometheus. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BOARDS, dashboardFiles } from '../../dashboards/src/index.ts';
import { CATALOG, labelsOf } from '../../src/telemetry/catalog.ts';
import { startAgent, workspace } from '../kit/agent.ts';
import { interpolate, readDashboard, type Panel, type PanelTarget } from '../kit/grafana.ts';
import { eventually } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';
import { startPrometheus, type Prometheus } from '../kit/prometheus.ts';
import { namesIn } from '../kit/promql.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const RULE_FILES = ['alerts.rules.yaml', 'recording.rules.yaml'].map((file) =>
  join(ROOT, 'dashboards', file),
);
const DASHBOARDS = BOARDS.map(
  ({ name }) => [name, readDashboard(join(ROOT, 'dashboards', `${name}.json`))] as const,
);

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
const RULES = RULE_FILES.flatMap((file) => {
  const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
});
const RECORDED = new Set(RULES.flatMap(({ record }) => record ?? []));
const QUERIES = DASHBOARDS.flatMap(([board, { panels }]) =>
  panels
    .filter(({ type }) => type !== 'logs')
    .flatMap((panel) => (panel.targets ?? []).map((target) => ({ board, panel, target }))),
);

/** Queries without data in the trial below, and why. */
const EMPTY: readonly (readonly [RegExp, string])[] = [
  [/^capacity \/ Pools G$/, 'the capacity of the made-up array does not grow'],
  [/^files \/ (Shares|Number of shares) A$/, 'the made-up array fails to list its shares'],
  [/^agent \/ OTLP exports [AB]$/, 'no OTLP receiver'],
];
/** Columns for what the made-up array does not have: groups in mappings, and parts that are broken and have these. */
const ABSENT: ReadonlySet<string> = new Set([
  'storage_host_group_id', 'storage_volume_group_id', 'hw_model', 'hw_serial_number',
  'storage_component_part_number',
]); // prettier-ignore
const titleOf = (board: string, panel: Panel, target: PanelTarget) =>
  `${board} / ${panel.title} ${target.refId}`;

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

it('the folder has a file for each dashboard, and no other', () => {
  const found = readdirSync(join(ROOT, 'dashboards')).filter((file) => file.endsWith('.json'));
  expect(found.toSorted()).toEqual([...dashboardFiles().keys()].toSorted());
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
      expect(section).toMatch(
        /\*\*Symptom\*\*: .+\n- \*\*Meaning\*\*: .+\n[^]*\*\*With the agent\*\*: .+/,
      );
    }
  });
});

describe.skipIf(!hasProgram('promtool'))('the rules', () => {
  it.each([
    ['check', ['check', 'rules', ...RULE_FILES]],
    ['test', ['test', 'rules', join(import.meta.dirname, 'alert-rules.yaml')]],
  ])('pass promtool %s rules', (_what, args) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' }); // prettier-ignore
  });
});

describe.skipIf(!hasProgram('prometheus'))('in a real Prometheus', () => {
  const resources = new AsyncDisposableStack();
  let prometheus: Prometheus;

  beforeAll(async () => {
    const space = resources.use(workspace());
    const backend = (name: string, fake: string) =>
      `  - { name: ${name}, vendor: fake_storage, model: fake_driver, inventory: { interval: 1s }, performance: { interval: 1s }, alerts: { interval: 1s }, fake: { sample_interval: 1, serial_number: S-${name}, ${fake} } }\n`;
    const config = [
      'traps: { listen: "127.0.0.1:0", communities: [public] }\n',
      'backends:\n',
      backend('dc1-fake', 'volumes: 60, fail: { lists: [shares], malformed: [qtrees] }'),
      backend('dc2-fake', 'seed: 2'),
      backend('down', 'fail: { unreachable: true }'),
    ].join('');
    const agent = resources.use(await startAgent(space.write('config.yaml', config)));
    await agent.ready();
    prometheus = resources.use(
      await startPrometheus({ jobs: [{ name: 'delfin', url: agent.url }], rules: RULE_FILES }),
    );
    await prometheus.up();
    // Rates and forecasts need a few scrapes.
    await prometheus.found(
      'count_over_time(storage_system_up{storage_system_name="down"}[1m]) > 4',
    );
  });
  afterAll(() => resources.disposeAsync());

  const variables = {
    system: 'dc1-fake',
    job: '.+',
    top: '10',
    volume: 'volume_1',
    __range: '1m',
    __rate_interval: '10s',
    __interval: '2s',
  };
  const ask = async ({ board, target }: (typeof QUERIES)[number]) => {
    const expression = interpolate(target.expr, {
      ...variables,
      ...(board === 'fleet' ? { system: '.+' } : {}),
    });
    return target.range
      ? await prometheus.range(expression, 20, 2)
      : await prometheus.query(expression);
  };

  it.each(
    QUERIES.map((query) => [titleOf(query.board, query.panel, query.target), query] as const),
  )('%s', async (title, query) => {
    const reason = EMPTY.find(([pattern]) => pattern.test(title))?.[1];
    if (reason !== undefined) {
      expect(await ask(query), reason).toEqual([]);
      return;
    }
    const result = await eventually(title, async () => {
      const series = await ask(query);
      return series.length > 0 ? series : undefined;
    });
    // Every label that the legend shows is on the series.
    const wanted = Array.from((query.target.legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g), ([, label = '']) => label); // prettier-ignore
    for (const { metric } of result)
      expect(Object.keys(metric)).toEqual(expect.arrayContaining(wanted));
    if (query.target.range) expect(result.length, 'too many lines to read').toBeLessThanOrEqual(20);
  });

  const tables = DASHBOARDS.flatMap(([board, { panels }]) =>
    panels
      .filter(({ type }) => type === 'table')
      .filter(({ title }) => !EMPTY.some(([pattern]) => pattern.test(`${board} / ${title} A`)))
      .map((panel) => [`${board} / ${panel.title}`, board, panel] as const),
  );
  it.each(tables)(
    '%s: its columns are labels and values of its queries',
    async (_t, board, panel) => {
      const columns = new Set<string>();
      for (const target of panel.targets ?? []) {
        columns.add('Value').add(`Value #${target.refId}`);
        for (const { metric } of await ask({ board, panel, target }))
          for (const label of Object.keys(metric)) columns.add(label);
      }
      const renamed = (panel.transformations ?? []).flatMap(({ options }) => Object.keys(options.renameByName ?? {})); // prettier-ignore
      // A join numbers columns of one name; a matrix is named after both of its labels.
      const named = renamed.flatMap((column) => column.replace(/ \d$/, '').split('\\'));
      expect(named.filter((column) => !columns.has(column) && !ABSENT.has(column))).toEqual([]);
      expect(named.length).toBeGreaterThan(0);
    },
  );

  it('all rules are evaluated without a fault', async () => {
    const rules = await eventually('the rules', async () => {
      const states = await prometheus.rules();
      return states.every(({ health }) => health !== 'unknown') ? states : undefined;
    });
    expect(rules).toHaveLength(RULES.length);
    expect(rules.filter(({ health, lastError }) => health !== 'ok' || lastError)).toEqual([]);
  });

  it.each([...RECORDED])('%s has data', async (name) => {
    const [first] = await prometheus.found(name);
    expect(Object.keys(first?.metric ?? {})).toContain('storage_system_name');
  });

  it('the alerts that should be pending or firing are, with their labels', async () => {
    const expected = ['StorageSystemDown', 'StorageDiskNotNormal', 'StorageVolumeError', 'StorageFilesystemFaulty', 'StoragePortAbnormal', 'StorageControllerNotNormal', 'StoragePoolNotNormal', 'DelfinCollectionFailing', 'StorageHardwareFailed', 'StorageHardwareDegraded', 'StorageDiskWorn', 'StorageReplicationFailed']; // prettier-ignore
    const found = await eventually('alerts', async () => {
      const names = new Set(
        (await prometheus.query('ALERTS')).map(({ metric }) => metric['alertname']),
      );
      return expected.every((name) => names.has(name)) ? names : undefined;
    });
    for (const name of [
      'DelfinAgentMissing',
      'DelfinReloadFailed',
      'StoragePerformanceStale',
      'DelfinSeriesLimit',
    ])
      // prettier-ignore
      expect(found).not.toContain(name);
    const [down] = await prometheus.query('ALERTS{alertname="StorageSystemDown"}');
    expect(down?.metric).toMatchObject({ storage_system_name: 'down', severity: 'critical' });
  });
});
