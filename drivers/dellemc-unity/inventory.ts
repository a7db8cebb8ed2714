/** The lists of the contract: which collections make which records. */
import {
  byId,
  collectionsOf,
  groupsWith,
  identifier,
  sum,
  text,
  toHostGroups,
  toVolumeGroups,
  type DriverContext,
  type Parts,
  type Session,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import type { ResourceName } from './fields.ts';
import * as files from './file-records.ts';
import { PORT_KINDS, toAddresses } from './ports.ts';
import * as records from './records.ts';
import { PARTS } from './tables.ts';

export function createInventory(client: Client, { now }: Pick<DriverContext, 'now'>) {
  const sources = createSources(client);
  return {
    ...blockLists(sources),
    ...hardwareLists(sources),
    ...hostLists(sources),
    ...fileLists(sources),
    async listReplications() {
      const sessions = await client.all('replicationSession');
      if (sessions.length === 0) return [];
      const remote = byId(await sources.added(sources.all('remoteSystem')));
      const resources = () => client.all('filesystem', { fields: 'id,storageResource' });
      const ends = sessions.some(records.isOfFile) ? await sources.added(resources) : [];
      return records.toReplications(ends, now())(sessions, ({ remoteSystem }) => ({
        remote: remote(records.reference(remoteSystem)),
      }));
    },
    getAccessUrl: () => Promise.resolve(client.origin),
  } satisfies Partial<Session>;
}

type Sources = ReturnType<typeof createSources>;

/** What several lists of a round are made of. */
function createSources(client: Client) {
  const { parts } = client;
  const collections = collectionsOf(parts, (name: ResourceName, told) =>
    client.all(name, {}, told),
  );
  const { shared, single } = collections;
  return {
    ...collections,
    client,
    parts,
    added: parts.addedIfAny,
    system: single('system'),
    disks: parts.shared((told) => readDisks(client, told)),
    filesystems: shared('filesystem'),
    treeQuotas: shared('treeQuota'),
  };
}

/** UnityVSA has virtual disks instead. */
async function readDisks(client: Client, told: Parts) {
  const disks = (await client.all('disk', {}, told)).filter(records.isDisk);
  if (disks.length > 0) return records.toDisks(disks);
  const virtual = await told.ifAny(() => client.all('virtualDisk', {}, told));
  return records.toVirtualDisks((virtual ?? []).filter(records.isDisk));
}

function blockLists({ client, parts, added, all, list, system, disks }: Sources) {
  /** Another collection is asked only where this one has no version. */
  const release = async () => {
    const installed = await parts.ifAny(all('installedSoftwareVersion'));
    const version = records.releaseOf(installed?.[0]);
    if (version !== undefined) return version;
    return text((await client.all('basicSystemInfo'))[0]?.['softwareVersion']);
  };
  return {
    async getStorage() {
      const own = await system();
      return records.toStorage({
        ...(await added(all('systemCapacity')))?.[0],
        ...own,
        release: await added(release),
        // Without the size of one of them it is not known.
        raw: sum(((await added(disks)) ?? []).map(({ capacity }) => capacity)),
      });
    },
    listStoragePools: list('pool', records.toPools),
    listVolumes: list('lun', records.toVolumes),
    async listVolumeGroups() {
      const groups = (await client.all('storageResource')).filter(records.isConsistencyGroup);
      return toVolumeGroups(groupsWith(groups, 'luns'));
    },
  };
}

function hardwareLists({ parts, added, all, kind, list, disks }: Sources) {
  return {
    listControllers: list('storageProcessor', records.toControllers),
    listDisks: disks,
    async listPorts() {
      const addresses = toAddresses(await added(all('ipInterface')));
      return parts.union(
        PORT_KINDS.map(({ name, make }) => kind(name, (ports) => make(ports, addresses))),
      );
    },
    listComponents: () =>
      parts.union(PARTS.map(([name, type]) => kind(name, records.toComponents(type)))),
    listAlertSources: list('mgmtInterface', (interfaces) =>
      interfaces.flatMap((one) => text(one['ipAddress']) ?? []),
    ),
  };
}

function hostLists({ client, added, all, list }: Sources) {
  return {
    async listStorageHosts() {
      const hosts = await client.all('host');
      const addresses = records.toHostAddresses(await added(all('hostIPPort')));
      return records.toHosts(hosts, ({ id }) => ({ on: addresses.get(identifier(id) ?? '') }));
    },
    listStorageHostInitiators: list('hostInitiator', records.toInitiators),
    listStorageHostGroups: async () =>
      toHostGroups(groupsWith(await client.all('hostGroup'), 'hosts')),
    listMaskingViews: list('hostLUN', records.toMaskingViews),
  };
}

function fileLists({ parts, added, kind, list, filesystems, treeQuotas }: Sources) {
  return {
    listFilesystems: list(filesystems, files.toFilesystems),
    listQtrees: list(treeQuotas, files.toQtrees),
    listQuotas: () =>
      parts.union([kind(treeQuotas, files.toTreeQuotas), kind('userQuota', files.toUserQuotas)]),
    async listShares() {
      const toShares = files.toShares(await added(filesystems), await added(treeQuotas));
      return parts.union([kind('cifsShare', toShares('cifs')), kind('nfsShare', toShares('nfs'))]);
    },
  };
}
