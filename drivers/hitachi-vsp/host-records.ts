/** Who is connected: host groups, the initiators registered in them, and their LU paths. Pure. */
import {
  compact,
  flag,
  identifier,
  isObject,
  text,
  type Foreign,
  type MaskingView,
  type StorageHost,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import type { LoggedIn } from './hosts.ts';
import { ldevName } from './records.ts';

/** A host group of a Fibre Channel port or a target of an iSCSI port, with what is registered in it. */
export interface Group {
  readonly id: string;
  readonly portId: string;
  readonly number: string;
  readonly name: string | undefined;
  readonly hostMode: string | undefined;
  readonly initiators: readonly Initiator[];
}

/** One registration of an initiator in one group: the array's notion of a host. */
export interface Initiator {
  readonly hostId: string;
  readonly name: string;
  readonly nickname: string | undefined;
  readonly type: 'fc' | 'iscsi';
  readonly portId: string;
}

/** Undefined for an element without its ids, and for a group number that is not in use. */
export function toGroup(group: Foreign, initiators: readonly Initiator[] = []): Group | undefined {
  const portId = identifier(group['portId']);
  const number = identifier(group['hostGroupNumber']);
  if (portId === undefined || number === undefined || flag(group['isDefined']) === false)
    return undefined;
  return {
    id: joined(group['hostGroupId']) ?? `${portId}_${number}`,
    portId,
    number,
    name: identifier(group['hostGroupName']),
    hostMode: text(group['hostMode']),
    initiators,
  };
}

/** Fields of `host-wwns` and `host-iscsis`. */
const FIELDS = {
  fc: { id: 'hostWwnId', name: 'hostWwn', nickname: 'wwnNickname' },
  iscsi: { id: 'hostIscsiId', name: 'iscsiName', nickname: 'iscsiNickname' },
} as const;

export function toInitiator(
  member: Foreign,
  type: 'fc' | 'iscsi',
  group: Group,
): Initiator | undefined {
  const fields = FIELDS[type];
  const name = text(member[fields.name]);
  if (name === undefined) return undefined;
  const nickname = identifier(member[fields.nickname]);
  return {
    hostId: joined(member[fields.id]) ?? `${group.id}_${name}`,
    name,
    nickname: nickname === '-' ? undefined : nickname,
    type,
    portId: group.portId,
  };
}

/** Host modes as people call the systems; the array's own list is longer. */
const OS_TYPE: Readonly<Record<string, string>> = {
  'HP-UX': 'HP-UX', SOLARIS: 'Solaris', AIX: 'AIX', WIN: 'Windows', WIN_EX: 'Windows',
  'LINUX/IRIX': 'Linux', OVMS: 'Open VMS', VMWARE: 'VMware ESX', VMWARE_EX: 'VMware ESX',
}; // prettier-ignore

export function toHosts(group: Group, loggedIn: LoggedIn): StorageHost[] {
  return group.initiators.map((initiator) => {
    const online = isOnline(initiator, loggedIn);
    return compact<StorageHost>({
      native_storage_host_id: initiator.hostId,
      name: initiator.nickname ?? initiator.name,
      os_type: group.hostMode && (OS_TYPE[group.hostMode] ?? 'Unknown'),
      status: online === undefined ? undefined : online ? 'normal' : 'offline',
    });
  });
}

/**
 * An initiator is registered once per port it uses; it is one initiator all the same. `complete`: the
 * registrations of every group are known; else nothing is said that another one might change.
 */
export function toInitiators(
  groups: readonly Group[],
  loggedIn: LoggedIn,
  complete: boolean,
): StorageHostInitiator[] {
  const registrations = Map.groupBy(
    groups.flatMap((group) => group.initiators),
    (initiator) => initiator.name,
  );
  return [...registrations].map(([name, everywhere]) => {
    const states = everywhere.map((initiator) => isOnline(initiator, loggedIn));
    return compact<StorageHostInitiator>({
      native_storage_host_initiator_id: name,
      native_storage_host_id: complete ? everywhere[0]?.hostId : undefined,
      name,
      alias: complete
        ? everywhere.find((initiator) => initiator.nickname !== undefined)?.nickname
        : undefined,
      type: everywhere[0]?.type,
      status: complete ? overall(states) : undefined,
      wwn: name,
    });
  });
}

function isOnline(initiator: Initiator, loggedIn: LoggedIn): boolean | undefined {
  return loggedIn.get(initiator.portId)?.has(initiator.name.toLowerCase());
}

function overall(states: readonly (boolean | undefined)[]): 'online' | 'offline' | undefined {
  if (states.includes(true)) return 'online';
  return states.includes(false) ? 'offline' : undefined;
}

export function membersOf({ id, name, initiators }: Group) {
  return { id, name, members: initiators.map(({ hostId }) => hostId) };
}

export function toMaskingView(path: Foreign, group: Group): MaskingView {
  const lun = identifier(path['lun']);
  const id =
    identifier(path['lunId']) ??
    (lun === undefined ? undefined : `${group.portId},${group.number},${lun}`);
  return compact<MaskingView>({
    native_masking_view_id: joined(id),
    name: id,
    native_storage_host_group_id: group.id,
    native_volume_id: ldevName(path['ldevId']),
  });
}

/** The API joins ids by commas, which lists of ids are separated by: CL1-A,0 becomes CL1-A_0. */
function joined(id: unknown): string | undefined {
  return identifier(id)?.replaceAll(',', '_');
}

/** iSCSI targets have a name of their own; so have their ports a type, where it is known. */
export function isIscsi(group: Foreign, port: Foreign | undefined): boolean {
  if (text(group['iscsiName']) !== undefined) return true;
  return isObject(port) && port['portType'] === 'ISCSI';
}
