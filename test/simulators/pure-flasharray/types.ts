/** The simulated array in its own terms. */

/** REST versions that differ; the minor version of what is asked for decides what an answer has. */
export const GENERATIONS = ['2.36', '2.2', '2.15', '2.51'] as const;
export type Generation = (typeof GENERATIONS)[number];

export interface Space {
  readonly unique: number;
  readonly shared: number | null;
  readonly snapshots: number;
  readonly virtual: number;
  readonly provisioned: number | null;
  readonly reduction: number;
  /** Not yet replicated; arrays and pods have it. */
  readonly replication?: number;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Volume extends Named {
  readonly serial: string;
  readonly size: number;
  readonly space: Space;
  readonly pod: Named | undefined;
  readonly group: Named | undefined;
  readonly isEndpoint: boolean;
  readonly isDestroyed: boolean;
  readonly snapshots: number;
  readonly mirrored: boolean;
}

export interface PodMember extends Named {
  readonly status: string;
  readonly progress: number | null;
}

export interface Pod extends Named {
  readonly space: Space;
  readonly members: readonly PodMember[];
  readonly quota: number | undefined;
  readonly isDestroyed: boolean;
}

export interface Host {
  readonly name: string;
  readonly personality: string | null;
  readonly wwns: readonly string[];
  readonly iqns: readonly string[];
  readonly nqns: readonly string[];
  readonly group: string | null;
  readonly isLocal: boolean;
  readonly status: string;
  readonly details: string;
}

export interface Connection {
  readonly host: string | null;
  readonly group: string | null;
  readonly volume: Named;
}

export interface Controller {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
  readonly status: string;
  readonly model: string;
  readonly version: string;
}

export interface Part {
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly serial: string | null;
  readonly model: string | null;
  readonly slot: number | null;
  readonly speed: number | null;
  readonly temperature: number | null;
  readonly voltage: number | null;
}

export interface Drive {
  readonly name: string;
  readonly type: string;
  readonly protocol: string | null;
  readonly status: string;
  readonly capacity: number | null;
}

export interface Interface {
  readonly name: string;
  readonly kind: 'eth' | 'fc';
  readonly isEnabled: boolean;
  readonly services: readonly string[];
  readonly speed: number;
  readonly address: string | null;
  readonly mask: string | null;
  readonly mac: string | null;
  readonly vlan: number | null;
  readonly subtype: string | null;
  readonly wwn: string | null;
}

export interface Target {
  readonly name: string;
  readonly wwn: string | null;
  readonly iqn: string | null;
  readonly nqn: string | null;
  readonly portal: string | null;
}

export interface FileSystem extends Named {
  readonly pod: Named | undefined;
}

export interface Directory extends Named {
  readonly path: string;
  readonly fileSystem: Named;
  readonly space: Space;
}

export interface Export {
  readonly name: string;
  readonly directory: Directory;
  readonly policy: string;
}

export interface Quota {
  readonly directory: Directory;
  readonly rule: string;
  readonly limit: number;
  readonly usage: number;
  readonly isEnforced: boolean;
  readonly isEnabled: boolean;
}

export interface AccountQuota extends Quota {
  readonly type: 'user' | 'group';
  readonly account: {
    readonly id: number;
    readonly name: string | null;
    readonly sid: string | null;
  };
  readonly isEffective: boolean;
}

export interface Link extends Named {
  readonly pod: Named;
  readonly remotePod: Named;
  readonly remote: Named;
  readonly direction: string;
  readonly status: string;
  readonly lag: number | null;
  readonly rate: number;
}

export interface ProtectionGroup extends Named {
  readonly isLocal: boolean;
  readonly source: Named;
  readonly volumes: readonly Named[];
  readonly targets: readonly { readonly member: Named; readonly status: string }[];
  /** Of groups of another array: what has come from there. */
  readonly copies: readonly Copy[];
}

export interface Copy {
  readonly suffix: string;
  /** When the other array took it, epoch ms. */
  readonly created: number;
  /** 0 to 1: how much of it is here. */
  readonly progress: number;
  readonly isDestroyed: boolean;
}

export interface Alert {
  readonly id: string;
  readonly name: string;
  readonly code: number;
  readonly severity: string;
  readonly state: string;
  readonly category: string;
  readonly componentType: string;
  readonly componentName: string;
  readonly created: number;
  readonly issue: string;
  readonly isFlagged: boolean;
}

export interface FlashArray {
  readonly minor: number;
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly capacity: number;
  readonly space: Space;
  readonly pods: readonly Pod[];
  readonly volumes: readonly Volume[];
  readonly volumeGroups: readonly (Named & { readonly isDestroyed: boolean })[];
  readonly hosts: readonly Host[];
  readonly hostGroups: readonly string[];
  readonly connections: readonly Connection[];
  readonly controllers: readonly Controller[];
  readonly hardware: readonly Part[];
  readonly drives: readonly Drive[];
  readonly interfaces: readonly Interface[];
  readonly targets: readonly Target[];
  /** Initiators that are logged in. */
  readonly logins: readonly {
    readonly wwn?: string;
    readonly iqn?: string;
    readonly nqn?: string;
  }[];
  readonly fileSystems: readonly FileSystem[];
  readonly directories: readonly Directory[];
  readonly exports: readonly Export[];
  readonly quotas: readonly Quota[];
  readonly accountQuotas: readonly AccountQuota[];
  readonly links: readonly Link[];
  readonly protectionGroups: readonly ProtectionGroup[];
  alerts: readonly Alert[];
}
