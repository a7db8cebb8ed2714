/** The lists of the contract: which collections make which records. */
import {
  identifier,
  InvalidResponse,
  text,
  toHostGroups,
  toVolumeGroups,
  withId,
  type DriverContext,
  type Foreign,
  type Parts,
  type ResourceType,
  type Session,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { PART_TYPES, toComponent } from './components.ts';
import type { ResourceName } from './fields.ts';
import {
  toFilesystem,
  toQtree,
  toShare,
  toShareParents,
  toTreeQuota,
  toUserQuota,
} from './file-records.ts';
import { toHost, toHostAddresses, toInitiator, toMaskingView } from './host-records.ts';
import { toAddresses, toAggregation, toEthernetPort, toFcPort, toSasPort } from './ports.ts';
import {
  isDisk,
  label,
  reference,
  toController,
  toDisk,
  toPool,
  toStorage,
  toVersion,
  toVirtualDisk,
  toVolume,
  groupsOf,
  isConsistencyGroup,
} from './records.ts';
import { isOfFile, toReplication } from './replications.ts';

type Lists = Omit<
  Session,
  'listAlerts' | 'clearAlert' | 'addTrapConfig' | 'removeTrapConfig' | 'close'
>;

export function createInventory(client: Client, { now }: Pick<DriverContext, 'now'>): Lists {
  const { parts } = client;
  const shared = (type: ResourceName) => parts.shared((told) => client.all(type, {}, told));
  const disks = parts.shared((told) => readDisks(client, told));
  const filesystems = shared('filesystem');
  const treeQuotas = shared('treeQuota');

  /** One kind of several that make a list: undefined where the array says that it lacks it. */
  const kind =
    <T>(read: () => Promise<readonly Foreign[]>, make: (content: Foreign, id: string) => T) =>
    () =>
      parts.ifAny(async () => withId(await read(), make));
  const all = (type: ResourceName) => () => client.all(type);
  const { addedIfAny: added } = parts;
  /** Storage resource id, file system id. */
  const fileResources = async () =>
    (await client.all('filesystem', { fields: 'id,storageResource' })).flatMap((content) => {
      const [resource, id] = [reference(content['storageResource']), identifier(content['id'])];
      return resource !== undefined && id !== undefined ? [[resource, id] as const] : [];
    });
  const records = async <T>(type: ResourceName, make: (content: Foreign, id: string) => T) =>
    withId(await client.all(type), make);

  return {
    async getStorage() {
      const [system] = await client.all('system');
      if (!system) throw new InvalidResponse('the array says nothing of itself (type system)');
      const [capacity] = (await added(all('systemCapacity'))) ?? [];
      const version = await added(() => readVersion(client));
      return toStorage({ system, capacity, version, disks: await added(disks) });
    },
    listStoragePools: () => records('pool', toPool),
    listVolumes: () => records('lun', toVolume),
    async listVolumeGroups() {
      const groups = (await client.all('storageResource')).filter(isConsistencyGroup);
      return toVolumeGroups(groupsOf(groups, 'luns'));
    },
    listControllers: () => records('storageProcessor', toController),
    listDisks: disks,
    async listPorts() {
      const interfaces = await added(all('ipInterface'));
      const addresses = interfaces && toAddresses(interfaces);
      return parts.union([
        kind(all('ethernetPort'), (content, id) => toEthernetPort(content, id, addresses)),
        kind(all('fcPort'), toFcPort),
        kind(all('sasPort'), toSasPort),
        kind(all('linkAggregation'), (content, id) => toAggregation(content, id, addresses)),
      ]);
    },
    listFilesystems: async () => withId(await filesystems(), toFilesystem),
    listQtrees: async () => withId(await treeQuotas(), toQtree),
    listQuotas: () =>
      parts.union([kind(treeQuotas, toTreeQuota), kind(all('userQuota'), toUserQuota)]),
    async listShares() {
      const parents = toShareParents(await added(filesystems), await added(treeQuotas));
      return parts.union([
        kind(all('cifsShare'), (content, id) => toShare(content, id, 'cifs', parents)),
        kind(all('nfsShare'), (content, id) => toShare(content, id, 'nfs', parents)),
      ]);
    },
    async listStorageHosts() {
      const hosts = await client.all('host');
      const ports = await added(all('hostIPPort'));
      const addresses = ports && toHostAddresses(ports);
      return withId(hosts, (content, id) => toHost(content, id, addresses));
    },
    listStorageHostInitiators: () => records('hostInitiator', toInitiator),
    listStorageHostGroups: async () =>
      toHostGroups(groupsOf(await client.all('hostGroup'), 'hosts')),
    listMaskingViews: () => records('hostLUN', toMaskingView),
    listComponents: () =>
      parts.union(
        (Object.keys(PART_TYPES) as ResourceName[]).map((name) =>
          kind(all(name), (content, id) => toComponent(content, id, PART_TYPES[name] ?? 'other')),
        ),
      ),
    async listReplications() {
      const sessions = await client.all('replicationSession');
      const systems = sessions.length > 0 ? await added(all('remoteSystem')) : [];
      const files = sessions.some(isOfFile) ? await added(fileResources) : [];
      const ends = { systems: systems && namesOf(systems), filesystems: files && new Map(files) };
      return withId(sessions, (content, id) => toReplication(content, id, ends, now()));
    },
    async listAlertSources() {
      const interfaces = await client.all('mgmtInterface');
      return interfaces.flatMap((one) => text(one['ipAddress']) ?? []);
    },
    getAccessUrl: async () => client.origin,
  };
}

/** UnityVSA has virtual disks instead. */
async function readDisks(client: Client, told: Parts) {
  const disks = withId((await client.all('disk', {}, told)).filter(isDisk), toDisk);
  if (disks.length > 0) return disks;
  const virtual = await told.ifAny(() => client.all('virtualDisk', {}, told));
  return withId((virtual ?? []).filter(isDisk), toVirtualDisk);
}

/** Another collection is asked only where this one has no version. */
async function readVersion(client: Client): Promise<string | undefined> {
  const installed = await client.parts.ifAny(() => client.all('installedSoftwareVersion'));
  const version = toVersion(installed?.[0]);
  if (version !== undefined) return version;
  const [basic] = await client.all('basicSystemInfo');
  return text(basic?.['softwareVersion']);
}

function namesOf(contents: readonly Foreign[]): Map<string, string> {
  return new Map(withId(contents, (content, id) => [id, label(content['name']) ?? id]));
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
  client: Client,
  type: ResourceType,
): Promise<ReadonlyMap<string, string>> {
  const { parts } = client;
  const names = new Map<string, string>();
  for (const collection of NAMED[type] ?? []) {
    const read = () => client.all(collection, { fields: 'id,name' });
    const contents = await parts.addedIfAny(read);
    for (const [id, name] of namesOf(contents ?? [])) names.set(id, name);
  }
  return names;
}
