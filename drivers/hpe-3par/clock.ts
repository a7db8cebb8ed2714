/** Times as the array writes them, in three forms, with names of zones. */
import { zonedTime, zoneOffset } from 'delfin-agent/driver';

/** Hours east of Greenwich of the zone names that mean one thing only. */
const ZONES: Readonly<Record<string, number>> = {
  UTC: 0, GMT: 0, Z: 0, WET: 0, WEST: 1, CET: 1, CEST: 2, MEZ: 1, MESZ: 2, EET: 2, EEST: 3, MSK: 3,
  EST: -5, EDT: -4, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7, AKST: -9, AKDT: -8, HST: -10,
  JST: 9, KST: 9, HKT: 8, SGT: 8, AEST: 10, AEDT: 11, ACST: 9.5, AWST: 8, NZST: 12, NZDT: 13,
  BRT: -3, ART: -3, SAST: 2,
}; // prettier-ignore

/** Names with several meanings: the array's own zone decides, else the first. */
const AMBIGUOUS: Readonly<Record<string, readonly number[]>> = {
  CST: [8, -6],
  IST: [5.5, 2, 1],
  BST: [1, 6],
};

/** `2015-07-17 20:14:29 PDT`, `... +0530`. */
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?\s*(?:([A-Za-z]+)|([+-]\d{2}:?\d{0,2}))?/;
/** `Wed Dec 15 16:58:20 PST 2004`, `Mon, Jan 01 12:30:34 PST 2005`. */
const WORDS =
  /^[A-Za-z]{3},?\s+([A-Za-z]{3})\s+(\d{1,2})\s+(\d{2}):(\d{2})(?::(\d{2}))?\s+(?:([A-Za-z]+)\s+)?(\d{4})$/;
const MONTHS = [
  'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec',
]; // prettier-ignore
const HOUR_MS = 3_600_000;

interface Written {
  /** Year, month, day, hour, minute, second. */
  readonly clock: readonly (string | number | undefined)[];
  readonly zone: string | undefined;
}

/**
 * Epoch ms; `timezone` is the zone of the array's clock for times that carry none: without it they
 * are absent.
 */
export function parseTime(
  written: string | undefined,
  timezone: string | undefined,
): number | undefined {
  const seconds = /\((\d{9,11})\)/.exec(written ?? '')?.[1];
  if (seconds) return Number(seconds) * 1000;
  const found = splitTime(written?.trim() ?? '');
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.clock.map((part) =>
    Number(part ?? 0),
  );
  const clock = { year, month, day, hour, minute, second };
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59) return undefined;
  const local = timezone === undefined ? undefined : zonedTime(clock, timezone);
  if (found.zone === undefined) return local;
  const asUtc = zonedTime(clock, 'UTC');
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})?$/.exec(found.zone) ?? [];
  if (sign) {
    const offset = Number(hours) * HOUR_MS + Number(minutes ?? 0) * 60_000;
    return asUtc - (sign === '-' ? -offset : offset);
  }
  return byZoneName(asUtc, local, found.zone.toUpperCase(), timezone);
}

function splitTime(written: string): Written | undefined {
  const iso = ISO.exec(written);
  if (iso) return { clock: iso.slice(1, 7), zone: iso[7] ?? iso[8] };
  const words = WORDS.exec(written);
  if (!words) return undefined;
  const [, name = '', day, hour, minute, second, zone, year] = words;
  const month = MONTHS.indexOf(name.toLowerCase()) + 1;
  return { clock: [year, month, day, hour, minute, second], zone };
}

function byZoneName(
  asUtc: number,
  local: number | undefined,
  name: string,
  timezone: string | undefined,
): number | undefined {
  const hours = ZONES[name];
  if (hours !== undefined) return asUtc - hours * HOUR_MS;
  const candidates = AMBIGUOUS[name];
  if (!candidates || local === undefined || timezone === undefined) return local;
  const own = zoneOffset(local, timezone) / HOUR_MS;
  return asUtc - (candidates.includes(own) ? own : (candidates[0] ?? 0)) * HOUR_MS;
}
