/** Hosts, what they log in with, sets and exports: who sees what. */
import {
  byPath,
  compact,
  flag,
  identifier,
  objects,
  recordsOf,
  StorageHostInitiatorSchema,
  StorageHostSchema,
  text,
  type byId,
  type Foreign,
  type Group,
  type MaskingView,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import { positionOf, printed } from './records.ts';
import { OPERATING_SYSTEMS } from './states.ts';

/** An object by its name; none where they could not be read. */
export type Named = ReturnType<typeof byId>;

export const toHosts = recordsOf(StorageHostSchema, {
  native_storage_host_id: 'id',
  // The entry that holds the paths of no host has no name.
  name: ({ name }) => identifier(name) ?? null,
  description: byPath('descriptors.comment', text),
  os_type: byPath('descriptors.os', (written) => {
    const os = text(written);
    return os && (OPERATING_SYSTEMS.find(([pattern]) => pattern.test(os))?.[1] ?? os);
  }),
  ip_address: 'descriptors.IPAddr',
});

/** FC, iSCSI, NVMe and SAS paths of a host, and those of no host. */
function pathsOf(host: Foreign) {
  const hostId = identifier(host['name']) && identifier(host['id']);
  return ['FCPaths', 'iSCSIPaths', 'iSCSINames', 'NVMETCPPaths', 'SASPaths'].flatMap((field) =>
    objects(host[field]).flatMap((path) => {
      const wwn = text(path['wwn']) ?? text(path['name']) ?? text(path['nqn']);
      return wwn ? [{ wwn, hostId, loggedIn: positionOf(path['portPos']) !== undefined }] : [];
    }),
  );
}

const makeInitiators = recordsOf(StorageHostInitiatorSchema, {
  native_storage_host_initiator_id: 'wwn',
  native_storage_host_id: 'hostId',
  name: 'wwn',
  wwn: 'wwn',
  type: ({ wwn }) => initiatorType(String(wwn)),
  status: ({ loggedIn }) => (loggedIn ? 'online' : 'offline'),
});

/** Initiators, each once, however many paths it has: online if it is logged in at any port of the array. */
export function toInitiators(hosts: readonly Foreign[]): StorageHostInitiator[] {
  const byWwn = Map.groupBy(hosts.flatMap(pathsOf), ({ wwn }) => wwn);
  return makeInitiators(
    Array.from(byWwn, ([wwn, own]) => ({
      wwn,
      hostId: own.find(({ hostId }) => hostId !== undefined)?.hostId,
      loggedIn: own.some(({ loggedIn }) => loggedIn),
    })),
  );
}

function initiatorType(wwn: string): NonNullable<StorageHostInitiator['type']> {
  if (/^(iqn|eui|naa)\./i.test(wwn)) return 'iscsi';
  return /^nqn\./i.test(wwn) ? 'nvme-of' : 'fc';
}

/** Sets and their members; one that is not known is none. Without an id the core drops and counts the set. */
export function setsOf(sets: readonly Foreign[], named: Named): Group[] {
  return sets.map(({ id, name, comment, setmembers }) => ({
    id: identifier(id) ?? '',
    name: identifier(name),
    description: text(comment),
    members: [setmembers].flat().flatMap((member) => identifier(named(member)?.['id']) ?? []),
  }));
}

/** Active exports are what a template has led to on one path: listed are the templates. */
export function templatesOf(vluns: readonly Foreign[]): readonly Foreign[] {
  const templates = vluns.filter((vlun) => flag(vlun['active']) !== true);
  return templates.length > 0 ? templates : vluns;
}

const portGroupId = (port: string) => `port_group_${port}`;

/** The array has no port groups: a port that an export names is one of its own. */
export function portGroupsOf(vluns: readonly Foreign[]): Group[] {
  const ports = new Set(vluns.flatMap(({ portPos }) => positionOf(portPos) ?? []));
  return Array.from(ports, (port) => {
    const id = portGroupId(port);
    return { id, name: id, description: id, members: [port] };
  });
}

/** What exports name. */
type Ends = Readonly<Record<'hosts' | 'hostSets' | 'volumes' | 'volumeSets', Named>>;

/** Without an export of something that has gone between two commands, or is not known. */
export function toMaskingViews(vluns: readonly Foreign[], ends: Ends): MaskingView[] {
  return vluns.flatMap((vlun) => {
    const [lun, volumeName = ''] = [identifier(vlun['lun']), identifier(vlun['volumeName'])];
    const [hostName, port] = [identifier(vlun['hostname']), positionOf(vlun['portPos'])];
    const volume = refer(volumeName, ends.volumes, ends.volumeSets);
    const host = hostName === undefined ? undefined : refer(hostName, ends.hosts, ends.hostSets);
    const isKnown = hostName === undefined ? port : host;
    if (!volume || !isKnown) return [];
    // Matched sets name the initiator, too.
    const parts = [lun ?? '', port, printed(vlun['remoteName']), hostName, volumeName];
    return compact<MaskingView>({
      native_masking_view_id: parts.filter((part) => part !== undefined).join('_'),
      name: lun ?? '',
      native_storage_host_id: host?.item,
      native_storage_host_group_id: host?.set,
      native_volume_id: volume.item,
      native_volume_group_id: volume.set,
      native_port_group_id: port && portGroupId(port),
    });
  });
}

/** Names of sets begin with "set:". */
const SET = 'set:';

function refer(name: string, items: Named, sets: Named) {
  const set = name.startsWith(SET) ? identifier(sets(name.slice(SET.length))?.['id']) : undefined;
  const item = name.startsWith(SET) ? undefined : identifier(items(name)?.['id']);
  return (item ?? set) ? { item, set } : undefined;
}
