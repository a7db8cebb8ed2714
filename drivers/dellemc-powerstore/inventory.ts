/** The lists of the contract: which resources make which records. */
import {
  byId,
  collectionsOf,
  countBy,
  fraction,
  groupsWith,
  idsOf,
  isVendorsWord,
  toHostGroups,
  toVolumeGroups,
  type Foreign,
  type Parts,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { SNAPSHOTS, VOLUMES, type Asked, type ResourceName } from './fields.ts';
import * as files from './file-records.ts';
import { nodeAddresses, PORT_KINDS, senderAddresses, toAddresses } from './ports.ts';
import * as records from './records.ts';

/** Before 3.0 what a volume holds takes a request each: of so many at most. */
const MOST_ASKED_SINGLY = 500;

export function createInventory(client: Client) {
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

type Sources = ReturnType<typeof createSources>;

/** What several lists of a round are made of. */
function createSources(client: Client) {
  const { parts } = client;
  const collections = collectionsOf(parts, (name: ResourceName, told) =>
    client.all(name, {}, told),
  );
  const { shared } = collections;
  const volumes = async (asked: Asked, wanted: boolean, told: Parts) =>
    (await client.all('volume', asked, told)).filter((one) => records.isSnapshot(one) === wanted);
  return {
    ...collections,
    client,
    parts,
    added: parts.addedIfAny,
    cluster: collections.single('cluster'),
    appliances: shared('appliance'),
    hardware: shared('hardware'),
    nodes: shared('node'),
    software: shared('software_installed'),
    addresses: shared('ip_pool_address'),
    filesystems: shared('file_system'),
    treeQuotas: shared('file_tree_quota'),
    volumes: parts.shared((told) => volumes(VOLUMES, false, told)),
    snapshots: parts.shared((told) => volumes(SNAPSHOTS, true, told)),
    /** The newest row of each object; one that is new has none. Undefined, and told: none could be read. */
    newest: (entity: string, objects: readonly Foreign[]) =>
      parts.added(async () => {
        const rows = await parts.children(objects, ({ id }) => newestOf(client, entity, id));
        return new Map(objects.map((one, index) => [one, rows[index]]));
      }),
  };
}

async function newestOf(client: Client, entity: string, id: unknown) {
  return (await client.metrics(entity, String(id))).at(-1);
}

function blockLists(sources: Sources) {
  const { client, parts, all, added, newest } = sources;
  return {
    async getStorage() {
      const cluster = await sources.cluster();
      const primary = cluster['primary_appliance_id'];
      const appliances = await added(sources.appliances);
      const hardware = await added(sources.hardware);
      return records.toStorage({
        ...cluster,
        appliance: byId(appliances)(primary) ?? appliances?.[0],
        release: records.releaseOf(await added(sources.software), primary),
        raw: hardware && records.rawCapacity(hardware),
        space: await parts.added(() => newestOf(client, 'space_metrics_by_cluster', cluster['id'])),
        snapshots: (await added(sources.snapshots))?.length,
      });
    },
    async listStoragePools() {
      const found = await sources.appliances();
      const spaces = await newest('space_metrics_by_appliance', found);
      const hardware = await added(sources.hardware);
      const chassis = hardware?.filter(({ type }) => type === 'Appliance');
      const chassisOf = byId(chassis, 'appliance_id');
      const count = countBy(await added(sources.snapshots), (one) => one['appliance_id']);
      return records.toPools(found, (one) => ({
        chassis: chassisOf(one['id']),
        space: spaces?.get(one),
        snapshots: count(one['id']),
      }));
    },
    async listVolumes() {
      const found = await sources.volumes();
      const silent = found.filter((one) => !('logical_used' in one));
      const asked = silent.length > MOST_ASKED_SINGLY ? [] : silent;
      const spaces = await newest('space_metrics_by_volume', asked);
      const count = countBy(await added(sources.snapshots), records.parentOf);
      return records.toVolumes(found, (one) => ({
        space: spaces?.get(one),
        snapshots: count(one['id']),
      }));
    },
    async listVolumeGroups() {
      const groups = (await client.all('volume_group')).filter((one) => !records.isSnapshot(one));
      return toVolumeGroups(groupsWith(groups, 'volumes'));
    },
    async listReplications() {
      const sessions = await client.all('replication_session');
      const now = (await added(sources.cluster))?.['system_time'];
      const remote = byId(await added(all('remote_system')));
      return records.toReplications(sessions, (one) => ({
        now,
        remote: remote(one['remote_system_id']),
      }));
    },
  };
}

function hardwareLists(sources: Sources) {
  const { parts, added, kind } = sources;
  const wear = createWear(sources);
  return {
    async listControllers() {
      const seats = new Map(
        (await added(sources.nodes))?.map((one) => [records.seatOf(one), one['id']]),
      );
      const address = nodeAddresses(await added(sources.addresses));
      const releases = await added(sources.software);
      const nodes = (await sources.hardware()).filter(records.isNode);
      return records.toControllers(nodes, (one) => ({
        release: records.releaseOf(releases, one['appliance_id']),
        address: address(seats.get(records.seatOf(one)))?.['address'],
      }));
    },
    async listDisks() {
      const drives = (await sources.hardware()).filter(records.isDrive);
      const endurance = await parts.added(() => wear(drives));
      return records.toDisks(drives, ({ id }) => ({ endurance: endurance?.(id) }));
    },
    async listPorts() {
      const sfp = byId(await added(sources.hardware));
      const addresses = await parts.added(() => readAddresses(sources));
      const beside = (port: Foreign) => ({
        sfp: sfp(port['sfp_id']),
        addresses: addresses?.get(port['id']),
      });
      return parts.union(
        PORT_KINDS.map(({ name, make }) => kind(name, (ports) => make(ports, beside))),
      );
    },
    listComponents: async () => records.toComponents(await sources.hardware()),
  };
}

async function readAddresses({ client, addresses, added, all }: Sources) {
  const [pool, ports] = [await addresses(), await client.all('ip_port')];
  return toAddresses(pool, ports, await added(all('network')));
}

function hostLists({ client, parts, list, volumes }: Sources) {
  return {
    listStorageHosts: list('host', records.toHosts),
    listStorageHostInitiators: () =>
      parts.either(
        'initiators',
        [
          { ask: list('initiator', records.toInitiators) },
          { ask: list('host', (hosts) => records.toInitiators(records.initiatorsIn(hosts))) },
        ],
        isVendorsWord,
      ),
    listStorageHostGroups: async () =>
      toHostGroups(groupsWith(await client.all('host_group'), 'hosts')),
    async listMaskingViews() {
      // What a view shows is a part of its identity.
      const toViews = records.toMaskingViews(idsOf(await volumes()));
      return toViews(await client.all('host_volume_mapping'));
    },
  };
}

function fileLists(sources: Sources) {
  const { parts, added, kind, list, all, treeQuotas } = sources;
  return {
    async listFilesystems() {
      const found = await sources.filesystems();
      const server = files.toServers(
        await added(all('nas_server')),
        await added(sources.nodes),
        await added(sources.appliances),
      );
      const count = countBy(found.filter(records.isSnapshot), (one) => one['parent_id']);
      const own = found.filter((one) => !records.isSnapshot(one));
      return files.toFilesystems(own, (one) => ({
        server: server(one['nas_server_id']),
        snapshots: count(one['id']),
      }));
    },
    listQtrees: list(treeQuotas, files.toQtrees),
    listQuotas: () =>
      parts.union([
        kind(treeQuotas, files.toTreeQuotas),
        kind('file_user_quota', files.toUserQuotas),
      ]),
    async listShares() {
      const found = await added(sources.filesystems);
      const ids = found && idsOf(found.filter((one) => !records.isSnapshot(one)));
      return parts.union([
        kind('smb_share', files.toShares('cifs', ids)),
        kind('nfs_export', files.toShares('nfs', ids)),
      ]);
    },
  };
}

/** Wear takes a request a drive, and weeks to change: each is asked for seldom, some a round. */
const WEAR_LIVES_MS = 6 * 3_600_000;
const MOST_WEAR_ASKED = 100;

/** Gives for drives what is left of their endurance by their id, 0 to 1. */
function createWear({ client, parts }: Sources) {
  const known = new Map<string, { readonly share: number | undefined; readonly until: number }>();
  return async (drives: readonly Foreign[]) => {
    const ids = idsOf(drives);
    for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    const now = performance.now();
    const due = [...ids].filter((id) => (known.get(id)?.until ?? -Infinity) <= now);
    const asked = due.slice(0, MOST_WEAR_ASKED);
    for (const id of asked) known.delete(id);
    await parts.children(asked, async (id) => {
      const row = await newestOf(client, 'wear_metrics_by_drive_daily', id);
      const share = fraction(row?.['percent_endurance_remaining']);
      known.set(id, { share, until: now + WEAR_LIVES_MS });
    });
    return (id: unknown) => known.get(String(id))?.share;
  };
}
