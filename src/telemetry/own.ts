/** The agent's own numbers: text for the page, and instruments of the SDK for OTLP. Main thread only. */
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Label } from './labels.ts';
import type { Instruments } from './own-instruments.ts';
import { formatValue, labelText } from './prometheus/render.ts';
import { SELF, type SelfCounts, type SelfFamily, type SelfName } from './self.ts';

export interface OwnOptions {
  readonly version: string;
  readonly agentId: string;
  readonly namespace?: string;
  /** Attributes of every Resource, as OTEL_RESOURCE_ATTRIBUTES gives them. */
  readonly common?: Readonly<Record<string, string>>;
  /** The merged counts of all threads, asked for at each collection. */
  counts(): SelfCounts;
}

export interface OwnTelemetry {
  /** What follows the arrays' families on the page, family by family. */
  families(): Iterable<string>;
  /** For the OTLP export: dotted names, one Resource for the agent. */
  collect(): Promise<ResourceMetrics>;
  close(): Promise<void>;
}

export function createOwnTelemetry(options: OwnOptions): OwnTelemetry {
  const { version, counts, common = {} } = options;
  const resource = {
    ...common,
    'service.name': common['service.name'] ?? 'delfin-agent',
    'service.instance.id': options.agentId,
    'service.version': version,
    ...(options.namespace ? { 'service.namespace': options.namespace } : {}),
  };
  let instruments: Promise<Instruments> | undefined;
  /** The SDK costs memory: it is loaded when something is exported. */
  async function load(): Promise<Instruments> {
    const { createInstruments } = await import('./own-instruments.ts');
    return createInstruments({ version, resource, counts });
  }
  return {
    *families() {
      yield targetInfo(Object.entries(resource));
      const own = counts();
      for (const [name, family] of Object.entries(SELF) as [SelfName, SelfFamily][]) {
        const text = familyText(name, family, own);
        if (text !== '') yield text;
      }
    },
    async collect() {
      instruments ??= load();
      return await (await instruments).collect();
    },
    async close() {
      await (await instruments)?.close();
    },
  };
}

function targetInfo(labels: readonly Label[]): string {
  return `# HELP target_info Target metadata\n# TYPE target_info gauge\ntarget_info{${labelText(labels)}} 1\n`;
}

function familyText(name: SelfName, family: SelfFamily, counts: SelfCounts): string {
  const lines = Array.from(counts.get(name) ?? [], ([key, value]) => {
    const values = key.split('\u0000');
    const labels = family.attributes.map((attribute, index): Label => [
      attribute,
      values[index] ?? '',
    ]);
    return `${name}${labels.length > 0 ? `{${labelText(labels)}}` : ''} ${formatValue(value)}\n`;
  });
  if (lines.length === 0) return '';
  const type = family.kind === 'counter' ? 'counter' : 'gauge';
  return `# HELP ${name} ${family.help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
