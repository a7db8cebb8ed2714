/** Times that arrays give without a zone. */

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
