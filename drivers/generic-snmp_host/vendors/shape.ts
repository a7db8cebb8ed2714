/** What a vendor's file says: which tables there are, what their columns mean. Data only. */
import type { AlertType, Component, Severity } from 'delfin-agent/driver';

export type State = 'normal' | 'degraded' | 'abnormal' | 'offline' | 'unknown';
/** Codes or words of the vendor (compared in lower case). Others are unknown. */
export type States = Readonly<Record<string, State>>;

export interface TextField {
  readonly column: number;
}
export interface BytesField {
  readonly column: number;
  /** Bytes of one unit, or the column that has them. */
  readonly unit: number | { readonly column: number };
}
/** A size as text: "931.51 GB", with powers of 1024 or of 1000. */
export interface SizeField {
  readonly column: number;
  readonly powersOf: 1_000 | 1_024;
}
/** The worst of several columns. */
export type StateField = readonly { readonly column: number; readonly states: States }[];

/** What is measured at a part, in the unit of the record's field. */
export const MEASURES = [
  'temperature', 'fan_speed', 'power', 'voltage', 'charge_ratio', 'endurance_remaining', 'power_on_time',
  'media_errors',
] as const; // prettier-ignore
export type Measure = (typeof MEASURES)[number];
export type Measures = { readonly [M in Measure]?: number };
/** The first number of what the agent says ("37 C/98 F"); so many make one unit, 1 if absent. */
export interface Scaled {
  readonly per?: number;
}

export interface Section {
  /** OID of the table. */
  readonly table: string;
  /** Column that identifies a row; its index if absent. */
  readonly id?: number;
  readonly name?: TextField;
  readonly status?: StateField;
  /** Rows whose value in this column is one of these are no objects: an empty slot. */
  readonly without?: { readonly column: number; readonly values: readonly string[] };
  /** Rows whose text in this column fits (or does not). */
  readonly only?: readonly { readonly column: number; readonly pattern: RegExp; readonly not?: true }[]; // prettier-ignore
  readonly total?: BytesField | SizeField;
  readonly used?: BytesField;
  readonly free?: BytesField;
  readonly model?: TextField;
  readonly manufacturer?: TextField;
  readonly serial?: TextField;
  readonly firmware?: TextField;
  readonly measures?: { readonly [M in Measure]?: Scaled & { readonly column: number } };
}

/** Parts of the hardware. */
export interface PartsSection extends Section {
  readonly type: Component['type'];
}

/** Scalars that speak of the health of the whole, or of a part of it. */
export interface Health {
  /** `system`, `power supply`, `fan`. */
  readonly what: string;
  readonly oid?: string;
  readonly states?: States;
  /** It is a part of the hardware. */
  readonly type?: Component['type'];
  readonly measures?: { readonly [M in Measure]?: Scaled & { readonly oid: string } };
}

export interface Vendor {
  readonly vendor: string;
  /** The MIBs, as the log tells them. */
  readonly tables: string;
  /** sysObjectID begins with one of these. */
  readonly objectIds: readonly string[];
  /** An instance that only such a system has: many say no more than "net-snmp" in sysObjectID. */
  readonly probes: readonly string[];
  readonly identity: {
    readonly model?: string;
    readonly serial?: string;
    readonly firmware?: string;
  };
  /** Model by sysObjectID, where no scalar has it. */
  readonly models?: Readonly<Record<string, string>>;
  readonly health: readonly Health[];
  readonly disks?: Section;
  readonly pools?: Section;
  readonly volumes?: Section;
  readonly filesystems?: Section;
  readonly parts?: readonly PartsSection[];
  /** What adds to the disks of the standard tables, by their name. */
  readonly sensors?: Section;
  /** Not listed, only watched: RAID groups inside of pools. */
  readonly groups?: Section;
}

/** A notification: the text is the array's own. */
export interface VendorTrap {
  readonly oids: readonly string[];
  readonly alert_id: string;
  readonly alert_name: string;
  readonly severity: Severity | { readonly oid: string; readonly levels: Readonly<Record<string, Severity>> }; // prettier-ignore
  readonly category: 'Event' | 'Recovery';
  readonly type: AlertType;
  readonly text?: readonly string[];
  /** Varbind that tells one from another; the text if absent. */
  readonly key?: string;
  readonly resource?: string;
}
