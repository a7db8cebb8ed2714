/** The lists of the contract: which resources make which records. */
import {
  identifier,
  isVendorsWord,
  utcTime,
  withId,
  type Foreign,
  type Port,
  type Session,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import type { ResourceName } from './fields.ts';
import {
  toFilesystem,
  toQtree,
  toServers,
  toShare,
  toTreeQuota,
  toUserQuota,
} from './file-records.ts';
import { toComponents } from './hardware.ts';
import {
  toHost,
  toHostGroups,
  toHostInitiators,
  toInitiator,
  toMaskingView,
} from './host-records.ts';
import {
  nodeAddresses,
  senderAddresses,
  toAddresses,
  toBackEndPort,
  toBond,
  toEthernetPort,
  toFcPort,
  toSasPort,
  type PortParts,
} from './ports.ts';
import {
  byId,
  countBy,
  isDrive,
  isNode,
  isSnapshot,
  parentOf,
  releaseOf,
  seatOf,
  toController,
  toDisk,
  toPool,
  toStorage,
  toVolume,
  toVolumeGroups,
} from './records.ts';
import { toReplication } from './replication.ts';
import { CLUSTER_ID, createSources, newest, usedOf, type Sources } from './sources.ts';
import { createWear } from './wear.ts';

type Lists = Omit<
  Session,
  'listAlerts' | 'clearAlert' | 'addTrapConfig' | 'removeTrapConfig' | 'close'
>;

export function createInventory(client: Client): Lists {
  const sources = createSources(client);
  return {
    ...blockLists(sources),
    ...hardwareLists(sources),
    ...hostLists(sources),
    ...fileLists(sources),
    listAlertSources: async () => senderAddresses(await sources.addresses()),
    getAccessUrl: () => Promise.resolve(`${client.origin}/`),
  };
}

function blockLists(sources: Sources) {
  const { client, parts, added } = sources;
  return {
    async getStorage() {
      return toStorage(await sources.cluster(), {
        appliances: await added(sources.appliances),
        software: await added(sources.software),
        hardware: await added(sources.hardware),
        space: await parts.added(() => newest(client, 'space_metrics_by_cluster', CLUSTER_ID)),
        snapshots: (await added(sources.snapshots))?.length,
      });
    },
    async listStoragePools() {
      const found = withId(await sources.appliances(), (one, id) => ({ one, id }));
      const spaces = await parts.added(() =>
        parts.children(found, ({ id }) => newest(client, 'space_metrics_by_appliance', id)),
      );
      const hardware = await added(sources.hardware);
      const snapshots = await added(sources.snapshots);
      const count = snapshots && countBy(snapshots, (one) => one['appliance_id']);
      return found.map(({ one, id }, index) =>
        toPool(one, id, { hardware, space: spaces?.[index], snapshots: count?.(id) }),
      );
    },
    async listVolumes() {
      const found = await sources.volumes();
      const used = await parts.added(() => usedOf(client, found));
      const snapshots = await added(sources.snapshots);
      const count = snapshots && countBy(snapshots, parentOf);
      return withId(found, (one, id) =>
        toVolume(one, id, { used: used?.get(id), snapshots: count?.(id) }),
      );
    },
    listVolumeGroups: async () => toVolumeGroups(await client.all('volume_group')),
    async listReplications() {
      const sessions = await client.all('replication_session');
      const now = utcTime((await added(sources.cluster))?.['system_time']);
      const remotes = await added(sources.all('remote_system'));
      return withId(sessions, (one, id) => toReplication(one, id, { remotes, now }));
    },
  };
}

function hardwareLists(sources: Sources) {
  const { client, parts, added, kind, all } = sources;
  const wear = createWear(client);
  return {
    async listControllers() {
      const seats = new Map((await added(sources.nodes))?.map((node) => [seatOf(node), node]));
      const addresses = nodeAddresses((await added(sources.addresses)) ?? []);
      const releases = await added(sources.software);
      return withId((await sources.hardware()).filter(isNode), (one, id) =>
        toController(one, id, {
          version: releases && releaseOf(releases, identifier(one['appliance_id'])),
          address: addresses.get(identifier(seats.get(seatOf(one))?.['id']) ?? ''),
        }),
      );
    },
    async listDisks() {
      const drives = (await sources.hardware()).filter(isDrive);
      const endurance = await parts.added(() => wear(withId(drives, (_one, id) => id)));
      return withId(drives, (one, id) => toDisk(one, id, endurance?.get(id)));
    },
    async listPorts() {
      const hardware = await added(sources.hardware);
      const known: PortParts = {
        hardware: hardware && byId(hardware),
        addresses: await parts.added(() => readAddresses(sources)),
      };
      const ports = (
        resource: ResourceName,
        make: (one: Foreign, id: string, known: PortParts) => Port,
      ) => kind(all(resource), (one, id) => make(one, id, known));
      return parts.union([
        ports('fc_port', toFcPort),
        ports('eth_port', toEthernetPort),
        ports('eth_be_port', toBackEndPort),
        ports('sas_port', toSasPort),
        ports('bond', toBond),
      ]);
    },
    listComponents: async () => toComponents(await sources.hardware()),
  };
}

async function readAddresses({ client, addresses, added, all }: Sources) {
  const [pool, ports] = [await addresses(), await client.all('ip_port')];
  return toAddresses({ pool, ports, networks: await added(all('network')) });
}

function hostLists(sources: Sources) {
  const { client, parts, records } = sources;
  return {
    listStorageHosts: () => records('host', toHost),
    listStorageHostInitiators: () =>
      parts.either<readonly StorageHostInitiator[]>(
        'initiators',
        [
          { ask: () => records('initiator', toInitiator) },
          { ask: async () => (await records('host', toHostInitiators)).flat() },
        ],
        isVendorsWord,
      ),
    listStorageHostGroups: async () => toHostGroups(await client.all('host_group')),
    async listMaskingViews() {
      // What a view shows is a part of its identity.
      const ids = idsOf(await sources.volumes());
      return records('host_volume_mapping', (one, id) => toMaskingView(one, id, ids));
    },
  };
}

function fileLists(sources: Sources) {
  const { parts, added, kind, all } = sources;
  return {
    async listFilesystems() {
      const found = await sources.filesystems();
      const servers = toServers({
        servers: await added(all('nas_server')),
        nodes: await added(sources.nodes),
        appliances: await added(sources.appliances),
      });
      const [snapshots, own] = [found.filter(isSnapshot), found.filter((one) => !isSnapshot(one))];
      const count = countBy(snapshots, (one) => one['parent_id']);
      return withId(own, (one, id) => toFilesystem(one, id, { servers, snapshots: count(id) }));
    },
    listQtrees: async () => withId(await sources.treeQuotas(), toQtree),
    listQuotas: () =>
      parts.union([
        kind(sources.treeQuotas, toTreeQuota),
        kind(all('file_user_quota'), toUserQuota),
      ]),
    async listShares() {
      const found = await added(sources.filesystems);
      const ids = found && idsOf(found.filter((one) => !isSnapshot(one)));
      return parts.union([
        kind(all('smb_share'), (one, id) => toShare(one, id, 'cifs', ids)),
        kind(all('nfs_export'), (one, id) => toShare(one, id, 'nfs', ids)),
      ]);
    },
  };
}

function idsOf(objects: readonly Foreign[]): ReadonlySet<string> {
  return new Set(withId(objects, (_one, id) => id));
}
