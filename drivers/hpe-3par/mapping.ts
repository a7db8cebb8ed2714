/** Sets and exports -> groups, their members, port groups, masking views. */
import {
  compact,
  identifier,
  text,
  type Foreign,
  type Group,
  type MaskingView,
} from 'delfin-agent/driver';
import type { Ids } from './array.ts';
import { positionOf, printed } from './records.ts';

const SET = 'set:';

/** An export: who sees which volume, by which port. Names of sets begin with "set:". */
export interface Vlun {
  readonly lun: string;
  readonly volume: string;
  readonly host: string | undefined;
  /** N:S:P. */
  readonly port: string | undefined;
  /** Matched sets name the initiator, too. */
  readonly initiator: string | undefined;
}

export function toVlun(vlun: Foreign): Vlun {
  return {
    lun: identifier(vlun['lun']) ?? '',
    volume: identifier(vlun['volumeName']) ?? '',
    host: identifier(vlun['hostname']),
    port: positionOf(vlun['portPos']),
    initiator: printed(vlun['remoteName']),
  };
}

/** Sets and their members, of which the ids are `ids`; without these no member is known. */
export function setsOf(sets: readonly Foreign[], ids: Ids | undefined): Group[] {
  return sets.map((set) => ({
    id: identifier(set['id']) ?? '',
    name: identifier(set['name']),
    description: text(set['comment']),
    members: (Array.isArray(set['setmembers']) ? set['setmembers'] : []).flatMap(
      (member) => ids?.get(identifier(member) ?? '') ?? [],
    ),
  }));
}

/** The array has no port groups: a port that an export names is one of its own. */
export function portGroupsOf(vluns: readonly Vlun[]): Group[] {
  const ports = [...new Set(vluns.flatMap(({ port }) => port ?? []))];
  return ports.map((port) => {
    const id = portGroupId(port);
    return { id, name: id, description: id, members: [port] };
  });
}

/** What could not be read is absent. */
export interface MappingIds {
  readonly hosts?: Ids;
  readonly hostSets?: Ids;
  readonly volumes?: Ids;
  readonly volumeSets?: Ids;
}

/** Undefined for an export of something that has gone between two commands, or is not known. */
export function toMaskingView(vlun: Vlun, ids: MappingIds): MaskingView | undefined {
  const volume = refer(vlun.volume, ids.volumes, ids.volumeSets);
  const host = vlun.host === undefined ? {} : refer(vlun.host, ids.hosts, ids.hostSets);
  if (!volume || !host || (vlun.host === undefined && vlun.port === undefined)) return undefined;
  const parts = [vlun.lun, vlun.port, vlun.initiator, vlun.host, vlun.volume];
  return compact<MaskingView>({
    native_masking_view_id: parts.filter((part) => part !== undefined).join('_'),
    name: vlun.lun,
    native_storage_host_id: host.item,
    native_storage_host_group_id: host.set,
    native_volume_id: volume.item,
    native_volume_group_id: volume.set,
    native_port_group_id: vlun.port && portGroupId(vlun.port),
  });
}

function refer(
  name: string,
  items: Ids | undefined,
  sets: Ids | undefined,
): { item?: string; set?: string } | undefined {
  if (name.startsWith(SET)) {
    const set = sets?.get(name.slice(SET.length));
    return set === undefined ? undefined : { set };
  }
  const item = items?.get(name);
  return item === undefined ? undefined : { item };
}

function portGroupId(port: string): string {
  return `port_group_${port}`;
}
