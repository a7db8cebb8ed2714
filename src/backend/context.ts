/** The context a driver gets: its transports are loaded when asked for, share one budget and one count. */
import type { Budget } from '../driver/budget.ts';
import type { DriverContext, Log } from '../driver/driver.ts';
import { pause } from '../driver/concurrency.ts';
import { runningMethod } from '../driver/scope.ts';
import type { TransportScope } from '../driver/http.ts';
import type { TellIdentity } from '../driver/identity.ts';
import type { Traffic } from '../driver/transports.ts';

export interface ContextOptions {
  readonly name: string;
  readonly model: string;
  readonly timezone: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly budget: Budget;
  readonly maxInFlight: number;
  readonly traffic: Traffic;
  readonly now: () => number;
  readonly onIdentity?: TellIdentity;
  /** For tests: how long one try over SNMP waits, ms. */
  readonly snmpTimeoutMs?: number | undefined;
  /** A part of a call's answer is missing; without it the driver's warning is logged. */
  readonly onPartial?: (call: string, error: Error) => void;
  /** What the driver gets instead: transports that keep what passes, or that answer from what was kept. */
  readonly through?: (live: DriverContext) => DriverContext;
}

export interface OpenContext {
  readonly context: DriverContext;
  /** Closes every transport made for this session; the driver has usually done it already. */
  closeTransports(): Promise<void>;
}

/** A fresh context for one session. */
export function createContext(options: ContextOptions): OpenContext {
  const log = driverLog(options);
  const scope: TransportScope = {
    signal: options.signal,
    budget: options.budget,
    traffic: options.traffic,
    maxInFlight: options.maxInFlight,
    onLost: (error) => log.warn({ err: error }, 'a part of the answer is missing'),
    ...(options.onIdentity ? { onIdentity: options.onIdentity } : {}),
    snmpTimeoutMs: options.snmpTimeoutMs,
  };
  const transports: { close(): Promise<void> }[] = [];
  const track = <T extends { close(): Promise<void> }>(transport: T): T => {
    transports.push(transport);
    return transport;
  };
  const context: DriverContext = {
    name: options.name,
    model: options.model,
    storageId: options.name,
    timezone: options.timezone,
    log,
    signal: options.signal,
    now: options.now,
    pause,
    http: async (access, httpOptions = {}) => {
      const { createHttp } = await import('../driver/http.ts');
      return track(createHttp(access, httpOptions, scope));
    },
    ssh: async (access, sshOptions = {}) => {
      const { createSsh } = await import('../driver/ssh.ts');
      return track(await createSsh(access, sshOptions, scope));
    },
    snmp: async (access) => {
      const { createSnmp } = await import('../driver/snmp.ts');
      return track(createSnmp(access, scope));
    },
  };
  return {
    context: options.through?.(context) ?? context,
    closeTransports: async () => {
      await Promise.allSettled(transports.splice(0).map((transport) => transport.close()));
    },
  };
}

/** The log a driver gets: what it says of missing parts becomes a problem of the running call. */
function driverLog({ log, onPartial }: ContextOptions): Log {
  if (!onPartial) return log;
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    error: (fields, message) => log.error(fields, message),
    warn(fields, message) {
      const call = runningMethod();
      const error = fields['err'] ?? fields['error'];
      if (call !== undefined && error instanceof Error) onPartial(call, error);
      else log.warn(fields, message);
    },
  };
}
