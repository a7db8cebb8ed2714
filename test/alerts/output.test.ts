/** Transitions as records: in a real Collector, on standard output, in a rotated file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret, zonedTime, type Alert, type Trap } from 'delfin-agent/driver';
import type { Transition } from '../../src/backend/alerts/transition.ts';
import type { Snapshot } from '../../src/backend/snapshot.ts';
import type { Config } from '../../src/config/schema.ts';
import { createAlertOutput, type AlertOutput } from '../../src/telemetry/logs/output.ts';
import type { WriteSome } from '../../src/telemetry/logs/stdout.ts';
import { createSelfMetrics } from '../../src/telemetry/self.ts';
import { workspace } from '../kit/agent.ts';
import { COLLECTOR_BUILD_MS, GO, startCollector, type RunningCollector } from '../kit/collector.ts';
import { eventually } from '../kit/ports.ts';

const ARRAY = {
  name: 'dc1-array',
  vendor: 'fake_storage',
  model: 'fake_driver',
  labels: { site: 'dc1' },
};
const SNAPSHOT: Snapshot = {
  system: ARRAY.name,
  vendor: ARRAY.vendor,
  model: ARRAY.model,
  labels: ARRAY.labels,
  up: true,
  inventory: {
    storage: {
      storage_id: ARRAY.name,
      name: 'array',
      vendor: 'Acme',
      model: 'A1',
      status: 'normal',
      serial_number: '415312',
      firmware_version: '1.2',
    },
  },
  performance: [],
};
const TRAP: Trap = {
  version: 'v2c',
  pdu_type: 'inform',
  trap_oid: '1.3.6.1.6.3.1.1.5.3',
  varbinds: [
    { oid: '1.3.6.1.1', type: 'OctetString', value: Buffer.from('größer') },
    { oid: '1.3.6.1.2', type: 'OctetString', value: Uint8Array.of(7, 0xff, 0) },
    { oid: '1.3.6.1.3', type: 'Counter64', value: 18_446_744_073_709_551_615n },
    { oid: '1.3.6.1.4', type: 'Integer', value: -5 },
    { oid: '1.3.6.1.5', type: 'Null', value: null },
  ],
  source: '192.0.2.17',
  source_port: 49_152,
  engine_id: '8000000001020304',
  received_at: 1_795_354_373_118,
};
const ALERT: Required<Omit<Alert, 'storage_id'>> = {
  alert_id: '0xF00A',
  alert_name: 'Drive blocked',
  severity: 'Major',
  category: 'Fault',
  type: 'EquipmentAlarm',
  sequence_number: '104233',
  occur_time: 1_795_354_372_000,
  description: 'Drive blocked (HDD00-01), spare copy started',
  recovery_advice: 'Replace the drive',
  resource_type: 'disk',
  location: 'DKU-00/HDD00-01',
  match_key: '5f1c0f6a2d0f4a7c',
  clear_category: 'Automatic',
};
const RAISED: Transition = {
  kind: 'alert',
  system: ARRAY.name,
  state: 'raised',
  source: 'trap',
  alert: ALERT,
  trap: TRAP,
  observedAt: 1_795_354_373_118,
  uid: '0f2c6a6e-4c1d-5b0a-8d7a-3f7f0a2f9f55',
};

interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values: readonly { key: string; value: AnyValue }[] };
}

/** OTLP/JSON as plain values. */
function plain(value: AnyValue): unknown {
  if (value.arrayValue) return value.arrayValue.values.map(plain);
  if (value.kvlistValue) return fields(value.kvlistValue.values);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? { bytes: value.bytesValue };
}

function fields(attributes: readonly { key: string; value: AnyValue }[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

interface Read {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  readonly record: Record<string, unknown>;
  readonly attributes: Record<string, unknown>;
}

/** The records of OTLP/JSON lines. */
function readLines(text: string): Read[] {
  type Raw = {
    resourceLogs: {
      resource: { attributes: { key: string; value: AnyValue }[] };
      scopeLogs: { scope: { name: string }; logRecords: Record<string, unknown>[] }[];
    }[];
  };
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => (JSON.parse(line) as Raw).resourceLogs)
    .flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ scope, logRecords }) =>
        logRecords.map((record) => ({
          resource: fields(resource.attributes),
          scope: scope.name,
          record,
          attributes: fields(record['attributes'] as { key: string; value: AnyValue }[]),
        })),
      ),
    );
}

async function open(
  config: Partial<Config>,
  more: { firstRetryMs?: number; writeSome?: WriteSome } = {},
): Promise<AlertOutput & { readonly self: ReturnType<typeof createSelfMetrics> }> {
  const self = createSelfMetrics();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const output = await createAlertOutput({
    config: { agent_id: 'agent-1', ...config },
    log,
    self,
    agent: { version: '9.9.9', namespace: 'ns' },
    env: {},
    ...more,
  });
  return { ...output, self };
}

/** What standard output gets. */
function sink() {
  let text = '';
  const writeSome: WriteSome = (bytes) => {
    text += Buffer.from(bytes).toString('utf8');
    return bytes.length;
  };
  return { writeSome, read: () => readLines(text) };
}

async function printed(
  transitions: readonly Transition[],
  config: Partial<Config> = {},
): Promise<Read[]> {
  const { writeSome, read } = sink();
  const output = await open({ alert_output: { stdout: true }, ...config }, { writeSome });
  for (const transition of transitions) output.emit(transition, SNAPSHOT, ARRAY);
  await output.flush(1_000);
  await output.close();
  return read();
}

describe('a record', () => {
  it('has every field of the alert where the catalog says', async () => {
    const [read] = await printed([RAISED]);
    expect(read?.record).toMatchObject({
      timeUnixNano: '1795354372000000000',
      observedTimeUnixNano: '1795354373118000000',
      severityNumber: 18,
      severityText: 'Major',
      eventName: 'storage.alert',
      body: { stringValue: ALERT.description },
    });
    expect(read?.scope).toBe('delfin.alerts');
    expect(read?.attributes).toEqual({
      'storage.alert.state': 'raised',
      'storage.alert.id': '0xF00A',
      'storage.alert.name': 'Drive blocked',
      'storage.alert.sequence_number': '104233',
      'storage.alert.match_key': '5f1c0f6a2d0f4a7c',
      'storage.alert.severity': 'major',
      'storage.alert.category': 'fault',
      'storage.alert.type': 'equipment_alarm',
      'storage.alert.resource_type': 'disk',
      'storage.alert.location': 'DKU-00/HDD00-01',
      'storage.alert.recovery_advice': 'Replace the drive',
      'storage.alert.clear_type': 'automatic',
      'storage.alert.source': 'trap',
      'log.record.uid': RAISED.uid,
      'snmp.version': 'v2c',
      'snmp.pdu.type': 'inform',
      'snmp.trap.oid': '1.3.6.1.6.3.1.1.5.3',
      'snmp.trap.name': 'linkDown',
      'snmp.engine.id': '8000000001020304',
      'network.peer.address': '192.0.2.17',
      'network.peer.port': 49_152,
      'network.transport': 'udp',
    });
    expect(read?.resource).toMatchObject({
      'service.name': 'delfin-agent',
      'service.namespace': 'ns',
      'service.instance.id': 'dc1-array',
      'service.version': '9.9.9',
      'storage.system.name': 'dc1-array',
      'storage.system.vendor': 'Acme',
      'storage.system.model': 'A1',
      'storage.system.serial_number': '415312',
      site: 'dc1',
    });
  });

  it.each([
    ['Fatal', 21],
    ['Critical', 19],
    ['Major', 18],
    ['Minor', 17],
    ['Warning', 13],
    ['NotSpecified', 10],
    ['Informational', 9],
  ] as const)(
    'of severity %s has number %i; its end does not look like an error',
    async (severity, number) => {
      const alert: Alert = { ...ALERT, severity };
      const reads = await printed([
        { ...RAISED, alert },
        { ...RAISED, alert: { ...alert, category: 'Recovery' }, state: 'cleared' },
      ]);
      expect(reads.map(({ record }) => record['severityNumber'])).toEqual([number, 10]);
      expect(reads.map(({ record }) => record['severityText'])).toEqual([severity, severity]);
    },
  );

  it.each([undefined, 0, -1, RAISED.observedAt + 86_400_001])(
    'leaves a time out that can not be: %s',
    async (time) => {
      const { occur_time: _, ...alert } = ALERT;
      const [read] = await printed([
        { ...RAISED, alert: time === undefined ? alert : { ...alert, occur_time: time } },
      ]);
      expect(Number(read?.record['timeUnixNano'] ?? 0)).toBe(0);
    },
  );

  it('is cut where an array writes a book', async () => {
    const long = 'ü'.repeat(1_000_000);
    const alert: Alert = {
      ...ALERT,
      alert_name: long,
      description: long,
      recovery_advice: long,
      location: long,
      match_key: long,
    };
    const [read] = await printed([{ ...RAISED, alert }]);
    const bytes = (value: unknown) => Buffer.byteLength(String(value));
    const body = read?.record['body'] as AnyValue | undefined;
    expect(bytes(body?.stringValue)).toBe(4_096);
    expect(bytes(read?.attributes['storage.alert.recovery_advice'])).toBe(4_096);
    expect(bytes(read?.attributes['storage.alert.location'])).toBe(4_096);
    expect(bytes(read?.attributes['storage.alert.name'])).toBe(1_024);
    expect(bytes(read?.attributes['storage.alert.match_key'])).toBe(1_024);
    expect(JSON.stringify(read)).not.toContain('\uFFFD');
  });

  it('carries raw varbinds where they are asked for', async () => {
    const [read] = await printed([RAISED], { traps: { varbinds: true } });
    expect(read?.attributes['snmp.varbinds']).toEqual([
      { oid: '1.3.6.1.1', type: 'OctetString', value: 'größer' },
      { oid: '1.3.6.1.2', type: 'OctetString', value: { bytes: 'B/8A' } },
      { oid: '1.3.6.1.3', type: 'Counter64', value: '18446744073709551615' },
      { oid: '1.3.6.1.4', type: 'Integer', value: -5 },
      { oid: '1.3.6.1.5', type: 'Null' },
    ]);
  });

  it('of a trap that nobody could read has its varbinds and the reason', async () => {
    const { writeSome, read } = sink();
    const output = await open({ alert_output: { stdout: true } }, { writeSome });
    output.emit(
      {
        kind: 'trap',
        system: ARRAY.name,
        trap: TRAP,
        reason: 'unknown_trap',
        observedAt: TRAP.received_at,
        uid: 'u',
      },
      SNAPSHOT,
      ARRAY,
    );
    output.unknown(TRAP);
    await output.flush(1_000);
    const [parsed, unknown] = read();
    expect(parsed?.record).toMatchObject({ eventName: 'snmp.trap', severityNumber: 13 });
    expect(parsed?.attributes).toMatchObject({ 'delfin.parse_error': 'unknown_trap' });
    expect(parsed?.attributes['snmp.varbinds']).toHaveLength(5);
    expect(parsed?.resource['storage.system.name']).toBe('dc1-array');
    expect(unknown?.resource).toMatchObject({ 'service.instance.id': 'agent-1' });
    expect(unknown?.resource).not.toHaveProperty('storage.system.name');
  });

  it('has the time of an array without zone in the zone of its backend', async () => {
    const clock = { year: 2026, month: 7, day: 1, hour: 12, minute: 0, second: 0 };
    const [read] = await printed([
      {
        ...RAISED,
        observedAt: Date.UTC(2026, 6, 2),
        alert: { ...ALERT, occur_time: zonedTime(clock, 'Europe/Berlin') },
      },
    ]);
    expect(read?.record['timeUnixNano']).toBe(`${Date.UTC(2026, 6, 1, 10)}000000`);
  });
});

describe('standard output and file', () => {
  it('count transitions by severity, category and source', async () => {
    const output = await open({});
    output.emit(RAISED, SNAPSHOT, ARRAY);
    const counts = output.self.counts().get('storage_alert_received_total');
    expect([...(counts ?? [])]).toEqual([['dc1-array\u0000major\u0000fault\u0000trap', 1]]);
  });

  it('rotates the file and keeps so many', async () => {
    using space = workspace();
    const file = join(space.folder, 'alerts.jsonl');
    const output = await open({ alert_output: { file, max_size: '4KiB', max_files: 2 } });
    for (let index = 0; index < 30; index += 1) {
      output.emit({ ...RAISED, uid: String(index) }, SNAPSHOT, ARRAY);
      await output.flush(1_000);
    }
    await output.close();
    expect(readdirSync(space.folder).sort()).toEqual([
      'alerts.jsonl',
      'alerts.jsonl.1',
      'alerts.jsonl.2',
    ]);
    const uids = ['.2', '.1', ''].flatMap((suffix) =>
      readLines(readFileSync(`${file}${suffix}`, 'utf8')).map(({ attributes }) =>
        Number(attributes['log.record.uid']),
      ),
    );
    const first = uids[0] ?? 0;
    expect(uids).toEqual(Array.from({ length: 30 - first }, (_, index) => first + index));
  });

  it('of several threads: no line is lost, doubled or mixed, across rotations', async () => {
    using space = workspace();
    const file = join(space.folder, 'alerts.jsonl');
    const code = `
      import { createLineFile } from ${JSON.stringify(new URL('../../src/telemetry/logs/file.ts', import.meta.url).href)};
      import { workerData } from 'node:worker_threads';
      const lines = createLineFile({ path: workerData.file, maxBytes: 20_000, maxFiles: 99 });
      for (let index = 0; index < 500; index += 1) {
        lines.append([JSON.stringify({ thread: workerData.thread, index, fill: 'x'.repeat(index % 300) }) + '\\n']);
      }`;
    const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    await Promise.all(
      [0, 1, 2, 3].map(
        (thread) =>
          new Promise<void>((resolve, reject) => {
            const worker = new Worker(url, { workerData: { file, thread } });
            worker.once('error', reject);
            worker.once('exit', () => resolve());
          }),
      ),
    );
    const files = readdirSync(space.folder).filter((name) => name.startsWith('alerts.jsonl'));
    const lines = files.flatMap((name) =>
      readFileSync(join(space.folder, name), 'utf8').split('\n').slice(0, -1),
    );
    const seen = lines.map((line) => {
      const { thread, index } = JSON.parse(line) as { thread: number; index: number };
      return `${thread} ${index}`;
    });
    expect(files.length).toBeGreaterThan(5);
    expect(new Set(seen).size).toBe(2_000);
    expect(seen.length).toBe(2_000);
  });

  it('counts what can not be written, and goes on when it can', async () => {
    using space = workspace();
    const output = await open({
      alert_output: { file: join(space.folder, 'missing', 'alerts.jsonl') },
    });
    output.emit(RAISED, SNAPSHOT, ARRAY);
    await output.flush(1_000);
    expect(output.self.counts().get('delfin_alert_dropped_total')?.get('file')).toBe(1);
  });
});

describe.skipIf(!GO)('a real Collector', () => {
  let collector: RunningCollector;
  beforeAll(async () => {
    collector = await startCollector();
  }, COLLECTOR_BUILD_MS);
  afterAll(() => collector[Symbol.asyncDispose]());

  const uidsOf = (prefix: string) =>
    collector
      .logs()
      .map(({ record }) => fields(record['attributes'] as never)['log.record.uid'] as string)
      .filter((uid) => uid.startsWith(prefix));

  it.each(['http/protobuf', 'http/json'] as const)('takes records as %s', async (protocol) => {
    const output = await open({
      otlp: { endpoint: collector.endpoint, protocol },
      traps: { varbinds: true },
    });
    output.emit({ ...RAISED, uid: protocol }, SNAPSHOT, ARRAY);
    await output.flush(10_000);
    await output.close();
    const found = await eventually('the record', () =>
      collector.logs().find(({ record }) => JSON.stringify(record).includes(`"${protocol}"`)),
    );
    const [expected] = await printed([{ ...RAISED, uid: protocol }], { traps: { varbinds: true } });
    expect(fields(found.record['attributes'] as never)).toEqual(expected?.attributes);
    expect(found.record['timeUnixNano']).toBe('1795354372000000000');
    expect(found.record['severityNumber']).toBe(18);
    expect(found.record['eventName']).toBe('storage.alert');
    expect(found.resource['storage.system.serial_number']).toBe('415312');
  });

  it('loses, doubles and reorders nothing while it is away', async () => {
    const output = await open({ otlp: { endpoint: collector.endpoint } }, { firstRetryMs: 50 });
    const emit = (from: number, to: number) => {
      for (let index = from; index < to; index += 1) {
        output.emit({ ...RAISED, uid: `outage ${index}` }, SNAPSHOT, ARRAY);
      }
    };
    emit(0, 100);
    await output.flush(10_000);
    await collector.stop();
    emit(100, 10_100);
    await output.flush(500);
    await collector.start();
    await output.flush(30_000);
    emit(10_100, 10_200);
    await output.flush(10_000);
    await output.close();
    await eventually('all records', () => (uidsOf('outage').length >= 10_200 ? true : undefined));
    expect(uidsOf('outage')).toEqual(
      Array.from({ length: 10_200 }, (_, index) => `outage ${index}`),
    );
  });

  it('gets no secret: headers only', async () => {
    const output = await open({
      otlp: { endpoint: collector.endpoint, headers: { authorization: new Secret('canary') } },
    });
    output.emit({ ...RAISED, uid: 'secret' }, SNAPSHOT, ARRAY);
    await output.flush(10_000);
    await output.close();
    expect(JSON.stringify(collector.logs())).not.toContain('canary');
  });
});
