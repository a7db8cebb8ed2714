/** The agent's own log: pino to standard error, as logfmt or JSON. */
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { DriverError } from './driver/errors.ts';
import type { Log } from './driver/driver.ts';
import { clip, escapeUnprintable, redactUrls } from './redact.ts';

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
      writeSync(STDERR, formatLine(line, options.format));
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

/** What may be foreign in a line of JSON is made harmless; one line stays one line. */
export function formatLine(line: string, format: LogOptions['format']): string {
  const { time, level, msg, ...fields } = JSON.parse(line, (_, value: unknown) =>
    typeof value === 'string' ? clip(redactUrls(value)) : value,
  ) as Record<string, unknown>;
  const ordered = { time, level, msg, ...fields };
  const text = format === 'json' ? JSON.stringify(ordered) : pairs(ordered, '').join(' ');
  return `${escapeUnprintable(text)}\n`;
}

/** `time=... level=info msg="..." key=value`, nested fields with dots. */
function pairs(fields: Record<string, unknown>, prefix: string): string[] {
  return Object.entries(fields).flatMap(([written, value]) => {
    if (value === undefined) return [];
    const key = prefix + written.replaceAll(/[\s"=\p{Cc}]/gu, '_');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return pairs(value as Record<string, unknown>, `${key}.`);
    }
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return [`${key}=${/^[^\s"=\p{C}]+$/u.test(text) ? text : JSON.stringify(text)}`];
  });
}
