/** What is known about one backend right now. Immutable: replaced, never edited. */
import type { MetricName, ResourceType } from '../driver/metrics.ts';
import type {
  Component,
  Controller,
  Disk,
  Filesystem,
  MaskingView,
  Port,
  PortGroup,
  PortGroupRelation,
  Qtree,
  Quota,
  Replication,
  Share,
  Storage,
  StorageHost,
  StorageHostGroup,
  StorageHostGroupRelation,
  StorageHostInitiator,
  StoragePool,
  Volume,
  VolumeGroup,
  VolumeGroupRelation,
} from '../driver/records.ts';
import type { Severity } from '../driver/alerts.ts';

/** The last good records by list. A list that the array lacks, that is excluded or withdrawn is absent. */
export interface Inventory {
  readonly storage?: Storage;
  readonly storage_pools?: readonly StoragePool[];
  readonly volumes?: readonly Volume[];
  readonly controllers?: readonly Controller[];
  readonly ports?: readonly Port[];
  readonly disks?: readonly Disk[];
  readonly quotas?: readonly Quota[];
  readonly filesystems?: readonly Filesystem[];
  readonly qtrees?: readonly Qtree[];
  readonly shares?: readonly Share[];
  readonly storage_host_initiators?: readonly StorageHostInitiator[];
  readonly storage_hosts?: readonly StorageHost[];
  readonly storage_host_groups?: readonly StorageHostGroup[];
  readonly storage_host_grp_host_rels?: readonly StorageHostGroupRelation[];
  readonly port_groups?: readonly PortGroup[];
  readonly port_grp_port_rels?: readonly PortGroupRelation[];
  readonly volume_groups?: readonly VolumeGroup[];
  readonly vol_grp_vol_rels?: readonly VolumeGroupRelation[];
  readonly masking_views?: readonly MaskingView[];
  readonly components?: readonly Component[];
  readonly replications?: readonly Replication[];
}

/** What samples are about. */
export interface PerfResource {
  readonly id: string;
  readonly name?: string;
}

/**
 * The samples of one measure of many resources, in base units (By, By/s, s, 1, {operation}/s): a row
 * is one sample. The rows of a resource are next to each other, in the order of their times.
 */
export interface PerfColumns {
  readonly name: MetricName;
  readonly resource_type: ResourceType;
  readonly resources: readonly PerfResource[];
  /** Epoch ms of the array's samples. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export interface Snapshot {
  /** The backend's configured name. */
  readonly system: string;
  readonly vendor: string;
  readonly model: string;
  /** Labels the operator configured. */
  readonly labels: Readonly<Record<string, string>>;
  /** The last collection worked. */
  readonly up: boolean;
  readonly inventory: Inventory;
  /** Lists of which nothing was missing when they were read last: what they lack is not there. */
  readonly wholeLists?: ReadonlySet<keyof Inventory>;
  /** Epoch ms of the inventory; undefined before the first and after it was withdrawn. */
  readonly inventoryTime?: number;
  /** The newest samples, one row per (type, id, name), withdrawn ones left out. */
  readonly performance: readonly PerfColumns[];
  /** Active alerts by severity; undefined where neither polls nor traps have said anything. */
  readonly activeAlerts?: Readonly<Record<Severity, number>>;
}
