/** The lists of the contract: which collections make which records. */
import {
  AccessDenied,
  identifier,
  InvalidResponse,
  NotSupported,
  text,
  objects,
  type Foreign,
  type Parts,
  type Session,
  type StoragePool,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { toNodeParts, toSensors, toShelfParts } from './components.ts';
import type { CollectionName } from './fields.ts';
import {
  qtreeId,
  qtreesByPath,
  toCifsShare,
  toExports,
  toFilesystem,
  toQtree,
  toQuota,
} from './file-records.ts';
import {
  mappedBy,
  namesOf,
  toHost,
  toHostGroups,
  toInitiators,
  toLunMap,
  toNvmeHosts,
  toPortGroups,
  toSubsystemMap,
  tracksLogins,
  type LoggedIn,
} from './host-records.ts';
import { managementOf, toEthernetPort, toFcInterface, toFcPort, toIpInterface } from './ports.ts';
import {
  toContainer,
  toController,
  toDisk,
  toPool,
  toStorage,
  toVolume,
  toZonePool,
  type Container,
} from './records.ts';
import { filesystemsByPath, toReplication } from './replications.ts';
import { byUuid, joined, pick, uuidAt, withId } from './values.ts';

const CLUSTER_FIELDS = 'name,uuid,location,version,management_interfaces';
const SPACE_FIELDS = 'efficiency_without_snapshots';

type Lists = Omit<
  Session,
  'listAlerts' | 'clearAlert' | 'addTrapConfig' | 'removeTrapConfig' | 'close'
>;
type Load<T> = () => Promise<T>;

export function createInventory(client: Client): Lists {
  const { parts } = client;
  const shared = (name: CollectionName) => parts.shared((told) => client.all(name, told));
  const all = (name: CollectionName) => () => client.all(name);
  const cluster = parts.shared(() => client.one('/api/cluster', { fields: CLUSTER_FIELDS }));
  const nodes = shared('nodes');
  const volumes = shared('volumes');
  const igroups = shared('igroups');
  const subsystems = shared('subsystems');
  const qtrees = shared('qtrees');
  const pools = parts.shared((told) => readPools(client, told));
  const disks = parts.shared(async (told) =>
    withId(await client.all('disks', told), (disk) => identifier(disk['name']), toDisk),
  );

  /** What only adds to other records: undefined, and told, where it can't be read. */
  const added = <T>(read: Load<T>) => parts.added(() => parts.ifAny(read));
  /** One kind of several that make a list. */
  const kind =
    <T>(read: Load<readonly Foreign[]>, make: (record: Foreign, id: string) => T, id = byUuid) =>
    () =>
      parts.ifAny(async () => withId(await read(), id, make));
  const management = async () => managementOf(await added(cluster), await added(nodes));

  return {
    async getStorage() {
      const found = await clusterOf(client, cluster);
      return toStorage({
        cluster: found,
        nodes: await added(nodes),
        pools: await added(pools),
        disks: await added(disks),
        space: await added(() => client.one('/api/storage/cluster', { fields: SPACE_FIELDS })),
      });
    },
    listStoragePools: pools,
    async listVolumes() {
      const found = await added(volumes);
      const containers =
        found && new Map(withId(found, byUuid, (one, id) => [id, toContainer(one)]));
      const make = (unit: Foreign, id: string) => toVolume(unit, id, containerOf(unit, containers));
      return await parts.union([kind(all('luns'), make), kind(all('namespaces'), make)]);
    },
    listFilesystems: async () => withId(await volumes(), byUuid, toFilesystem),
    listQtrees: async () =>
      withId(await qtrees(), (one) => qtreeId(pick(one, 'volume.uuid'), one['id']), toQtree),
    listQuotas: async () =>
      withId(
        await client.all('quotas'),
        (one) => joined(pick(one, 'volume.uuid'), one['index']),
        toQuota,
      ),
    async listShares() {
      const known = await added(qtrees);
      const paths = known && qtreesByPath(known);
      const shareId = (share: Foreign) => joined(pick(share, 'svm.uuid'), share['name']);
      return await parts.union([
        kind(all('cifsShares'), (share, id) => toCifsShare(share, id, paths), shareId),
        () => parts.ifAny(async () => toExports(await volumes(), await client.all('svms'))),
      ]);
    },
    listControllers: async () => withId(await nodes(), byUuid, toController),
    async listPorts() {
      const managed = await management();
      return await parts.union([
        kind(all('fcPorts'), toFcPort),
        kind(all('ethernetPorts'), toEthernetPort),
        kind(all('ipInterfaces'), (lif, id) => toIpInterface(lif, id, managed)),
        kind(all('fcInterfaces'), toFcInterface),
      ]);
    },
    listDisks: disks,
    listStorageHosts: () => parts.union([kind(igroups, toHost), kind(subsystems, toHost)]),
    async listStorageHostInitiators() {
      return await parts.union([
        () =>
          parts.ifAny(async () => toInitiators(await igroups(), await loggedIn(client, igroups))),
        () => parts.ifAny(async () => toNvmeHosts(await subsystems())),
      ]);
    },
    listStorageHostGroups: async () => toHostGroups(await igroups()),
    async listMaskingViews() {
      const lunMap = (map: Foreign) => joined(pick(map, 'lun.uuid'), pick(map, 'igroup.uuid'));
      const nvmeMap = (map: Foreign) =>
        joined(pick(map, 'subsystem.uuid'), pick(map, 'namespace.uuid'));
      return await parts.union([
        () =>
          parts.ifAny(async () => {
            const maps = await client.all('lunMaps');
            // Without the groups it is not known who sees.
            const mapped = mappedBy(maps.length > 0 ? await igroups() : []);
            return withId(maps, lunMap, (map, id) => toLunMap(map, id, mapped));
          }),
        kind(all('subsystemMaps'), toSubsystemMap, nvmeMap),
      ]);
    },
    listPortGroups: async () => toPortGroups(await client.all('portsets')),
    listComponents: () =>
      parts.union([
        () => parts.ifAny(async () => toShelfParts(await client.all('shelves'))),
        () => parts.ifAny(async () => toSensors(await client.all('sensors'))),
        () => parts.ifAny(async () => toNodeParts(await nodes())),
      ]),
    async listReplications() {
      const found = await client.all('relationships');
      const paths = found.length > 0 ? await added(volumes) : undefined;
      const here = found.length > 0 ? await added(cluster) : undefined;
      const ends = {
        cluster: identifier(here?.['uuid']),
        filesystems: paths && filesystemsByPath(paths),
      };
      return withId(found, byUuid, (one, id) => toReplication(one, id, ends));
    },
    async listAlertSources() {
      const owners = [await cluster(), ...(await nodes())];
      const addresses = owners.flatMap((owner) =>
        objects(owner['management_interfaces']).flatMap(
          (one) => text(pick(one, 'ip.address')) ?? [],
        ),
      );
      return [...new Set(addresses)];
    },
    getAccessUrl: () => Promise.resolve(client.origin),
  };
}

/** An account of one SVM sees that SVM in the cluster's place. */
async function clusterOf(client: Client, cluster: Load<Foreign>): Promise<Foreign> {
  try {
    const found = await cluster();
    if (found['uuid'] !== undefined || found['name'] !== undefined) return found;
    throw new InvalidResponse('GET /api/cluster: the array says nothing of itself');
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error;
    const svms = await client.all('svms');
    const [svm] = svms;
    if (!svm || svms.length > 1) throw error;
    return svm;
  }
}

/** An ASA r2 has availability zones where others have aggregates. */
async function readPools(client: Client, told: Parts): Promise<StoragePool[]> {
  const aggregates = await told.ifAny(() => client.all('aggregates', told));
  if (aggregates && aggregates.length > 0) return withId(aggregates, byUuid, toPool);
  const zones = await told.ifAny(() => client.all('zones', told));
  if (!aggregates && !zones) throw new NotSupported('the array shows no aggregates');
  return withId(zones ?? [], byUuid, toZonePool);
}

function containerOf(
  unit: Foreign,
  containers: ReadonlyMap<string, Container> | undefined,
): Container | undefined {
  return containers?.get(uuidAt(unit, 'location.volume') ?? '');
}

/** Older versions do not say it of an initiator: there who is logged in has a login or a session. */
async function loggedIn(client: Client, igroups: Load<readonly Foreign[]>): Promise<LoggedIn> {
  const { parts } = client;
  if (tracksLogins(await igroups())) return { fc: undefined, iscsi: undefined };
  const read = (name: CollectionName) => parts.added(() => parts.ifAny(() => client.all(name)));
  return {
    fc: namesOf(await read('fcLogins'), 'initiator.wwpn'),
    iscsi: namesOf(await read('iscsiSessions'), 'initiator.name'),
  };
}
