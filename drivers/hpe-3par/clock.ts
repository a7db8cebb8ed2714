/** Times as the array writes them, in three forms, with names of zones. */
import { writtenTime, zoneOffset } from 'delfin-agent/driver';

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
const FIGURES =
  /^(\d{4}-\d{1,2}-\d{1,2}[ T]\d{2}:\d{2})(:\d{2})?\s*(?:([+-]\d{2}:?\d{0,2})|([A-Za-z]+))?/;
/** `Wed Dec 15 16:58:20 PST 2004`, `Mon, Jan 01 12:30:34 PST 2005`. */
const WORDS =
  /^[A-Za-z]{3},?\s+([A-Za-z]{3})\s+(\d{1,2})\s+(\d{2}:\d{2}(?::\d{2})?)\s+(?:([A-Za-z]+)\s+)?(\d{4})$/;
const MONTHS = [
  'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec',
]; // prettier-ignore
const HOUR_MS = 3_600_000;

/**
 * Epoch ms; `timezone` is the zone of the array's clock for times that carry none: without it they
 * are absent.
 */
export function parseTime(written = '', timezone: string | undefined): number | undefined {
  const epoch = /\((\d{9,11})\)/.exec(written)?.[1];
  if (epoch) return Number(epoch) * 1000;
  const said = written.trim();
  const [, name = '', day = '', clock = '', named = '', year = ''] = WORDS.exec(said) ?? [];
  const month = MONTHS.indexOf(name.toLowerCase()) + 1;
  const inFigures = name ? `${year}-${month}-${day} ${clock} ${named}` : said;
  const [, minute, second = ':00', offset = '', zone] = FIGURES.exec(inFigures) ?? [];
  const figures = `${minute}${second}${offset}`;
  const [local, utc] = [writtenTime(figures, timezone), writtenTime(figures, 'UTC')];
  const hours = zone === undefined ? undefined : hoursOf(zone.toUpperCase(), local, timezone);
  return hours === undefined || utc === undefined ? local : utc - hours * HOUR_MS;
}

/** Hours east of Greenwich that a zone means; undefined: the array's own zone must do. */
function hoursOf(zone: string, local: number | undefined, timezone: string | undefined) {
  const candidates = AMBIGUOUS[zone];
  if (!candidates || local === undefined || timezone === undefined) return ZONES[zone];
  const own = zoneOffset(local, timezone) / HOUR_MS;
  return candidates.includes(own) ? own : candidates[0];
}
