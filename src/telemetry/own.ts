/** The agent's own numbers as ordinary OTel instruments, and their Prometheus text. Main thread only. */
import { diag, type Attributes } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { labelName } from './names.ts';
import { SELF, type SelfCounts, type SelfFamily, type SelfName } from './self.ts';

export interface OwnOptions {
  readonly version: string;
  readonly agentId: string;
  readonly namespace?: string;
  /** The merged counts of all threads, asked for at each collection. */
  counts(): SelfCounts;
}

export interface OwnTelemetry {
  /** Text that follows the arrays' families on the page. */
  text(): Promise<string>;
  /** For the OTLP export: dotted names, one Resource for the agent. */
  collect(): Promise<ResourceMetrics>;
  close(): Promise<void>;
}

/** A reader that is asked; it never pushes. */
class PullReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export function createOwnTelemetry(options: OwnOptions): OwnTelemetry {
  diag.disable();
  const resource = resourceFromAttributes({
    'service.name': 'delfin-agent',
    'service.instance.id': options.agentId,
    'service.version': options.version,
    ...(options.namespace ? { 'service.namespace': options.namespace } : {}),
  });
  const dotted = register(options, resource, (_name, family) => family.instrument, String);
  // The library's serializer adds _total to counters and no units: it gets the names of the page.
  const printed = register(options, resource, (name) => name.replace(/_total$/, ''), labelName);
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  return {
    async text() {
      const resourceMetrics = await printed.collect();
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- one package, two builds of its types
      return withoutUnits(serializer.serialize(resourceMetrics));
    },
    collect: dotted.collect,
    async close() {
      await Promise.all([dotted.provider.shutdown(), printed.provider.shutdown()]);
    },
  };
}

function register(
  options: OwnOptions,
  resource: ReturnType<typeof resourceFromAttributes>,
  nameOf: (name: SelfName, family: SelfFamily) => string,
  keyOf: (attribute: string) => string,
) {
  const reader = new PullReader({ cardinalitySelector: () => 100_000 });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const meter = provider.getMeter('delfin.agent', options.version);
  const names = new Map<string, SelfName>();
  for (const [name, family] of Object.entries(SELF) as [SelfName, SelfFamily][]) {
    names.set(nameOf(name, family), name);
    const described = { description: family.help, unit: family.unit };
    const observable =
      family.kind === 'counter'
        ? meter.createObservableCounter(nameOf(name, family), described)
        : family.kind === 'gauge'
          ? meter.createObservableGauge(nameOf(name, family), described)
          : meter.createObservableUpDownCounter(nameOf(name, family), described);
    observable.addCallback((result) => {
      for (const [key, value] of options.counts().get(name) ?? []) {
        result.observe(value, attributesOf(family.attributes.map(keyOf), key));
      }
    });
  }
  return {
    provider,
    async collect() {
      const { resourceMetrics } = await reader.collect();
      return withoutGone(resourceMetrics, options.counts(), names);
    },
  };
}

/** The SDK keeps what was observed once; what is no longer counted must go all the same. */
function withoutGone(
  { resource, scopeMetrics }: ResourceMetrics,
  counts: SelfCounts,
  names: ReadonlyMap<string, SelfName>,
): ResourceMetrics {
  const current = scopeMetrics.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.flatMap((metric) => {
      const name = names.get(metric.descriptor.name);
      const known = name && counts.get(name);
      const dataPoints = metric.dataPoints.filter(({ attributes }) =>
        known?.has(Object.values(attributes).join('\u0000')),
      );
      return dataPoints.length > 0 ? [{ ...metric, dataPoints } as typeof metric] : [];
    }),
  }));
  return { resource, scopeMetrics: current };
}

function attributesOf(keys: readonly string[], joined: string): Attributes {
  const values = joined.split('\u0000');
  return Object.fromEntries(keys.map((key, index) => [key, values[index] ?? '']));
}

/** A raw UCUM unit is no unit of the text formats. */
function withoutUnits(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('# UNIT '))
    .join('\n');
}
