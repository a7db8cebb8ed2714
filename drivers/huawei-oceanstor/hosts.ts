/** DeviceManager objects -> records: hosts, initiators, groups and mapping views. */
import {
  compact,
  identifier,
  lookup,
  text,
  type Foreign,
  type MaskingView,
  type StorageHost,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import { reference, written } from './records.ts';
import {
  healthOf,
  INITIATOR_KIND,
  INITIATOR_STATE,
  INITIATOR_TYPE,
  OPERATING_SYSTEM,
} from './states.ts';

/** Object types, as ASSOCIATEOBJTYPE names them. */
export const HOST_GROUP_TYPE = '14';
export const VOLUME_GROUP_TYPE = '256';
export const PORT_GROUP_TYPE = '257';

export interface InitiatorKind {
  readonly path: string;
  readonly type: string;
}

export const INITIATOR_KINDS: readonly InitiatorKind[] = [
  { path: '/fc_initiator', type: '223' },
  { path: '/iscsi_initiator', type: '222' },
  { path: '/ib_initiator', type: '16499' },
  { path: '/NVMe_over_RoCE_initiator', type: '57870' },
];

export function toInitiator(initiator: Foreign, kind: InitiatorKind): StorageHostInitiator {
  const id = identifier(initiator['ID']) ?? '';
  return compact<StorageHostInitiator>({
    native_storage_host_initiator_id: id,
    native_storage_host_id: reference(initiator['PARENTID']),
    name: written(initiator['NAME']),
    description: INITIATOR_KIND[kind.type],
    alias: id,
    type: lookup(INITIATOR_TYPE, kind.type),
    status: lookup(INITIATOR_STATE, text(initiator['RUNNINGSTATUS'])),
    wwn: id,
  });
}

export function toHost(host: Foreign): StorageHost {
  return compact<StorageHost>({
    native_storage_host_id: identifier(host['ID']) ?? '',
    name: written(host['NAME']),
    description: written(host['DESCRIPTION']),
    os_type: OPERATING_SYSTEM[text(host['OPERATIONSYSTEM']) ?? ''],
    status: healthOf(host),
    ip_address: text(host['IP']),
  });
}

/** A group of hosts, ports or LUNs with the ids of its members. */
export interface Group {
  readonly id: string;
  readonly type: string;
  readonly name: string | undefined;
  readonly description: string | undefined;
}

export function toGroup(group: Foreign, type: string): Group | undefined {
  const id = identifier(group['ID']);
  if (id === undefined) return undefined;
  return {
    id,
    type: text(group['TYPE']) ?? type,
    name: written(group['NAME']),
    description: written(group['DESCRIPTION']),
  };
}

/** What a mapping view ties together: the ids of its groups. */
export interface ViewGroups {
  readonly hosts?: string;
  readonly volumes?: string;
  readonly ports?: string;
}

export function toMaskingView(view: Foreign, groups: ViewGroups): MaskingView {
  return compact<MaskingView>({
    native_masking_view_id: identifier(view['ID']) ?? '',
    name: written(view['NAME']),
    description: written(view['DESCRIPTION']),
    native_storage_host_group_id: groups.hosts,
    native_volume_group_id: groups.volumes,
    native_port_group_id: groups.ports,
  });
}
