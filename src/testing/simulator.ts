/**
 * What an array simulator offers to the checks. A simulator speaks the vendor's real protocol on
 * loopback, is written from the vendor's API facts, and imports nothing of its driver.
 */
import type { Trap } from '../driver/alerts.ts';
import type { ListMethod } from '../driver/driver.ts';
import type { MetricName, ResourceType } from '../driver/metrics.ts';
import type { Fault } from './faults.ts';

/** Scenarios a simulator can know. A generation of the array is an option of its own, not a scenario. */
export const SCENARIOS = [
  /** Enough objects to cross every page boundary; every status and type plus an unknown one; odd names. */
  'normal',
  /** Optional fields, whole optional lists and performance data missing. */
  'sparse',
  /** Sessions end again and again after a few requests, in each way the vendor says it. */
  'expired',
  /** Credentials are refused. */
  'badpassword',
  /** The account is locked or its password has expired, as the vendor says it. */
  'locked',
  /** Optional features answer with the vendor's "not licensed" or "not supported". */
  'unlicensed',
  /** The array answers "busy" or 503 once in a while, then works. */
  'busy',
  /** Requests after login are accepted and never answered. */
  'hang',
  /** Answers after login are HTML, truncated or otherwise broken. */
  'garbage',
  /** 20,000 volumes. */
  'huge',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

export interface SimulatorOptions {
  readonly scenario?: Scenario;
  /** Seed of the data: the same seed gives the same array. */
  readonly seed?: number;
  /** Model or firmware generation, one of the definition's; the first is the default. */
  readonly generation?: string;
  /** Fixed port, for demos. */
  readonly port?: number;
  /** The array's clock, epoch ms. If absent it may stand still, so that truth can be compared. */
  readonly clock?: () => number;
}

/** A record as the simulator knows it to be: the seed's fields; a field that is absent must be absent. */
export type TruthRecord = Readonly<Record<string, unknown>>;

/** A sample as the simulator knows it to be, already in base units (By, By/s, s, 1, operations/s). */
export interface TruthSample {
  readonly resource_type: ResourceType;
  readonly resource_id: string;
  readonly name: MetricName;
  /** Epoch ms. */
  readonly time: number;
  readonly value: number;
}

/** The simulated array in the seed's terms, written down by the simulator from its own data. */
export interface Truth {
  readonly storage: TruthRecord;
  /**
   * Every record of every list the array can answer. Lists of groups are objects of lists, as in the
   * contract (`storage_host_groups`, `storage_host_grp_host_rels`, ...).
   */
  readonly lists: {
    readonly [M in ListMethod]?:
      | readonly TruthRecord[]
      | Readonly<Record<string, readonly TruthRecord[]>>;
  };
  /** Address of its console; absent: the driver can't tell. */
  readonly accessUrl?: string;
  /** Where its traps come from; absent: the driver can't tell. */
  readonly alertSources?: readonly string[];
  /** Current alerts. */
  readonly alerts: readonly TruthRecord[];
  /** Traps that it sends, and what each means: fields of the alert; undefined: nothing of this array. */
  readonly traps?: readonly { readonly trap: Trap; readonly alert: TruthRecord | undefined }[];
  /** Every sample whose time is in [start, end]. */
  samples(start: number, end: number): readonly TruthSample[];
}

export interface SimulatorStats {
  /** All requests or commands so far. */
  requests: number;
  logins: number;
  logouts: number;
  openSessions: number;
  maxOpenSessions: number;
  /** Requests that would change the array, as "METHOD path" or the command. Logins don't count. */
  readonly writes: string[];
}

export const newStats = (): SimulatorStats => ({
  requests: 0,
  logins: 0,
  logouts: 0,
  openSessions: 0,
  maxOpenSessions: 0,
  writes: [],
});

export interface Simulator extends AsyncDisposable {
  /** The backend's own keys as they stand in YAML, passwords in plain text. */
  readonly access: Readonly<Record<string, unknown>>;
  readonly truth: Truth;
  readonly stats: SimulatorStats;
  /** Forgets all sessions, as a reboot does. */
  expireSessions(): void;
}

/** How the answers of a simulator are damaged one by one; its server asks `faults` for each. */
export interface Damageable {
  /** Kinds of damage its server knows: `HTTP_FAULTS`, `COMMAND_FAULTS`, `SNMP_FAULTS` or some of them. */
  readonly kinds: readonly Fault[];
  /** Requests that log in or out: a refusal there is one of the account. */
  readonly isLogin: (request: string) => boolean;
  /** The class of a request: what differs between objects and times left out; ids and numbers if absent. */
  readonly classOf?: (request: string) => string;
}

/** A simulator's module exports one as `simulator`. */
export interface SimulatorDefinition {
  readonly vendor: string;
  readonly model: string;
  /** Models or firmware generations that differ; the first is the default. */
  readonly generations: readonly string[];
  /** The scenarios it knows, `normal` among them; all if absent. */
  readonly scenarios?: readonly Scenario[];
  /** Sessions that a driver needs at the same time: 2 for REST beside SSH; 1 if absent. */
  readonly sessions?: number;
  /** Absent: there is no fault matrix. */
  readonly damage?: Damageable;
  start(options?: SimulatorOptions): Promise<Simulator>;
}

/** The password of every simulator's account: the tests look for it in all output. */
export const CANARY_PASSWORD = 'c4nary-S3cret!pw';

/** An age goes on while it is looked at: records are compared with it in steps. */
const AGE_STEP_MS = 600_000;

export function withSteadyAges(record: TruthRecord): TruthRecord {
  const { lag } = record;
  return typeof lag === 'number' ? { ...record, lag: Math.round(lag / AGE_STEP_MS) } : record;
}
