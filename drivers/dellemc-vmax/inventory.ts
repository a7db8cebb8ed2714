/** The lists: which resources are asked for, and how their parts are put together. */
import {
  flag,
  identifier,
  isObject,
  NotSupported,
  text,
  type Foreign,
  type Port,
  type Session,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';
import { isAnswered, segment, type Detail, type Unisphere } from './client.ts';
import {
  capacityOf,
  combined,
  controllerOf,
  diskOf,
  groupsOf,
  initiatorOf,
  isDataDevice,
  maskingViewOf,
  poolOf,
  storageOf,
  sum,
  volumeOf,
  type Placement,
} from './records.ts';
import { portId, portKeysOf, portOf, type PortKey } from './ports.ts';

type Lists = Pick<
  Session,
  | 'getStorage'
  | 'listStoragePools'
  | 'listVolumes'
  | 'listControllers'
  | 'listPorts'
  | 'listDisks'
  | 'listStorageHostInitiators'
  | 'listStorageHosts'
  | 'listStorageHostGroups'
  | 'listPortGroups'
  | 'listVolumeGroups'
  | 'listMaskingViews'
>;

/** Names that inventory has seen, for the labels of performance data. */
export interface Names {
  readonly volumes: Map<string, string>;
}

export function createLists(unisphere: Unisphere, arrayId: string, names: Names): Lists {
  const paths = pathsOf(unisphere, arrayId);
  const slo = paths.provisioning;
  const idsAndDetails = async (path: string, field: string) =>
    await unisphere.details(path, await unisphere.ids(path, field));
  const pools = async () => (await idsAndDetails(`${slo}/srp`, 'srpId')).map(poolOf);

  return {
    async getStorage() {
      const [system, provisioning = {}] = await unisphere.each(
        'array',
        [paths.system, slo],
        (path) => unisphere.get(path),
      );
      const stated = capacityOf(provisioning);
      const capacity =
        stated.total === undefined
          ? combined(stated, sum((await pools().catch(without([]))).map(capacities)))
          : stated;
      return storageOf(arrayId, system, provisioning, capacity);
    },
    listStoragePools: pools,
    async listVolumes() {
      const volumes = await readVolumes(unisphere, slo);
      names.volumes.clear();
      for (const { native_volume_id, name } of volumes) {
        if (name !== undefined) names.volumes.set(native_volume_id, name);
      }
      return volumes;
    },
    async listControllers() {
      return await paths.hardware(async (root) =>
        (await idsAndDetails(`${root}/director`, 'directorId')).map(controllerOf),
      );
    },
    listPorts: () => paths.hardware((root) => readPorts(unisphere, `${root}/director`)),
    async listDisks() {
      return (await idsAndDetails(`${paths.system}/disk`, 'disk_ids')).map(diskOf);
    },
    async listStorageHostInitiators() {
      return (await idsAndDetails(`${slo}/initiator`, 'initiatorId')).map(initiatorOf);
    },
    async listStorageHosts() {
      const hosts = await unisphere.ids(`${slo}/host`, 'hostId');
      return hosts.map((id) => ({ native_storage_host_id: id, name: id, status: 'normal' }));
    },
    async listStorageHostGroups() {
      const groups = await idsAndDetails(`${slo}/hostgroup`, 'hostGroupId');
      return {
        storage_host_groups: groups.map(({ id }) => ({
          native_storage_host_group_id: id,
          name: id,
        })),
        storage_host_grp_host_rels: groups.flatMap(({ id, fields }) =>
          memberHosts(fields['host']).map((host) => ({
            native_storage_host_group_id: id,
            native_storage_host_id: host,
          })),
        ),
      };
    },
    listPortGroups: () => readPortGroups(unisphere, paths),
    listVolumeGroups: () => readVolumeGroups(unisphere, slo),
    async listMaskingViews() {
      return (await idsAndDetails(`${slo}/maskingview`, 'maskingViewId')).map(maskingViewOf);
    },
  };
}

interface Paths {
  readonly system: string;
  readonly provisioning: string;
  /** Directors and their ports: below system since 90, below sloprovisioning in 84. */
  hardware<T>(read: (root: string) => Promise<T>): Promise<T>;
}

function pathsOf({ version }: Unisphere, arrayId: string): Paths {
  const system = `/${version}/system/symmetrix/${segment(arrayId)}`;
  const provisioning = `/${version}/sloprovisioning/symmetrix/${segment(arrayId)}`;
  const [first, second] = version < 90 ? [provisioning, system] : [system, provisioning];
  return {
    system,
    provisioning,
    async hardware(read) {
      try {
        return await read(first);
      } catch (error) {
        if (!(error instanceof NotSupported)) throw error;
        return await read(second);
      }
    },
  };
}

function capacities(pool: StoragePool) {
  return {
    total: pool.total_capacity,
    used: pool.used_capacity,
    free: pool.free_capacity,
    subscribed: pool.subscribed_capacity,
  };
}

/** Data devices are left out by the server: there are thousands of them, and hosts never see one. */
const HOST_VOLUMES = { data_volume: false } as const;

async function readVolumes(unisphere: Unisphere, slo: string): Promise<Volume[]> {
  const [ids, provisioning] = await Promise.all([
    unisphere.ids(`${slo}/volume`, 'volumeId', HOST_VOLUMES),
    unisphere.get(slo).catch(without<Foreign>({})),
  ]);
  const details = await unisphere.details(`${slo}/volume`, ids);
  const volumes = details.filter(({ fields }) => !isDataDevice(fields));
  const groups = await readGroups(unisphere, slo, volumes);
  return volumes.map((volume) =>
    volumeOf(volume, placementOf(volume.fields, groups, provisioning)),
  );
}

/** The storage groups that volumes are members of, each asked for once. */
async function readGroups(
  unisphere: Unisphere,
  slo: string,
  volumes: readonly Detail[],
): Promise<ReadonlyMap<string, Foreign>> {
  const ids = [...new Set(volumes.flatMap(({ fields }) => groupsOf(fields)))];
  if (ids.length === 0) return new Map();
  const groups = await unisphere.details(`${slo}/storagegroup`, ids).catch(without([]));
  return new Map(groups.flatMap(({ id, fields, failed }) => (failed ? [] : [[id, fields]])));
}

/** A volume is in the pool of its storage groups, or in the default one for its emulation. */
function placementOf(
  volume: Foreign,
  groups: ReadonlyMap<string, Foreign>,
  provisioning: Foreign,
): Placement {
  const ids = groupsOf(volume);
  const own = ids.map((id) => groups.get(id)).filter((group) => group !== undefined);
  const pools = new Set(
    own.map((group) => text(group['srp'])).filter((pool) => pool !== undefined),
  );
  const [pool] = pools;
  // A group that could not be read may name another pool than the default one.
  const isKnown = own.length === ids.length;
  const fallback = isKnown ? defaultPool(text(volume['emulation']), provisioning) : undefined;
  const compression = own
    .map((group) => flag(group['compression']))
    .filter((value) => value !== undefined);
  return {
    pool: pools.size === 1 ? pool : fallback,
    compressed: compression.length === 0 ? undefined : compression.includes(true),
  };
}

function defaultPool(emulation: string | undefined, provisioning: Foreign): string | undefined {
  const open = text(provisioning['default_fba_srp']);
  const mainframe = text(provisioning['default_ckd_srp']);
  if (emulation === undefined)
    return mainframe === undefined || mainframe === open ? open : undefined;
  return /^CKD/i.test(emulation) ? mainframe : open;
}

async function readPorts(unisphere: Unisphere, path: string): Promise<Port[]> {
  const directors = await unisphere.ids(path, 'directorId');
  const perDirector = await unisphere.each(path, directors, (director) =>
    readDirectorPorts(unisphere, path, director),
  );
  return perDirector.flatMap((ports) => ports ?? []);
}

async function readDirectorPorts(
  unisphere: Unisphere,
  path: string,
  director: string,
): Promise<Port[]> {
  const keys = await directorPorts(unisphere, path, director);
  const wanted = keys.map(({ port }) => port);
  const ports = await unisphere
    .details(`${path}/${segment(director)}/port`, wanted)
    .catch((error: unknown): Detail[] => {
      if (!isAnswered(error)) throw error;
      return error instanceof NotSupported ? [] : wanted.map((id) => ({ id, fields: {} }));
    });
  const byId = new Map(ports.map(({ id, fields }) => [id, fields]));
  return keys.flatMap((key) => {
    const fields = byId.get(key.port);
    if (fields === undefined) return [];
    return [portOf(key, isObject(fields['symmetrixPort']) ? fields['symmetrixPort'] : fields)];
  });
}

/** Ports of one director; a director without ports may have no such collection. */
async function directorPorts(
  unisphere: Unisphere,
  path: string,
  director: string,
): Promise<readonly PortKey[]> {
  try {
    const answer = await unisphere.get(`${path}/${segment(director)}/port`);
    return portKeysOf(answer['symmetrixPortKey'], 'symmetrixPortKey', director);
  } catch (error) {
    if (error instanceof NotSupported) return [];
    throw error;
  }
}

async function readPortGroups(unisphere: Unisphere, paths: Paths) {
  const path = `${paths.provisioning}/portgroup`;
  const groups = await unisphere.details(path, await unisphere.ids(path, 'portGroupId'));
  const members = groups.map(({ id, fields }) => ({
    id,
    keys: portKeysOf(fields['symmetrixPortKey'], 'symmetrixPortKey'),
  }));
  const nameOf = await portNumbers(
    unisphere,
    paths,
    members.flatMap(({ keys }) => keys),
  );
  return {
    port_groups: groups.map(({ id }) => ({ native_port_group_id: id, name: id })),
    port_grp_port_rels: members.flatMap(({ id, keys }) =>
      keys.map((key) => ({ native_port_group_id: id, native_port_id: nameOf(key) })),
    ),
  };
}

/**
 * Port groups may pad the number of a virtual port (SE-1E:000 for SE-1E:0): such ones are looked up
 * among the director's ports.
 */
async function portNumbers(
  unisphere: Unisphere,
  paths: Paths,
  keys: readonly PortKey[],
): Promise<(key: PortKey) => string> {
  const padded = [
    ...new Set(keys.filter(({ port }) => /^0\d/.test(port)).map((key) => key.director)),
  ];
  const lists = await unisphere
    .each('portgroup', padded, (director) =>
      paths.hardware((root) => directorPorts(unisphere, `${root}/director`, director)),
    )
    .catch(without([]));
  const known = new Set(lists.flatMap((ports) => (ports ?? []).map(portId)));
  return (key) => {
    const plain = portId({ director: key.director, port: String(Number(key.port)) });
    return !known.has(portId(key)) && known.has(plain) ? plain : portId(key);
  };
}

async function readVolumeGroups(unisphere: Unisphere, slo: string) {
  const groups = await unisphere.ids(`${slo}/storagegroup`, 'storageGroupId');
  const members = await unisphere.each('storagegroup', groups, async (id) => {
    const query = { ...HOST_VOLUMES, storageGroupId: id };
    // Some versions answer a filter that matches nothing with 404.
    const volumes = await unisphere
      .ids(`${slo}/volume`, 'volumeId', query)
      .catch((error: unknown): string[] => {
        if (error instanceof NotSupported) return [];
        throw error;
      });
    return volumes.map((volume) => ({
      native_volume_group_id: id,
      native_volume_id: volume,
    }));
  });
  return {
    volume_groups: groups.map((id) => ({ native_volume_group_id: id, name: id })),
    vol_grp_vol_rels: members.flatMap((relations) => relations ?? []),
  };
}

/** Takes the place of what only adds to a list: a server that refuses it, or fails over it, costs that alone. */
function without<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (isAnswered(error)) return instead;
    throw error;
  };
}

/** Members of a host group: objects, or ids alone. */
function memberHosts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const hosts = value.map((host: unknown) => identifier(isObject(host) ? host['hostId'] : host));
  return hosts.filter((host) => host !== undefined);
}
