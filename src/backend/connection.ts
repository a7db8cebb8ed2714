/** A backend's connection: its session, the two signals that end it, and what it has sent so far. */
import type { Budget } from '../driver/budget.ts';
import type { Driver, DriverContext, Log } from '../driver/driver.ts';
import type { ServerIdentity } from '../driver/identity.ts';
import type { Traffic } from '../driver/transports.ts';
import { createContext } from './context.ts';
import type { Gate } from './gate.ts';
import { createManagedSession, type ManagedSession } from './session.ts';
import type { BackendSettings } from './settings.ts';

const OPEN_TIMEOUT_MS = 60_000;

export interface ConnectionOptions {
  readonly settings: Pick<
    BackendSettings,
    'name' | 'model' | 'access' | 'timezone' | 'maxInFlight' | 'callTimeoutMs'
  >;
  readonly driver: Driver;
  readonly budget: Budget;
  readonly log: Log;
  readonly now?: () => number;
  /** A part of a call's answer is missing. */
  readonly onPartial?: (call: string, error: Error) => void;
  /** A call is asked, for the first time or again. */
  readonly onAttempt?: (call: string) => void;
  readonly onAnswer?: (call: string) => void;
  /** What the driver gets instead of its context. */
  readonly through?: (live: DriverContext) => DriverContext;
  /** Logging in waits for a place here. */
  readonly gate?: Gate;
  /** Deadline of logging in, ms; 60 s if absent. */
  readonly openTimeoutMs?: number;
  /** For tests: how long one try over SNMP waits, ms. */
  readonly snmpTimeoutMs?: number | undefined;
}

export interface Connection {
  readonly session: ManagedSession;
  readonly traffic: Readonly<Traffic>;
  /** What the array's servers have shown of themselves last. */
  servers(): readonly ServerIdentity[];
  /** Aborted when the backend stops. */
  readonly stopping: AbortSignal;
  /** Cancels running calls; logging out still works. */
  cancel(): void;
  /** Logs out and closes the transports. */
  close(): Promise<void>;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { settings, driver, budget, log } = options;
  const stopping = new AbortController();
  const transports = new AbortController();
  const traffic: Traffic = { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };
  const servers = new Map<string, ServerIdentity>();
  const session = createManagedSession({
    driver,
    access: settings.access,
    createContext: () =>
      createContext({
        name: settings.name,
        model: settings.model,
        timezone: settings.timezone,
        log,
        signal: transports.signal,
        budget,
        maxInFlight: settings.maxInFlight,
        traffic,
        now: options.now ?? Date.now,
        onIdentity: (identity) => void servers.set(identity.server, identity),
        ...(options.onPartial ? { onPartial: options.onPartial } : {}),
        ...(options.through ? { through: options.through } : {}),
        snmpTimeoutMs: options.snmpTimeoutMs,
      }),
    log,
    callTimeoutMs: settings.callTimeoutMs,
    openTimeoutMs: options.openTimeoutMs ?? Math.min(OPEN_TIMEOUT_MS, settings.callTimeoutMs),
    stopping: stopping.signal,
    ...(options.gate ? { gate: options.gate } : {}),
    ...(options.onAttempt ? { onAttempt: options.onAttempt } : {}),
    ...(options.onAnswer ? { onAnswer: options.onAnswer } : {}),
  });
  return {
    session,
    traffic,
    servers: () => [...servers.values()],
    stopping: stopping.signal,
    cancel: () => stopping.abort(),
    async close() {
      stopping.abort();
      await session.close();
      transports.abort();
    },
  };
}
