/**
 * The contract between the core and a driver. Everything a third party needs is exported by
 * `delfin-agent/driver`; the developer guide walks through it.
 */
import type { Static, TObject } from 'typebox';
import type { HttpsAccess, SnmpAccess, SshAccess } from './access.ts';
import type { Alert, AlertQuery, Trap, TrapConfig, TrapContext } from './alerts.ts';
import type { Capabilities, PerfMetric, PerfMetrics, ResourceMetrics } from './metrics.ts';
import type {
  Component,
  Controller,
  Disk,
  Filesystem,
  MaskingView,
  Port,
  PortGroups,
  Qtree,
  Quota,
  Replication,
  Share,
  Storage,
  StorageHost,
  StorageHostGroups,
  StorageHostInitiator,
  StoragePool,
  Volume,
  VolumeGroups,
} from './records.ts';
import type { HttpClient, HttpOptions, SnmpClient, SshClient, SshOptions } from './transports.ts';

/**
 * A logger: static message, data as fields. Secrets print as `***`.
 *
 * A warning of a driver that carries an error as `err` says that a part of the running call's answer
 * is missing: the core shows it among the call's problems, counts it, and logs it when it changes.
 */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** What the core gives a driver for one backend. */
export interface DriverContext {
  /** The backend's configured name. */
  readonly name: string;
  /** The configured model: which of the driver's models it is. */
  readonly model: string;
  /** What `labels.storage_id` of every metric must be. */
  readonly storageId: string;
  /** IANA zone of the array's clock, where its times carry none. */
  readonly timezone: string;
  readonly log: Log;
  /** Aborted when the backend is closed. Transports also end with the current call. */
  readonly signal: AbortSignal;
  /** The wall clock, epoch ms. */
  now(): number;
  /** Waits, but not longer than the running call lives. */
  pause(ms: number): Promise<void>;
  http(access: HttpsAccess, options?: HttpOptions): Promise<HttpClient>;
  ssh(access: SshAccess, options?: SshOptions): Promise<SshClient>;
  snmp(access: SnmpAccess): Promise<SnmpClient>;
}

/**
 * An open array. A method that is absent means the array can't do it; no method throws
 * "not implemented". Lists are complete: every page, every parent's children.
 *
 * Any method may throw the errors of `errors.ts`. The core gives every call a deadline; the
 * transports of the context end with it, own waiting must end with `signal`.
 */
export interface Session {
  getStorage(signal: AbortSignal): Promise<Storage>;
  listStoragePools(signal: AbortSignal): Promise<readonly StoragePool[]>;
  listVolumes(signal: AbortSignal): Promise<readonly Volume[]>;
  listControllers?(signal: AbortSignal): Promise<readonly Controller[]>;
  listPorts?(signal: AbortSignal): Promise<readonly Port[]>;
  listDisks?(signal: AbortSignal): Promise<readonly Disk[]>;
  listQuotas?(signal: AbortSignal): Promise<readonly Quota[]>;
  listFilesystems?(signal: AbortSignal): Promise<readonly Filesystem[]>;
  listQtrees?(signal: AbortSignal): Promise<readonly Qtree[]>;
  listShares?(signal: AbortSignal): Promise<readonly Share[]>;
  listStorageHostInitiators?(signal: AbortSignal): Promise<readonly StorageHostInitiator[]>;
  listStorageHosts?(signal: AbortSignal): Promise<readonly StorageHost[]>;
  listStorageHostGroups?(signal: AbortSignal): Promise<StorageHostGroups>;
  listPortGroups?(signal: AbortSignal): Promise<PortGroups>;
  listVolumeGroups?(signal: AbortSignal): Promise<VolumeGroups>;
  listMaskingViews?(signal: AbortSignal): Promise<readonly MaskingView[]>;
  /** Enclosures, fans, power supplies, batteries, sensors ...: what controllers, ports and disks are not. */
  listComponents?(signal: AbortSignal): Promise<readonly Component[]>;
  listReplications?(signal: AbortSignal): Promise<readonly Replication[]>;

  /** Addresses from which this array sends its traps: they are routed here as `trap_sources` are. */
  listAlertSources?(signal: AbortSignal): Promise<readonly string[]>;
  /** Address of the array's own console, for people. */
  getAccessUrl?(signal: AbortSignal): Promise<string>;

  /** Alerts that are current, of the period if one is given. */
  listAlerts?(query: AlertQuery, signal: AbortSignal): Promise<readonly Alert[]>;
  /**
   * Clears or acknowledges one alert on the array. Called for an operator's command only. A text says
   * what was done, where the alert is not over by it.
   */
  clearAlert?(sequenceNumber: string, signal: AbortSignal): Promise<string | void>;
  /** Makes the array send its traps to a receiver. Called for an operator's command only. */
  addTrapConfig?(config: TrapConfig, signal: AbortSignal): Promise<void>;
  /** Undoes `addTrapConfig`. Called for an operator's command only. */
  removeTrapConfig?(config: TrapConfig, signal: AbortSignal): Promise<void>;

  /** What this very array measures; without it the driver's static capabilities hold. */
  getCapabilities?(signal: AbortSignal): Promise<Capabilities>;
  /**
   * Every sample in [startTime, endTime] (epoch ms) of the measures asked for, at the array's own
   * time, each once, in the stated units: series, batches, or a generator that yields them while
   * they are read. What was yielded before an error does not count.
   */
  collectPerfMetrics?(
    resourceMetrics: ResourceMetrics,
    startTime: number,
    endTime: number,
    signal: AbortSignal,
  ): Promise<PerfMetrics> | AsyncIterable<PerfMetric>;
  /** Time of the newest sample the array has, epoch ms: the window ends there. */
  getLatestPerfTimestamp?(signal: AbortSignal): Promise<number | undefined>;

  /** Logs out and closes the transports. Called once, also after errors; must not throw for a lost connection. */
  close(): Promise<void>;
}

/** The sessions's lists: those that return records. */
export type ListMethod = Exclude<
  keyof Session & `list${string}`,
  'listAlerts' | 'listAlertSources'
>;

/** Methods that a session may have or not. */
export const OPTIONAL_METHODS = [
  'listControllers', 'listPorts', 'listDisks', 'listQuotas', 'listFilesystems', 'listQtrees',
  'listShares', 'listStorageHostInitiators', 'listStorageHosts', 'listStorageHostGroups',
  'listPortGroups', 'listVolumeGroups', 'listMaskingViews', 'listComponents', 'listReplications',
  'listAlertSources', 'getAccessUrl', 'listAlerts', 'clearAlert', 'addTrapConfig',
  'removeTrapConfig', 'getCapabilities', 'collectPerfMetrics', 'getLatestPerfTimestamp',
] as const satisfies readonly (keyof Session)[]; // prettier-ignore
export type OptionalMethod = (typeof OPTIONAL_METHODS)[number];

/** For `methods` of a driver: every optional method but these. */
export function allBut(...absent: readonly OptionalMethod[]): readonly OptionalMethod[] {
  return OPTIONAL_METHODS.filter((method) => !absent.includes(method));
}

/** A driver: how to open arrays of one vendor and model, and how to read their traps. */
export interface Driver<Access extends TObject = TObject> {
  /** First word of the key, lower case. */
  readonly vendor: string;
  /** Second word of the key, or several. */
  readonly model: string | readonly string[];
  /** One line for `drivers list`: the product names. */
  readonly title: string;
  /** Schema of the backend's own keys: `rest`, `ssh`, `snmp` blocks and options. */
  readonly access: Access;
  /** What sessions of this driver offer at most; `drivers list` shows it, the conformance suite holds it. */
  readonly methods?: readonly OptionalMethod[];
  /** What arrays of this kind measure at most. Absent: no performance data. */
  capabilities?(): Capabilities;
  /**
   * Reads a trap of these arrays. Pure: no connection. Undefined: the driver doesn't know it, it is
   * reported as `snmp.trap`. An empty list: nothing to report, for example because a server that
   * several backends share sent it about another array.
   * @throws IncompleteTrapInformation to ask for a poll of the alerts.
   */
  parseAlert?(trap: Trap, context: TrapContext): Alert | readonly Alert[] | undefined;
  /**
   * Connects and logs in.
   * @throws AuthenticationFailed, BackendUnreachable, BackendTimeout, ConfigurationError.
   */
  open(access: Static<Access>, context: DriverContext): Promise<Session>;
}

/** A driver whatever its access schema: a type with a name of its own, which declarations can tell. */
export interface DefinedDriver extends Driver {}

/** Types a driver; returns it unchanged. */
export function defineDriver<Access extends TObject>(driver: Driver<Access>): DefinedDriver {
  return driver;
}
