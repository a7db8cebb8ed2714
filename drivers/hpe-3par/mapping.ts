/** Command line tables -> records of mapping: initiators, host sets, volume sets, VLUN templates. */
import {
  compact,
  type MaskingView,
  type PortGroups,
  type StorageHostGroups,
  type VolumeGroups,
} from 'delfin-agent/driver';
import type { Path } from './records.ts';
import type { Row, TableShape } from './table.ts';

export const SHAPES = {
  sets: { titles: ['id', 'name', 'members'], rowStart: /^\d+$/, wordy: ['comment'], silent: true },
  hostPaths: { titles: ['id', 'name'], rowStart: /^(\d+|--+)$/, silent: true },
  names: { titles: ['id', 'name'], rowStart: /^\d+$/ },
  vluns: {
    titles: ['lun', 'vvname', 'hostname'],
    rowStart: /^\d+$/,
    wordy: ['type'],
    silent: true,
  },
} as const satisfies Record<string, TableShape>;

const SET = 'set:';

/** A set of hosts or of volumes, members by name. */
export interface NamedSet {
  readonly id: string;
  readonly name: string;
  readonly comment: string | undefined;
  readonly members: readonly string[];
}

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

/** Ids by name. */
export type Ids = ReadonlyMap<string, string>;

/** The first member stands in the row of the set, the others below it. */
export function toSet({ cells, more }: Row): NamedSet {
  return {
    id: cells['id'] ?? '',
    name: cells['name'] ?? '',
    comment: printed(cells['comment']),
    members: [cells['members'], ...more.map((words) => words[0])].flatMap(
      (name) => printed(name) ?? [],
    ),
  };
}

/** Further paths of a host stand in rows of their own or, in older releases, below its first one. */
export function toPaths({ cells, more }: Row): Path[] {
  const hostId = printed(cells['id']);
  const first = [titled(cells, 'wwn/iscsi_name'), cells['port']];
  return [first, ...more].flatMap(([name, port]): Path[] => {
    const wwn = printed(name);
    return wwn === undefined ? [] : [{ wwn, hostId, loggedIn: printed(port) !== undefined }];
  });
}

export function toVlun({ cells }: Row): Vlun {
  return {
    lun: cells['lun'] ?? '',
    volume: cells['vvname'] ?? '',
    host: printed(cells['hostname']),
    port: printed(cells['port']),
    initiator: printed(titled(cells, 'host_wwn')),
  };
}

export function idsByName(rows: readonly Row[]): Ids {
  return new Map(rows.map(({ cells }) => [cells['name'] ?? '', cells['id'] ?? '']));
}

export function idsOfSets(sets: readonly NamedSet[]): Ids {
  return new Map(sets.map((set) => [set.name, set.id]));
}

export function toHostGroups(sets: readonly NamedSet[], hosts: Ids): StorageHostGroups {
  return {
    storage_host_groups: sets.map((set) =>
      compact({
        native_storage_host_group_id: set.id,
        name: set.name,
        description: set.comment,
      }),
    ),
    storage_host_grp_host_rels: relations(sets, hosts).map(([group, host]) => ({
      native_storage_host_group_id: group,
      native_storage_host_id: host,
    })),
  };
}

export function toVolumeGroups(sets: readonly NamedSet[], volumes: Ids): VolumeGroups {
  return {
    volume_groups: sets.map((set) =>
      compact({ native_volume_group_id: set.id, name: set.name, description: set.comment }),
    ),
    vol_grp_vol_rels: relations(sets, volumes).map(([group, volume]) => ({
      native_volume_group_id: group,
      native_volume_id: volume,
    })),
  };
}

/** The array has no port groups: a port that an export names is one of its own. */
export function toPortGroups(vluns: readonly Vlun[]): PortGroups {
  const ports = [...new Set(vluns.flatMap(({ port }) => port ?? []))];
  return {
    port_groups: ports.map((port) => ({
      native_port_group_id: portGroupId(port),
      name: portGroupId(port),
      description: portGroupId(port),
    })),
    port_grp_port_rels: ports.map((port) => ({
      native_port_group_id: portGroupId(port),
      native_port_id: port,
    })),
  };
}

export interface MappingIds {
  readonly hosts: Ids;
  readonly hostSets: Ids;
  readonly volumes: Ids;
  readonly volumeSets: Ids;
}

/** Undefined for an export of something that has gone between two commands. */
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

function refer(name: string, items: Ids, sets: Ids): { item?: string; set?: string } | undefined {
  if (name.startsWith(SET)) {
    const set = sets.get(name.slice(SET.length));
    return set === undefined ? undefined : { set };
  }
  const item = items.get(name);
  return item === undefined ? undefined : { item };
}

function relations(sets: readonly NamedSet[], ids: Ids): (readonly [string, string])[] {
  return sets.flatMap((set) =>
    set.members.flatMap((member) => {
      const id = ids.get(member);
      return id === undefined ? [] : [[set.id, id] as const];
    }),
  );
}

function portGroupId(port: string): string {
  return `port_group_${port}`;
}

/** Newer releases name more kinds of initiators in the same title. */
function titled(cells: Row['cells'], start: string): string | undefined {
  return Object.entries(cells).find(([title]) => title.startsWith(start))?.[1];
}

/** Blank columns are printed as dashes. */
function printed(value: string | undefined): string | undefined {
  return value === undefined || /^-*$/.test(value) ? undefined : value;
}
