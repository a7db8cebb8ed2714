/** Rows of the command line as records: hosts, their initiators, host clusters, mappings. */
import {
  compact,
  toHostGroups,
  identifier,
  lookup,
  number,
  text,
  type MaskingView,
  type StorageHost,
  type StorageHostGroups,
  type StorageHostInitiator,
} from 'delfin-agent/driver';
import { firstOf, partsOf, type Detail, type Row } from './table.ts';

const HOST_STATUS = {
  online: 'normal',
  offline: 'offline',
  degraded: 'degraded',
  mask: 'unknown',
} as const;

/** The host type is a way of addressing, which only for some names the operating system. */
const OS_TYPE: Readonly<Record<string, string>> = {
  generic: 'Unknown',
  tpgs: 'Unknown',
  vvol: 'Unknown',
  hpux: 'HP-UX',
  openvms: 'Open VMS',
};

export function hostOf(detail: Detail): StorageHost {
  const host = firstOf(detail);
  return compact<StorageHost>({
    native_storage_host_id: host['id'] ?? '',
    name: identifier(host['name']),
    os_type: OS_TYPE[host['type']?.toLowerCase() ?? ''],
    status: lookup(HOST_STATUS, host['status']),
  });
}

const INITIATOR_TYPES = {
  WWPN: 'fc',
  iscsi_name: 'iscsi',
  SAS_WWPN: 'sas',
  SASWWPN: 'sas',
  nqn: 'nvme-of',
} as const;
const INITIATOR_NAMES = Object.keys(INITIATOR_TYPES) as (keyof typeof INITIATOR_TYPES)[];

/** Active: commands of late; inactive: logged in, but silent; degraded: not on every node. */
const INITIATOR_STATUS = {
  active: 'online',
  inactive: 'online',
  degraded: 'online',
  offline: 'offline',
} as const;

/** The details state how many ports follow. */
export function hasItsPorts(detail: Detail): boolean {
  const stated = number(firstOf(detail)['port_count']) ?? 0;
  return partsOf(detail, INITIATOR_NAMES).length >= stated;
}

export function initiatorsOf(detail: Detail): StorageHostInitiator[] {
  const host = firstOf(detail)['id'];
  return partsOf(detail, INITIATOR_NAMES).flatMap((part) => {
    const kind = INITIATOR_NAMES.find((name) => name in part);
    const name = kind && text(part[kind]);
    if (!kind || name === undefined) return [];
    const record = compact<StorageHostInitiator>({
      native_storage_host_initiator_id: name,
      native_storage_host_id: host,
      name,
      wwn: name,
      type: INITIATOR_TYPES[kind],
      status: lookup(INITIATOR_STATUS, part['state']),
    });
    return [record];
  });
}

export function hostClustersOf(clusters: readonly Row[], hosts: readonly Row[]): StorageHostGroups {
  const members = Map.groupBy(hosts, (host) => text(host['host_cluster_id']));
  return toHostGroups(
    clusters.map(({ id = '', name }) => ({
      id,
      name: identifier(name),
      members: (members.get(id) ?? []).flatMap((host) => host['id'] || []),
    })),
  );
}

/** One mapping of a volume to a host; those of a host cluster are printed for each of its hosts. */
export function maskingViewsOf(rows: readonly Row[]): MaskingView[] {
  const views = new Map<string, MaskingView>();
  for (const row of rows) {
    const host = row['id'];
    const volume = row['vdisk_id'];
    if (!host || !volume) continue;
    const id = `${host}_${volume}`;
    views.set(id, {
      native_masking_view_id: id,
      name: id,
      native_storage_host_id: host,
      native_volume_id: volume,
    });
  }
  return [...views.values()];
}
