/** The lists of the contract: which collections make which records. */
import {
  AccessDenied,
  collectionsOf,
  InvalidResponse,
  isRefusal,
  NotSupported,
  toHostGroups,
  toPortGroups,
  toVolumeGroups,
  type Foreign,
  type Parts,
  type Session,
  type StoragePool,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { toNodeParts, toSensors, toShelfParts } from './components.ts';
import type { CollectionName } from './fields.ts';
import { toCifsShares, toExports, toFilesystems, toQtrees, toQuotas } from './file-records.ts';
import {
  groupsOf,
  namesOf,
  portsetsOf,
  toHosts,
  toInitiators,
  toLunMaps,
  toNvmeHosts,
  toSubsystemMaps,
  tracksLogins,
  type LoggedIn,
} from './host-records.ts';
import { toEthernetPorts, toFcInterfaces, toFcPorts, toIpInterfaces } from './ports.ts';
import {
  consistencyGroupsOf,
  toControllers,
  toDisks,
  toPools,
  toStorage,
  toVolumes,
  toZonePools,
} from './records.ts';
import { toReplications } from './replications.ts';
import { addressesOf } from './values.ts';

const CLUSTER_FIELDS = 'name,uuid,location,version,management_interfaces';
const SPACE_FIELDS = 'efficiency_without_snapshots';

type Lists = Omit<
  Session,
  'listAlerts' | 'clearAlert' | 'addTrapConfig' | 'removeTrapConfig' | 'close'
>;
type Load<T> = () => Promise<T>;

export function createInventory(client: Client): Lists {
  const { parts } = client;
  const { addedIfAny: added, union } = parts;
  const { kind, list, shared } = collectionsOf<CollectionName>(parts, client.all);
  const cluster = parts.shared(() => client.one('/api/cluster', { fields: CLUSTER_FIELDS }));
  const nodes = shared('nodes');
  const volumes = shared('volumes');
  const igroups = shared('igroups');
  const subsystems = shared('subsystems');
  const qtrees = shared('qtrees');
  const pools = parts.shared((told) => readPools(client, told));
  const disks = parts.shared(async (told) => toDisks(await client.all('disks', told)));

  return {
    async getStorage() {
      return toStorage({
        cluster: await clusterOf(client, cluster),
        nodes: await added(nodes),
        pools: await added(pools),
        disks: await added(disks),
        space: await added(() => client.one('/api/storage/cluster', { fields: SPACE_FIELDS })),
      });
    },
    listStoragePools: pools,
    async listVolumes() {
      const make = toVolumes(await added(volumes));
      return await union([kind('luns', make), kind('namespaces', make)]);
    },
    listFilesystems: list(volumes, toFilesystems),
    listQtrees: list(qtrees, toQtrees),
    listQuotas: list('quotas', toQuotas),
    async listShares() {
      const cifs = toCifsShares(await added(qtrees));
      const nfs = async () => toExports(await client.all('svms'))(await volumes());
      return await union([kind('cifsShares', cifs), () => parts.ifAny(nfs)]);
    },
    listControllers: list(nodes, toControllers),
    async listPorts() {
      const managed = { cluster: await added(cluster), nodes: await added(nodes) };
      return await union([
        kind('fcPorts', toFcPorts),
        kind('ethernetPorts', toEthernetPorts),
        kind('ipInterfaces', toIpInterfaces(managed)),
        kind('fcInterfaces', toFcInterfaces),
      ]);
    },
    listDisks: disks,
    listStorageHosts: () => union([kind(igroups, toHosts), kind(subsystems, toHosts)]),
    async listStorageHostInitiators() {
      const ofGroups = async () => toInitiators(await igroups(), await loggedIn(client, igroups));
      return await union([() => parts.ifAny(ofGroups), kind(subsystems, toNvmeHosts)]);
    },
    listStorageHostGroups: async () => toHostGroups(groupsOf(await igroups())),
    async listMaskingViews() {
      // Without the groups it is not known who sees.
      const ofLuns = async () => {
        const maps = await client.all('lunMaps');
        return maps.length > 0 ? toLunMaps(await igroups())(maps) : [];
      };
      return await union([() => parts.ifAny(ofLuns), kind('subsystemMaps', toSubsystemMaps)]);
    },
    async listVolumeGroups() {
      return toVolumeGroups(consistencyGroupsOf(await client.all('consistencyGroups')));
    },
    listPortGroups: async () => toPortGroups(portsetsOf(await client.all('portsets'))),
    listComponents: () =>
      union([kind('shelves', toShelfParts), kind('sensors', toSensors), kind(nodes, toNodeParts)]),
    async listReplications() {
      const found = await client.all('relationships');
      if (found.length === 0) return [];
      const ends = { volumes: await added(volumes), cluster: await added(cluster) };
      return toReplications(ends)(found);
    },
    listAlertSources: async () => [
      ...new Set([await cluster(), ...(await nodes())].flatMap(addressesOf)),
    ],
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
  // By a bare status, too: then the zones tell.
  const aggregates = await client.all('aggregates', told).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
    return undefined;
  });
  if (aggregates && aggregates.length > 0) return toPools(aggregates);
  const zones = await told.ifAny(() => client.all('zones', told));
  if (!aggregates && !zones) throw new NotSupported('the array shows no aggregates');
  return toZonePools(zones ?? []);
}

/** Older versions do not say it of an initiator: there who is logged in has a login or a session. */
async function loggedIn(client: Client, igroups: Load<readonly Foreign[]>): Promise<LoggedIn> {
  const { parts } = client;
  if (tracksLogins(await igroups())) return { fc: undefined, iscsi: undefined };
  const read = (name: CollectionName) => parts.addedIfAny(() => client.all(name));
  return {
    fc: namesOf(await read('fcLogins'), 'initiator.wwpn'),
    iscsi: namesOf(await read('iscsiSessions'), 'initiator.name'),
  };
}
