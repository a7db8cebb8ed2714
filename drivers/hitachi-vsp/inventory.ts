/** The array's own lists: what is asked, and in how many requests. */
import {
  BackendError,
  isObject,
  mapConcurrent,
  NotSupported,
  number,
  text,
  type DriverContext,
  type Foreign,
  type Session,
} from 'delfin-agent/driver';
import type { ArrayClient } from './client.ts';
import { listLoggedIn, type LoggedIn } from './logins.ts';
import {
  isDefined,
  poolsCapacity,
  rawCapacity,
  toController,
  toDisk,
  toPool,
  toPort,
  toStorage,
  totalCapacity,
  toVolume,
  type Capacity,
} from './records.ts';

/** The API's limit of one request. */
const LDEVS_PER_REQUEST = 16_384;
/** What a server gives that ignores `count`: a shorter page is the last one. */
const DEFAULT_PAGE = 100;
/** The highest LDEV number of any model is FE:FF. */
const LAST_LDEV = 65_279;
const PARALLEL = 4;

/** Models whose own total counts more than their pools. */
const COUNTS_ITS_CAPACITY = /^VSP [GF](130|150|350|370|700|900)$/;

export type InventoryLists = Pick<
  Session,
  'getStorage' | 'listStoragePools' | 'listVolumes' | 'listControllers' | 'listPorts' | 'listDisks'
>;

export function createInventory(
  client: ArrayClient,
  host: string,
  context: DriverContext,
): InventoryLists {
  const pools = async () => (await client.list('/pools')).map(toPool);
  const disks = async () => (await client.list('/drives')).map(toDisk);

  async function capacity(model: string): Promise<Capacity> {
    if (COUNTS_ITS_CAPACITY.test(model)) {
      const answer = await optional(context, () => client.get('/total-capacities/instance'));
      const counted = answer && totalCapacity(answer);
      if (counted?.total !== undefined) return counted;
    }
    return poolsCapacity((await optional(context, pools)) ?? []);
  }

  return {
    async getStorage() {
      let refusal: unknown;
      const detail = await client.get('').catch((error: unknown) => {
        if (!isRefusal(error)) throw error;
        refusal = error;
        return undefined;
      });
      const model = client.device.model ?? text(detail?.['model']) ?? '';
      const raw = rawCapacity((await optional(context, disks)) ?? []);
      const sizes = { ...(await capacity(model)), raw };
      // An array that tells nothing at all is no array without details.
      if (!detail && sizes.total === undefined && raw === undefined) throw refusal;
      return toStorage(client.device, detail, host, sizes);
    },
    listStoragePools: pools,
    listVolumes: async () => (await listLdevs(client)).filter(isDefined).map(toVolume),
    async listControllers() {
      const hardware = await client.get('/components/instance');
      const system = (await optional(context, () => withVersions(client))) ?? {};
      if (!Array.isArray(hardware['ctls'])) {
        throw new NotSupported('/components/instance lists no controllers');
      }
      return hardware['ctls']
        .filter(isObject)
        .map((controller) => toController(controller, system));
    },
    listDisks: disks,
    listPorts: () => listPorts(client, context),
  };
}

/** Versions of the controllers are extra; a server that refuses them still gives addresses. */
async function withVersions(client: ArrayClient): Promise<Foreign> {
  try {
    return await client.get('', { detailInfoType: 'version' });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return await client.get('');
  }
}

/** Every LDEV once, however large the server's pages really are. */
async function listLdevs(client: ArrayClient): Promise<Foreign[]> {
  const ldevs = new Map<number, Foreign>();
  let head = 0;
  let complete = false;
  while (head <= LAST_LDEV) {
    const page = await ldevsFrom(client, head, complete);
    const known = ldevs.size;
    for (const ldev of page) {
      const id = number(ldev['ldevId']);
      if (id === undefined || ldevs.has(id)) continue;
      ldevs.set(id, ldev);
      head = Math.max(head, id + 1);
    }
    if (ldevs.size === known || page.length < DEFAULT_PAGE) break;
    complete = page.length < LDEVS_PER_REQUEST;
  }
  return [...ldevs.values()];
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

async function listPorts(client: ArrayClient, context: DriverContext) {
  const ports = await client.list('/ports');
  const loggedIn = await listLoggedIn(client);
  return await mapConcurrent(ports, PARALLEL, async (port) => {
    const id = text(port['portId']);
    const detail =
      port['portType'] === 'ISCSI' && id !== undefined
        ? await optional(context, () => client.get(`/ports/${encodeURIComponent(id)}`))
        : undefined;
    return toPort(port, detail ?? port, hasLogins(loggedIn, id));
  });
}

function hasLogins(loggedIn: LoggedIn, portId: string | undefined): boolean {
  return portId !== undefined && (loggedIn.get(portId)?.size ?? 0) > 0;
}

/** Data that is worth a request but not the list: undefined if the array refuses it. */
async function optional<T>(context: DriverContext, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    context.log.debug({ err: error }, 'the array refused optional data');
    return undefined;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof NotSupported || error instanceof BackendError;
}
