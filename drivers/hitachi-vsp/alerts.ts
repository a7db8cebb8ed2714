/** Alerts: the SIM logs of both controllers and of the DKC, and the array's SNMP traps. */
import {
  BackendError,
  compact,
  identifier,
  IncompleteTrapInformation,
  inPeriod,
  isObject,
  lookup,
  NotSupported,
  number,
  text,
  varbindText,
  zonedTime,
  type Alert,
  type AlertQuery,
  type Foreign,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import type { ArrayClient } from './client.ts';

/** Logs, the most entries each can hold, and how many are asked for at once. */
const LOGS = [
  { type: 'CTL1', entries: 256, page: 255 },
  { type: 'CTL2', entries: 256, page: 255 },
  { type: 'DKC', entries: 10_240, page: 10_239 },
] as const;
/** What a server gives that ignores `count`. */
const DEFAULT_COUNT = 10;

const SEVERITY = {
  Acute: 'Critical', Serious: 'Major', Moderate: 'Warning', Service: 'Informational',
} as const; // prettier-ignore

/** What all alerts of this array have in common. */
const COMMON = { category: 'Fault', type: 'EquipmentAlarm', resource_type: 'Storage' } as const;

export async function listAlerts(
  client: ArrayClient,
  query: AlertQuery,
  timezone: string,
): Promise<Alert[]> {
  const alerts = new Map<string, Alert>();
  let refused: Error | undefined;
  let answered = 0;
  for (const log of LOGS) {
    try {
      for (const entry of await readLog(client, log)) {
        const alert = toAlert(entry, timezone);
        alerts.set(alert.sequence_number ?? JSON.stringify(entry), alert);
      }
      answered += 1;
    } catch (error) {
      if (!isUnknownLog(error)) throw error;
      refused = error;
    }
  }
  if (answered === 0 && refused) {
    throw new NotSupported(`no alert log can be read: ${refused.message}`, { cause: refused });
  }
  return inPeriod([...alerts.values()], query);
}

/** Models without two such controllers refuse the type, as a bad request or as not found. */
function isUnknownLog(error: unknown): error is Error {
  if (error instanceof NotSupported) return true;
  return error instanceof BackendError && /HTTP 400\b/.test(error.message);
}

async function readLog(
  client: ArrayClient,
  { type, entries, page: size }: (typeof LOGS)[number],
): Promise<Foreign[]> {
  const log = new Map<string, Foreign>();
  while (log.size < entries) {
    const count = Math.min(size, entries - log.size);
    const page = await client.list('/alerts', { type, start: log.size + 1, count });
    const known = log.size;
    for (const entry of page) {
      log.set(identifier(entry['alertIndex']) ?? JSON.stringify(entry), entry);
    }
    const isFull = page.length >= count || page.length === DEFAULT_COUNT;
    if (!isFull || log.size === known) break;
  }
  return [...log.values()];
}

function toAlert(entry: Foreign, timezone: string): Alert {
  const code = referenceCode(entry['referenceCode']);
  return compact<Alert>({
    ...COMMON,
    alert_id: identifier(entry['alertId']) ?? code,
    alert_name: text(entry['errorSection']),
    severity: lookup(SEVERITY, entry['errorLevel']) ?? 'NotSpecified',
    sequence_number: identifier(entry['alertIndex']),
    occur_time: localTime(text(entry['occurenceTime']), timezone),
    description: text(entry['errorDetail']),
    recovery_advice: advice(entry['actionCodes']),
    location: text(entry['location']),
    match_key: code === undefined ? undefined : matchKey(code),
  });
}

/** The logs have the SIM reference code in decimal, traps and manuals in hexadecimal: 7d1700. */
function referenceCode(value: unknown): string | undefined {
  const decimal = number(value);
  if (decimal !== undefined) return decimal.toString(16).padStart(6, '0');
  return text(value)?.toLowerCase();
}

/** Its last digits name the part, so the same code is the same fault of the same part. */
const matchKey = (code: string) => `vsp:${code}`;

/** Action codes with the parts to replace, as the maintenance manual lists them. */
function advice(codes: unknown): string | undefined {
  if (!Array.isArray(codes)) return undefined;
  const lines = codes.filter(isObject).flatMap((code) => {
    const action = referenceCode(code['actionCode']);
    if (action === undefined) return [];
    const part = [text(code['possibleFailureParts']), text(code['accLocation'])].filter(
      (word) => word !== undefined,
    );
    return [`action code ${action}${part.length > 0 ? `: ${part.join(', ')}` : ''}`];
  });
  return lines.length === 0 ? undefined : lines.join('; ');
}

const TIME =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ]+(\d{1,2}):(\d{2}):(\d{2})(Z|[+-]\d{2}:?\d{2})?/;

/** Both write the array's wall clock without a zone. */
function localTime(written: string | undefined, timezone: string): number | undefined {
  const found = TIME.exec(written ?? '');
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const clock = { year, month, day, hour, minute, second } as Parameters<typeof zonedTime>[0];
  const offset = found[7];
  if (offset === undefined) return zonedTime(clock, timezone);
  return zonedTime(clock, 'UTC') - offsetMs(offset);
}

function offsetMs(offset: string): number {
  if (offset === 'Z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

const TRAPS = '1.3.6.1.4.1.116.3.11.4.1.1';
/** raidEventUser traps: enterprise.0.specific, whether they came as v1 or v2. */
const TRAP_SEVERITY: Readonly<Record<string, Alert['severity']>> = {
  1: 'Critical',
  2: 'Major',
  3: 'Warning',
  4: 'Informational',
};

const VARBINDS = '1.3.6.1.4.1.116.5.11.4.2';
const OIDS = {
  nickname: `${VARBINDS}.2`,
  reference: `${VARBINDS}.3`,
  date: `${VARBINDS}.5`,
  time: `${VARBINDS}.6`,
  description: `${VARBINDS}.7`,
} as const;

/** Undefined: not a failure report of this array. */
export function parseAlert(trap: Trap, context: TrapContext): Alert | undefined {
  if (!trap.trap_oid.startsWith(`${TRAPS}.`)) return undefined;
  const specific = trap.trap_oid.slice(TRAPS.length + 1).replace(/^0\./, '');
  const code = varbindText(trap, OIDS.reference)?.trim();
  const description = varbindText(trap, OIDS.description);
  if (code === undefined) {
    // Other traps of the same enterprise report no failure: RaidCommandFinished (100).
    if (TRAP_SEVERITY[specific] === undefined) return undefined;
    throw new IncompleteTrapInformation('the trap carries no reference code');
  }
  const clock = `${varbindText(trap, OIDS.date)?.trim()} ${varbindText(trap, OIDS.time)?.trim()}`;
  return compact<Alert>({
    ...COMMON,
    alert_id: code,
    alert_name: description,
    severity: TRAP_SEVERITY[specific] ?? 'NotSpecified',
    occur_time: localTime(clock, context.timezone),
    description,
    location: varbindText(trap, OIDS.nickname),
    match_key: matchKey(trapCode(code)),
  });
}

/** Codes are hexadecimal, some agents put 0x in front. */
function trapCode(code: string): string {
  return code.toLowerCase().replace(/^0x/, '').padStart(6, '0');
}
