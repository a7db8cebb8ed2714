/** What the command line alone can say about system, CPGs, volumes and hosts: a backend without `rest`. */
import {
  compact,
  identifier,
  InvalidResponse,
  lookup,
  remainder,
  scaled,
  text,
  type Foreign,
  type StorageHost,
  type StoragePool,
  type Volume,
} from 'delfin-agent/driver';
import { MIB, operatingSystem, sum } from './records.ts';
import type { Row, Table, TableShape } from './table.ts';

export const SHAPES = {
  cpgs: { titles: ['id', 'name'], rowStart: /^\d+$/ },
  volumes: { titles: ['id', 'name'], rowStart: /^\d+$/ },
} as const satisfies Record<string, TableShape>;

/** Releases without one of the columns get the next command; what is in use comes with columns only. */
export const VOLUME_COMMANDS = [
  'showvv -showcols Id,Name,Prov,Compr,Dedup,State,UsrCPG,VV_WWN,Usr_Used_MB,VSize_MB',
  'showvv -showcols Id,Name,Prov,State,UsrCPG,VV_WWN,Usr_Used_MB,VSize_MB',
  'showvv',
] as const;

const STATES = {
  normal: 'available',
  degraded: 'error',
  failed: 'error',
  unknown: 'unknown',
} as const;

const PROVISIONING = {
  full: 'thick',
  cpvv: 'thick',
  peer: 'thick',
  dds: 'thick',
  tpvv: 'thin',
  tdvv: 'thin',
  snp: 'thin',
} as const;

/** `showsys -d`: "Title : value" lines, in the names the Web Services API has for them. */
const SYSTEM_TITLES: Readonly<Record<string, string>> = {
  'system name': 'name',
  'system model': 'model',
  'serial number': 'serialNumber',
  'total capacity': 'totalCapacityMiB',
  'allocated capacity': 'allocatedCapacityMiB',
  'free capacity': 'freeCapacityMiB',
  location: 'location',
  comment: 'comment',
};

/** `showversion -b` names the release before its components: "Release version 3.3.1.410 (MU2)". */
export function systemOf(showsys: string, showversion: string): Foreign {
  const system: Record<string, unknown> = {};
  for (const line of showsys.split('\n')) {
    const [, title, value] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    const name = SYSTEM_TITLES[title?.toLowerCase() ?? ''];
    if (name) system[name] ??= text(value);
  }
  if (Object.keys(system).length === 0) {
    throw new InvalidResponse('"showsys -d": nothing about the array');
  }
  const version = /release version\s+(\d+(?:\.\d+)+)/i.exec(showversion)?.[1];
  return version ? { ...system, systemVersion: version } : system;
}

/**
 * `showcpg`: the columns of space stand below group titles, which differ by release:
 * "Usr / Snp / Adm" with Total and Used, or "Base Snp Shared Free Total".
 */
export function cpgsOf(table: Table): StoragePool[] {
  return table.rows.map(({ cells }) => {
    const totals = table.titles.filter((title) => /^total(#\d)?$/.test(title));
    const used = table.titles.filter((title) => /^used(#\d)?$/.test(title));
    const values = (titles: readonly string[]) =>
      sum(titles.map((title) => scaled(cells[title], MIB)));
    const total = values(totals);
    const free = scaled(cells['free'], MIB);
    const occupied = values(used) ?? remainder(total, free);
    const name = identifier(cells['name']);
    return compact<StoragePool>({
      native_storage_pool_id: cells['id'] ?? '',
      name,
      description: name && `Hpe 3par CPG:${name}`,
      storage_type: 'block',
      total_capacity: total,
      used_capacity: occupied,
      free_capacity: remainder(total, occupied) ?? free,
    });
  });
}

export function toVolume({ cells }: Row, pools: ReadonlyMap<string, string>): Volume {
  const total = scaled(cells['vsize_mb'] ?? cells['vsize'], MIB);
  const used = scaled(cells['usr_used_mb'], MIB);
  return compact<Volume>({
    native_volume_id: cells['id'] ?? '',
    name: identifier(cells['name']),
    type: lookup(PROVISIONING, text(cells['prov'])?.toLowerCase()),
    status: lookup(STATES, text(cells['state'] ?? cells['detailed_state'])?.toLowerCase()),
    native_storage_pool_id: pools.get(cells['usrcpg'] ?? ''),
    wwn: text(cells['vv_wwn']),
    total_capacity: total,
    used_capacity: used,
    free_capacity: remainder(total, used),
    compressed: yes(cells['compr']),
    deduplicated: yes(cells['dedup']),
  });
}

export function toHosts(rows: readonly Row[]): StorageHost[] {
  const names = new Map(rows.map(({ cells }) => [cells['id'] ?? '', cells]));
  return Array.from(names).flatMap(([id, cells]) => {
    const name = cells['name'];
    if (!name || /^-+$/.test(id)) return [];
    return compact<StorageHost>({
      native_storage_host_id: id,
      name,
      os_type: operatingSystem(text(cells['os'])),
      status: 'normal',
    });
  });
}

function yes(written: string | undefined): boolean | undefined {
  const value = text(written)?.toLowerCase();
  return value === undefined ? undefined : value === 'yes' || /^v\d/.test(value);
}
