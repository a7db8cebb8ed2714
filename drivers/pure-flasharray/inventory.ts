/** The lists of the contract: which collections make which records. */
import {
  identifier,
  InvalidResponse,
  withId,
  type Disk,
  type Foreign,
  type Parts,
  type Session,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import type { Endpoint } from './endpoints-table.ts';
import {
  placesOf,
  toAccountQuotas,
  toFilesystems,
  toQtrees,
  toShares,
  toTreeQuotas,
} from './file-records.ts';
import {
  hardwarePorts,
  managementOf,
  toComponents,
  toController,
  toDisks,
  toPorts,
} from './hardware.ts';
import { toHost, toHostGroups, toInitiators, toMaskingViews } from './host-records.ts';
import {
  countSnapshots,
  refId,
  toGroupTargets,
  toLinks,
  toPool,
  toStorage,
  toStretched,
  toVolume,
  toVolumeGroups,
  type SnapshotCounts,
} from './records.ts';

/** More snapshots than this are not counted one by one. */
const MOST_SNAPSHOTS = 50_000;

export function createInventory(client: Client) {
  const sources = createSources(client);
  return {
    ...blockLists(client, sources),
    ...groupLists(client, sources),
    ...hardwareLists(client, sources),
    ...fileLists(client, sources),
    ...hostLists(client, sources),
    getAccessUrl: () => Promise.resolve(client.origin),
  } satisfies Partial<Session>;
}

type Sources = ReturnType<typeof createSources>;

/** What several lists of a round are made of. */
function createSources(client: Client) {
  const { parts } = client;
  const shared = (endpoint: Endpoint) => parts.shared((told) => client.all(endpoint, {}, told));
  /** What only adds to other records: undefined, and told, where it can't be read. */
  const added = <T>(read: () => Promise<T>) => parts.added(() => parts.ifAny(read));
  const array = parts.shared(async (told) => {
    const [first] = await client.all('arrays', {}, told);
    if (!first) throw new InvalidResponse('the array says nothing of itself (arrays)');
    return first;
  });
  const hardware = shared('hardware');
  return {
    added,
    array,
    arrayId: async () => identifier((await added(array))?.['id']),
    hardware,
    controllers: shared('controllers'),
    interfaces: shared('network-interfaces'),
    volumes: shared('volumes'),
    pods: shared('pods'),
    hosts: shared('hosts'),
    protectionGroups: shared('protection-groups'),
    directories: shared('directories'),
    snapshots: parts.shared((told) => readSnapshots(client, told)),
    disks: parts.shared((told) => readDisks(client, hardware, told)),
  };
}

/** Their number is one request, however many there are. */
async function readSnapshots(client: Client, told: Parts): Promise<SnapshotCounts> {
  const total = await client.count('volume-snapshots');
  if ((total ?? 0) > MOST_SNAPSHOTS) return { total, of: undefined };
  return countSnapshots(await client.all('volume-snapshots', {}, told));
}

async function readDisks(
  client: Client,
  hardware: () => Promise<readonly Foreign[]>,
  told: Parts,
): Promise<Disk[]> {
  if (!(await client.knows('drives'))) return toDisks(undefined, await hardware());
  const drives = await client.all('drives', {}, told);
  return toDisks(drives, await told.added(hardware));
}

function blockLists({ parts }: Client, sources: Sources) {
  const { added, array, arrayId, snapshots } = sources;
  return {
    async getStorage() {
      return toStorage({
        array: await array(),
        controllers: await added(sources.controllers),
        disks: await added(sources.disks),
        counts: await added(snapshots),
      });
    },
    async listStoragePools() {
      // Asked once: as a pool of its own, and as the one whose state each pod tells.
      const own = array();
      const id = identifier((await added(() => own))?.['id']);
      const counts = await added(snapshots);
      const pools = (items: readonly Foreign[]) =>
        withId(items, (item, poolId) => toPool(item, poolId, id, counts));
      return parts.union([async () => pools([await own]), async () => pools(await sources.pods())]);
    },
    async listVolumes() {
      const found = await sources.volumes();
      const [id, counts] = [await arrayId(), await added(snapshots)];
      return withId(found, (volume, own) => toVolume(volume, own, id, counts));
    },
  } satisfies Partial<Session>;
}

/** Volume groups and protection groups, and what is copied to other arrays. */
function groupLists(client: Client, sources: Sources) {
  const { parts } = client;
  const { protectionGroups } = sources;
  return {
    async listVolumeGroups() {
      const volumes = await sources.volumes();
      const known = new Set(withId(volumes, (_, id) => id));
      const groups = await parts.union([
        async () => {
          const pairs = withId(
            volumes,
            (volume, id) => [refId(volume, 'volume_group'), id] as const,
          );
          return [toVolumeGroups(await client.all('volume-groups'), pairs, known)];
        },
        async () => {
          const local = (await protectionGroups()).filter((group) => group['is_local'] !== false);
          const rows = await client.all('protection-groups/volumes');
          const pairs = rows.map((row) => [refId(row, 'group'), refId(row, 'member')] as const);
          return [toVolumeGroups(local, pairs, known)];
        },
      ]);
      return {
        volume_groups: groups.flatMap((part) => part.volume_groups),
        vol_grp_vol_rels: groups.flatMap((part) => part.vol_grp_vol_rels),
      };
    },
    listReplications: () =>
      parts.union([
        async () => {
          // Which of the arrays of a pod is this one must be known.
          const id = identifier((await sources.array())['id']) ?? '';
          return toStretched(await sources.pods(), id);
        },
        async () => {
          const links = await client.all('pod-replica-links');
          if (links.length === 0) return [];
          const read = () => client.all('pod-replica-links/performance/replication');
          return toLinks(links, await sources.added(read));
        },
        async () =>
          toGroupTargets(await protectionGroups(), await client.all('protection-groups/targets')),
      ]),
  } satisfies Partial<Session>;
}

function hardwareLists(
  client: Client,
  { added, hardware, interfaces, controllers, disks }: Sources,
) {
  const { parts } = client;
  return {
    async listControllers() {
      const found = await controllers();
      const known = await added(interfaces);
      const addresses = known && managementOf(known).byController;
      return withId(found, (item, name) => toController(item, name, addresses), 'name');
    },
    listDisks: disks,
    async listPorts() {
      const targets = await added(() => client.all('ports'));
      const found = await parts.union([
        async () => hardwarePorts(await hardware()),
        () => parts.ifAny(async () => (await interfaces()).map((network) => ({ network }))),
      ]);
      return toPorts(found, targets);
    },
    listComponents: async () => toComponents(await hardware()),
    async listAlertSources() {
      return managementOf((await parts.ifAny(interfaces)) ?? []).all;
    },
  } satisfies Partial<Session>;
}

function fileLists(client: Client, { added, arrayId, directories }: Sources) {
  const places = async () => {
    const known = await added(directories);
    return known && placesOf(known);
  };
  return {
    async listFilesystems() {
      const found = await client.all('file-systems');
      return toFilesystems(found, await added(directories), await arrayId());
    },
    listQtrees: async () => toQtrees(await directories()),
    async listShares() {
      return toShares(await client.all('directory-exports'), await places());
    },
    async listQuotas() {
      const known = await places();
      const accounts = (endpoint: Endpoint, type: 'user' | 'group') => () =>
        client.parts.ifAny(async () => toAccountQuotas(await client.all(endpoint), type, known));
      return client.parts.union([
        async () => toTreeQuotas(await client.all('directory-quotas'), known),
        accounts('directory-user-quotas', 'user'),
        accounts('directory-group-quotas', 'group'),
      ]);
    },
  } satisfies Partial<Session>;
}

function hostLists(client: Client, { added, hosts }: Sources) {
  return {
    listStorageHosts: async () => withId(await hosts(), toHost, 'name'),
    async listStorageHostInitiators() {
      return toInitiators(await hosts(), await added(() => client.all('ports/initiators')));
    },
    async listStorageHostGroups() {
      return toHostGroups(await client.all('host-groups'), await hosts());
    },
    listMaskingViews: async () => toMaskingViews(await client.all('connections')),
  } satisfies Partial<Session>;
}
