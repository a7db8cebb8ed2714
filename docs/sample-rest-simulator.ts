/**
 * The array of the REST sample: an interface of a dozen resources, and what is true of it. It is
 * written from the vendor's documents, and imports nothing of the driver.
 */
import type { ServerResponse } from 'node:http';
import type { Trap } from 'delfin-agent/driver';
import {
  CANARY_PASSWORD,
  HTTP_FAULTS,
  newStats,
  sendJson,
  serveHttp,
  type ServedRequest,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorOptions,
  type Truth,
  type TruthSample,
} from 'delfin-agent/testing';

type Objects = readonly Readonly<Record<string, unknown>>[];

const MINUTE_MS = 60_000;
const GIB = 2 ** 30;
const FAR = '2026-11-01T10:00:00Z';
/** Every so many requests the array is busy; after so many a session ends. */
const BUSY_EVERY = 7;
const REQUESTS_OF_SESSION = 12;

export interface SampleArrayOptions extends SimulatorOptions {
  readonly volumes?: number;
}

export const simulator: SimulatorDefinition = {
  vendor: 'sample_vendor',
  model: 'sample_rest',
  // The first firmware knows the field "efficiency", the other refuses it.
  generations: ['v2', 'v1'],
  damage: { kinds: HTTP_FAULTS, isLogin: (request) => request.includes('/sessions') },
  start: (options) => startSampleArray(options),
};

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const refusal = (status: number, code: string, message: string): Refusal => ({ status, code, message }); // prettier-ignore

export async function startSampleArray(options: SampleArrayOptions = {}): Promise<Simulator> {
  const { scenario = 'normal', generation = 'v2', port } = options;
  const model = createModel(options, generation === 'v2');
  const stats = newStats();
  /** Token -> requests so far. */
  const tokens = new Map<string, number>();

  function logIn({ body }: ServedRequest): { token: string } | Refusal {
    stats.logins += 1;
    const { password } = JSON.parse(body) as { password?: string };
    if (scenario === 'locked') return refusal(401, 'ACCOUNT_LOCKED', 'Account locked');
    if (scenario === 'badpassword' || password !== CANARY_PASSWORD)
      return refusal(401, 'LOGIN_FAILED', 'Wrong user name or password');
    const token = `token-${stats.logins}`;
    tokens.set(token, 0);
    stats.openSessions = tokens.size;
    stats.maxOpenSessions = Math.max(stats.maxOpenSessions, tokens.size);
    return { token };
  }

  function forget(token: string): void {
    tokens.delete(token);
    stats.openSessions = tokens.size;
  }

  function answer(request: ServedRequest): object {
    if (request.path === '/api/sessions' && request.method === 'POST') return logIn(request);
    const token = String(request.headers['x-token']);
    const asked = (tokens.get(token) ?? 0) + 1;
    if (scenario === 'expired' && asked > REQUESTS_OF_SESSION) forget(token);
    if (!tokens.has(token)) return refusal(401, 'SESSION_UNKNOWN', 'Unknown session');
    tokens.set(token, asked);
    if (request.method === 'DELETE') {
      forget(token);
      stats.logouts += 1;
      return {};
    }
    if (request.method !== 'GET') stats.writes.push(`${request.method} ${request.path}`);
    if (scenario === 'busy' && stats.requests % BUSY_EVERY === 0)
      return refusal(503, 'BUSY', 'Try again later');
    return model.answer(request);
  }

  const server = await serveHttp(
    (request, response) => {
      stats.requests += 1;
      const isLogin = request.path === '/api/sessions';
      if (scenario === 'hang' && !isLogin) return;
      if (scenario === 'garbage' && !isLogin) return garbage(response);
      send(response, answer(request));
    },
    port === undefined ? {} : { port },
  );
  return {
    access: {
      rest: {
        host: '127.0.0.1',
        port: server.port,
        username: 'monitor',
        password: CANARY_PASSWORD,
        scheme: 'http',
      },
    },
    truth: model.truth,
    stats,
    expireSessions: () => tokens.clear(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function send(response: ServerResponse, answered: object): void {
  if (!('code' in answered)) return sendJson(response, 200, answered);
  const { status, code, message } = answered as Refusal;
  sendJson(response, status, { error: { code, message } });
}

function garbage(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end('<html>Please log in</html>');
}

/** What the array holds, as it answers and as it is. */
function createModel({ scenario, volumes }: SampleArrayOptions, tellsEfficiency: boolean) {
  const count = volumes ?? (scenario === 'huge' ? 20_000 : 205);
  const sparse = scenario === 'sparse';
  const unlicensed = scenario === 'unlicensed';
  const volumesOf = (efficiency: boolean): Objects =>
    Array.from({ length: count }, (_, index) => ({
      id: index,
      name: index === 3 ? 'ünï "3"' : `vol-${index}`,
      pool_id: `p${index % 2}`,
      health: index === 1 ? 'failed' : index === 2 ? 'melting' : 'ok',
      ...(sparse ? {} : { size_bytes: (index + 1) * GIB, wwn: `6000${index}` }),
      ...(efficiency && !sparse ? { compressed: index % 2 === 0, deduplicated: false } : {}),
    }));
  const all = volumesOf(tellsEfficiency);
  const basic = volumesOf(false);
  const groups = ['g0', 'g1', 'g2'].map((id, index) => ({
    id,
    name: `group ${index}`,
    members: [index, index + 3],
  }));

  function samplesOf(from: number, to: number): Objects {
    if (sparse) return [];
    const times: number[] = [];
    for (let time = Math.ceil(from / MINUTE_MS) * MINUTE_MS; time <= to; time += MINUTE_MS)
      times.push(time);
    return times.flatMap((time) =>
      all.slice(0, 4).map(({ id, name }) => ({
        time: new Date(time).toISOString(),
        volume_id: id,
        volume_name: name,
        reads_per_s: Number(id) + 10,
        writes_per_s: 5,
        read_kib_per_s: 64,
        read_us: 250,
      })),
    );
  }

  const COLLECTIONS: Readonly<Record<string, Objects>> = {
    '/pools': [
      { id: 'p0', name: 'gold', health: 'ok', size_bytes: 4000 * GIB, used_bytes: 1000 * GIB },
      { id: 'p1', name: 'tin', health: 'degraded', size_bytes: 2000 * GIB, used_bytes: 500 * GIB },
    ],
    '/fc-ports': [
      { id: 'fc0', name: 'FC 0', link: 'up', speed_gbit: 16, wwn: '21000024ff000001' },
      { id: 'fc1', name: 'FC 1', link: 'down', wwn: '21000024ff000002' },
    ],
    '/eth-ports': [
      { id: 'eth0', name: 'Eth 0', link: 'up', speed_gbit: 10, mac: '00:00:5e:00:53:01' },
    ],
    '/disks': [
      { id: 'd0', name: 'Disk 0', health: 'ok', size_bytes: 960 * GIB },
      { id: 'd1', name: 'Disk 1', health: 'failed', size_bytes: 960 * GIB },
    ],
    '/disk-health': sparse ? [] : [{ disk_id: 'd0', score: 97 }, { disk_id: 'd1', score: 3 }], // prettier-ignore
    '/volume-groups': groups.map(({ id, name }) => ({ id, name })),
    ...Object.fromEntries(
      groups.map(({ id, members }) => [
        `/volume-groups/${id}/volumes`,
        members.map((member) => ({ id: member })),
      ]),
    ),
    '/alerts': [
      { id: 1, type: 'DISK_FAILED', level: 'error', part: 'd1', time: FAR, text: 'Disk 1 failed' },
      { id: 2, type: 'POOL_FULL', level: 'warning', part: 'p1', text: 'Pool tin is nearly full' },
    ],
  };
  const OPTIONAL = new Set(['/eth-ports', '/disk-health', '/volume-groups']);

  function answer({ path, query }: ServedRequest): object {
    const name = path.replace('/api', '');
    if (unlicensed && OPTIONAL.has(name)) return refusal(403, 'NOT_LICENSED', 'No licence');
    if (sparse && name === '/eth-ports') return refusal(404, 'UNKNOWN_RESOURCE', 'No such port');
    if (name === '/system')
      return {
        name: 'sample', model: 'Sample 9000', serial: 'S-42', version: '1.2.3', health: 'ok',
      }; // prettier-ignore
    if (name === '/volumes') {
      const efficiency = query.get('fields')?.includes('efficiency') ?? false;
      if (efficiency && !tellsEfficiency)
        return refusal(400, 'UNKNOWN_FIELD', 'efficiency is no field');
      const start = Number(query.get('offset'));
      return {
        items: (efficiency ? all : basic).slice(start, start + Number(query.get('limit'))),
      };
    }
    if (name === '/samples')
      return { items: samplesOf(Number(query.get('from')), Number(query.get('to'))) };
    const items = COLLECTIONS[name];
    return items ? { items } : refusal(404, 'NO_SUCH_OBJECT', 'There is none');
  }

  return { answer, truth: truthOf({ all, groups, samplesOf, sparse, unlicensed }) };
}

function truthOf(model: {
  readonly all: Objects;
  readonly groups: readonly { id: string; name: string; members: readonly number[] }[];
  readonly samplesOf: (from: number, to: number) => Objects;
  readonly sparse: boolean;
  readonly unlicensed: boolean;
}): Truth {
  const { all, groups, sparse, unlicensed } = model;
  const scored = (score: number) => (sparse || unlicensed ? {} : { health_score: score });
  const state = ['available', 'error', 'unknown'] as const;
  return {
    storage: {
      name: 'sample', vendor: 'Sample', model: 'Sample 9000', serial_number: 'S-42',
      firmware_version: '1.2.3', status: 'normal', total_capacity: 6000 * GIB,
      used_capacity: 1500 * GIB, free_capacity: 4500 * GIB,
    },
    lists: {
      listStoragePools: [
        { native_storage_pool_id: 'p0', name: 'gold', status: 'normal', total_capacity: 4000 * GIB, used_capacity: 1000 * GIB, free_capacity: 3000 * GIB },
        { native_storage_pool_id: 'p1', name: 'tin', status: 'degraded', total_capacity: 2000 * GIB, used_capacity: 500 * GIB, free_capacity: 1500 * GIB },
      ],
      listVolumes: all.map(({ id, name, size_bytes: size, wwn, compressed, deduplicated }, index) => ({
        native_volume_id: String(id), name, status: index < 3 ? state[index] : 'available',
        native_storage_pool_id: `p${index % 2}`,
        ...(size === undefined ? {} : { total_capacity: size, wwn }),
        ...(compressed === undefined ? {} : { compressed, deduplicated }),
      })),
      listPorts: [
        { native_port_id: 'fc0', name: 'FC 0', type: 'fc', connection_status: 'connected', speed: 16e9, wwn: '21000024ff000001' },
        { native_port_id: 'fc1', name: 'FC 1', type: 'fc', connection_status: 'disconnected', wwn: '21000024ff000002' },
        ...(sparse || unlicensed ? [] : [{ native_port_id: 'eth0', name: 'Eth 0', type: 'eth', connection_status: 'connected', speed: 10e9, mac_address: '00:00:5e:00:53:01' }]),
      ],
      listDisks: [
        { native_disk_id: 'd0', name: 'Disk 0', status: 'normal', capacity: 960 * GIB, ...scored(97) },
        { native_disk_id: 'd1', name: 'Disk 1', status: 'abnormal', capacity: 960 * GIB, ...scored(3) },
      ],
      listVolumeGroups: {
        volume_groups: groups.map(({ id, name, members }) => ({ native_volume_group_id: id, name, volumes: members.join(',') })),
        vol_grp_vol_rels: groups.flatMap(({ id, members }) =>
          members.map((member) => ({ native_volume_group_id: id, native_volume_id: String(member) })),
        ),
      },
    },
    alerts: [
      { alert_id: 'DISK_FAILED', severity: 'Major', category: 'Fault', sequence_number: '1', occur_time: Date.parse(FAR), description: 'Disk 1 failed', location: 'd1', match_key: 'DISK_FAILED/d1' },
      { alert_id: 'POOL_FULL', severity: 'Warning', category: 'Fault', sequence_number: '2', description: 'Pool tin is nearly full', location: 'p1', match_key: 'POOL_FULL/p1' },
    ],
    traps: [
      { trap: trapOf('DISK_FAILED', 'error', 'd1'), alert: { alert_id: 'DISK_FAILED', severity: 'Major', category: 'Fault', location: 'd1', match_key: 'DISK_FAILED/d1' } },
      { trap: trapOf('DISK_FAILED', 'error', 'd1', '1'), alert: { alert_id: 'DISK_FAILED', category: 'Recovery', match_key: 'DISK_FAILED/d1' } },
      { trap: { ...trapOf('DISK_FAILED', 'error', 'd1'), trap_oid: '1.3.6.1.4.1.1.0.1' }, alert: undefined },
    ],
    samples: (start, end) =>
      model.samplesOf(start, end).flatMap(({ time, volume_id: id }): TruthSample[] => {
        const at = { resource_type: 'volume', resource_id: String(id), time: Date.parse(String(time)) } as const;
        return [
          { ...at, name: 'readIops', value: Number(id) + 10 },
          { ...at, name: 'writeIops', value: 5 },
          { ...at, name: 'readThroughput', value: 64 * 1024 },
          { ...at, name: 'readResponseTime', value: 250e-6 },
        ];
      }),
  };
} // prettier-ignore

const TRAP = '1.3.6.1.4.1.99999.1';

/** A trap of the array: type, level and part of the alert, and "1" when it is over. */
function trapOf(...fields: readonly string[]): Trap {
  return {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: `${TRAP}.0.1`,
    varbinds: fields.map((value, index) => ({
      oid: `${TRAP}.${index + 1}`,
      type: 'OctetString',
      value: Buffer.from(value),
    })),
    source: '192.0.2.1',
    received_at: Date.now(),
  };
}
