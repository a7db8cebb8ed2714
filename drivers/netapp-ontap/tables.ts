/** Code tables: what the API's words mean in the seed's terms. A word that is not in its table is unknown. */

export const AGGREGATE_STATES = {
  online: 'normal',
  relocating: 'normal',
  onlining: 'degraded',
  restricted: 'degraded',
  offlining: 'offline',
  offline: 'offline',
  unmounted: 'offline',
  inconsistent: 'abnormal',
  failed: 'abnormal',
  unknown: 'unknown',
} as const;

export const NODE_STATES = {
  up: 'normal',
  degraded: 'degraded',
  waiting_for_giveback: 'degraded',
  booting: 'offline',
  taken_over: 'offline',
  down: 'fault',
  unknown: 'unknown',
} as const;

/** Of LUNs and namespaces: states beside online are errors, or somebody's wish. */
export const UNIT_STATES = {
  online: 'available',
  offline: 'error',
  nvfail: 'error',
  space_error: 'error',
  foreign_lun_error: 'error',
} as const;

export const CONTAINER_STATES = {
  online: 'available',
  aggregate_offline: 'error',
  volume_offline: 'error',
} as const;

export const DISK_STATES = {
  present: 'normal',
  spare: 'normal',
  zeroing: 'normal',
  partner: 'normal',
  copy: 'degraded',
  maintenance: 'degraded',
  reconstructing: 'degraded',
  unfail: 'degraded',
  broken: 'abnormal',
  removed: 'offline',
  pending: 'unknown',
} as const;

export const DISK_TYPES = {
  ata: 'ata',
  bsas: 'sata',
  fcal: 'fc',
  fsas: 'nl-sas',
  lun: 'lun',
  msata: 'sata',
  sas: 'sas',
  ssd: 'ssd',
  ssd_cap: 'ssd',
  ssd_nvm: 'nvme-ssd',
  ssd_zns: 'nvme-ssd',
  vmdisk: 'vmdisk',
  unknown: 'unknown',
} as const;

export const CONTAINERS = {
  aggregate: 'aggregate',
  broken: 'broken',
  foreign: 'foreign',
  labelmaint: 'labelmaint',
  maintenance: 'maintenance',
  mediator: 'mediator',
  remote: 'remote',
  shared: 'shared',
  spare: 'spare',
  unassigned: 'unassigned',
  unknown: 'unknown',
  unsupported: 'unsupported',
} as const;

/** `mixed` is a FlexGroup whose constituents are in different states. */
export const FILESYSTEM_STATES = {
  online: 'normal',
  offline: 'faulty',
  restricted: 'faulty',
  error: 'faulty',
  mixed: 'faulty',
} as const;

export const SECURITY_STYLES = {
  unix: 'unix',
  ntfs: 'ntfs',
  mixed: 'mixed',
  unified: 'mixed',
} as const;

export const GUARANTEES = { volume: 'thick', none: 'thin' } as const;

export const SNAPLOCK = {
  non_snaplock: 'non_worm',
  compliance: 'compliance',
  enterprise: 'enterprise',
} as const;

export const QUOTA_TYPES = { tree: 'tree', user: 'user', group: 'group' } as const;

export const FC_LINKS = {
  online: 'connected',
  link_not_connected: 'disconnected',
  link_disconnected: 'disconnected',
  offlined_by_user: 'disconnected',
  offlined_by_system: 'disconnected',
  startup: 'unknown',
  node_offline: 'unknown',
  unknown: 'unknown',
} as const;

/** A port without a cable, or that somebody has switched off, is not broken. */
export const FC_HEALTH = {
  online: 'normal',
  link_disconnected: 'abnormal',
  offlined_by_system: 'abnormal',
  link_not_connected: 'unknown',
  offlined_by_user: 'unknown',
  startup: 'unknown',
  node_offline: 'unknown',
  unknown: 'unknown',
} as const;

export const FC_TYPES = { fibre_channel: 'fc', ethernet: 'fcoe' } as const;

export const LINKS = { up: 'connected', degraded: 'connected', down: 'disconnected' } as const;

export const ETHERNET_HEALTH = { up: 'normal', degraded: 'abnormal', down: 'unknown' } as const;

export const LAYERS = {
  physical: 'physical',
  lag: 'if-group',
  vlan: 'vlan',
  pvlan: 'vlan',
} as const;

export const SYSTEMS = {
  aix: 'AIX',
  hpux: 'HP-UX',
  hyper_v: 'Hyper-V',
  linux: 'Linux',
  netware: 'NetWare',
  openvms: 'OpenVMS',
  solaris: 'Solaris',
  vmware: 'VMware ESXi',
  windows: 'Windows',
  xen: 'XenServer',
} as const;

/** Paths of all initiators of a group to the nodes that serve it. */
export const GROUP_CONNECTIONS = {
  full: 'normal',
  partial: 'degraded',
  none: 'offline',
  no_initiators: 'unknown',
  no_lun_maps: 'unknown',
} as const;

export const CONNECTIONS = {
  full: 'online',
  partial: 'online',
  none: 'offline',
  no_lun_maps: 'unknown',
} as const;

export const PART_STATES = { ok: 'ok', error: 'failed', unknown: 'unknown' } as const;

/** Of both `threshold_state` and `discrete_state`. */
export const SENSOR_STATES = {
  normal: 'ok',
  warn_low: 'degraded',
  warn_high: 'degraded',
  crit_low: 'failed',
  crit_high: 'failed',
  bad: 'failed',
  failed: 'failed',
  fault: 'failed',
  init_failed: 'failed',
  not_present: 'missing',
  disabled: 'unknown',
  ignored: 'unknown',
  invalid: 'unknown',
  not_available: 'unknown',
  retry: 'unknown',
  uninitialized: 'unknown',
  unknown: 'unknown',
} as const;

export const SENSOR_TYPES = {
  thermal: 'temperature',
  fan: 'fan',
  voltage: 'voltage',
  battery_life: 'battery',
  nvmem: 'battery',
  fru: 'module',
  agent: 'other',
  counter: 'other',
  current: 'other',
  discrete: 'other',
  minutes: 'other',
  percent: 'other',
  unknown: 'other',
} as const;

export const FRU_TYPES = {
  fan: 'fan',
  psu: 'power_supply',
  dimm: 'memory',
  pcie: 'module',
  nvs: 'module',
  module: 'module',
  controller: 'module',
  disk: 'other',
} as const;

/** The battery that keeps the write log (NVRAM) of a node. */
export const BATTERY_STATES = {
  battery_ok: 'ok',
  battery_fully_charged: 'ok',
  battery_partially_discharged: 'degraded',
  battery_near_end_of_life: 'predicted_failure',
  battery_at_end_of_life: 'failed',
  battery_fully_discharged: 'failed',
  battery_over_charged: 'degraded',
  battery_not_present: 'missing',
  battery_unknown: 'unknown',
} as const;

export const REPLICATION_TYPES = { async: 'async', sync: 'sync', continuous: 'async' } as const;

export const REPLICATION_STATES = {
  snapmirrored: 'normal',
  in_sync: 'normal',
  synchronizing: 'syncing',
  out_of_sync: 'degraded',
  broken_off: 'suspended',
  paused: 'suspended',
  uninitialized: 'suspended',
} as const;
