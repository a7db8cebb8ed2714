/** What all dashboards share: variables, and panels in one look. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as d from '@grafana/grafana-foundation-sdk/dashboard';
import * as logs from '@grafana/grafana-foundation-sdk/logs';
import * as loki from '@grafana/grafana-foundation-sdk/loki';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { of, PLAIN, STATES, type Steps } from './queries.ts';

export * from './queries.ts';

const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' };
const LOKI = { type: 'loki', uid: '${logs}' };

export interface Query {
  readonly expr: string;
  readonly legend?: string;
}

interface PanelOptions {
  readonly title: string;
  /** What it shows, and what an administrator reads from it. */
  readonly about: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly steps?: Steps;
  /** Columns of 24, and height. */
  readonly size?: readonly [width: number, height: number];
}

interface AnyPanel<T> {
  title(title: string): T;
  description(text: string): T;
  datasource(source: { type: string; uid: string }): T;
  span(width: number): T;
  height(height: number): T;
  unit(unit: string): T;
  thresholds(steps: d.ThresholdsConfigBuilder): T;
  withTarget(target: Builder<prometheus.Dataquery>): T;
}

function dress<T extends AnyPanel<T>>(
  panel: T,
  { title, about, unit, steps = PLAIN, size: [width, height] = [12, 8] }: PanelOptions,
): T {
  return panel
    .title(title)
    .description(about)
    .datasource(PROMETHEUS)
    .unit(unit)
    .span(width)
    .height(height)
    .thresholds(thresholds(steps));
}

function thresholds(steps: Steps): d.ThresholdsConfigBuilder {
  return new d.ThresholdsConfigBuilder()
    .mode(d.ThresholdsMode.Absolute)
    .steps(steps.map(([value, color], at) => ({ value: at === 0 ? null : value, color })));
}

const byThresholds = new d.FieldColorBuilder().mode(d.FieldColorModeId.Thresholds);

function target({ expr, legend }: Query, at: number): prometheus.DataqueryBuilder {
  const query = new prometheus.DataqueryBuilder()
    .datasource(PROMETHEUS)
    .editorMode(prometheus.QueryEditorMode.Code)
    .expr(expr)
    .refId(String.fromCharCode(65 + at));
  return legend === undefined ? query : query.legendFormat(legend);
}

const lastValue = new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);

/** Numbers of now, in the colour of their threshold. `texts`: value -> word and colour. */
export function stats(
  options: PanelOptions & { readonly texts?: Readonly<Record<string, readonly [string, string]>> },
): stat.PanelBuilder {
  const panel = dress(new stat.PanelBuilder(), { size: [4, 4], ...options })
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .colorScheme(byThresholds)
    .reduceOptions(lastValue)
    .textMode(
      options.queries.length > 1
        ? common.BigValueTextMode.ValueAndName
        : common.BigValueTextMode.Auto,
    );
  for (const [at, query] of options.queries.entries())
    panel.withTarget(target(query, at).instant());
  if (options.texts) panel.mappings([valueMap(options.texts)]);
  return panel;
}

/** One number of now. */
export function figure(
  title: string,
  about: string,
  unit: string,
  expr: string,
  steps?: Steps,
): stat.PanelBuilder {
  return stats({ title, about, unit, queries: [{ expr }], ...(steps && { steps }) });
}

function valueMap(texts: Readonly<Record<string, readonly [string, string]>>): d.ValueMap {
  const options = Object.entries(texts).map(
    ([value, [text, color]], index) => [value, { text, color, index }] as const,
  );
  return { type: d.MappingType.ValueToText, options: Object.fromEntries(options) };
}

/** Lines over time. `mirrored`: the series of these legends point down, writes under reads. */
export function lines(
  options: PanelOptions & {
    readonly mirrored?: RegExp;
    readonly max?: number;
    readonly colours?: Readonly<Record<string, string>>;
  },
): timeseries.PanelBuilder {
  const panel = dress(new timeseries.PanelBuilder(), options)
    .lineWidth(1)
    .fillOpacity(8)
    .showPoints(common.VisibilityMode.Auto)
    .spanNulls(false)
    .colorScheme(new d.FieldColorBuilder().mode(d.FieldColorModeId.PaletteClassic))
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max'])
        .sortBy('Last *')
        .sortDesc(true),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (options.max !== undefined) panel.min(0).max(options.max);
  if (options.mirrored) {
    panel.overrideByRegexp(String(options.mirrored), [
      { id: 'custom.transform', value: 'negative-Y' },
    ]);
  } else panel.axisSoftMin(0);
  for (const [name, colour] of Object.entries(options.colours ?? {})) {
    panel.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }]);
  }
  if (options.steps) {
    panel.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    );
  }
  for (const [at, query] of options.queries.entries()) panel.withTarget(target(query, at).range());
  return panel;
}

/** The largest of now, as bars. */
export function bars(options: PanelOptions & { readonly max?: number }): bargauge.PanelBuilder {
  const panel = dress(new bargauge.PanelBuilder(), options)
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Gradient)
    .valueMode(common.BarGaugeValueMode.Color)
    .showUnfilled(true)
    .colorScheme(byThresholds)
    .reduceOptions(lastValue)
    .min(0);
  if (options.max !== undefined) panel.max(options.max);
  for (const [at, query] of options.queries.entries())
    panel.withTarget(target(query, at).instant());
  return panel;
}

export interface Column {
  /** A label, or the value of the query with this letter: `#B`. */
  readonly from: string;
  readonly title: string;
  readonly unit?: string;
  readonly steps?: Steps;
  /** The text is a state: it is coloured as such. */
  readonly states?: true;
  readonly texts?: Readonly<Record<string, readonly [string, string]>>;
  /** uid of the dashboard that tells more; `as`: the variable that takes the cell's value. */
  readonly link?: { readonly uid: string; readonly as: string };
  /** The cell is an address: it leads there. */
  readonly address?: true;
  readonly width?: number;
}

/** The name of the array, which leads to its own dashboard. */
export const ARRAY: Column = {
  from: 'storage_system_name',
  title: 'Array',
  link: { uid: 'delfin-array', as: 'system' },
};

/** One row per object; rows of several queries meet by their common labels. */
export function rows(
  options: Omit<PanelOptions, 'unit'> & {
    readonly columns: readonly Column[];
    readonly sort?: string;
  },
): table.PanelBuilder {
  const { columns, queries, sort } = options;
  const panel = dress(new table.PanelBuilder(), { unit: 'none', size: [24, 9], ...options });
  for (const [at, query] of queries.entries()) {
    panel.withTarget(target(query, at).instant().format(prometheus.PromQueryFormat.Table));
  }
  const source = ({ from }: Column) =>
    from.startsWith('#') ? (queries.length > 1 ? `Value ${from}` : 'Value') : from;
  panel.withTransformation({ id: 'merge', options: {} });
  panel.withTransformation({
    id: 'filterFieldsByName',
    options: { include: { names: columns.map(source) } },
  });
  panel.withTransformation({
    id: 'organize',
    options: {
      indexByName: Object.fromEntries(columns.map((column, at) => [source(column), at])),
      renameByName: Object.fromEntries(columns.map((column) => [source(column), column.title])),
    },
  });
  for (const column of columns) panel.overrideByName(column.title, properties(column));
  if (sort !== undefined) {
    panel.sortBy([new common.TableSortByFieldStateBuilder().displayName(sort).desc(true)]);
  }
  return panel;
}

function properties(column: Column): d.DynamicConfigValue[] {
  const { unit, steps, states, texts, link, address, width } = column;
  const words =
    texts ??
    (states &&
      Object.fromEntries(Object.entries(STATES).map(([word, colour]) => [word, [word, colour]])));
  // No bars within cells: one without a value looks like one of zero.
  const type = steps || words ? 'color-text' : 'auto';
  return [
    { id: 'custom.cellOptions', value: { type } },
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(steps
      ? [
          { id: 'thresholds', value: thresholds(steps).build() },
          { id: 'color', value: { mode: 'thresholds' } },
        ]
      : []),
    ...(words ? [{ id: 'mappings', value: [valueMap(words)] }] : []),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(address
      ? [{ id: 'links', value: [{ title: 'Open', url: '${__value.raw}', targetBlank: true }] }]
      : []),
    ...(link
      ? [
          {
            id: 'links',
            value: [
              {
                title: `Show ${column.title}`,
                url: `/d/${link.uid}?\${datasource:queryparam}&\${job:queryparam}&${selected(link.as)}&\${__url_time_range}`,
              },
            ],
          },
        ]
      : []),
  ];
}

/** The cell's value as a variable; of an object its array, too: names are unique within one only. */
const selected = (variable: string): string =>
  variable === 'system'
    ? 'var-system=${__value.raw}'
    : `var-system=\${__data.fields["${ARRAY.title}"]}&var-${variable}=\${__value.raw}`;

/** Texts of records in a log store; needs the data source `logs`. */
export function records(title: string, about: string, expr: string): logs.PanelBuilder {
  return new logs.PanelBuilder()
    .title(title)
    .description(about)
    .datasource(LOKI)
    .unit('none')
    .span(24)
    .height(10)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(common.LogsSortOrder.Descending)
    .withTarget(new loki.DataqueryBuilder().datasource(LOKI).expr(expr).refId('A').range(true));
}

export type Row = readonly [title: string, panels: readonly Builder<d.Panel>[]];

export interface Board {
  /** Its file, and its address after `delfin-`. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** Variables of its own beside data source, job, array. */
  readonly variables?: readonly Builder<d.VariableModel>[];
  readonly rows: readonly Row[];
}

const ALL = { text: ['All'], value: ['$__all'], selected: true };

function listed(name: string, label: string, definition: string): d.QueryVariableBuilder {
  return new d.QueryVariableBuilder(name)
    .label(label)
    .datasource(PROMETHEUS)
    .query({ qryType: 1, query: definition, refId: 'variable' })
    .definition(definition)
    .refresh(d.VariableRefresh.OnTimeRangeChanged)
    .sort(d.VariableSort.NaturalAsc);
}

/** An object of the arrays chosen, by name. */
export function object(word: string, label: string, family: string): d.QueryVariableBuilder {
  return listed(word, label, `label_values(${of(family)}, storage_${word}_name)`);
}

/** How many of the largest are shown. */
export const topN = (): d.CustomVariableBuilder =>
  new d.CustomVariableBuilder('top')
    .label('Top')
    .values('5,10,20,50')
    .current({ text: '10', value: '10', selected: true });

export const logStore = (): d.DatasourceVariableBuilder =>
  new d.DatasourceVariableBuilder('logs').label('Logs').type('loki');

/** The dashboard as Grafana reads it. */
export function build(board: Board): d.Dashboard {
  const dashboard = new d.DashboardBuilder(board.title)
    .uid(`delfin-${board.name}`)
    .description(board.about)
    .tags(['storage', 'delfin-agent'])
    .timezone('browser')
    .time({ from: 'now-3h', to: 'now' })
    .refresh('1m')
    .tooltip(d.DashboardCursorSync.Crosshair)
    .link(
      new d.DashboardLinkBuilder('Storage')
        .type(d.DashboardLinkType.Dashboards)
        .tags(['delfin-agent'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .variables([
      new d.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
      listed('job', 'Job', 'label_values(storage_system_up, job)')
        .includeAll(true)
        .multi(true)
        .allValue('.*')
        .current(ALL),
      listed(
        'site',
        'Site',
        'label_values(storage_system_info{job=~"$job"}, storage_system_location)',
      )
        .includeAll(true)
        .multi(true)
        .allValue('.*')
        .current(ALL),
      listed(
        'system',
        'Array',
        // An array that was never read has no facts, and no site: it is there while all sites are.
        'label_values({__name__=~"storage_system_(up|info)",job=~"$job",storage_system_location=~"$site"}, storage_system_name)',
      )
        .includeAll(true)
        .multi(true)
        .current(ALL),
      ...(board.variables ?? []),
    ]);
  for (const [title, panels] of board.rows) {
    dashboard.withRow(new d.RowBuilder(title));
    for (const panel of panels) dashboard.withPanel(panel);
  }
  const built = dashboard.build();
  for (const [at, panel] of (built.panels ?? []).entries()) panel.id = at + 1;
  return built;
}
