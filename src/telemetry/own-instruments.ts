/** The agent's own numbers as ordinary OTel instruments, for the OTLP export. */
import { diag, type Attributes } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { SELF, type SelfCounts, type SelfFamily, type SelfName } from './self.ts';

export interface Instruments {
  /** Dotted names, one Resource for the agent. */
  collect(): Promise<ResourceMetrics>;
  close(): Promise<void>;
}

export interface InstrumentsOptions {
  readonly version: string;
  /** Attributes of the agent's Resource. */
  readonly resource: Readonly<Record<string, string>>;
  counts(): SelfCounts;
  /** Another name or attribute key than the catalog's. */
  nameOf?(name: SelfName, family: SelfFamily): string;
  keyOf?(attribute: string): string;
}

/** A reader that is asked; it never pushes. */
class PullReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export function createInstruments(options: InstrumentsOptions): Instruments {
  diag.disable();
  const nameOf = options.nameOf ?? ((_name, family) => family.instrument);
  const keyOf = options.keyOf ?? String;
  const reader = new PullReader({ cardinalitySelector: () => 100_000 });
  const resource = resourceFromAttributes(options.resource);
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
    async collect() {
      const { resourceMetrics } = await reader.collect();
      return withoutGone(resourceMetrics, options.counts(), names);
    },
    close: () => provider.shutdown(),
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
