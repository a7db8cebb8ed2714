/** Every variable of the OpenTelemetry specification: docs/otlp.md says what it does, and it does that. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentFaults, type Env } from '../../src/config/otlp-environment.ts';
import { forSignal, otlpOf, type OtlpSettings } from '../../src/telemetry/otlp/config.ts';

const CERT = new URL('../kit/tls/cert.pem', import.meta.url).pathname;
const KEY = new URL('../kit/tls/key.pem', import.meta.url).pathname;

/** Of specification/protocol/exporter.md: common, and for each signal. */
const EXPORTER = [
  'ENDPOINT', 'PROTOCOL', 'HEADERS', 'COMPRESSION', 'TIMEOUT', 'CERTIFICATE',
  'CLIENT_CERTIFICATE', 'CLIENT_KEY', 'INSECURE',
] as const; // prettier-ignore

/** Of specification/configuration/sdk-environment-variables.md and metrics/sdk_exporters/otlp.md. */
const OTHERS = [
  'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
  'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
  'OTEL_EXPORTER_OTLP_SPAN_INSECURE', 'OTEL_EXPORTER_OTLP_METRIC_INSECURE',
  'OTEL_SDK_DISABLED', 'OTEL_ENTITIES', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_SERVICE_NAME',
  'OTEL_LOG_LEVEL', 'OTEL_PROPAGATORS', 'OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG',
  'OTEL_BSP_SCHEDULE_DELAY', 'OTEL_BSP_EXPORT_TIMEOUT', 'OTEL_BSP_MAX_QUEUE_SIZE',
  'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'OTEL_BLRP_SCHEDULE_DELAY', 'OTEL_BLRP_EXPORT_TIMEOUT',
  'OTEL_BLRP_MAX_QUEUE_SIZE', 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
  'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_SPAN_EVENT_COUNT_LIMIT', 'OTEL_SPAN_LINK_COUNT_LIMIT', 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', 'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
  'OTEL_EXPORTER_ZIPKIN_PROTOCOL', 'OTEL_EXPORTER_ZIPKIN_TIMEOUT', 'OTEL_EXPORTER_PROMETHEUS_HOST',
  'OTEL_EXPORTER_PROMETHEUS_PORT', 'OTEL_TRACES_EXPORTER', 'OTEL_METRICS_EXPORTER',
  'OTEL_LOGS_EXPORTER', 'OTEL_METRICS_EXEMPLAR_FILTER', 'OTEL_METRIC_EXPORT_INTERVAL',
  'OTEL_METRIC_EXPORT_TIMEOUT', 'OTEL_CONFIG_FILE', 'OTEL_EXPERIMENTAL_CONFIG_FILE',
] as const; // prettier-ignore

const SPECIFIED: readonly string[] = [
  ...['', 'METRICS_', 'LOGS_', 'TRACES_'].flatMap((signal) =>
    EXPORTER.map((name) => `OTEL_EXPORTER_OTLP_${signal}${name}`),
  ),
  ...OTHERS,
];

/** Variable -> whether the document says that it is used. */
const documented = new Map(
  readFileSync(new URL('../../docs/otlp.md', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `OTEL_'))
    .flatMap((line) => {
      const [, names = '', key] = line.split('|');
      return Array.from(names.matchAll(/OTEL_\w+/g), ([name]) => [name, key?.trim() !== 'not used'] as const);
    }),
); // prettier-ignore

const E = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example' };

/** What a variable of EXPORTER does to its signal: its value, what belongs to it, the settings then. */
const EFFECTS: Readonly<
  Record<(typeof EXPORTER)[number], readonly [string, Env, (otlp: OtlpSettings) => unknown, unknown]>
> = {
  ENDPOINT: ['https://other.example/x', {}, ({ urls }) => new URL(urls.metrics).host, 'other.example'],
  PROTOCOL: ['grpc', {}, ({ protocol }) => protocol, 'grpc'],
  HEADERS: ['a=b%2C', {}, ({ headers }) => headers.metrics['a']?.reveal(), 'b,'],
  COMPRESSION: ['none', {}, ({ compression }) => compression, 'none'],
  TIMEOUT: ['1234', {}, ({ timeoutMs }) => timeoutMs, 1_234],
  CERTIFICATE: [CERT, {}, ({ ca }) => ca, CERT],
  CLIENT_CERTIFICATE: [CERT, { OTEL_EXPORTER_OTLP_CLIENT_KEY: KEY }, ({ cert }) => cert, CERT],
  CLIENT_KEY: [KEY, { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: CERT }, ({ key }) => key, KEY],
  INSECURE: [
    'true',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'otel.example:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    ({ urls }) => urls.metrics,
    'http://otel.example:4317',
  ],
}; // prettier-ignore

const OTHER_EFFECTS: Readonly<
  Record<string, readonly [string, (otlp: OtlpSettings | undefined) => unknown, unknown]>
> = {
  OTEL_SDK_DISABLED: ['true', (otlp) => otlp, undefined],
  OTEL_RESOURCE_ATTRIBUTES: ['a=b', (otlp) => otlp?.resource['a'], 'b'],
  OTEL_SERVICE_NAME: ['s', (otlp) => otlp?.resource['service.name'], 's'],
  OTEL_METRICS_EXPORTER: ['none', (otlp) => otlp?.metrics, false],
  OTEL_LOGS_EXPORTER: ['none', (otlp) => otlp?.logs, false],
  OTEL_METRIC_EXPORT_INTERVAL: ['2345', (otlp) => otlp?.intervalMs, 2_345],
};

describe('the variables of the specification', () => {
  it('are all in the document, and no others', () => {
    expect([...documented.keys()].toSorted()).toEqual(SPECIFIED.toSorted());
  });

  it.each(SPECIFIED.filter((name) => documented.get(name) === false))('%s does nothing', (name) => {
    const env = { ...E, [name]: 'https://nowhere.example,grpc' };
    expect(otlpOf(undefined, env)).toEqual(otlpOf(undefined, E));
    expect(otlpOf(undefined, { [name]: 'https://nowhere.example' })).toBeUndefined();
    expect(environmentFaults(undefined, env)).toEqual([]);
  });

  it.each(SPECIFIED.filter((name) => documented.get(name) === true))('%s does what it says', (name) => {
    const [, signal, key = ''] = /^OTEL_EXPORTER_OTLP_(METRICS_|LOGS_)?(\w+)$/.exec(name) ?? [];
    const effect = EFFECTS[key as (typeof EXPORTER)[number]];
    const other = OTHER_EFFECTS[name];
    if (other) {
      const [value, of, expected] = other;
      expect(of(otlpOf(undefined, { ...E, [name]: value }))).toEqual(expected);
      return expect(of(otlpOf(undefined, E))).not.toEqual(expected);
    }
    if (!effect) throw new Error(`${name} has no test`);
    const [value, beside, of, expected] = effect;
    // Certificate and key are a pair.
    const further = Object.fromEntries(
      Object.entries(beside).map(([partner, set]) => [
        partner.replace('OTLP_CLIENT', `OTLP_${signal ?? ''}CLIENT`),
        set,
      ]),
    );
    const seenBy = (which: 'metrics' | 'logs', env: Env) => {
      const otlp = otlpOf(undefined, { ...E, ...further, ...env });
      if (!otlp) throw new Error('nothing is exported');
      const { urls, headers } = otlp;
      // Effects look at the place of metrics.
      const placed = { urls: { ...urls, metrics: urls[which] }, headers: { ...headers, metrics: headers[which] } };
      return of({ ...forSignal(otlp, which), ...placed });
    };
    expect(environmentFaults(undefined, { ...E, ...further, [name]: value })).toEqual([]);
    for (const which of ['metrics', 'logs'] as const) {
      const touched = signal === undefined || signal === `${which.toUpperCase()}_`;
      if (touched) expect(seenBy(which, { [name]: value })).toEqual(expected);
      else expect(seenBy(which, { [name]: value })).not.toEqual(expected);
      expect(seenBy(which, {})).not.toEqual(expected);
    }
  });
}); // prettier-ignore
