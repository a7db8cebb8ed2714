/** Alerts: the SIM logs of both controllers and of the DKC, and the array's SNMP traps. */
import {
  allPages,
  compact,
  identifier,
  IncompleteTrapInformation,
  inPeriod,
  lookup,
  NotSupported,
  number,
  objects,
  SEVERITIES,
  text,
  varbindText,
  zonedTime,
  zoneOffset,
  type Alert,
  type AlertQuery,
  type DriverContext,
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

/** The zone of the array's clock; undefined while it can't be read. */
type Zone = () => Promise<string | undefined>;

/** The array states its zone; one that does not has the configured one. */
function createZone(client: ArrayClient, { timezone }: DriverContext): Zone {
  let known: string | undefined;
  return async () => {
    known ??= await client.parts.added(async () => {
      const clock = await client.parts.ifAny(() => client.get('/date-times/instance'));
      const stated = text(clock?.['timeZoneId']);
      return stated !== undefined && isZone(stated) ? stated : timezone;
    });
    return known;
  };
}

function isZone(name: string): boolean {
  try {
    zoneOffset(0, name);
    return true;
  } catch {
    return false;
  }
}

/** A log that can't be read passes or is broken for good: so many polls wait for it. */
const PATIENCE = 3;

/**
 * The alerts of the logs. Both controllers log the same SIM: one alert, as bad as its worst entry and of
 * its newest time. While one of the logs can't be read, what was known of a SIM goes before what the
 * others say of it; one that was not known waits for that log, but not for long.
 */
export function createAlerts(client: ArrayClient, context: DriverContext) {
  const { parts } = client;
  const zone = createZone(client, context);
  let known: ReadonlyMap<string, Alert> = new Map();
  let waited = 0;

  /** As the last poll knew them; new ones only from a poll that is whole, or has waited long enough. */
  function settle(found: ReadonlyMap<string, Alert>, whole: boolean): ReadonlyMap<string, Alert> {
    waited = whole ? 0 : waited + 1;
    if (whole) return (known = found);
    const settled = Array.from(found, ([key, alert]): [string, Alert | undefined] => [
      key,
      known.get(key) ?? (waited > PATIENCE ? alert : undefined),
    ]);
    return new Map(settled.filter((pair): pair is [string, Alert] => pair[1] !== undefined));
  }

  return async (query: AlertQuery): Promise<Alert[]> => {
    // Models without two such controllers refuse the type of their logs.
    const logs = await parts.children(
      LOGS,
      async (log) => (await parts.ifAny(() => readLog(client, log))) ?? 'absent',
    );
    if (logs.every((log) => log === 'absent')) throw new NotSupported('there is no alert log');
    const entries = logs.flatMap((log) => (log === 'absent' || !log ? [] : log));
    const timezone = entries.length === 0 ? undefined : await zone();
    const groups = Map.groupBy(
      entries.map((entry) => toAlert(entry, timezone)),
      (alert) => alert.match_key ?? `entry ${alert.sequence_number ?? JSON.stringify(alert)}`,
    );
    const found = new Map(Array.from(groups, ([key, alike]) => [key, worst(alike)]));
    return inPeriod([...settle(found, !logs.includes(undefined)).values()], query);
  };
}

function worst(entries: readonly Alert[]): Alert {
  // A level that nobody knows is no worse than a known one.
  const rank = ({ severity }: Alert) => SEVERITIES.indexOf(severity) >>> 0;
  const newest = entries.toSorted(
    (a, b) => rank(a) - rank(b) || (b.occur_time ?? 0) - (a.occur_time ?? 0),
  );
  return newest[0] as Alert;
}

function readLog(
  client: ArrayClient,
  { type, entries, page: size }: (typeof LOGS)[number],
): Promise<Foreign[]> {
  return allPages<Foreign, number>({
    what: `GET /alerts ${type}`,
    key: (entry) => identifier(entry['alertIndex']) ?? JSON.stringify(entry),
    async page(start = 1) {
      const count = Math.min(size, entries - start + 1);
      const items = await client.list('/alerts', { type, start, count });
      const next = start + items.length;
      const isFull = items.length >= count || items.length === DEFAULT_COUNT;
      return { items, next: isFull && next <= entries ? next : undefined };
    },
  });
}

function toAlert(entry: Foreign, timezone: string | undefined): Alert {
  const code = referenceCode(entry['referenceCode']);
  return compact<Alert>({
    ...COMMON,
    alert_id: identifier(entry['alertId']) ?? code,
    alert_name: text(entry['errorSection']),
    severity: lookup(SEVERITY, entry['errorLevel']) ?? 'NotSpecified',
    sequence_number: identifier(entry['alertIndex']),
    occur_time:
      timezone === undefined ? undefined : localTime(text(entry['occurenceTime']), timezone),
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
  const lines = objects(codes).flatMap((code) => {
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

/** RaidCommandFinished, whatever it carries. */
const COMMAND_FINISHED = '100';

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
  const severity = TRAP_SEVERITY[specific];
  // Other traps of the same enterprise report no failure.
  if (specific === COMMAND_FINISHED || (severity ?? code) === undefined) return undefined;
  if (code === undefined && description === undefined) {
    throw new IncompleteTrapInformation('the trap carries neither reference code nor text');
  }
  const clock = `${varbindText(trap, OIDS.date)?.trim()} ${varbindText(trap, OIDS.time)?.trim()}`;
  return compact<Alert>({
    ...COMMON,
    // Without its code it can't be found in the logs again: it is told, and has no end.
    ...(code === undefined ? { category: 'Event' } : {}),
    alert_id: code ?? `raidEventUser${specific}`,
    alert_name: description,
    severity: severity ?? 'NotSpecified',
    occur_time: localTime(clock, context.timezone),
    description,
    location: varbindText(trap, OIDS.nickname),
    match_key: code && matchKey(trapCode(code)),
  });
}

/** Codes are hexadecimal, some agents put 0x in front. */
function trapCode(code: string): string {
  return code.toLowerCase().replace(/^0x/, '').padStart(6, '0');
}
