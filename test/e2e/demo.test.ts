/** `npm run demo`: what it prints is there, and dashboards and rules have data from its arrays. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DASHBOARDS, panelOf, QUERIES, RECORDED, RULES } from '../kit/dashboards.ts';
import { drawn, interpolate, type Panel, type PanelTarget } from '../kit/grafana.ts';
import { eventually } from '../kit/ports.ts';
import { hasProgram, startDaemon, type Daemon } from '../kit/programs.ts';
import { prometheusAt, type PrometheusClient } from '../kit/prometheus.ts';
import { SIMULATORS } from '../simulators/all.ts';

const DEMO = resolve(import.meta.dirname, '../simulators/demo.ts');

/** Queries without data of the simulated arrays, and why. */
const EMPTY: readonly (readonly [RegExp, string])[] = [
  [/^capacity \/ Pools G$/, 'no simulated pool grows'],
  [/^agent \/ OTLP exports [ABC]$/, 'no OTLP receiver'],
];
/** All of one array: more lines than one can read, of all arrays. */
const OF_ONE = /^array \/|of the volume$/;
const titleOf = (board: string, panel: Panel, target?: PanelTarget) =>
  `${board} / ${panel.title}${target ? ` ${target.refId}` : ''}`;

const VARIABLES = {
  system: '.+',
  job: '.+',
  site: '.*',
  top: '10',
  volume: '.+',
  __range: '1m',
  __rate_interval: '20s',
};

describe.skipIf(!hasProgram('prometheus'))('the demo', () => {
  let demo: Daemon;
  let prometheus: PrometheusClient;

  const address = (what: string) => new RegExp(`^${what} +(http://\\S+)/$`, 'm');
  beforeAll(async () => {
    demo = startDaemon(process.execPath, [DEMO, '0', '4s']);
    const url = await eventually('the address of Prometheus', () => {
      if (demo.process.exitCode !== null) throw new Error(demo.output());
      return address('prometheus').exec(demo.output())?.[1];
    });
    prometheus = prometheusAt(url);
    // Rates need a few scrapes.
    const ready = `count(storage_system_up == 1) == ${SIMULATORS.length + 1} and count(count_over_time(storage_system_up{storage_system_name="down"}[1m]) > 2)`;
    await eventually('all arrays', async () => (await prometheus.query(ready))[0], 250_000);
  });
  afterAll(() => demo?.stop());

  it('prints where the agent is', async () => {
    const url = address('agent').exec(demo.output())?.[1];
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
  });

  const ask = async (target: PanelTarget) => {
    const expression = interpolate(target.expr, VARIABLES);
    return target.range
      ? await prometheus.range(expression, 8, 4)
      : await prometheus.query(expression);
  };

  it.each(
    QUERIES.map((query) => [titleOf(query.board, query.panel, query.target), query] as const),
  )('%s', async (title, { board, panel, target }) => {
    const reason = EMPTY.find(([pattern]) => pattern.test(title))?.[1];
    if (reason !== undefined) {
      expect(await ask(target), reason).toEqual([]);
      return;
    }
    const result = await eventually(title, async () => {
      const series = await ask(target);
      return series.length > 0 ? series : undefined;
    });
    // Every label that the legend shows is on the series.
    const wanted = Array.from((target.legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g), ([, label = '']) => label); // prettier-ignore
    for (const { metric } of result)
      expect(Object.keys(metric)).toEqual(expect.arrayContaining(wanted));
    if (target.range && !OF_ONE.test(titleOf(board, panel)))
      expect(result.length, 'too many lines to read').toBeLessThanOrEqual(30);
  });

  const tables = DASHBOARDS.flatMap(([board, { panels }]) =>
    panels
      .filter(({ type }) => type === 'table')
      .map((panel) => [titleOf(board, panel), panel] as const),
  );
  it.each(tables)('%s: its columns are labels and values of its queries', async (_title, panel) => {
    const columns = new Set<string>();
    for (const target of panel.targets ?? []) {
      columns.add('Value').add(`Value #${target.refId}`);
      for (const { metric } of await ask(target))
        for (const label of Object.keys(metric)) columns.add(label);
    }
    const renamed = (panel.transformations ?? []).flatMap(({ options }) => Object.keys(options.renameByName ?? {})); // prettier-ignore
    expect(renamed.filter((column) => !columns.has(column))).toEqual([]);
    expect(renamed.length).toBeGreaterThan(0);
  });

  const listed = DASHBOARDS.flatMap(([board, { templating }]) =>
    templating.list.flatMap(({ name, definition }) =>
      definition === undefined ? [] : [[board, name, definition] as const],
    ),
  );
  it.each(listed)('%s: the variable %s has values', async (_board, _name, definition) => {
    const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
    const values = await prometheus.labelValues(label, interpolate(selector, VARIABLES));
    expect(values.length).toBeGreaterThan(0);
  });

  it.each([
    ['fleet', 'Arrays down', undefined, 'red'],
    ['fleet', 'Severe alerts', undefined, 'red'],
    ['fleet', 'Arrays', 'Read', 'red'],
    ['fleet', 'Fullest pools', undefined, 'red'],
    ['hardware', 'Disks not well', undefined, 'red'],
    ['hardware', 'Parts failed', undefined, 'red'],
    ['alerts', 'Fatal and critical', undefined, 'red'],
  ])('%s / %s %s: the worst there is is drawn %4$s', async (board, title, column, colour) => {
    const panel = panelOf(board, title, column);
    const [first] = panel.targets ?? [];
    const values = first ? await prometheus.query(interpolate(first.expr, VARIABLES)) : [];
    expect(values.map(({ value }) => drawn(panel, value, column).color)).toContain(colour);
  });

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
    const expected = ['StorageSystemDown', 'StorageDiskNotNormal', 'StorageVolumeError', 'StorageFilesystemFaulty', 'StoragePortAbnormal', 'StorageControllerNotNormal', 'StoragePoolNotNormal', 'DelfinCollectionFailing', 'StorageHardwareFailed', 'StorageHardwareDegraded', 'StorageDiskWorn', 'StorageReplicationFailed', 'StorageSevereAlert', 'StoragePoolFull']; // prettier-ignore
    const found = await eventually('alerts', async () => {
      const names = new Set(
        (await prometheus.query('ALERTS')).map(({ metric }) => metric['alertname']),
      );
      return expected.every((name) => names.has(name)) ? names : undefined;
    });
    for (const name of ['DelfinAgentMissing', 'DelfinReloadFailed', 'DelfinSeriesLimit'])
      expect(found).not.toContain(name);
    const [down] = await prometheus.query('ALERTS{alertname="StorageSystemDown"}');
    expect(down?.metric).toMatchObject({ storage_system_name: 'down', severity: 'critical' });
  });
});
