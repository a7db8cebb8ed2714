/** Texts of alerts are foreign: they are cut before anything keeps them. */
import { hash } from 'node:crypto';
import type { Alert } from '../../driver/alerts.ts';

/** Characters of a text for people. */
const MAX_TEXT = 8_192;
/** Characters of everything else. */
const MAX_WORD = 1_024;
const LONG: ReadonlySet<string> = new Set(['description', 'recovery_advice']);
/** What tells alerts apart: cut, they must stay apart. */
const KEYS: ReadonlySet<string> = new Set([
  'alert_id', 'match_key', 'sequence_number', 'location',
]); // prettier-ignore

/** The same alert if nothing of it is too long. */
export function boundedAlert(alert: Alert): Alert {
  const cut = Object.entries(alert).flatMap(([field, value]) =>
    typeof value === 'string' && value.length > limitOf(field)
      ? [[field, shorten(field, value)]]
      : [],
  );
  return cut.length === 0 ? alert : { ...alert, ...(Object.fromEntries(cut) as Partial<Alert>) };
}

/** What an alert costs a tracker, bytes: about two for each character, and its objects. */
export function costOf(alert: Alert): number {
  let characters = 0;
  for (const value of Object.values(alert)) {
    if (typeof value === 'string') characters += value.length;
  }
  return 2 * characters + 500;
}

function limitOf(field: string): number {
  return LONG.has(field) ? MAX_TEXT : MAX_WORD;
}

function shorten(field: string, value: string): string {
  const text = value.slice(0, limitOf(field)).toWellFormed();
  return KEYS.has(field) ? `${text.slice(0, -33)} ${hash('md5', value)}` : text;
}
