/** The lists: which resources are asked for, and how their parts are put together. */
import {
  toHostGroups,
  identifier,
  isObject,
  type Foreign,
  type Port,
  type Session,
} from 'delfin-agent/driver';
import type { ChosenArray } from './array.ts';
import type { Detail, Unisphere } from './client.ts';
import { readPortGroups, readVolumeGroups } from './groups.ts';
import { readComponents, readDisks } from './hardware.ts';
import { segment } from './ids.ts';
import {
  capacityOf,
  combined,
  controllerOf,
  initiatorOf,
  maskingViewOf,
  poolOf,
  storageOf,
  sum,
  type Capacity,
} from './records.ts';
import { directorPorts, portOf } from './ports.ts';
import { readReplications } from './replications.ts';
import { readVolumes } from './volumes.ts';

type Lists = Pick<
  Session,
  | 'getStorage' | 'listStoragePools' | 'listVolumes' | 'listControllers' | 'listPorts'
  | 'listDisks' | 'listStorageHostInitiators' | 'listStorageHosts' | 'listStorageHostGroups'
  | 'listPortGroups' | 'listVolumeGroups' | 'listMaskingViews' | 'listComponents'
  | 'listReplications' | 'getAccessUrl'
>; // prettier-ignore

/** Names that inventory has seen, for the labels of performance data. */
export interface Names {
  volumes: ReadonlyMap<string, string>;
}

export function createLists(
  unisphere: Unisphere,
  array: ChosenArray,
  names: Names,
  now: () => number,
): Lists {
  const { parts } = unisphere;
  const paths = pathsOf(unisphere, array.id);
  const { system, slo } = paths;
  const idsAndDetails = async (path: string, field: string) =>
    await unisphere.details(path, await unisphere.ids(path, field));
  const provisioning = parts.shared(() => unisphere.get(slo));
  const askSystem = justSeen(array.system, () => unisphere.get(system));

  /** Capacity of all pools together; unknown while one of them is. */
  async function poolCapacity(): Promise<Capacity> {
    const ids = await unisphere.ids(`${slo}/srp`, 'srpId');
    const pools = await unisphere.details(`${slo}/srp`, ids);
    return sum(pools.length < ids.length ? [] : pools.map(({ fields }) => capacityOf(fields)));
  }

  return {
    async getStorage() {
      const [about, stated] = await parts.children([askSystem, provisioning], (ask) => ask());
      const own = capacityOf(stated ?? {});
      const pools = own.total === undefined ? await parts.added(poolCapacity) : undefined;
      return storageOf(array.id, about, stated ?? {}, pools ? combined(own, pools) : own);
    },
    async listStoragePools() {
      return (await idsAndDetails(`${slo}/srp`, 'srpId')).map(poolOf);
    },
    async listVolumes() {
      const volumes = await readVolumes({ unisphere, arrayId: array.id, slo, provisioning });
      names.volumes = new Map(
        volumes.flatMap(({ native_volume_id: id, name }) =>
          name === undefined ? [] : [[id, name]],
        ),
      );
      return volumes;
    },
    listControllers: () =>
      paths.hardware(async (root) =>
        (await idsAndDetails(`${root}/director`, 'directorId')).map(controllerOf),
      ),
    listPorts: () => paths.hardware((root) => readPorts(unisphere, `${root}/director`)),
    listDisks: () => readDisks(unisphere, system),
    listComponents: () => readComponents(unisphere, system, now),
    listReplications: () => readReplications(unisphere, array.id),
    getAccessUrl: () => Promise.resolve(`${unisphere.origin}/univmax/`),
    async listStorageHostInitiators() {
      return (await idsAndDetails(`${slo}/initiator`, 'initiatorId')).map(initiatorOf);
    },
    async listStorageHosts() {
      const hosts = await unisphere.ids(`${slo}/host`, 'hostId');
      return hosts.map((id) => ({ native_storage_host_id: id, name: id }));
    },
    async listStorageHostGroups() {
      const groups = await idsAndDetails(`${slo}/hostgroup`, 'hostGroupId');
      return toHostGroups(
        groups.map(({ id, fields }) => ({ id, name: id, members: memberHosts(fields['host']) })),
      );
    },
    listPortGroups: () => readPortGroups(unisphere, paths),
    listVolumeGroups: () => readVolumeGroups(unisphere, slo),
    async listMaskingViews() {
      return (await idsAndDetails(`${slo}/maskingview`, 'maskingViewId')).map(maskingViewOf);
    },
  };
}

/** What opening the array has just read is not asked for again. */
function justSeen(seen: Foreign | undefined, ask: () => Promise<Foreign>): () => Promise<Foreign> {
  const FRESH_MS = 10_000;
  const at = performance.now();
  let first = seen;
  return async () => {
    const known = performance.now() - at < FRESH_MS ? first : undefined;
    first = undefined;
    return known ?? (await ask());
  };
}

export interface Paths {
  readonly system: string;
  readonly slo: string;
  /** Directors and their ports: below system since 90, below sloprovisioning in 84. */
  hardware<T>(read: (root: string) => Promise<T>): Promise<T>;
}

function pathsOf({ version, parts }: Unisphere, arrayId: string): Paths {
  const system = `/${version}/system/symmetrix/${segment(arrayId)}`;
  const slo = `/${version}/sloprovisioning/symmetrix/${segment(arrayId)}`;
  const roots = version < 90 ? [slo, system] : [system, slo];
  return {
    system,
    slo,
    hardware: (read) => {
      const ways = roots.map((root) => ({ ask: () => read(root) }));
      return parts.either('directors', ways);
    },
  };
}

async function readPorts(unisphere: Unisphere, path: string): Promise<Port[]> {
  const { parts } = unisphere;
  const directors = await unisphere.ids(path, 'directorId');
  const found = await parts.children(directors, async (director) => {
    const keys = await directorPorts(unisphere, path, director);
    const byNumber = new Map(keys.map((key) => [key.port, key]));
    const ports = `${path}/${segment(director)}/port`;
    const details = await unisphere.details(ports, [...byNumber.keys()]);
    return details.flatMap((detail: Detail) => {
      const { fields } = detail;
      const key = byNumber.get(detail.id);
      if (!key) return [];
      return [portOf(key, isObject(fields['symmetrixPort']) ? fields['symmetrixPort'] : fields)];
    });
  });
  return found.flatMap((ports) => ports ?? []);
}

/** Members of a host group: objects, or ids alone. */
function memberHosts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const hosts = value.map((host: unknown) => identifier(isObject(host) ? host['hostId'] : host));
  return hosts.filter((host) => host !== undefined);
}
