/** Alerts and traps: the seed's alert model, and what a decoded SNMP trap looks like to a driver. */
import { Type, type Static } from './schema.ts';
import type { Secret } from './secret.ts';

export const SEVERITIES = [
  'Fatal',
  'Critical',
  'Major',
  'Minor',
  'Warning',
  'Informational',
  'NotSpecified',
] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Fault: something is wrong. Recovery: it no longer is. Event: it happened, there is no end. */
export const CATEGORIES = ['Fault', 'Event', 'Recovery', 'NotSpecified'] as const;
export type Category = (typeof CATEGORIES)[number];

/** X.733 event types. */
export const ALERT_TYPES = [
  'CommunicationsAlarm',
  'EquipmentAlarm',
  'ProcessingErrorAlarm',
  'QualityOfServiceAlarm',
  'EnvironmentalAlarm',
  'IntegrityViolation',
  'OperationalViolation',
  'PhysicalViolation',
  'SecurityServiceOrMechanismViolation',
  'TimeDomainViolation',
  'NotSpecified',
] as const;
export type AlertType = (typeof ALERT_TYPES)[number];

const text = (description: string) => Type.Optional(Type.String({ description }));

export const AlertSchema = Type.Object(
  {
    alert_id: Type.String({ minLength: 1, description: 'Id of the alert type' }),
    alert_name: text('Name of the alert type'),
    severity: Type.Unsafe<Severity>({
      type: 'string',
      enum: SEVERITIES,
      unknown: 'NotSpecified',
      description: 'How bad it is',
    }),
    category: Type.Unsafe<Category>({
      type: 'string',
      enum: CATEGORIES,
      unknown: 'NotSpecified',
      description: 'Fault, its recovery, or an event',
    }),
    type: Type.Optional(
      Type.Unsafe<AlertType>({
        type: 'string',
        enum: ALERT_TYPES,
        unknown: 'NotSpecified',
        description: 'X.733 event type',
      }),
    ),
    sequence_number: text('Id of this instance; what `clearAlert` takes'),
    occur_time: Type.Optional(Type.Number({ description: 'When it happened, epoch ms' })),
    description: text('What happened'),
    recovery_advice: text('What to do'),
    resource_type: text('Kind of the source'),
    location: text('Where: enclosure, slot, component'),
    match_key: text(
      'Equal for the same fault by trap and by poll, raised and cleared; never made from a time. A recovery without it ends every fault at its location',
    ),
    clear_category: Type.Optional(
      Type.Unsafe<'Automatic' | 'Manual'>({
        type: 'string',
        enum: ['Automatic', 'Manual'],
        description: 'How the alert ends',
      }),
    ),
    storage_id: text("The backend's name; filled in by the core"),
  },
  { title: 'alert', additionalProperties: false },
);
export type Alert = Static<typeof AlertSchema>;

/** The period `listAlerts` is asked for, epoch ms, both ends included. Absent: all current alerts. */
export interface AlertQuery {
  readonly begin_time?: number;
  readonly end_time?: number;
}

/** The alerts of a period; one without a time belongs to every period. */
export function inPeriod(alerts: readonly Alert[], query: AlertQuery): Alert[] {
  const { begin_time: begin = -Infinity, end_time: end = Infinity } = query;
  return alerts.filter(
    ({ occur_time: time }) => time === undefined || (time >= begin && time <= end),
  );
}

/** ASN.1 types of SMIv2 as they arrive. */
export type VarbindType =
  | 'Integer'
  | 'OctetString'
  | 'Null'
  | 'ObjectIdentifier'
  | 'IpAddress'
  | 'Counter32'
  | 'Gauge32'
  | 'TimeTicks'
  | 'Opaque'
  | 'Counter64'
  | 'NoSuchObject'
  | 'NoSuchInstance'
  | 'EndOfMibView';

export interface Varbind {
  /** Dotted, without leading dot. */
  readonly oid: string;
  readonly type: VarbindType;
  /** OctetString and Opaque: the bytes; Counter64: bigint; ObjectIdentifier, IpAddress: dotted text. */
  readonly value: Uint8Array | string | number | bigint | null;
}

/** A decoded notification. v1 traps arrive mapped to v2 (RFC 3584). */
export interface Trap {
  readonly version: 'v1' | 'v2c' | 'v3';
  readonly pdu_type: 'trap' | 'inform';
  /** snmpTrapOID, dotted; for v1 as RFC 3584 section 3.1 builds it. */
  readonly trap_oid: string;
  /** All variable bindings except sysUpTime and snmpTrapOID. */
  readonly varbinds: readonly Varbind[];
  /** Address the datagram came from. */
  readonly source: string;
  readonly source_port?: number;
  /** v1: the agent address of the PDU. */
  readonly agent_address?: string;
  /** v1: the enterprise of the PDU. */
  readonly enterprise?: string;
  /** v3: authoritative engine id, hex. */
  readonly engine_id?: string;
  /** sysUpTime, hundredths of a second. */
  readonly uptime?: number;
  /** When the agent received it, epoch ms. */
  readonly received_at: number;
}

/** What `parseAlert` may use: no connection, only knowledge about the backend. */
export interface TrapContext {
  readonly storageId: string;
  /** IANA zone of the array's clock, where times carry none; the agent's zone if not configured. */
  readonly timezone: string;
  /** The backend's own keys, as `open` gets them: which array of a shared server it is. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** The trap target `addTrapConfig` writes to and `removeTrapConfig` deletes from the array. */
export interface TrapConfig {
  /** Address of the trap receiver. */
  readonly host: string;
  readonly port: number;
  readonly version: 'v1' | 'v2c' | 'v3';
  readonly community?: Secret;
  readonly user?: {
    readonly name: string;
    readonly auth?: { readonly protocol: string; readonly key: Secret };
    readonly priv?: { readonly protocol: string; readonly key: Secret };
  };
}
