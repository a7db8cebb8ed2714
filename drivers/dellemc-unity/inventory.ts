/** The lists of a session: which collections make which records. */
import {
  text,
  type Disk,
  type Foreign,
  type ResourceType,
  type Session,
} from 'delfin-agent/driver';
import type { ResourceName } from './fields.ts';
import {
  toFilesystem,
  toQtree,
  toShare,
  toShareParents,
  toTreeQuota,
  toUserQuota,
} from './file-records.ts';
import {
  toHost,
  toHostAddresses,
  toHostGroups,
  toInitiator,
  toMaskingView,
} from './host-records.ts';
import { toAddresses, toAggregation, toEthernetPort, toFcPort, toSasPort } from './ports.ts';
import type { Reader } from './reader.ts';
import {
  isDisk,
  label,
  toController,
  toDisk,
  toPool,
  toStorage,
  toVersion,
  toVirtualDisk,
  toVolume,
  toVolumeGroups,
  withId,
} from './records.ts';

type Lists = Omit<
  Session,
  'listAlerts' | 'clearAlert' | 'addTrapConfig' | 'removeTrapConfig' | 'close'
>;

export function createInventory(reader: Reader): Lists {
  return {
    async getStorage() {
      const [[system = {}], [capacity = {}], version, disks] = await Promise.all([
        reader.all('system'),
        reader.allIfAny('systemCapacity'),
        versionOf(reader),
        listDisks(reader, (type) => reader.allIfAny(type)),
      ]);
      return toStorage({ system, capacity, version, disks });
    },
    listStoragePools: async () => withId(await reader.all('pool'), toPool),
    listVolumes: async () => withId(await reader.all('lun'), toVolume),
    listVolumeGroups: async () => toVolumeGroups(await reader.all('storageResource')),
    listControllers: async () => withId(await reader.all('storageProcessor'), toController),
    listDisks: () => listDisks(reader, (type) => reader.all(type)),
    async listPorts() {
      const [[ethernet = [], fc = []], sas, aggregations, interfaces] = await Promise.all([
        reader.some(['ethernetPort', 'fcPort']),
        reader.allIfAny('sasPort'),
        reader.allIfAny('linkAggregation'),
        reader.allIfAny('ipInterface'),
      ]);
      const addresses = toAddresses(interfaces);
      return [
        ...withId(ethernet, (content, id) => toEthernetPort(content, id, addresses)),
        ...withId(fc, toFcPort),
        ...withId(sas, toSasPort),
        ...withId(aggregations, (content, id) => toAggregation(content, id, addresses)),
      ];
    },
    listFilesystems: async () => withId(await reader.all('filesystem'), toFilesystem),
    listQtrees: async () => withId(await reader.all('treeQuota'), toQtree),
    async listQuotas() {
      const [trees = [], users = []] = await reader.some(['treeQuota', 'userQuota']);
      return [...withId(trees, toTreeQuota), ...withId(users, toUserQuota)];
    },
    async listShares() {
      const [[cifs = [], nfs = []], filesystems, qtrees] = await Promise.all([
        reader.some(['cifsShare', 'nfsShare']),
        reader.allIfAny('filesystem'),
        reader.allIfAny('treeQuota'),
      ]);
      const parents = toShareParents(filesystems, qtrees);
      return [
        ...withId(cifs, (content, id) => toShare(content, id, 'cifs', parents)),
        ...withId(nfs, (content, id) => toShare(content, id, 'nfs', parents)),
      ];
    },
    async listStorageHosts() {
      const [hosts, ports] = await Promise.all([reader.all('host'), reader.allIfAny('hostIPPort')]);
      const addresses = toHostAddresses(ports);
      return withId(hosts, (content, id) => toHost(content, id, addresses));
    },
    listStorageHostInitiators: async () => withId(await reader.all('hostInitiator'), toInitiator),
    listStorageHostGroups: async () => toHostGroups(await reader.all('hostGroup')),
    listMaskingViews: async () => withId(await reader.all('hostLUN'), toMaskingView),
  };
}

/** UnityVSA has virtual disks instead. */
async function listDisks(
  reader: Reader,
  read: (type: ResourceName) => Promise<readonly Foreign[]>,
): Promise<Disk[]> {
  const disks = withId((await read('disk')).filter(isDisk), toDisk);
  if (disks.length > 0) return disks;
  return withId((await reader.allIfAny('virtualDisk')).filter(isDisk), toVirtualDisk);
}

async function versionOf(reader: Reader): Promise<string | undefined> {
  const [installed] = await reader.allIfAny('installedSoftwareVersion');
  const version = toVersion(installed);
  if (version !== undefined) return version;
  const [basic] = await reader.allIfAny('basicSystemInfo');
  return text(basic?.['softwareVersion']);
}

/** Collections whose objects have samples. */
const NAMED: Partial<Record<ResourceType, readonly ResourceName[]>> = {
  volume: ['lun'],
  disk: ['disk', 'virtualDisk'],
  port: ['ethernetPort', 'fcPort', 'linkAggregation'],
  filesystem: ['filesystem'],
  controller: ['storageProcessor'],
};

/** Object id -> name. Only labels: without them the samples still count. */
export async function readNames(
  reader: Reader,
  type: ResourceType,
): Promise<ReadonlyMap<string, string>> {
  const collections = await Promise.all(
    (NAMED[type] ?? []).map((collection) => reader.allIfAny(collection, { fields: 'id,name' })),
  );
  return new Map(
    collections.flatMap((contents) =>
      withId(contents, (content, id) => [id, label(content['name']) ?? id] as const),
    ),
  );
}
