/** The array's own lists: what is asked, and in how many requests. */
import {
  AccessDenied,
  allPages,
  byPath,
  collectionsOf,
  identifier,
  InvalidResponse,
  isVendorsWord,
  NotSupported,
  number,
  objects,
  text,
  urlHost,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { addressesOf } from './device.ts';
import { createHostLists, listLoggedIn, type LoggedIn } from './hosts.ts';
import * as records from './records.ts';

/** The API's limit of one request. */
const LDEVS_PER_REQUEST = 16_384;
/** What a server gives that ignores `count`: a shorter page is the last one. */
const DEFAULT_PAGE = 100;
/** The most that one answer holds. */
const PAIRS_PER_REQUEST = 500;

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
  const ports = parts.shared(() => client.list('/ports'));
  const loggedIn = parts.shared((told) => listLoggedIn(client, told));
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
    ...createHostLists(client, ports, loggedIn),
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
    listPorts: async () => listPorts(client, await ports(), await loggedIn()),
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
const listLdevs = (client: Client) =>
  byLdev(client, '/ldevs', { ldevOption: 'defined', count: LDEVS_PER_REQUEST }, DEFAULT_PAGE);

const pairsOf = (client: Client, replicationType: string) => {
  const query = { replicationType, count: PAIRS_PER_REQUEST };
  return byLdev(client, '/remote-copypairs', query, PAIRS_PER_REQUEST);
};

type Query = Readonly<Record<string, string | number>>;

/**
 * Pages begin at an LDEV; the last of a page is asked for again: it may have more pairs, and is there
 * for sure. `full`: a page with fewer is the last one.
 */
function byLdev(client: Client, path: string, query: Query, full: number) {
  return allPages<Foreign, number>({
    what: `GET ${path}`,
    key: ({ ldevId, muNumber }) => `${identifier(ldevId)} ${identifier(muNumber)}`,
    async page(headLdevId = 0) {
      const items = await client.list(path, { ...query, headLdevId });
      const last = items.reduce((to, { ldevId }) => Math.max(to, number(ldevId) ?? 0), headLdevId);
      return { items, next: items.length < full ? undefined : last };
    },
  });
}

/** Only the own objects of iSCSI ports have addresses. */
async function listPorts(client: Client, ports: readonly Foreign[], loggedIn: LoggedIn) {
  const { parts } = client;
  const iscsi = ports.filter(({ portType, portId }) => portType === 'ISCSI' && identifier(portId));
  const details = await parts.added(() =>
    parts.pairs(iscsi, ({ portId }) =>
      parts.ifAny(() => client.get(`/ports/${encodeURIComponent(String(portId))}`)),
    ),
  );
  const detailOf = new Map(details);
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
          parts.ifAny(async () => records.toPairs(await pairsOf(client, asked), () => ({ asked }))),
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
