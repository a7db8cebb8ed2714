/** Alerts of the API and of the array's traps (Unity MIB, enterprise 1139.103.1.18). */
import {
  compact,
  flag,
  identifier,
  IncompleteTrapInformation,
  lookup,
  matchKey,
  number,
  text,
  trapNumber,
  utcTime,
  varbindTexts,
  withUniqueKeys,
  type Alert,
  type Category,
  type Foreign,
  type Severity,
  type Trap,
} from 'delfin-agent/driver';
import { wordsOfMessage } from './messages.ts';
import { reference } from './records.ts';

/** SeverityEnum: that of syslog, and 8 for OK. The last number of a trap's OID is the same. */
const SEVERITIES: Readonly<Record<string, Severity>> = {
  '0': 'Critical',
  '1': 'Critical',
  '2': 'Critical',
  '3': 'Major',
  '4': 'Warning',
  '5': 'Informational',
  '6': 'Informational',
  '7': 'NotSpecified',
  '8': 'Informational',
};
const OK = '8';
const INFORMATION = new Set(['5', '6', '7', OK]);

/** AlertStateEnum: 0 and 1 are active (until someone, or the array itself, ends it). */
const INACTIVE = 2;

const TRAPS = '1.3.6.1.4.1.1139.103.1.18.2';
const VARIABLES = {
  // The storage processor that sends the trap.
  node: '1.3.6.1.4.1.1139.103.1.18.1.1',
  component: '1.3.6.1.4.1.1139.103.1.18.1.2',
  id: '1.3.6.1.4.1.1139.103.1.18.1.3',
  message: '1.3.6.1.4.1.1139.103.1.18.1.4',
} as const;
/** The id of an object (`dpe_disk_7`, `spa`), not the name of a service ("Health"). */
const OBJECT = /^[a-z]+$|[\d_]/;

/** Those that are active. Of several that a trap can't tell apart the oldest was there first. */
export function toAlerts(contents: readonly Foreign[]): Alert[] {
  const inOrder = contents.filter(isActive).toSorted((a, b) => numberOf(a) - numberOf(b));
  return withUniqueKeys(inOrder.flatMap(toAlert));
}

/** An acknowledged alert is over where alerts have no state (OE 4.x): nothing else can end it there. */
function isActive({ state, isAcknowledged }: Foreign): boolean {
  return state === undefined ? flag(isAcknowledged) !== true : number(state) !== INACTIVE;
}

/** Ids are counted up: `alert_17`. */
function numberOf({ id }: Foreign): number {
  return Number(/(\d{1,15})$/.exec(identifier(id) ?? '')?.[1] ?? Infinity);
}

function toAlert(content: Foreign): Alert | [] {
  const message = text(content['message']);
  const id = text(content['messageId']) ?? text(content['descriptionId']);
  if (id === undefined && message === undefined) return [];
  const said = { id, message, level: text(content['severity']) };
  const component = reference(content['component']);
  return compact<Alert>({
    ...toFault(said, wordsOf(content['descriptionId'])),
    sequence_number: text(content['id']),
    occur_time: utcTime(content['timestamp']),
    description: text(content['description']),
    location: component,
    match_key: matchKey(message ?? id, component),
  });
}

/** What an alert and its trap both tell. */
type Said = Readonly<Record<'id' | 'message' | 'level', string | undefined>>;

function toFault({ id, message, level }: Said, reason?: string) {
  const words = wordsOfMessage(id);
  return {
    alert_id: id ?? 'unknown',
    alert_name: message ?? words,
    severity: lookup(SEVERITIES, level) ?? 'NotSpecified',
    category: categoryOf(level, [reason, words, message]),
    type: 'EquipmentAlarm',
    resource_type: 'Storage',
  } as const;
}

export function parseAlert(trap: Trap): Alert | undefined {
  const level = trapNumber(trap, TRAPS);
  if (level === undefined) return undefined;
  const { id, message, component: named = '', node } = varbindTexts(trap, VARIABLES);
  if (id === undefined && message === undefined) {
    throw new IncompleteTrapInformation(
      `a trap of ${trap.source} has neither symptom nor text; the alerts of the array will tell`,
    );
  }
  const component = OBJECT.test(named) ? named : undefined;
  const fault = toFault({ id, message, level });
  // What a component is well again from is whatever was wrong with it; without a text, its place tells.
  const isWell = [wordsOfMessage(id), message].some((said) => said && ALL_WELL.test(said));
  const endsAll = fault.category === 'Recovery' && component !== undefined && isWell;
  const keyless = endsAll || message === undefined;
  return compact<Alert>({
    ...fault,
    occur_time: trap.received_at,
    description: fault.alert_name,
    location: component ?? node,
    match_key: keyless ? undefined : matchKey(message, component),
  });
}

/** Words of a reason or a message that something is well again, and that nothing else is wrong with it. */
const WELL_AGAIN =
  /^(.+ )?(ok|ok .+|restored?|recovered|cleared|link up|finish rebuild)$|\boperating normally\b/i;
const ALL_WELL = /(^| )(?<!snaps |upgrade )(ok|link up)$|\boperating normally\b/i;

/** Only information tells that something is well: an error about a restore does not. */
function categoryOf(
  severity: string | undefined,
  words: readonly (string | undefined)[],
): Category {
  if (severity === OK) return 'Recovery';
  if (severity === undefined || !INFORMATION.has(severity)) return 'Fault';
  return words.some((said) => said !== undefined && WELL_AGAIN.test(said)) ? 'Recovery' : 'Event';
}

/** ALRT_COMPONENT_OK -> `component ok`, as the table of messages has them. */
function wordsOf(reason: unknown): string | undefined {
  return text(reason)
    ?.slice(0, 200)
    .replace(/^ALRT_/, '')
    .replaceAll('_', ' ')
    .toLowerCase();
}
