/** A real Collector that wants TLS and a client certificate, by HTTP and gRPC, straight and through a proxy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { familyOf } from '../../src/telemetry/catalog.ts';
import { otlpOf } from '../../src/telemetry/otlp/config.ts';
import { createOutgoing } from '../../src/telemetry/otlp/outgoing.ts';
import { createCollection } from '../../src/telemetry/otlp/points.ts';
import { createSelfMetrics } from '../../src/telemetry/self.ts';
import { startAgent, workspace } from '../kit/agent.ts';
import {
  buildCollector,
  COLLECTOR_BUILD_MS,
  startCollector,
  type RunningCollector,
} from '../kit/collector.ts';
import { eventually } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';
import { startProxy, type RunningProxy } from '../kit/proxy.ts';

const CERT = new URL('../kit/tls/cert.pem', import.meta.url).pathname;
const KEY = new URL('../kit/tls/key.pem', import.meta.url).pathname;
const TRUST = { ca: CERT, cert: CERT, key: KEY } as const;

/** A request with one point. */
function requestOf(value: number) {
  const collection = createCollection({
    resource: resourceFromAttributes({ 'service.name': 'x' }),
    scope: { name: 's', version: '1' },
    start: [0, 0],
    attributes: new WeakMap(),
  });
  const identity = { labels: [['storage.volume.id', '1'] as const] };
  collection.add(familyOf('storage.volume.capacity'), identity, [], [1_790_000_000, 0], value);
  const [request] = collection.batches(1);
  if (!request) throw new Error('no request');
  return request;
}

describe.skipIf(!hasProgram('go'))('a Collector with TLS and client certificates', () => {
  let collector: RunningCollector;
  let proxy: RunningProxy;
  let sent = 0;

  beforeAll(async () => {
    await buildCollector();
    collector = await startCollector({ cert: CERT, key: KEY, clientCa: CERT });
    proxy = await startProxy('user:p4ss-c4nary');
  }, COLLECTOR_BUILD_MS);
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await collector?.[Symbol.asyncDispose]();
  });

  /** Sends one point; what was logged. */
  async function send(block: Parameters<typeof otlpOf>[0], env = {}): Promise<string> {
    const otlp = otlpOf(block, env);
    if (!otlp) throw new Error('no settings');
    const lines: string[] = [];
    const note = (fields: object, text: string) => void lines.push(text + JSON.stringify(fields));
    const log = { debug: note, info: note, warn: note, error: note };
    const self = createSelfMetrics();
    const outgoing = createOutgoing({ signal: 'metrics', otlp, log, self, firstRetryMs: 10 });
    sent += 1;
    const isJson = otlp.protocol === 'http/json';
    const serializer = isJson ? JsonMetricsSerializer : ProtobufMetricsSerializer;
    outgoing.add(serializer.serializeRequest(requestOf(sent)) ?? new Uint8Array(), 1);
    const failed = eventually('a warning', () => (lines.length > 0 ? true : undefined));
    await Promise.race([outgoing.idle(), failed.catch(() => {})]);
    await outgoing.close();
    return lines.join('\n');
  }
  const arrived = (value: number) =>
    eventually('the point', () =>
      collector.points().some((point) => point.value === value) ? true : undefined,
    );
  const endpointFor = (protocol: string) =>
    protocol === 'grpc' ? collector.grpcEndpoint : collector.endpoint;

  it.each(['grpc', 'http/protobuf', 'http/json'] as const)('takes %s', async (protocol) => {
    const endpoint = endpointFor(protocol);
    for (const compression of ['gzip', 'none'] as const) {
      expect(await send({ endpoint, protocol, compression, ...TRUST })).toBe('');
      await arrived(sent);
    }
  });

  it.each(['grpc', 'http/protobuf'] as const)('takes %s through a proxy', async (protocol) => {
    const endpoint = endpointFor(protocol);
    const block = { endpoint, protocol, ...TRUST };
    expect(await send({ ...block, proxy: proxy.url })).toBe('');
    await arrived(sent);
    expect(proxy.asked.at(-1)).toBe(`CONNECT ${new URL(endpoint).host}`);
    const refused = await send({ ...block, proxy: proxy.url.replace('p4ss', 'wrong') });
    expect(refused).toMatch(/"error_type":"proxy".*otlp\.proxy/);
    expect(refused).not.toContain('c4nary');
  });

  it.each(['grpc', 'http/protobuf'] as const)('is told from one that is not ours: %s', async (protocol) => {
    const endpoint = endpointFor(protocol);
    expect(await send({ endpoint, protocol })).toMatch(/"error_type":"certificate".*otlp\.ca/);
    expect(await send({ endpoint, protocol, ca: CERT })).toMatch(/"error_type":"certificate"/);
  }); // prettier-ignore

  it('takes gRPC from an agent that has nothing but the variables', async () => {
    using space = workspace();
    const config = space.write(
      'config.yaml',
      'backends: [ { name: array-1, vendor: fake_storage, model: fake_driver, fake: { volumes: 1 } } ]\n',
    );
    await using agent = await startAgent(config, {
      env: {
        // Without a scheme gRPC goes over TLS.
        OTEL_EXPORTER_OTLP_ENDPOINT: new URL(collector.grpcEndpoint).host,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_CERTIFICATE: CERT,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: CERT,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: KEY,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_SERVICE_NAME: 'my-agent',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=lab,service.namespace=dc1',
      },
    });
    const resources = await eventually('the array and the agent itself', () => {
      const points = collector.points().filter(({ resource }) => resource['service.name'] !== 'x');
      const found = [
        'storage.system.capacity',
        'delfin.collection.runs',
        'storage.volume.latency',
      ].map((name) => points.find(({ metric }) => metric === name)?.resource);
      return found.every(Boolean) ? found : undefined;
    });
    const common = {
      'service.name': 'my-agent',
      'service.namespace': 'dc1',
      'deployment.environment.name': 'lab',
    };
    for (const resource of resources) expect(resource).toMatchObject(common);
    expect((await agent.get('/metrics')).text).toContain('deployment_environment_name="lab"');
  });
});
