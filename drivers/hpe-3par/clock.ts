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
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[ T](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2}))?\s*(?<zone>[A-Za-z]+|[+-]\d{2}:?\d{0,2})?/;
/** `Wed Dec 15 16:58:20 PST 2004`, `Mon, Jan 01 12:30:34 PST 2005`. */
const WORDS =
  /^[A-Za-z]{3},?\s+(?<name>[A-Za-z]{3})\s+(?<day>\d{1,2})\s+(?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2}))?\s+(?:(?<zone>[A-Za-z]+)\s+)?(?<year>\d{4})$/;
const MONTHS = [
  'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec',
]; // prettier-ignore
const HOUR_MS = 3_600_000;

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
  const said = written?.trim() ?? '';
  const found = (ISO.exec(said) ?? WORDS.exec(said))?.groups;
  if (!found) return undefined;
  const part = (name: string) => Number(found[name] ?? 0);
  const month = part('month') || MONTHS.indexOf(found['name']?.toLowerCase() ?? '') + 1;
  const [year, day, hour, minute] = [part('year'), part('day'), part('hour'), part('minute')];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59) return undefined;
  const clock = { year, month, day, hour, minute, second: part('second') };
  const local = timezone === undefined ? undefined : zonedTime(clock, timezone);
  const zone = found['zone']?.toUpperCase();
  if (zone === undefined) return local;
  const hours = hoursOf(zone, local, timezone);
  return hours === undefined ? local : zonedTime(clock, 'UTC') - hours * HOUR_MS;
}

/** Hours east of Greenwich that a zone means; undefined: the array's own zone must do. */
function hoursOf(zone: string, local: number | undefined, timezone: string | undefined) {
  const [, sign, hours, minutes = 0] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  if (sign) return Number(`${sign}1`) * (Number(hours) + Number(minutes) / 60);
  const candidates = AMBIGUOUS[zone];
  if (!candidates || local === undefined || timezone === undefined) return ZONES[zone];
  const own = zoneOffset(local, timezone) / HOUR_MS;
  return candidates.includes(own) ? own : candidates[0];
}
