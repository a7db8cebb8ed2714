/** The array's own lists: what is asked, and in how many requests. */
import {
  allPages,
  InvalidResponse,
  isRefusal,
  isVendorsWord,
  NotSupported,
  number,
  objects,
  text,
  urlHost,
  type Foreign,
  type Parts,
  type Session,
} from 'delfin-agent/driver';
import type { ArrayClient } from './client.ts';
import { toComponents } from './components.ts';
import { addressesOf } from './device.ts';
import { listLoggedIn, type LoggedIn } from './hosts.ts';
import {
  isDefined,
  poolsCapacity,
  rawCapacity,
  reductionOf,
  snapshotsIn,
  toController,
  toDisk,
  toPool,
  toPort,
  toStorage,
  totalCapacity,
  toVolume,
  type Capacity,
} from './records.ts';
import { listReplications } from './replications.ts';

/** The API's limit of one request. */
const LDEVS_PER_REQUEST = 16_384;
/** What a server gives that ignores `count`: a shorter page is the last one. */
const DEFAULT_PAGE = 100;
/** The highest LDEV number of any model is FE:FF. */
const LAST_LDEV = 65_279;

/** Models whose own total counts more than their pools. */
const COUNTS_ITS_CAPACITY = /^VSP [GF](130|150|350|370|700|900)$/;

export type InventoryLists = Pick<
  Session,
  | 'getStorage' | 'listStoragePools' | 'listVolumes' | 'listControllers' | 'listPorts' | 'listDisks'
  | 'listComponents' | 'listReplications' | 'listAlertSources' | 'getAccessUrl'
>; // prettier-ignore

export function createInventory(client: ArrayClient, host: string): InventoryLists {
  const { parts } = client;
  const pools = parts.shared(async (shared) =>
    (await withDetail(shared, client, { path: '/pools', detail: 'efficiency' })).map(toPool),
  );
  const disks = parts.shared(async (shared) =>
    (await withDetail(shared, client, { path: '/drives', detail: 'usedEnduranceIndicator' })).map(
      toDisk,
    ),
  );
  const hardware = parts.shared(async () => {
    const answer = await client.get('/components/instance');
    if (Object.values(answer).some(Array.isArray)) return answer;
    throw new InvalidResponse('/components/instance lists no parts at all');
  });
  const addresses = async () => client.device.addresses ?? addressesOf(await client.get(''));

  /** Undefined: it could not be read. The pools stand in only where the model has no total of its own. */
  async function capacity(model: string): Promise<Capacity | undefined> {
    if (COUNTS_ITS_CAPACITY.test(model)) {
      const answer = await parts.ifAny(() => client.get('/total-capacities/instance'));
      const counted = answer && totalCapacity(answer);
      if (counted?.total !== undefined) return counted;
      if (answer) throw new InvalidResponse('/total-capacities/instance states no total');
    }
    return poolsCapacity(await pools());
  }

  return {
    async getStorage() {
      const detail = await parts.ifAny(() => client.get(''));
      const model = client.device.model ?? text(detail?.['model']) ?? '';
      const raw = await parts.addedIfAny(disks);
      const sizes = await parts.added(() => capacity(model));
      const known = await parts.added(pools);
      const reduced = await parts.addedIfAny(() => client.get('/total-efficiencies/instance'));
      return toStorage(
        client.device,
        detail,
        host,
        { total: sizes?.total, free: sizes?.free, raw: raw && rawCapacity(raw) },
        { data_reduction: reductionOf(reduced), ...(known ? snapshotsIn(known) : {}) },
      );
    },
    listStoragePools: pools,
    listVolumes: async () => (await listLdevs(client)).filter(isDefined).map(toVolume),
    async listControllers() {
      const { ctls } = await hardware();
      // Versions of the controllers are extra; a server that refuses them still gives addresses.
      const system = await parts.added(() =>
        parts.either('versions', [
          { ask: () => client.get('', { detailInfoType: 'version' }) },
          { ask: () => client.get(''), lacks: 'the versions of the controllers' },
        ]),
      );
      if (!Array.isArray(ctls)) {
        throw new NotSupported('/components/instance lists no controllers');
      }
      return objects(ctls).map((controller) => toController(controller, system ?? {}));
    },
    listComponents: async () => toComponents(await hardware()),
    listReplications: () => listReplications(client),
    listAlertSources: addresses,
    async getAccessUrl() {
      const [first = host] = await addresses();
      return `https://${urlHost(first)}/`;
    },
    listDisks: disks,
    listPorts: () => listPorts(client),
  };
}

/** With details that not every model has; whether this one has them it says in its own words. */
function withDetail(
  parts: Parts,
  client: ArrayClient,
  { path, detail }: { readonly path: string; readonly detail: string },
): Promise<readonly Foreign[]> {
  return parts.either(
    `${path} with ${detail}`,
    [
      { ask: () => client.list(path, { detailInfoType: detail }) },
      { ask: () => client.list(path) },
    ],
    isVendorsWord,
  );
}

/** Every LDEV once, however large the server's pages really are. */
function listLdevs(client: ArrayClient): Promise<Foreign[]> {
  let complete = false;
  return allPages<Foreign, number>({
    what: 'GET /ldevs',
    key: (ldev) => String(ldev['ldevId']),
    async page(head = 0) {
      const page = await ldevsFrom(client, head, complete);
      const ids = page.map((ldev) => number(ldev['ldevId'])).filter((id) => id !== undefined);
      const next = ids.reduce((highest, id) => Math.max(highest, id + 1), head);
      complete = page.length < LDEVS_PER_REQUEST;
      const last = page.length < DEFAULT_PAGE || next > LAST_LDEV;
      return { items: page, next: last ? undefined : next };
    },
  });
}

/** `complete`: the last page was shorter than asked, so this request only guards against small pages. */
async function ldevsFrom(
  client: ArrayClient,
  head: number,
  complete: boolean,
): Promise<readonly Foreign[]> {
  try {
    return await client.list('/ldevs', {
      ldevOption: 'defined',
      count: LDEVS_PER_REQUEST,
      headLdevId: head > 0 ? head : undefined,
    });
  } catch (error) {
    // The number after the last LDEV may be beyond this model's range.
    if (complete && isRefusal(error)) return [];
    throw error;
  }
}

async function listPorts(client: ArrayClient) {
  const { parts } = client;
  const ports = await client.list('/ports');
  const loggedIn = await listLoggedIn(client, parts);
  const detailed = ports.filter((port) => port['portType'] === 'ISCSI' && text(port['portId']));
  const details = await parts.added(() =>
    parts.children(detailed, (port) =>
      parts.ifAny(() => client.get(`/ports/${encodeURIComponent(text(port['portId']) ?? '')}`)),
    ),
  );
  const byPort = new Map(detailed.map((port, index) => [port, details?.[index]]));
  return ports.map((port) =>
    toPort(port, byPort.get(port) ?? port, hasLogins(loggedIn, text(port['portId']))),
  );
}

function hasLogins(loggedIn: LoggedIn, portId: string | undefined): boolean {
  return portId !== undefined && (loggedIn.get(portId)?.size ?? 0) > 0;
}
