/** The array's own lists: what is asked, and in how many requests. */
import {
  AccessDenied,
  allPages,
  byPath,
  collectionsOf,
  identifier,
  InvalidResponse,
  isRefusal,
  isVendorsWord,
  NotSupported,
  number,
  objects,
  text,
  urlHost,
  withId,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { addressesOf } from './device.ts';
import { createHostLists, listLoggedIn } from './hosts.ts';
import * as records from './records.ts';

/** The API's limit of one request. */
const LDEVS_PER_REQUEST = 16_384;
/** What a server gives that ignores `count`: a shorter page is the last one. */
const DEFAULT_PAGE = 100;
/** The most that one answer holds. */
const PAIRS_PER_REQUEST = 500;
/** The highest LDEV number of any model is FE:FF. */
const LAST_LDEV = 65_279;

/** Models whose own total counts more than their pools. */
const COUNTS_ITS_CAPACITY = /^VSP [GF](130|150|350|370|700|900)$/;

/** Details that not every model has; whether this one has them it says in its own words. */
const DETAILS = { '/pools': 'efficiency', '/drives': 'usedEnduranceIndicator' } as const;

export function createInventory(client: Client, host: string) {
  const { parts, device } = client;
  const { list, shared } = collectionsOf(parts, (path: keyof typeof DETAILS, told) => {
    const [detailInfoType, key] = [DETAILS[path], `${path} with ${DETAILS[path]}`];
    const detailed = { ask: () => client.list(path, { detailInfoType }) };
    return told.either(key, [detailed, { ask: () => client.list(path) }], isVendorsWord);
  });
  const [pools, drives] = [shared('/pools'), shared('/drives')];
  const hardware = parts.shared(async () => {
    const answer = await client.get('/components/instance');
    if (Object.values(answer).some(Array.isArray)) return answer;
    throw new InvalidResponse('/components/instance lists no parts at all');
  });
  const addresses = async () => addressesOf(device.system ?? (await client.get('')));

  /** The pools stand in only where the model has no total of its own. */
  async function capacity(model: string) {
    if (COUNTS_ITS_CAPACITY.test(model)) {
      const answer = await parts.ifAny(() => client.get('/total-capacities/instance'));
      const counted = answer && records.countedCapacity(answer);
      if (counted?.total !== undefined) return counted;
      if (answer) throw new InvalidResponse('/total-capacities/instance states no total');
    }
    return records.poolsCapacity(await pools());
  }

  return {
    ...createHostLists(client),
    async getStorage() {
      const { system } = device;
      const detail = await parts.ifAny(() => client.get(''));
      const model = text(system?.['model']) ?? text(detail?.['model']) ?? '';
      return records.toStorage({
        host,
        system,
        detail,
        drives: await parts.addedIfAny(drives),
        capacity: await parts.added(() => capacity(model)),
        pools: await parts.added(pools),
        efficiency: await parts.addedIfAny(() => client.get('/total-efficiencies/instance')),
      });
    },
    listStoragePools: list(pools, records.toPools),
    listVolumes: async () => records.toVolumes((await listLdevs(client)).filter(records.isDefined)),
    async listControllers() {
      const { ctls } = await hardware();
      // Versions of the controllers are extra; a server that refuses them still gives addresses.
      const system = await parts.added(() =>
        parts.either('versions', [
          { ask: () => client.get('', { detailInfoType: 'version' }) },
          { ask: () => client.get(''), lacks: 'the versions of the controllers' },
        ]),
      );
      if (Array.isArray(ctls)) return records.toControllers(system)(objects(ctls));
      throw new NotSupported('/components/instance lists no controllers');
    },
    listDisks: list(drives, records.toDisks),
    listPorts: () => listPorts(client),
    listComponents: async () => records.toComponents(await hardware()),
    listReplications: () =>
      parts.union([
        () => parts.ifAny(() => remotePairs(client)),
        () => parts.ifAny(() => clones(client)),
      ]),
    listAlertSources: addresses,
    async getAccessUrl() {
      const [first = host] = await addresses();
      return `https://${urlHost(first)}/`;
    },
  };
}

/** Every LDEV once, however large the server's pages really are. */
function listLdevs(client: Client): Promise<Foreign[]> {
  // The last page was shorter than asked: the next request only guards against small pages.
  let complete = false;
  return allPages<Foreign, number>({
    what: 'GET /ldevs',
    key: ({ ldevId }) => String(ldevId),
    async page(head = 0) {
      const from = head > 0 ? { headLdevId: head } : {};
      const query = { ldevOption: 'defined', count: LDEVS_PER_REQUEST, ...from };
      const items = await client.list('/ldevs', query).catch((error: unknown) => {
        // The number after the last LDEV may be beyond this model's range.
        if (complete && isRefusal(error)) return [];
        throw error;
      });
      const next = items.reduce((to, { ldevId }) => Math.max(to, (number(ldevId) ?? -1) + 1), head);
      complete = items.length < LDEVS_PER_REQUEST;
      const isLast = items.length < DEFAULT_PAGE || next > LAST_LDEV;
      return { items, next: isLast ? undefined : next };
    },
  });
}

/** Only the own objects of iSCSI ports have addresses. */
async function listPorts(client: Client) {
  const { parts } = client;
  const ports = await client.list('/ports');
  const loggedIn = await listLoggedIn(client, parts);
  const iscsi = ports.filter(({ portType }) => portType === 'ISCSI');
  const details = await parts.added(() =>
    parts.pairs(
      withId(iscsi, (port, id) => ({ port, id }), 'portId'),
      ({ id }) => parts.ifAny(() => client.get(`/ports/${encodeURIComponent(id)}`)),
    ),
  );
  const detailOf = new Map(details?.map(([{ port }, detail]) => [port, detail]));
  return records.toPorts(ports, (port) => ({
    ...detailOf.get(port),
    ...port,
    hasLogins: (loggedIn.get(String(port['portId']))?.size ?? 0) > 0,
  }));
}

/**
 * The pairs as they are, for accounts that may read them; for others the list that newer servers keep,
 * which may be old: told.
 */
async function remotePairs(client: Client): Promise<Replication[]> {
  const { parts } = client;
  try {
    return await parts.union(
      records.REMOTE_KINDS.map(
        (asked) => () =>
          parts.ifAny(async () =>
            records.toPairs((await pairsOf(client, asked)).map((pair) => ({ asked, ...pair }))),
          ),
      ),
    );
  } catch (error) {
    if (!(error instanceof AccessDenied) && !isVendorsWord(error)) throw error;
    const kept = await parts.ifAny(() => client.list('/remote-replications'));
    if (!kept) throw error;
    parts.tell(error, 'remote pairs are read from a list that may be old');
    const serial = text(client.device.system?.['serialNumber']);
    return records.toPairs(kept, (pair) => records.asSeenFrom(pair, serial));
  }
}

/** Pages begin at an LDEV; one may have several pairs, so the last of a page is asked for again. */
function pairsOf(client: Client, replicationType: string): Promise<Foreign[]> {
  return allPages<Foreign, number>({
    what: `GET /remote-copypairs ${replicationType}`,
    key: (pair) => `${identifier(pair['ldevId'])} ${identifier(pair['muNumber'])}`,
    async page(headLdevId = 0) {
      const query = { replicationType, headLdevId, count: PAIRS_PER_REQUEST };
      const items = await client.list('/remote-copypairs', query);
      const last = Math.max(0, ...items.map(({ ldevId }) => number(ldevId) ?? 0));
      return { items, next: items.length < PAIRS_PER_REQUEST ? undefined : last };
    },
  });
}

/** Pairs are listed by copy group. */
async function clones(client: Client): Promise<Replication[]> {
  const groups = await client.list('/local-clone-copygroups');
  const idIn = byPath('localCloneCopygroupId|localCloneCopyGroupId', identifier);
  const pairs = await client.parts.pairs(
    groups.flatMap((group) => idIn(group) ?? []),
    (localCloneCopyGroupId) => client.list('/local-clone-copypairs', { localCloneCopyGroupId }),
  );
  return records.toClones(pairs.flatMap(([, own]) => own));
}
