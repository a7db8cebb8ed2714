/** The simulated array in its own terms. */
export const GENERATIONS = ['oe5', 'oe4', 'vsa'] as const;
export type Generation = (typeof GENERATIONS)[number];

/** Value of HealthEnum and identifiers of its reasons; 12 is no value that the enumeration has. */
export interface Health {
  readonly value: number;
  readonly reasons: readonly string[];
}
/** What snapshots do with the space of a LUN or a file system. */
interface Snapped {
  readonly snapCount: number;
}

export interface Lun extends Snapped {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly health: Health;
  readonly type: number;
  readonly sizeTotal: number;
  readonly sizeAllocated: number;
  readonly isThin: boolean;
  readonly isReduced: boolean;
  readonly isDeduplicated: boolean;
  readonly wwn: string;
  readonly pool: string;
  readonly owner: 'spa' | 'spb';
}

export interface Disk {
  readonly id: string;
  readonly name: string;
  readonly health: Health;
  readonly isEmptySlot: boolean;
  readonly technology: number;
  readonly rpm: number;
  readonly size: number;
  readonly group: string;
}

export interface Port {
  readonly kind: 'fc' | 'eth' | 'sas' | 'la';
  readonly id: string;
  readonly name: string;
  readonly sp: 'spa' | 'spb';
  readonly health: Health;
  readonly isUp: boolean;
  /** Mbit/s for Ethernet, Gbit/s otherwise. */
  readonly speed: number | undefined;
  readonly speeds: readonly number[];
  readonly address: string;
}

export interface Interface {
  readonly id: string;
  readonly port: string;
  readonly version: 4 | 6;
  readonly address: string;
  readonly mask: string;
}

export interface Filesystem extends Snapped {
  readonly id: string;
  readonly name: string;
  readonly health: Health;
  readonly sizeTotal: number;
  readonly sizeUsed: number;
  readonly isThin: boolean;
  readonly isReduced: boolean;
  readonly isDeduplicated: boolean;
  readonly pool: string;
  readonly accessPolicy: number;
  readonly retention: number;
}

export interface TreeQuota {
  readonly id: string;
  readonly filesystem: string;
  readonly path: string;
  readonly hardLimit: number;
  readonly softLimit: number;
  readonly sizeUsed: number;
}

export interface UserQuota extends Omit<TreeQuota, 'path'> {
  readonly tree: string | undefined;
  readonly uid: number;
}

export interface Share {
  readonly id: string;
  readonly protocol: 'cifs' | 'nfs';
  readonly name: string;
  readonly filesystem: string;
  readonly path: string;
}

export interface Host {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly health: Health;
  readonly osType: string;
  /** Network name first, as it was entered first. */
  readonly addresses: readonly { readonly type: number; readonly address: string }[];
}

export interface Initiator {
  readonly id: string;
  readonly host: string | undefined;
  readonly type: number;
  readonly address: string;
  readonly health: Health;
}

export interface Mapping {
  readonly id: string;
  readonly host: string;
  readonly lun: string;
  readonly isSnapshot: boolean;
}

export interface Alert {
  readonly id: string;
  readonly severity: number;
  readonly messageId: string;
  readonly message: string;
  readonly reason: string;
  readonly description: string;
  readonly component: string | undefined;
  readonly time: number;
  readonly state: number;
  readonly isAcknowledged: boolean;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly members: readonly string[];
}

export interface Pool {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly health: Health;
  readonly sizeTotal: number;
  readonly sizeUsed: number;
  readonly sizeSubscribed: number;
  readonly snapSizeUsed: number;
}

export interface UnityArray {
  readonly generation: Generation;
  readonly serial: string;
  readonly version: string;
  readonly health: Health;
  readonly pools: readonly Pool[];
  readonly luns: readonly Lun[];
  readonly disks: readonly Disk[];
  readonly ports: readonly Port[];
  readonly interfaces: readonly Interface[];
  readonly filesystems: readonly Filesystem[];
  readonly treeQuotas: readonly TreeQuota[];
  readonly userQuotas: readonly UserQuota[];
  readonly shares: readonly Share[];
  readonly hosts: readonly Host[];
  readonly initiators: readonly Initiator[];
  readonly mappings: readonly Mapping[];
  readonly consistencyGroups: readonly Group[];
  readonly hostGroups: readonly Group[];
  alerts: readonly Alert[];
}
