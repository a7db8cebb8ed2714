/** Words of Unisphere for states, kinds and roles. */
import type { Component, Port, Replication } from 'delfin-agent/driver';

/** Of arrays and pools; newer microcode only. */
export const RELIABILITY = {
  OPTIMAL: 'normal',
  NORMAL: 'normal',
  DEGRADED: 'degraded',
  'DEGRADED-NOREBUILD': 'degraded',
  'DEGRADED-REBUILD': 'degraded',
  FAILED: 'abnormal',
} as const;

export const VOLUME_STATES = {
  Ready: 'available',
  'Not Ready': 'available',
  Mixed: 'available',
  'Write Disabled': 'available',
  'N/A': 'error',
} as const;

/** Of directors. */
export const AVAILABILITY = {
  ON: 'normal',
  ONLINE: 'normal',
  OFF: 'offline',
  OFFLINE: 'offline',
  PENDON: 'normal',
  PENDOFF: 'offline',
  DEGRADED: 'degraded',
  DEAD: 'fault',
  FAILED: 'fault',
} as const;

export const LINK_STATES = {
  ON: 'connected',
  ONLINE: 'connected',
  PENDON: 'connected',
  OFF: 'disconnected',
  OFFLINE: 'disconnected',
  PENDOFF: 'disconnected',
} as const;

/** Words in a port's type, and in the protocols that a PowerMax 2500/8500 states instead. */
export const TECHNOLOGIES = [
  ['FICON', 'ficon'],
  ['FCOE', 'fcoe'],
  ['FIBRE', 'fc'],
  ['GIGE', 'eth'],
  ['ETH', 'eth'],
  ['SAS', 'sas'],
  ['_FC', 'fc'],
  ['ISCSI', 'iscsi'],
  ['TCP', 'eth'],
] as const;

/** A director's id begins with its emulation. */
export const EMULATIONS: Readonly<Record<string, Port['logical_type']>> = {
  FA: 'frontend',
  FE: 'frontend',
  FN: 'frontend',
  EA: 'frontend',
  EF: 'frontend',
  SE: 'frontend',
  OR: 'frontend',
  DA: 'backend',
  DF: 'backend',
  DX: 'backend',
  IM: 'management',
  EM: 'management',
  ED: 'service',
  RF: 'other',
  RE: 'other',
  RA: 'other',
};
/** Where the emulation is unknown, the letter at the end tells the slot. */
export const SLOTS: Readonly<Record<string, Port['logical_type']>> = {
  A: 'management',
  B: 'service',
  C: 'backend',
};

/** Tests of a health check that are about hardware. */
export const TESTS: Readonly<Record<string, Component['type']>> = {
  Battery: 'battery',
  Environmentals: 'other',
  Memory: 'memory',
  'Spare Drives': 'other',
  'Vault State': 'other',
};

/** SRDF modes. */
export const MODES = {
  SYNCHRONOUS: 'sync',
  ASYNCHRONOUS: 'async',
  'ADAPTIVE COPY': 'async',
  ADAPTIVECOPYDISK: 'async',
  ADAPTIVECOPYWP: 'async',
  ACTIVE: 'active_active',
  METRO: 'active_active',
} as const;

/** R21 is the target of one and the source of the next. */
export const SIDES: Readonly<Record<string, Replication['role']>> = {
  R1: 'source',
  R11: 'source',
  R2: 'target',
  R22: 'target',
  R21: 'both',
};

/** Of SRDF pairs, without blanks, in lower case. */
export const PAIRS: Readonly<Record<string, Replication['status']>> = {
  synchronized: 'normal',
  consistent: 'normal',
  activeactive: 'normal',
  activebias: 'normal',
  syncinprog: 'syncing',
  r1updinprog: 'syncing',
  r1updated: 'syncing',
  transmitidle: 'degraded',
  transidle: 'degraded',
  mixed: 'degraded',
  suspended: 'suspended',
  split: 'suspended',
  failedover: 'suspended',
  partitioned: 'failed',
  invalid: 'failed',
};
/** Best first. */
export const WORSE = ['normal', 'syncing', 'degraded', 'suspended', 'failed'] as const;
