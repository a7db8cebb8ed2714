/** The lists of the contract: which collections make which records. */
import {
  byId,
  collectionsOf,
  countBy,
  identifier,
  idsOf,
  number,
  pick,
  positive,
  toHostGroups,
  toVolumeGroups,
  type Disk,
  type DriverContext,
  type Foreign,
  type Parts,
  type Session,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import type { Endpoint } from './endpoints-table.ts';
import * as files from './file-records.ts';
import * as hardware from './hardware.ts';
import { toHosts, toInitiators, toMaskingViews } from './host-records.ts';
import * as records from './records.ts';

/** More snapshots than this are not counted one by one. */
const MOST_SNAPSHOTS = 50_000;

export function createInventory(client: Client, { now }: Pick<DriverContext, 'now'>) {
  const sources = createSources(client);
  return {
    ...blockLists(client, sources),
    ...groupLists(client, sources, now),
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
  const collections = collectionsOf(parts, (name: Endpoint, told) => client.all(name, {}, told));
  const { shared, single } = collections;
  const [array, allHardware] = [single('arrays'), shared('hardware')];
  return {
    ...collections,
    added: parts.addedIfAny,
    array,
    arrayId: async () => identifier((await parts.addedIfAny(array))?.['id']),
    hardware: allHardware,
    controllers: shared('controllers'),
    interfaces: shared('network-interfaces'),
    volumes: shared('volumes'),
    pods: shared('pods'),
    hosts: shared('hosts'),
    protectionGroups: shared('protection-groups'),
    directories: shared('directories'),
    snapshots: parts.shared((told) => readSnapshots(client, told)),
    disks: parts.shared((told) => readDisks(client, allHardware, told)),
  };
}

/** How many snapshots there are, and of each volume or pod unless they are too many. */
async function readSnapshots(client: Client, told: Parts) {
  // Their number is one request, however many there are.
  const total = await client.count('volume-snapshots');
  if ((total ?? 0) > MOST_SNAPSHOTS) return { total, of: countBy(undefined, String) };
  const all = await client.all('volume-snapshots', {}, told);
  const owners = all.flatMap((one) => [pick(one, 'source.id'), pick(one, 'pod.id')]);
  return { total: all.length, of: countBy(owners, (id) => id) };
}

/** When the newest snapshot that has come whole was taken on its array, by group; epoch ms. */
async function readCopies(client: Client): Promise<ReadonlyMap<string, number>> {
  const transfers = await client.all('protection-group-snapshots/transfer');
  const whole = idsOf(
    transfers.filter((one) => (number(one['progress']) ?? 0) >= 1),
    'name',
  );
  const newest = new Map<string, number>();
  for (const one of await client.all('protection-group-snapshots')) {
    const [group, created] = [records.refId(one, 'source'), positive(one['created'])];
    if (group === undefined || created === undefined || !whole.has(String(one['name']))) continue;
    newest.set(group, Math.max(created, newest.get(group) ?? 0));
  }
  return newest;
}

async function readDisks(
  client: Client,
  parts: () => Promise<readonly Foreign[]>,
  told: Parts,
): Promise<Disk[]> {
  if (!(await client.knows('drives'))) return hardware.toDisks(undefined, await parts());
  const drives = await client.all('drives', {}, told);
  return hardware.toDisks(drives, await told.added(parts));
}

function blockLists({ parts }: Client, sources: Sources) {
  const { added, array, arrayId } = sources;
  return {
    async getStorage() {
      return records.toStorage({
        ...(await array()),
        controller: records.inCharge(await added(sources.controllers)),
        raw: records.rawCapacity(await added(sources.disks)),
        snapshots: (await added(sources.snapshots))?.total,
      });
    },
    async listStoragePools() {
      // Asked once: as a pool of its own, and as the one whose state each pod tells.
      const own = array();
      const id = identifier((await added(() => own))?.['id']);
      const counts = await added(sources.snapshots);
      const toPools = records.toPools(id);
      return parts.union([
        async () => toPools([await own], () => ({ snapshots: counts?.total })),
        async () => toPools(await sources.pods(), (pod) => ({ snapshots: counts?.of(pod['id']) })),
      ]);
    },
    async listVolumes() {
      const found = await sources.volumes();
      const [id, counts] = [await arrayId(), await added(sources.snapshots)];
      return records.toVolumes(id)(found, (one) => ({ snapshots: counts?.of(one['id']) }));
    },
  } satisfies Partial<Session>;
}

/** Volume groups and protection groups, and what is copied to other arrays. */
function groupLists(client: Client, sources: Sources, now: () => number) {
  const { parts } = client;
  const { added, all, protectionGroups } = sources;
  const pair = (one: Foreign, group: string, member: string) =>
    [identifier(pick(one, group)), identifier(pick(one, member))] as const;
  return {
    async listVolumeGroups() {
      const volumes = await sources.volumes();
      const known = idsOf(volumes);
      const groups = await parts.union([
        async () => {
          const pairs = volumes.map((volume) => pair(volume, 'volume_group.id', 'id'));
          return records.groupsOf(await client.all('volume-groups'), pairs, known);
        },
        async () => {
          const local = (await protectionGroups()).filter((group) => group['is_local'] !== false);
          const rows = await client.all('protection-groups/volumes');
          const pairs = rows.map((row) => pair(row, 'group.id', 'member.id'));
          return records.groupsOf(local, pairs, known);
        },
      ]);
      return toVolumeGroups(groups);
    },
    listReplications: () =>
      parts.union([
        async () => {
          // Which of the arrays of a pod is this one must be known.
          const id = identifier((await sources.array())['id']) ?? '';
          return records.toStretched(await sources.pods(), id);
        },
        async () => {
          const links = await client.all('pod-replica-links');
          if (links.length === 0) return [];
          const rate = byId(await added(all('pod-replica-links/performance/replication')));
          return records.toLinks(links, ({ id }) => ({ rate: rate(id) }));
        },
        async () => {
          const group = byId(await protectionGroups());
          const targets = await client.all('protection-groups/targets');
          const of = (target: Foreign) => group(pick(target, 'group.id'));
          const comes = targets.some((target) => !records.isLocal(of(target)));
          const taken = comes ? await added(() => readCopies(client)) : undefined;
          return records.toGroupTargets(targets, (target) => {
            const at = taken?.get(records.refId(target, 'group') ?? '');
            return { of: of(target), lag: at && now() - at };
          });
        },
      ]),
  } satisfies Partial<Session>;
}

function hardwareLists(client: Client, sources: Sources) {
  const { parts } = client;
  const { added, kind, list, all, interfaces } = sources;
  return {
    async listControllers() {
      const found = await sources.controllers();
      const managed = hardware.managementOf((await added(interfaces)) ?? []);
      const own = byId(managed.toReversed(), 'controller');
      return hardware.toControllers(found, ({ name }) => ({
        address: own(String(name).toUpperCase())?.['address'],
      }));
    },
    listDisks: sources.disks,
    async listPorts() {
      const targets = await added(all('ports'));
      const ports = await parts.union([
        list(sources.hardware, hardware.hardwarePorts),
        kind(interfaces, (found) => found.map((network) => ({ network }))),
      ]);
      return hardware.toPorts(ports, targets);
    },
    listComponents: async () => hardware.toComponents(await sources.hardware()),
    async listAlertSources() {
      const managed = hardware.managementOf((await parts.ifAny(interfaces)) ?? []);
      return managed.map(({ address }) => address);
    },
  } satisfies Partial<Session>;
}

function fileLists(client: Client, sources: Sources) {
  const { added, arrayId, directories, kind, list } = sources;
  /** The directory that an export or a quota holds for. */
  const places = async () => {
    const directory = byId(await added(directories));
    return (item: Foreign) => ({ at: directory(pick(item, 'directory.id')) });
  };
  return {
    async listFilesystems() {
      const found = await client.all('file-systems');
      const roots = (await added(directories))?.filter(files.isRoot);
      const root = new Map(roots?.map((one) => [pick(one, 'file_system.id'), one]));
      return files.toFilesystems(await arrayId())(found, ({ id }) => ({
        space: root.get(id)?.['space'],
      }));
    },
    listQtrees: list(directories, (all) => files.toQtrees(all.filter((one) => !files.isRoot(one)))),
    async listShares() {
      return files.toShares(await client.all('directory-exports'), await places());
    },
    async listQuotas() {
      const at = await places();
      return client.parts.union([
        list('directory-quotas', (all) => files.toTreeQuotas(all, at)),
        kind('directory-user-quotas', (all) => files.toAccountQuotas('user')(all, at)),
        kind('directory-group-quotas', (all) => files.toAccountQuotas('group')(all, at)),
      ]);
    },
  } satisfies Partial<Session>;
}

function hostLists(client: Client, { added, all, list, hosts }: Sources) {
  return {
    listStorageHosts: list(hosts, toHosts),
    async listStorageHostInitiators() {
      return toInitiators(await hosts(), await added(all('ports/initiators')));
    },
    async listStorageHostGroups() {
      const groups = await client.all('host-groups');
      const found = await hosts();
      const pairs = found.map(
        (host) => [records.refName(host, 'host_group'), identifier(host['name'])] as const,
      );
      return toHostGroups(records.groupsOf(groups, pairs, idsOf(found, 'name'), 'name'));
    },
    listMaskingViews: list('connections', toMaskingViews),
  } satisfies Partial<Session>;
}
