/** Times as the array writes them: "2015-07-17 20:14:29 PDT", "2021-07-14 14:10:00 CST (1626243000)". */
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

const WRITTEN =
  /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?\s*(?:([A-Za-z]+)|([+-])(\d{2}):?(\d{2})?)?/;
const HOUR_MS = 3_600_000;

/** Epoch ms; `timezone` is the zone of the array's clock for times that carry none. */
export function parseTime(written: string | undefined, timezone: string): number | undefined {
  const seconds = /\((\d{9,11})\)/.exec(written ?? '')?.[1];
  if (seconds) return Number(seconds) * 1000;
  const match = WRITTEN.exec(written?.trim() ?? '');
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1, 6).map(Number);
  const clock = { year, month, day, hour, minute, second: Number(match[6] ?? 0) };
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59) return undefined;
  const asUtc = zonedTime(clock, 'UTC');
  if (match[8]) {
    const offset = Number(match[9]) * HOUR_MS + Number(match[10] ?? 0) * 60_000;
    return asUtc - (match[8] === '-' ? -offset : offset);
  }
  const local = zonedTime(clock, timezone);
  const name = match[7]?.toUpperCase();
  if (!name) return local;
  const hours = ZONES[name];
  if (hours !== undefined) return asUtc - hours * HOUR_MS;
  const candidates = AMBIGUOUS[name];
  if (!candidates) return local;
  const own = zoneOffset(local, timezone) / HOUR_MS;
  return asUtc - (candidates.includes(own) ? own : (candidates[0] ?? 0)) * HOUR_MS;
}
