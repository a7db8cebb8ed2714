/** Alerts: the SIM logs of both controllers and of the DKC, and the array's SNMP traps. */
import {
  AlertSchema,
  allPages,
  identifier,
  IncompleteTrapInformation,
  inPeriod,
  NotSupported,
  number,
  objects,
  recordsOf,
  SEVERITIES,
  text,
  trapNumber,
  varbindTexts,
  writtenTime,
  zoneOr,
  type Alert,
  type AlertQuery,
  type DriverContext,
  type Foreign,
  type Trap,
  type TrapContext,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';

/** Logs, the most entries each can hold, and how many are asked for at once. */
const LOGS = [
  { type: 'CTL1', entries: 256, page: 255 },
  { type: 'CTL2', entries: 256, page: 255 },
  { type: 'DKC', entries: 10_240, page: 10_239 },
] as const;
/** What a server gives that ignores `count`. */
const DEFAULT_COUNT = 10;

const LEVELS = {
  Acute: 'Critical', Serious: 'Major', Moderate: 'Warning', Service: 'Informational',
} as const; // prettier-ignore

/**
 * The zone of the array's clock: the one it states, else the configured one; undefined while it can't
 * be read.
 */
function createZone({ parts, get }: Client, { timezone }: DriverContext) {
  let known: string | undefined;
  const read = async () => {
    const clock = await parts.ifAny(() => get('/date-times/instance'));
    return zoneOr(clock?.['timeZoneId'], timezone);
  };
  return async () => (known ??= await parts.added(read));
}

/** A log that can't be read passes or is broken for good: so many polls wait for it. */
const PATIENCE = 3;

/**
 * The alerts of the logs. Both controllers log the same SIM: one alert, as bad as its worst entry and of
 * its newest time. While one of the logs can't be read, what was known of a SIM goes before what the
 * others say of it; one that was not known waits for that log, but not for long.
 */
export function createAlerts(client: Client, context: DriverContext) {
  const { parts } = client;
  const zone = createZone(client, context);
  let known: ReadonlyMap<string, Alert> = new Map();
  let waited = 0;

  /** As the last poll knew them; new ones only from a poll that is whole, or has waited long enough. */
  function settle(found: ReadonlyMap<string, Alert>, whole: boolean): Alert[] {
    waited = whole ? 0 : waited + 1;
    if (whole) known = found;
    const isPatient = !whole && waited <= PATIENCE;
    return Array.from(found, ([key, alert]) => known.get(key) ?? (isPatient ? [] : alert)).flat();
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
      toAlerts(entries, () => ({ timezone })),
      (alert) => alert.match_key ?? `entry ${alert.sequence_number ?? JSON.stringify(alert)}`,
    );
    const found = new Map(Array.from(groups, ([key, alike]) => [key, worst(alike)]));
    return inPeriod(settle(found, !logs.includes(undefined)), query);
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
  client: Client,
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

/** Entries of the logs, and traps in their form, with the zone of their times. */
const toAlerts = recordsOf(AlertSchema, {
  alert_id: ({ alertId, referenceCode: code }) => identifier(alertId) ?? hexadecimal(code),
  alert_name: 'errorSection',
  severity: ['errorLevel', LEVELS],
  category: ({ isEvent }) => (isEvent === true ? 'Event' : 'Fault'),
  type: 'EquipmentAlarm',
  sequence_number: ({ alertIndex }) => identifier(alertIndex),
  occur_time: ({ occurenceTime, timezone }) => writtenTime(occurenceTime, text(timezone)),
  description: ({ errorDetail }) => text(errorDetail),
  recovery_advice: ({ actionCodes }) => advice(actionCodes),
  resource_type: () => 'Storage',
  location: 'location',
  // The last digits of a SIM reference code name the part: the same code is the same fault of the same part.
  match_key({ referenceCode }) {
    const code = hexadecimal(referenceCode);
    return code && `vsp:${code}`;
  },
});

/** The logs have codes in decimal, traps and manuals in hexadecimal: 7d1700. */
function hexadecimal(code: unknown): string | undefined {
  return number(code)?.toString(16).padStart(6, '0') ?? text(code)?.toLowerCase();
}

/** Action codes with the parts to replace, as the maintenance manual lists them. */
function advice(codes: unknown): string | undefined {
  const lines = objects(codes).flatMap(({ actionCode, possibleFailureParts, accLocation }) => {
    const action = hexadecimal(actionCode);
    const parts = [possibleFailureParts, accLocation].flatMap((word) => text(word) ?? []);
    if (action === undefined) return [];
    return [`action code ${action}`, parts.join(', ')].filter(Boolean).join(': ');
  });
  return lines.join('; ') || undefined;
}

const TRAPS = '1.3.6.1.4.1.116.3.11.4.1.1';
/** raidEventUser traps by their number. */
const TRAP_LEVELS: Readonly<Record<string, keyof typeof LEVELS>> = {
  1: 'Acute',
  2: 'Serious',
  3: 'Moderate',
  4: 'Service',
};
/** RaidCommandFinished, whatever it carries. */
const COMMAND_FINISHED = '100';

const VARIABLES = {
  nickname: '1.3.6.1.4.1.116.5.11.4.2.2',
  reference: '1.3.6.1.4.1.116.5.11.4.2.3',
  date: '1.3.6.1.4.1.116.5.11.4.2.5',
  time: '1.3.6.1.4.1.116.5.11.4.2.6',
  description: '1.3.6.1.4.1.116.5.11.4.2.7',
} as const;

/** Undefined: not a failure report of this array. */
export function parseAlert(trap: Trap, { timezone }: TrapContext): Alert | undefined {
  const specific = trapNumber(trap, TRAPS);
  if (specific === undefined || specific === COMMAND_FINISHED) return undefined;
  const { nickname, reference, date, time, description } = varbindTexts(trap, VARIABLES);
  const [code, errorLevel] = [reference?.trim(), TRAP_LEVELS[specific]];
  // Other traps of the same enterprise report no failure.
  if ((errorLevel ?? code) === undefined) return undefined;
  if (code === undefined && description === undefined) {
    throw new IncompleteTrapInformation('the trap carries neither reference code nor text');
  }
  const [alert] = toAlerts([
    {
      // Without its code it can't be found in the logs again: it is told, and has no end.
      isEvent: code === undefined,
      alertId: code ?? `raidEventUser${specific}`,
      // Some agents put 0x in front.
      referenceCode: code && (Number(`0x${code.replace(/^0x/i, '')}`) || code),
      errorLevel,
      errorSection: description,
      errorDetail: description,
      occurenceTime: `${date?.trim()} ${time?.trim()}`,
      timezone,
      location: nickname,
    },
  ]);
  return alert;
}
