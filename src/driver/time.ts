/** Times that arrays give without a zone. */
import { text } from './read.ts';

export interface WallClock {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond?: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * Epoch ms of a wall clock reading in an IANA zone. A reading that the change to summer time skips
 * is taken with the offset before it; one that occurs twice is the first.
 * @throws RangeError for a zone that the runtime doesn't know.
 */
export function zonedTime(clock: WallClock, timeZone: string): number {
  const asUtc = Date.UTC(
    clock.year,
    clock.month - 1,
    clock.day,
    clock.hour,
    clock.minute,
    clock.second,
    clock.millisecond ?? 0,
  );
  if (timeZone === 'UTC') return asUtc;
  const before = asUtc - zoneOffset(asUtc - 86_400_000, timeZone);
  if (before + zoneOffset(before, timeZone) === asUtc) return before;
  const after = asUtc - zoneOffset(asUtc + 86_400_000, timeZone);
  return after + zoneOffset(after, timeZone) === asUtc ? after : before;
}

/** `2024-05-06T07:08:09Z`, `2024/5/6 7:08:09`, `2024-5-6,7:8:9.5,+2:0`. */
const WRITTEN =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T,\s]\s*(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d{1,9})?(?:,?\s*(Z|([+-])(\d{1,2}):?(\d{1,2})?))?$/i;
const MINUTE_MS = 60_000;

/**
 * Epoch ms of a time that an array writes in figures. `timeZone`: that of its clock, for times that name
 * none; undefined: it is not known, and neither are they.
 */
export function writtenTime(written: unknown, timeZone: string | undefined): number | undefined {
  const found = WRITTEN.exec(text(written) ?? '');
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map(Number);
  const millisecond = Math.round(Number(found[7] ?? 0) * 1000);
  const [, named, sign, hours = 0, minutes = 0] = found.slice(7);
  const east = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const zone = named === undefined ? timeZone : east;
  return clockTime({ year, month, day, hour, minute, second, millisecond }, zone);
}

/**
 * Epoch ms of what a clock shows: in a zone, or so many minutes east of Greenwich; undefined where
 * that is not known, and of what no clock shows.
 */
export function clockTime(clock: WallClock, zone: string | number | undefined): number | undefined {
  const { month, day, hour, minute, second } = clock;
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  if (hour > 23 || minute > 59 || second > 60 || zone === undefined) return undefined;
  return typeof zone === 'string'
    ? zonedTime(clock, zone)
    : zonedTime(clock, 'UTC') - zone * MINUTE_MS;
}

/** The zone that an array states, where the runtime knows it; else the configured one. */
export function zoneOr<T>(stated: unknown, configured: T): string | T {
  const zone = text(stated);
  return zone !== undefined && isZone(zone) ? zone : configured;
}

/** Offset of a zone from UTC at an instant, ms; positive east of Greenwich. */
export function zoneOffset(epochMs: number, timeZone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format(timeZone).formatToParts(epochMs)) {
    parts[type] = Number(value);
  }
  const wall = Date.UTC(
    parts['year'] ?? 0,
    (parts['month'] ?? 1) - 1,
    parts['day'],
    parts['hour'],
    parts['minute'],
    parts['second'],
  );
  return wall - Math.floor(epochMs / 1000) * 1000;
}

/** Whether the runtime knows a zone that an array names. */
export function isZone(name: string): boolean {
  try {
    format(name);
    return true;
  } catch {
    return false;
  }
}

function format(timeZone: string): Intl.DateTimeFormat {
  let known = formats.get(timeZone);
  if (!known) {
    known = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, known);
  }
  return known;
}
