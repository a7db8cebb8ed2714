/** Enumerations of the REST API (its OpenAPI document, 4.0) and what they are here. */

/** ClusterStateEnum: "normal" is a cluster that is configured, whatever is being changed in it. */
export const CLUSTER_STATES = {
  Configured: 'normal',
  Expanding: 'normal',
  Removing: 'normal',
  Unconfigured: 'unknown',
  Configuring: 'unknown',
  Core_Initialization: 'unknown',
  Post_Core_Initialization: 'unknown',
  Unconfigured_Faulted: 'abnormal',
  Clustering_Failed: 'abnormal',
  Core_Initialization_Failed: 'abnormal',
  Removed: 'offline',
  Unknown: 'unknown',
} as const;

/** HardwareLifecycleStateEnum; what passes while it starts says nothing of its health. */
export const EMPTY = 'Empty';
const STARTING = {
  Uninitialized: 'unknown',
  Initializing: 'unknown',
  Prepare_Failed: 'unknown',
  Trigger_Update: 'unknown',
  Prepare_Reset: 'unknown',
} as const;

export const HEALTH_STATES = {
  ...STARTING,
  Healthy: 'normal',
  Failed: 'abnormal',
  Disconnected: 'offline',
  Replaced: 'offline',
} as const;

export const CONTROLLER_STATES = { ...HEALTH_STATES, Failed: 'fault' } as const;

export const COMPONENT_STATES = {
  ...STARTING,
  Healthy: 'ok',
  Failed: 'failed',
  Disconnected: 'missing',
  Replaced: 'missing',
} as const;

/** Of the SFP in a port; a port without one is not broken. */
export const PORT_STATES = {
  ...STARTING,
  Healthy: 'normal',
  Failed: 'abnormal',
  Disconnected: 'unknown',
  Replaced: 'unknown',
  Empty: 'unknown',
} as const;

/** BondStatusEnum. */
export const BOND_STATES = { Healthy: 'normal', Degraded: 'abnormal', Failed: 'abnormal' } as const;

/** HardwareTypeEnum without Node and Drive, which have lists of their own. */
export const COMPONENT_TYPES = {
  Appliance: 'other',
  Base_Enclosure: 'enclosure',
  Expansion_Enclosure: 'enclosure',
  Power_Supply: 'power_supply',
  IO_Module: 'module',
  Link_Control_Card: 'module',
  Access_Module: 'module',
  SFP: 'sfp',
  Battery: 'battery',
  DIMM: 'memory',
  M2_Drive: 'other',
  CDB: 'other',
  Fan: 'fan',
} as const;

/** HardwareDriveTypeEnum. */
export const DRIVE_TYPES = {
  SAS_SSD: 'ssd',
  NVMe_SSD: 'nvme-ssd',
  NVMe_SSD_QLC: 'nvme-ssd',
  NVMe_SCM: 'nvme-ssd',
  NVMe_NVRAM: 'unknown',
  NVMe_Virtual: 'vmdisk',
  Unknown: 'unknown',
} as const;

/** VolumeStateEnum. */
export const VOLUME_STATES = {
  Ready: 'available',
  Initializing: 'unknown',
  Offline: 'error',
  Destroying: 'unknown',
} as const;

export const APPLIANCE_MODES = { Unified: 'unified', Block: 'block' } as const;

/** NASServerOperationalStatusEnum: a file system has no state but that of its server. */
export const NAS_STATES = {
  Started: 'normal',
  Degraded: 'faulty',
  Stopped: 'unknown',
  Starting: 'unknown',
  Stopping: 'unknown',
  Failover: 'unknown',
  Unknown: 'unknown',
} as const;

/** FileSystemAccessPolicyEnum, FileSystemFLRModeEnum. */
export const ACCESS_POLICIES = { Native: 'native', UNIX: 'unix', Windows: 'ntfs' } as const;
export const FLR_MODES = {
  None: 'non_worm',
  Enterprise: 'enterprise',
  Compliance: 'compliance',
} as const;

/** InitiatorProtocolTypeEnum. */
export const INITIATOR_TYPES = {
  FC: 'fc',
  iSCSI: 'iscsi',
  NVMe: 'nvme-of',
  NVMe_vVol: 'nvme-of',
} as const;

/** ReplicationSessionTypeEnum, ReplicationRoleEnum. */
export const REPLICATION_TYPES = {
  Asynchronous: 'async',
  Synchronous: 'sync',
  Metro_Active_Active: 'active_active',
} as const;
export const REPLICATION_ROLES = {
  Source: 'source',
  Destination: 'target',
  Metro_Preferred: 'both',
  Metro_Non_Preferred: 'both',
} as const;

/** ReplicationStateEnum; System_Paused is an operation that failed and waits for somebody. */
export const REPLICATION_STATES = {
  OK: 'normal',
  Initializing: 'syncing',
  Synchronizing: 'syncing',
  Resuming: 'syncing',
  Reprotecting: 'syncing',
  Switching_To_Metro_Sync: 'syncing',
  Switching_To_Synchronous: 'syncing',
  Fractured: 'degraded',
  Partial_OK: 'degraded',
  Partial_Failed_Over: 'degraded',
  Partial_Failed_Back: 'degraded',
  Partial_Paused: 'degraded',
  Partial_Reprotected: 'degraded',
  Paused: 'suspended',
  Pausing: 'suspended',
  Paused_For_Migration: 'suspended',
  Paused_For_NDU: 'suspended',
  Failed_Over: 'suspended',
  Failing_Over: 'suspended',
  Failing_Over_For_DR: 'suspended',
  System_Paused: 'failed',
  Error: 'failed',
  Deleting: 'unknown',
  Modify_Role_In_Progress: 'unknown',
  Partial_Cutover_For_Migration: 'unknown',
} as const;
