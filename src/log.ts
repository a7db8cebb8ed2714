/** The agent's own log: pino to standard error, as logfmt or JSON. */
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { DriverError } from './driver/errors.ts';
import type { Log } from './driver/driver.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LOG_FORMATS = ['logfmt', 'json'] as const;

export interface LogOptions {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

export interface RootLog extends Log {
  child(fields: Record<string, unknown>): RootLog;
}

const STDERR = 2;

export function createLog(options: LogOptions): RootLog {
  const write = (line: string) => {
    try {
      writeSync(STDERR, options.format === 'json' ? line : toLogfmt(line));
    } catch {
      // Nobody reads the log any more: that must not stop the agent.
    }
  };
  return pino(
    {
      level: options.level,
      base: null,
      messageKey: 'msg',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => describeError(error, options.level === 'debug') },
    },
    { write },
  ) as RootLog;
}

/** What is said of an error: never its `cause`, which is a library's and may quote a request. */
function describeError(error: unknown, withStack: boolean): unknown {
  if (!(error instanceof Error)) return String(error);
  const type = error instanceof DriverError ? { type: error.type } : {};
  return {
    name: error.name,
    ...type,
    message: error.message,
    ...(withStack ? { stack: error.stack } : {}),
  };
}

/** `time=... level=info msg="..." key=value`, nested fields with dots. */
function toLogfmt(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  return `${pairs({ time, level, msg, ...fields }, '').join(' ')}\n`;
}

function pairs(fields: Record<string, unknown>, prefix: string): string[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return pairs(value as Record<string, unknown>, `${prefix}${key}.`);
    }
    const written = typeof value === 'string' ? value : JSON.stringify(value);
    return [`${prefix}${key}=${/^[^\s"=]+$/.test(written) ? written : JSON.stringify(written)}`];
  });
}
