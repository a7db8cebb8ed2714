/**
 * What every array simulator offers to the tests. A simulator speaks the vendor's real protocol on
 * loopback, is written from the vendor's API facts, and imports nothing of its driver.
 */
import type { ListMethod, MetricName, ResourceType } from 'delfin-agent/driver';

/** Scenarios every simulator knows. A generation of the array is an option of its own, not a scenario. */
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

/** `test/simulators/<vendor>-<model>/index.ts` exports one as `simulator`. */
export interface SimulatorDefinition {
  readonly vendor: string;
  readonly model: string;
  /** Models or firmware generations that differ; the first is the default. */
  readonly generations: readonly string[];
  start(options?: SimulatorOptions): Promise<Simulator>;
}

/** The password of every simulator's account: the tests look for it in all output. */
export const CANARY_PASSWORD = 'c4nary-S3cret!pw';

/** Header of a request with the account's Basic credentials. */
export const basicOf = (username: string) =>
  `Basic ${Buffer.from(`${username}:${CANARY_PASSWORD}`).toString('base64')}`;

/** The account as a backend's `rest` block has it. */
export const restAccount = (port: number, username: string) => ({
  host: '127.0.0.1',
  port,
  username,
  password: CANARY_PASSWORD,
  insecure: true,
});

/** An age goes on while it is looked at: records are compared with it in steps. */
const AGE_STEP_MS = 600_000;

export function withSteadyAges(record: TruthRecord): TruthRecord {
  const { lag } = record;
  return typeof lag === 'number' ? { ...record, lag: Math.round(lag / AGE_STEP_MS) } : record;
}
