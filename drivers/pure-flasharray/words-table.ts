/** Purity's words by the contract's. A word that a table lacks is unknown. */
import type { AlertType, Severity } from 'delfin-agent/driver';

type Words<T extends string = string> = Readonly<Record<string, T>>;

/** How this array serves a pod. */
export const POD_STATES = {
  online: 'normal',
  offline: 'offline',
  resyncing: 'degraded',
  suspended: 'degraded',
  unknown: 'unknown',
} as const;
/** How another array of the pod keeps up. */
export const STRETCH_STATES = {
  online: 'normal',
  resyncing: 'syncing',
  suspended: 'suspended',
  offline: 'failed',
  unknown: 'unknown',
} as const;
export const LINK_STATES = {
  replicating: 'normal',
  baselining: 'syncing',
  paused: 'suspended',
  quiescing: 'suspended',
  quiesced: 'suspended',
  idle: 'suspended',
  unhealthy: 'failed',
} as const;
export const LINK_ROLES = { outbound: 'source', inbound: 'target' } as const;
export const TARGET_STATES = {
  replicating: 'normal',
  suspended: 'suspended',
  disallowed: 'failed',
} as const;

export const PERSONALITIES: Words = {
  aix: 'AIX',
  esxi: 'VMware ESXi',
  'hitachi-vsp': 'Hitachi VSP',
  hpux: 'HP-UX',
  'oracle-vm-server': 'Oracle VM Server',
  solaris: 'Solaris',
  vms: 'OpenVMS',
};
export const HOST_STATES = {
  healthy: 'normal',
  unhealthy: 'degraded',
  critical: 'abnormal',
  unknown: 'unknown',
} as const;

export const CONTROLLER_STATES = {
  ready: 'normal',
  updating: 'degraded',
  'not ready': 'fault',
  unknown: 'unknown',
} as const;

/** Of drives, and of the bays they sit in. */
export const DISK_STATES = {
  healthy: 'normal',
  ok: 'normal',
  updating: 'degraded',
  recovering: 'degraded',
  degraded: 'degraded',
  unhealthy: 'abnormal',
  failed: 'abnormal',
  critical: 'abnormal',
  missing: 'offline',
  // In use or not, nothing is said of its health.
  unadmitted: 'unknown',
  unrecognized: 'unknown',
  identifying: 'unknown',
  unused: 'unknown',
  unknown: 'unknown',
} as const;
export const DISK_TECHNOLOGIES = { NVMe: 'nvme-ssd', SAS: 'ssd' } as const;
export const DISK_ROLES = {
  SSD: 'data',
  NVRAM: 'cache',
  cache: 'cache',
  virtual: 'data',
  drive_bay: 'data',
  nvram_bay: 'cache',
} as const;

export const COMPONENT_TYPES = {
  chassis: 'enclosure',
  storage_shelf: 'enclosure',
  cooling: 'fan',
  temp_sensor: 'temperature',
  power_supply: 'power_supply',
  sas_module: 'module',
  direct_compress_accelerator: 'module',
} as const;
export const COMPONENT_STATES = {
  ok: 'ok',
  healthy: 'ok',
  degraded: 'degraded',
  unhealthy: 'failed',
  critical: 'failed',
  not_installed: 'missing',
  unused: 'unknown',
  identifying: 'unknown',
  unknown: 'unknown',
} as const;

export const PORT_TYPES = {
  eth_port: 'eth',
  fc_port: 'fc',
  sas_port: 'sas',
  ib_port: 'ib',
  eth: 'eth',
  fc: 'fc',
} as const;
export const PORT_HEALTH = {
  ok: 'normal',
  healthy: 'normal',
  degraded: 'abnormal',
  unhealthy: 'abnormal',
  critical: 'abnormal',
  unused: 'unknown',
  identifying: 'unknown',
  unknown: 'unknown',
} as const;
/** What a port is for, by service; of several the first of these. */
export const SERVICES = {
  'scsi-fc': 'frontend',
  'nvme-fc': 'frontend',
  iscsi: 'frontend',
  'nvme-tcp': 'frontend',
  'nvme-roce': 'frontend',
  file: 'frontend',
  management: 'management',
  replication: 'intercluster',
  app: 'service',
} as const;
/** By the shape of an interface that has no service, and by the hardware of what has no interface. */
export const SHAPES: Words<'if-group' | 'backend' | 'interconnect'> = {
  bond: 'if-group',
  lacp_bond: 'if-group',
  failover_bond: 'if-group',
  sas_port: 'backend',
  ib_port: 'interconnect',
};

export const PROTOCOLS = { 'policies/nfs': 'nfs', 'policies/smb': 'cifs' } as const;

export const SEVERITIES: Words<Severity> = {
  critical: 'Critical',
  warning: 'Warning',
  info: 'Informational',
  hidden: 'Informational',
};
/** By the last number of the notification. */
export const TRAP_SEVERITIES: Words<Severity> = {
  50: 'Informational',
  51: 'Warning',
  52: 'Critical',
};
export const ALERT_TYPES: Words<AlertType> = {
  array: 'NotSpecified',
  hardware: 'EquipmentAlarm',
  software: 'ProcessingErrorAlarm',
};

export const TRAP_ABILITIES = {
  array: 'a FlashArray',
  auth: { md5: 'MD5', sha: 'SHA' },
  priv: { aes: 'AES', des: 'DES' },
} as const;
