/** What the command line is asked, and the tables that it prints: all rows of data, read by `tables.ts`. */
import type { TableShape } from 'delfin-agent/driver';

/** A table of a command. */
export interface CommandTable extends TableShape {
  /** There may be more lines than are expected. */
  readonly atLeast?: boolean;
}

/** The titles by which the tables are known; other columns may be missing and cost their field. */
export const SHAPES = {
  cpgs: { titles: ['id', 'name'], closing: true },
  volumes: { titles: ['id', 'name'], closing: true },
  hostPaths: { titles: ['id', 'name'], rowStart: /^(\d+|--+)$/ },
  sets: { titles: ['id', 'name', 'members'], closing: true, wordy: ['comment'] },
  vluns: { titles: ['lun', 'vvname'], closing: true, wordy: ['type'] },
  nodes: { titles: ['node', 'name'] },
  nodeCpus: { titles: ['node', 'cpu'] },
  supplies: { titles: ['node', 'ps'], rowStart: /^\d+(,\d+)*$/, atLeast: true },
  batteries: { titles: ['node', 'ps', 'bat'], rowStart: /^\d+(,\d+)*$/, atLeast: true },
  cages: { titles: ['id', 'name'] },
  disks: { titles: ['id', 'cagepos'], closing: true },
  diskWear: { titles: ['id', 'cagepos'] },
  diskInventory: { titles: ['id', 'cagepos'], wordy: ['mfr', 'model'] },
  ports: { titles: ['n:s:p', 'mode'], rowStart: /^\d+:\d+:\d+$/, closing: true, wordy: ['label'] },
  port: { titles: ['n:s:p'], rowStart: /^\d+:\d+:\d+$/, wordy: ['label', 'device', 'model'] },
  closedPort: { titles: ['n:s:p'], rowStart: /^\d+:\d+:\d+$/, closing: true, wordy: ['label', 'device', 'model'] },
  health: { titles: ['component'], rowStart: /^[A-Za-z]\S*$/ },
} as const satisfies Record<string, CommandTable>; // prettier-ignore

export type Shape = keyof typeof SHAPES;
/** Title -> name in the WSAPI; `*`: newer releases name more kinds, or another unit, in the same title. */
export type Names = Readonly<Record<string, string>>;

/** A collection that both interfaces have. */
export interface Collection {
  readonly what: string;
  readonly path: string;
  /** What the command line alone tells. */
  readonly lacks?: string;
  /** Releases without one of the columns get the next command; `lacks`: what the WSAPI alone tells then. */
  readonly commands: readonly { readonly command: string; readonly lacks?: string }[];
  readonly shape: Shape;
  /** The WSAPI tells more. */
  readonly restFirst?: boolean;
}

/** `paths` are hosts with their initiators. */
export const COLLECTIONS = {
  cpgs: { what: 'CPGs', path: '/cpgs', shape: 'cpgs', restFirst: true, commands: [
    { command: 'showcpg', lacks: 'the status of CPGs' },
  ] },
  volumes: { what: 'volumes', path: '/volumes', shape: 'volumes', restFirst: true, commands: [
    { command: 'showvv -showcols Id,Name,Prov,Compr,Dedup,State,UsrCPG,VV_WWN,Usr_Used_MB,VSize_MB', lacks: 'descriptions of volumes' },
    { command: 'showvv -showcols Id,Name,Prov,State,UsrCPG,VV_WWN,Usr_Used_MB,VSize_MB', lacks: 'compression and deduplication of volumes' },
    { command: 'showvv', lacks: 'pool, wwn and use of volumes' },
  ] },
  hosts: { what: 'hosts', path: '/hosts', shape: 'hostPaths', restFirst: true, commands: [
    { command: 'showhost -d', lacks: 'descriptions of hosts' },
  ] },
  paths: { what: 'initiators', path: '/hosts', shape: 'hostPaths', commands: [{ command: 'showhost -d' }] },
  hostSets: { what: '/hostsets', path: '/hostsets', shape: 'sets', commands: [{ command: 'showhostset -d' }] },
  volumeSets: { what: '/volumesets', path: '/volumesets', shape: 'sets', commands: [{ command: 'showvvset -d' }] },
  disks: { what: 'disks', path: '/disks', shape: 'disks', lacks: 'temperature and wear of disks', commands: [{ command: 'showpd' }] },
  ports: { what: 'ports', path: '/ports', shape: 'ports', lacks: 'the highest speed of ports', commands: [{ command: 'showport' }] },
  vluns: { what: '/vluns', path: '/vluns', shape: 'vluns', commands: [{ command: 'showvlun -t' }] },
} as const satisfies Record<string, Collection>; // prettier-ignore

export type CollectionName = keyof typeof COLLECTIONS;

/** A command whose rows add to those of another one. */
export interface Supplement {
  readonly command: string;
  /** What is lost where a release lacks it; absent: there is nothing of the kind then. */
  readonly lacks?: string;
  readonly shape: Shape;
  /** For so long the last rows do: reading them is work for each disk. */
  readonly keepMs?: number;
}

export const VERSIONS = { command: 'showeeprom', lacks: 'software versions of nodes' } as const;

export const PROCESSORS: Supplement = {
  command: 'shownode -cpu', shape: 'nodeCpus', lacks: 'processors of nodes',
}; // prettier-ignore

/** A supplement with rows for those of a list. */
export interface Joined extends Supplement {
  /** It has a row for each of this type, whether it has a closing line or not. */
  readonly lists?: string;
  /** Asked for only where there is one of such a type. */
  readonly only?: RegExp;
  /** Columns of the list that say the same less well: of no use where this could not be read. */
  readonly instead?: Names;
}

/** A list with its supplements, all of one key; of a name that several have the first that tells it holds. */
export interface Join {
  readonly names: Names;
  readonly added: Names;
  readonly supplements: readonly Joined[];
}

export const JOINS = {
  disks: {
    names: {
      id: 'id', cagepos: 'position', type: 'type', rpm: 'RPM', state: 'state', total: 'totalSizeMiB',
      size: 'totalSizeMiB',
    },
    added: {
      serial: 'serialNumber', mfr: 'manufacturer', model: 'model', fw_rev: 'fwVersion',
      'lifeleft*': 'lifeLeft', rd_uerr: 'rd_uerr', wr_uerr: 'wr_uerr',
    },
    supplements: [
      { command: 'showpd -i', shape: 'diskInventory', lacks: 'makers, models and serial numbers of disks', lists: 'any' },
      { command: 'showpd -e', shape: 'diskWear', lists: 'any', only: /^(ssd|scm)$/i, keepMs: 21_600_000 },
    ],
  },
  ports: {
    names: {
      'n:s:p': 'portPos', state: 'linkState', type: 'type', 'port_wwn/hw_addr': 'portWWN',
      'node_wwn/ip': 'IPAddr',
    },
    added: {
      hwtype: 'protocol', maxrate: 'maxRate', ipaddr: 'IPAddr', 'netmask/prefixlen': 'netmask',
      netmask: 'netmask', rate: 'rate',
    },
    // The protocol of a port would name another type than its hardware does.
    supplements: [
      { command: 'showport -i', shape: 'port', lacks: 'the hardware of ports', lists: 'any', instead: { protocol: 'protocol' } },
      { command: 'showport -par', shape: 'port', lacks: 'the highest speed of ports', lists: 'any' },
      { command: 'showport -iscsi', shape: 'port', lists: 'iscsi' },
      { command: 'showport -rcip', shape: 'closedPort' },
      { command: 'showport -fs', shape: 'port', lists: 'fs' },
      { command: 'showport -c', shape: 'closedPort', lacks: 'the speed of FC ports' },
      { command: 'showport -fcoe', shape: 'port' },
    ],
  },
} as const satisfies Record<string, Join>; // prettier-ignore

export const NAMES = {
  volumes: {
    id: 'id', name: 'name', prov: 'provisioningType', compr: 'compressionState',
    dedup: 'deduplicationState', detailed_state: 'state', state: 'state', usrcpg: 'userCPG',
    vv_wwn: 'wwn', usr_used: 'totalUsedMiB', vsize: 'sizeMiB',
  },
  vluns: { lun: 'lun', vvname: 'volumeName', hostname: 'hostname', port: 'portPos', 'host_wwn*': 'remoteName' },
  system: {
    'system name': 'name', 'system model': 'model', 'serial number': 'serialNumber',
    'number of nodes': 'totalNodes', 'total capacity': 'totalCapacityMiB',
    'allocated capacity': 'allocatedCapacityMiB', 'free capacity': 'freeCapacityMiB',
    location: 'location', comment: 'comment',
  },
} as const satisfies Record<string, Names>; // prettier-ignore

/** What `checkhealth` is asked about. */
export const CHECKED = [
  'vv', 'vlun', 'task', 'snmp', 'port', 'pd', 'node', 'network', 'ld', 'dar', 'cage', 'cabling',
] as const; // prettier-ignore
