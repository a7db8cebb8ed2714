/** The lists: which resources are asked for, and how their parts are put together. */
import {
  byId,
  collectionsOf,
  flag,
  isObject,
  list,
  NotSupported,
  number,
  text,
  toHostGroups,
  toPortGroups,
  toVolumeGroups,
  withId,
  type Foreign,
  type Session,
} from 'delfin-agent/driver';
import { isMissing, isWordless, listed, listedObject } from './answers.ts';
import type { Unisphere } from './client.ts';
import { idsIn, segment } from './ids.ts';
import { portId, portKeysOf, toPorts, type PortKey } from './ports.ts';
import * as records from './records.ts';

/** Collections below the provisioning resources of the array, and the fields of ids in their lists. */
const COLLECTIONS = {
  srp: 'srpId',
  initiator: 'initiatorId',
  hostgroup: 'hostGroupId',
  portgroup: 'portGroupId',
  maskingview: 'maskingViewId',
} as const;

/** Data devices are left out by the server: there are thousands of them, and hosts never see one. */
export const HOST_VOLUMES = { data_volume: false } as const;

/** `volumeNames`: what inventory has seen, for the labels of performance data. */
export function createInventory(
  client: Unisphere,
  volumeNames: Map<string, string>,
  now: () => number,
) {
  const { parts, slo } = client;
  const { all, list: listOf } = collectionsOf(parts, (name: keyof typeof COLLECTIONS) =>
    client.all(`${slo}/${name}`, COLLECTIONS[name]),
  );
  const provisioning = parts.shared(() => client.get(slo));
  const askSystem = justSeen(client.about, () => client.get(client.system));
  return {
    async getStorage() {
      const [about, own = {}] = await parts.children([askSystem, provisioning], (ask) => ask());
      const space = records.spaceOf(own);
      const pools =
        space.total === undefined ? await parts.added(() => poolSpace(client)) : undefined;
      const toStorage = records.toStorage(client.arrayId);
      return toStorage({ ...own, about, space: pools ? records.combined(space, pools) : space });
    },
    listStoragePools: listOf('srp', records.toPools),
    async listVolumes() {
      const volumes = await readVolumes(client, provisioning);
      volumeNames.clear();
      for (const { native_volume_id: id, name = id } of volumes) volumeNames.set(id, name);
      return volumes;
    },
    listControllers: () =>
      hardware(client, async (directors) =>
        records.toControllers(await client.all(directors, 'directorId')),
      ),
    listPorts: () => hardware(client, (directors) => readPorts(client, directors)),
    listDisks: () => readDisks(client),
    listComponents: () => readComponents(client, now()),
    listReplications: () =>
      client.bulkFirst(
        'replications',
        () => replicationsInBulk(client),
        () => replicationsOneByOne(client),
      ),
    listStorageHostInitiators: listOf('initiator', records.toInitiators),
    async listStorageHosts() {
      const hosts = await client.ids(`${slo}/host`, 'hostId');
      return hosts.map((id) => ({ native_storage_host_id: id, name: id }));
    },
    async listStorageHostGroups() {
      const groups = await all('hostgroup')();
      return toHostGroups(withId(groups, ({ host }, id) => groupOf(id, idsIn(host, 'hostId'))));
    },
    listPortGroups: async () => readPortGroups(client, await all('portgroup')()),
    listVolumeGroups: () => readVolumeGroups(client),
    listMaskingViews: listOf('maskingview', records.toMaskingViews),
    getAccessUrl: () => Promise.resolve(`${client.origin}/univmax/`),
  } satisfies Partial<Session>;
}

/** What opening the array has just read is not asked for again. */
function justSeen(seen: Foreign | undefined, ask: () => Promise<Foreign>): () => Promise<Foreign> {
  const until = performance.now() + 10_000;
  let first = seen;
  return async () => {
    const known = performance.now() < until ? first : undefined;
    first = undefined;
    return known ?? (await ask());
  };
}

const groupOf = (id: string, members: readonly string[]) => ({ id, name: id, members });

/** Capacity of all pools together; unknown while one of them is. */
async function poolSpace(client: Unisphere): Promise<records.Space> {
  const ids = await client.ids(`${client.slo}/srp`, 'srpId');
  const pools = await client.details(`${client.slo}/srp`, ids);
  return records.together(pools.length < ids.length ? [] : pools.map(records.spaceOf));
}

/** Directors and their ports: below system since 90, below sloprovisioning in 84. */
function hardware<T>(
  { parts, version, system, slo }: Unisphere,
  read: (directors: string) => Promise<T>,
): Promise<T> {
  const roots = version < 90 ? [slo, system] : [system, slo];
  const ways = roots.map((root) => ({ ask: () => read(`${root}/director`) }));
  return parts.either('directors', ways);
}

async function readPorts(client: Unisphere, directors: string) {
  const ids = await client.ids(directors, 'directorId');
  const found = await client.parts.pairs(ids, async (director) => {
    const keys = await directorPorts(client, directors, director);
    const ports = new Set(keys.map(({ port }) => port));
    return await client.details(`${directors}/${segment(director)}/port`, [...ports]);
  });
  const ports = found.flatMap(([director, details]) =>
    details.map(({ symmetrixPort: inner, ...outer }) => ({
      ...(isObject(inner) ? inner : outer),
      director,
      key: portId({ director, port: String(outer['id']) }),
    })),
  );
  return toPorts(ports);
}

/** Ports of one director; one without ports may have no such collection. */
function directorPorts({ get }: Unisphere, directors: string, director: string) {
  const own = `${directors}/${segment(director)}`;
  return membersOf(
    async () => portKeysOf((await get(`${own}/port`))['symmetrixPortKey'], director),
    async () => (await get(own))['num_of_ports'],
  );
}

/** What belongs to an object; where the server says that there is nothing, the object says whether that is so. */
async function membersOf<T>(ask: () => Promise<readonly T[]>, count: () => Promise<unknown>) {
  try {
    return await ask();
  } catch (error) {
    if (!isMissing(error) && !(error instanceof NotSupported)) throw error;
    if (number(await listed(count)) === 0) return [];
    return await listed(() => Promise.reject(error));
  }
}

async function readPortGroups(client: Unisphere, groups: readonly Foreign[]) {
  const keyed = withId(groups, (one, id) => ({ id, keys: portKeysOf(one['symmetrixPortKey']) }));
  const all = keyed.flatMap(({ keys }) => keys);
  const portOf = await portNumbers(client, all);
  // A group of which one port can't be told is left out: it is not smaller.
  const known = keyed.flatMap(({ id, keys }) => {
    const members = keys.flatMap((key) => portOf(key) ?? []);
    return members.length < keys.length ? [] : [groupOf(id, members)];
  });
  return toPortGroups(known);
}

/**
 * Port groups may pad the number of a virtual port (SE-1E:000 for SE-1E:0): such ones are looked up
 * among the director's ports; undefined where these can't be read.
 */
async function portNumbers(client: Unisphere, keys: readonly PortKey[]) {
  const { parts } = client;
  const isPadded = ({ port }: PortKey) => /^0\d/.test(port);
  const padded = new Set(keys.filter(isPadded).map(({ director }) => director));
  const found = await parts.added(() =>
    parts.pairs([...padded], (director) =>
      hardware(client, (directors) => directorPorts(client, directors, director)),
    ),
  );
  const portsOf = new Map(found);
  return (key: PortKey) => {
    if (!isPadded(key)) return portId(key);
    const ports = portsOf.get(key.director)?.map(portId);
    const plain = portId({ ...key, port: String(Number(key.port)) });
    return ports && (!ports.includes(portId(key)) && ports.includes(plain) ? plain : portId(key));
  };
}

async function readVolumeGroups({ parts, get, ids, slo }: Unisphere) {
  const path = `${slo}/storagegroup`;
  const groups = await parts.pairs(await ids(path, 'storageGroupId'), (storageGroupId) =>
    // Some versions answer a filter that matches nothing as if there were no such thing.
    membersOf(
      () => ids(`${slo}/volume`, 'volumeId', { ...HOST_VOLUMES, storageGroupId }),
      async () => (await get(`${path}/${segment(storageGroupId)}`))['num_of_vols'],
    ),
  );
  return toVolumeGroups(groups.map(([id, members]) => groupOf(id, members)));
}

async function readDisks(client: Unisphere) {
  const path = `${client.system}/disk`;
  const ids = await client.ids(path, 'disk_ids');
  const disks = await client.details(path, ids);
  const failed = await client.parts.addedIfAny(() => failedDisks(client, path));
  // A server that knows no such filter lists all of them.
  const known = failed && failed.length < ids.length ? failed : undefined;
  return records.toDisks(disks, ({ id }) => ({ failed: known?.includes(String(id)) }));
}

async function failedDisks(client: Unisphere, path: string): Promise<readonly string[]> {
  try {
    return await client.ids(path, 'disk_ids', { failed: true });
  } catch (error) {
    // Some versions answer a filter that matches nothing so.
    if (error instanceof NotSupported || !isMissing(error) || isWordless(error)) throw error;
    return [];
  }
}

/** What a health check has found longer ago says nothing about today. */
const FRESH_MS = 24 * 3_600_000;

/** The results of the newest health check that somebody has run: reading starts none. */
export async function readComponents(client: Unisphere, now: number) {
  const path = `${client.system}/health/health_check`;
  const checks = await client.ids(path, 'health_check_id');
  const newest = Math.max(0, ...checks.map((id) => number(id) ?? 0));
  if (newest === 0) return [];
  const check = await listedObject(() => client.get(`${path}/${segment(String(newest))}`));
  const isFresh = now - (number(check['date']) ?? newest) < FRESH_MS;
  return records.toComponents(list(check['testResult'] ?? [], path), () => ({ isFresh }));
}

/** What is asked for in bulk of SRDF: the groups of links (RDF groups) of each storage group. */
const SRDF = [
  'id', 'rdf_infos.states', 'rdf_infos.types', 'rdf_infos.modes', 'rdf_infos.async', 'rdf_infos.metro',
  'rdf_infos.local_rdf_group.id', 'rdf_infos.remote_rdf_group.id',
  'rdf_infos.remote_rdf_group.system.id',
] as const; // prettier-ignore

async function replicationsInBulk({ bulkList, bulkRoot }: Unisphere) {
  const asked = { select: SRDF.join(','), filter: 'num_of_rdf_infos gt 0' };
  const groups = await bulkList(`${bulkRoot}/storage-groups`, 'storage_groups', asked);
  const links = groups.flatMap(({ id: group, rdf_infos: infos }) =>
    list(infos ?? [], 'rdf_infos').map((info) => ({ ...info, group })),
  );
  return records.toReplications(links);
}

async function replicationsOneByOne({ parts, ids, details, replication }: Unisphere) {
  const groups = await ids(`${replication}/storagegroup`, 'name', { hasSrdf: true });
  const found = await parts.pairs(groups, async (group) => {
    const path = `${replication}/storagegroup/${segment(group)}/rdf_group`;
    return await details(path, await listed(() => ids(path, 'rdfgs')));
  });
  const links = found.flatMap(([group, own]) => own.map((link): Foreign => ({ ...link, group })));
  // Where each group of links leads: that only adds.
  const ends = await parts.added(() => details(`${replication}/rdf_group`, idsIn(links, 'id')));
  const endOf = byId(ends);
  return records.toReplications(links, ({ id, volumeRdfTypes: types }) => {
    const { async, metro, remoteSymmetrix, remoteRdfgNumber } = endOf(id) ?? {};
    const remote = { id: remoteRdfgNumber, system: { id: remoteSymmetrix } };
    return { types, async, metro, local_rdf_group: { id }, remote_rdf_group: remote };
  });
}

/** What is asked for of volumes in bulk; `srp.id` is the id alone of the pool. */
const VOLUME = [
  'id', 'type', 'emulation', 'status', 'identifier', 'wwn', 'effective_wwn', 'has_effective_wwn',
  'cap_mb', 'cap_gb', 'effective_used_capacity_gb', 'data_reduction_enabled', 'storage_groups.id',
  'srp.id', 'data_reduction_ratio_to_one', 'num_of_snapshots',
] as const; // prettier-ignore

/** One by one before Unisphere 10.1, in bulk since then. */
async function readVolumes(client: Unisphere, provisioning: () => Promise<Foreign>) {
  const { parts, slo, bulkRoot } = client;
  const found = await client.bulkFirst(
    'volumes',
    () => client.bulkList(`${bulkRoot}/volumes`, 'volumes', { select: VOLUME.join(',') }),
    () => client.all(`${slo}/volume`, 'volumeId', HOST_VOLUMES),
  );
  const volumes = found.filter((one) => !records.isDataDevice(one));
  const open = volumes.filter((one) => records.poolOf(one) === undefined);
  if (open.length === 0) return records.toVolumes(volumes);
  const defaults = await parts.added(provisioning);
  // The storage groups that they are members of, each asked for once.
  const ids = [...new Set(open.flatMap(records.groupsOf))];
  const group = byId(await parts.added(() => client.details(`${slo}/storagegroup`, ids)));
  return records.toVolumes(volumes, (one) => placementOf(one, group, defaults));
}

/**
 * A volume is in the pool of its storage groups, or in the default one for its emulation. Unknown as
 * long as one of its groups is.
 */
function placementOf(volume: Foreign, group: ReturnType<typeof byId>, defaults: Foreign = {}) {
  const ids = records.groupsOf(volume);
  const groups = ids.map(group).filter((one) => one !== undefined);
  if (groups.length < ids.length) return {};
  const pools = new Set(groups.flatMap(({ srp }) => text(srp) ?? []));
  const compression = groups.flatMap((one) => flag(one['compression']) ?? []);
  return {
    pool: pools.size === 1 ? [...pools][0] : defaultPool(text(volume['emulation']), defaults),
    compressed: compression.length === 0 ? undefined : compression.includes(true),
  };
}

function defaultPool(emulation: string | undefined, defaults: Foreign): string | undefined {
  const open = text(defaults['default_fba_srp']);
  const mainframe = text(defaults['default_ckd_srp']);
  if (emulation === undefined)
    return mainframe === undefined || mainframe === open ? open : undefined;
  return /^CKD/i.test(emulation) ? mainframe : open;
}
