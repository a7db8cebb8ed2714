/**
 * The REST sample of the driver developer guide: a whole driver on the driver kit, for an array that
 * does not exist. Its simulator lies beside it; conformance suite and fault matrix run over both.
 */
import {
  allPages,
  answersOf,
  byOffset,
  compact,
  createParts,
  createSeries,
  defineDriver,
  flag,
  granted,
  identifier,
  IncompleteTrapInformation,
  inPeriod,
  InvalidResponse,
  isObject,
  list,
  lookup,
  measures,
  number,
  object,
  openRest,
  remainder,
  RestAccess,
  text,
  Type,
  varbindText,
  toVolumeGroups,
  type Alert,
  type Capabilities,
  type Complaint,
  type Disk,
  type DriverContext,
  type Foreign,
  type HttpResponse,
  type Parts,
  type PerfMetric,
  type Port,
  type ResourceMetrics,
  type RestClient,
  type RestRequest,
  type SampleWindow,
  type Session,
  type Storage,
  type StoragePool,
  type Trap,
  type Volume,
  type VolumeGroups,
} from 'delfin-agent/driver';

export default defineDriver({
  vendor: 'sample_vendor',
  model: 'sample_rest',
  title: 'Sample arrays with a REST interface',
  access: Type.Object({ rest: RestAccess }),
  methods: ['listPorts', 'listDisks', 'listVolumeGroups', 'listAlerts', 'collectPerfMetrics'],
  capabilities: () => CAPABILITIES,
  parseAlert,

  async open(access, context) {
    const rest = await connect(access.rest, context);
    return {
      ...createLists(rest, createParts(context)),
      async listAlerts(query) {
        return inPeriod(itemsOf(await rest.get('/alerts'), '/alerts').map(toAlert), query);
      },
      collectPerfMetrics: (asked, start, end) => collect(rest, context, asked, { start, end }),
      close: () => rest.close(),
    } satisfies Session;
  },
});

// 1. What an answer means.

const answers = answersOf({
  complaint,
  codes: {
    expired: ['SESSION_UNKNOWN'],
    busy: ['BUSY'],
    denied: ['ROLE_MISSING'],
    unsupported: ['NOT_LICENSED', 'UNKNOWN_RESOURCE'],
    refused: ['UNKNOWN_FIELD'],
    gone: ['NO_SUCH_OBJECT'],
  },
});

/** `{ "error": { "code": "BUSY", "message": "..." } }` */
function complaint(response: HttpResponse): Complaint | undefined {
  if (response.status < 400) return undefined;
  const error = errorIn(response);
  const code = text(error['code']);
  return code === undefined ? undefined : { code, text: text(error['message']) ?? '' };
}

/** Must not throw: what stands in front of an array answers with HTML. */
function errorIn(response: HttpResponse): Foreign {
  try {
    const body = response.json();
    return isObject(body) && isObject(body['error']) ? body['error'] : {};
  } catch {
    return {};
  }
}

// 2. The session.

/** Why a login is refused, in plain words. */
const LOGIN_REFUSALS = {
  LOGIN_FAILED: 'the user name or password is wrong',
  ACCOUNT_LOCKED: 'the account is locked',
} as const;

function connect(access: RestAccess, context: DriverContext): Promise<RestClient<string>> {
  const { username, password } = access;
  return openRest<string>(context, access, {
    port: 8443,
    basePath: '/api',
    answers,
    session: {
      async open(exchange) {
        const json = { username, password: password.reveal() };
        const exchanged = await exchange({ method: 'POST', path: '/sessions', json });
        const body = object(granted(exchanged, 'the array', username, LOGIN_REFUSALS), 'login');
        const token = text(body['token']);
        if (token === undefined) throw new InvalidResponse('login: the answer has no token');
        return token;
      },
      close: (exchange, token) => exchange(sign({ method: 'DELETE', path: '/sessions' }, token)),
      sign,
    },
  });
}

function sign(request: RestRequest, token: string): RestRequest {
  return { ...request, headers: { ...request.headers, 'x-token': token } };
}

// 3. Lists.

const PAGE_SIZE = 100;

function createLists(rest: RestClient<string>, parts: Parts) {
  const items = async (path: string) => itemsOf(await rest.get(path), path);
  // Storage and pools need it in every round: it is asked for once.
  const pools = parts.shared(() => items('/pools'));

  function volumes(fields: string): Promise<readonly Foreign[]> {
    return allPages<Foreign, number>({
      what: 'GET /volumes',
      key: (volume) => identifier(volume['id']) ?? '',
      page: byOffset(PAGE_SIZE, async (offset, limit) =>
        itemsOf(await rest.get('/volumes', { fields, offset, limit }), '/volumes'),
      ),
    });
  }

  return {
    async getStorage() {
      const system = object(await rest.get('/system'), '/system');
      return toStorage(system, await parts.added(pools));
    },
    listStoragePools: async () => (await pools()).map(toPool),
    async listVolumes() {
      const found = await parts.either('volumes', [
        { ask: () => volumes('basic,efficiency') },
        { ask: () => volumes('basic'), lacks: 'compression and deduplication' },
      ]);
      return found.map(toVolume);
    },
    listPorts: () =>
      parts.union<Port>([
        async () => (await items('/fc-ports')).map((port) => toPort(port, 'fc')),
        // Not every array has them.
        () =>
          parts.ifAny(async () => (await items('/eth-ports')).map((port) => toPort(port, 'eth'))),
      ]),
    async listDisks() {
      const disks = await items('/disks');
      const health = await parts.added(() => items('/disk-health'));
      const scores = new Map(health?.map(({ disk_id: id, score }) => [id, score]));
      return disks.map((disk) => toDisk(disk, scores.get(disk['id'])));
    },
    async listVolumeGroups(): Promise<VolumeGroups> {
      const groups = await items('/volume-groups');
      const members = await parts.children(groups, async ({ id }) => {
        const found = await items(`/volume-groups/${encodeURIComponent(String(id))}/volumes`);
        return found.flatMap((volume) => identifier(volume['id']) ?? []);
      });
      // A group whose members could not be read is left out: it is not empty.
      const known = groups.flatMap((group, index) => {
        const own = members[index];
        const id = identifier(group['id']);
        return own && id !== undefined ? [{ id, name: text(group['name']), members: own }] : [];
      });
      return toVolumeGroups(known);
    },
  } satisfies Partial<Session>;
}

/** @throws InvalidResponse for anything but a list: it is no empty list. */
function itemsOf(body: unknown, what: string): readonly Foreign[] {
  return list(object(body, what)['items'], `${what}: items`);
}

// 4. Records. Pure: an object of the array in, a record out.

const HEALTH = {
  ok: 'normal',
  degraded: 'degraded',
  failed: 'abnormal',
  offline: 'offline',
} as const;
const VOLUME_STATE = { ok: 'available', degraded: 'available', failed: 'error' } as const;
const LINK = { up: 'connected', down: 'disconnected' } as const;
const GIGABIT = 1_000_000_000;

function toStorage(system: Foreign, pools: readonly Foreign[] | undefined): Storage {
  const total = sumOf(pools, 'size_bytes');
  const used = sumOf(pools, 'used_bytes');
  return compact<Storage>({
    name: text(system['name']),
    vendor: 'Sample',
    model: text(system['model']),
    serial_number: text(system['serial']),
    firmware_version: text(system['version']),
    status: lookup(HEALTH, system['health']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
  });
}

/** Undefined unless all of them are known: the sum of some is not the sum. */
function sumOf(objects: readonly Foreign[] | undefined, field: string): number | undefined {
  const values = objects?.map((one) => number(one[field]));
  if (!values || !values.every((value) => value !== undefined)) return undefined;
  return values.reduce((sum, value) => sum + value, 0);
}

function toPool(pool: Foreign): StoragePool {
  const [total, used] = [number(pool['size_bytes']), number(pool['used_bytes'])];
  return compact<StoragePool>({
    native_storage_pool_id: identifier(pool['id']) ?? '',
    name: text(pool['name']),
    status: lookup(HEALTH, pool['health']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
  });
}

function toVolume(volume: Foreign): Volume {
  return compact<Volume>({
    native_volume_id: identifier(volume['id']) ?? '',
    name: text(volume['name']),
    status: lookup(VOLUME_STATE, volume['health']),
    native_storage_pool_id: identifier(volume['pool_id']),
    wwn: text(volume['wwn']),
    total_capacity: number(volume['size_bytes']),
    compressed: flag(volume['compressed']),
    deduplicated: flag(volume['deduplicated']),
  });
}

function toPort(port: Foreign, type: 'fc' | 'eth'): Port {
  const gigabits = number(port['speed_gbit']);
  return compact<Port>({
    native_port_id: identifier(port['id']) ?? '',
    name: text(port['name']),
    type,
    connection_status: lookup(LINK, port['link']),
    speed: gigabits === undefined ? undefined : gigabits * GIGABIT,
    wwn: text(port['wwn']),
    mac_address: text(port['mac']),
  });
}

function toDisk(disk: Foreign, score: unknown): Disk {
  return compact<Disk>({
    native_disk_id: identifier(disk['id']) ?? '',
    name: text(disk['name']),
    status: lookup(HEALTH, disk['health']),
    capacity: number(disk['size_bytes']),
    health_score: number(score),
  });
}

// 5. Performance.

const SAMPLE_SECONDS = 60;

const CAPABILITIES: Capabilities = {
  is_historic: true,
  performance_metric_retention_window: 3_600,
  collect_interval: SAMPLE_SECONDS,
  resource_metrics: {
    volume: measures({
      readIops: 'IOPS',
      writeIops: 'IOPS',
      readThroughput: 'KiB/s',
      readResponseTime: 'us',
    }),
  },
};

async function collect(
  rest: RestClient<string>,
  context: DriverContext,
  asked: ResourceMetrics,
  window: SampleWindow,
): Promise<readonly PerfMetric[]> {
  const series = createSeries(context, asked, window);
  const query = { from: window.start, to: window.end };
  for (const sample of itemsOf(await rest.get('/samples', query), '/samples')) {
    const id = identifier(sample['volume_id']);
    if (id === undefined) continue;
    const volume = { type: 'volume', id, name: text(sample['volume_name']) } as const;
    series.add(volume, Date.parse(String(sample['time'])), {
      readIops: number(sample['reads_per_s']),
      writeIops: number(sample['writes_per_s']),
      readThroughput: number(sample['read_kib_per_s']),
      readResponseTime: number(sample['read_us']),
    });
  }
  return series.metrics();
}

// 6. Alerts: both roads make the same key, severity and category.

const SEVERITY = { critical: 'Critical', error: 'Major', warning: 'Warning' } as const;
const TRAP = '1.3.6.1.4.1.99999.1';
const FIELD = { type: `${TRAP}.1`, level: `${TRAP}.2`, part: `${TRAP}.3`, over: `${TRAP}.4` };

function toAlert(alert: Foreign): Alert {
  const [type, part] = [text(alert['type']) ?? '', text(alert['part'])];
  return compact<Alert>({
    alert_id: type,
    severity: lookup(SEVERITY, alert['level']) ?? 'NotSpecified',
    category: 'Fault',
    sequence_number: identifier(alert['id']),
    occur_time: timeOf(alert['time']),
    description: text(alert['text']),
    location: part,
    match_key: keyOf(type, part),
  });
}

function parseAlert(trap: Trap): Alert | undefined {
  if (!trap.trap_oid.startsWith(`${TRAP}.`)) return undefined;
  const type = varbindText(trap, FIELD.type);
  if (type === undefined) throw new IncompleteTrapInformation('the trap names no type of alert');
  const part = text(varbindText(trap, FIELD.part));
  return compact<Alert>({
    alert_id: type,
    severity: lookup(SEVERITY, varbindText(trap, FIELD.level)) ?? 'NotSpecified',
    category: varbindText(trap, FIELD.over) === '1' ? 'Recovery' : 'Fault',
    location: part,
    match_key: keyOf(type, part),
  });
}

const keyOf = (type: string, part: string | undefined) => `${type}/${part ?? ''}`;

function timeOf(written: unknown): number | undefined {
  const time = Date.parse(text(written) ?? '');
  return Number.isFinite(time) ? time : undefined;
}
