/** What the Web Services API alone can say about ports, sets and exports: a backend without `ssh`. */
import {
  compact,
  flag,
  identifier,
  isObject,
  lookup,
  number,
  text,
  type Foreign,
  type Port,
} from 'delfin-agent/driver';
import { address, bitsPerSecond, hardwareAddress, networkAddress } from './hardware.ts';
import type { NamedSet, Vlun } from './mapping.ts';

/** `linkState`. */
const LINK_STATES = {
  1: 'disconnected', 2: 'disconnected', 3: 'disconnected', 4: 'connected', 5: 'disconnected',
  6: 'disconnected', 7: 'disconnected', 8: 'disconnected', 9: 'disconnected', 10: 'disconnected',
  11: 'disconnected', 12: 'disconnected', 13: 'disconnected', 14: 'disconnected',
} as const; // prettier-ignore
/** Error state, coredump, firmware dead. */
const FAULTY = new Set([6, 7, 9, 11]);

/** `protocol`: 1 FC, 2 iSCSI, 3 FCoE, 4 IP, 5 SAS, 6 NVMe. */
const PROTOCOLS = { 1: 'fc', 2: 'iscsi', 3: 'fcoe', 4: 'eth', 5: 'sas', 6: 'other' } as const;

/** `type`: 1 host, 2 disk, 3 free, 4 internal, 5 RCFC, 6 peer, 7 RCIP, 8 iSCSI, 9 CNA, 10 FS. */
const RCIP = 7;
const ROLES: Readonly<Record<number, Port['logical_type']>> = {
  1: 'frontend',
  2: 'backend',
  8: 'frontend',
};

export function positionOf(position: unknown): string | undefined {
  if (!isObject(position)) return undefined;
  const parts = [position['node'], position['slot'], position['cardPort']].map(identifier);
  return parts.every((part) => part !== undefined) ? parts.join(':') : undefined;
}

export function toPort(port: Foreign): Port {
  const id = positionOf(port['portPos']) ?? '';
  const iscsi = isObject(port['iSCSIPortInfo']) ? port['iSCSIPortInfo'] : {};
  const state = number(port['linkState']);
  return compact<Port>({
    native_port_id: id,
    name: id,
    location: id,
    type: port['type'] === RCIP ? 'rcip' : lookup(PROTOCOLS, port['protocol']),
    logical_type: ROLES[Number(port['type'])],
    connection_status: lookup(LINK_STATES, port['linkState']),
    health_status: healthOf(state),
    native_parent_id: id.split(':')[0],
    speed: bitsPerSecond(iscsi['rate']),
    ...hardwareAddress(port['portWWN'] ?? port['portWwn'] ?? port['HWAddr']),
    ...networkAddress(address(port['IPAddr'] ?? iscsi['IPAddr']), address(iscsi['netmask'])),
  });
}

function healthOf(state: number | undefined): Port['health_status'] {
  if (state === undefined) return undefined;
  return FAULTY.has(state) ? 'abnormal' : 'normal';
}

export function toSet(set: Foreign): NamedSet {
  const members = Array.isArray(set['setmembers']) ? set['setmembers'] : [];
  return {
    id: identifier(set['id']) ?? '',
    name: identifier(set['name']) ?? '',
    comment: text(set['comment']),
    members: members.flatMap((member) => identifier(member) ?? []),
  };
}

/** Templates only: an active VLUN is what a template has led to on one path. */
export function toVluns(members: readonly Foreign[]): Vlun[] {
  const templates = members.filter((member) => flag(member['active']) !== true);
  const chosen = templates.length > 0 ? templates : members;
  return chosen.map((member) => ({
    lun: identifier(member['lun']) ?? '',
    volume: identifier(member['volumeName']) ?? '',
    host: identifier(member['hostname']),
    port: positionOf(member['portPos']),
    initiator: text(member['remoteName']),
  }));
}
