/** Alerts of the API and of the array's traps (Unity MIB, enterprise 1139.103.1.18). */
import { createHash } from 'node:crypto';
import {
  compact,
  flag,
  identifier,
  IncompleteTrapInformation,
  lookup,
  number,
  text,
  utcTime,
  varbindText,
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

/** `enterprise.N`, or `enterprise.0.N` as RFC 3584 makes it of a v1 trap. */
const TRAP = /^1\.3\.6\.1\.4\.1\.1139\.103\.1\.18\.2\.(?:0\.)?(\d+)$/;
const FIELD = '1.3.6.1.4.1.1139.103.1.18.1';
/** The storage processor that sends the trap. */
const NODE = `${FIELD}.1`;
const COMPONENT = `${FIELD}.2`;
const SYMPTOM_ID = `${FIELD}.3`;
const SYMPTOM_TEXT = `${FIELD}.4`;
/** The id of an object (`dpe_disk_7`, `spa`), not the name of a service ("Health"). */
const OBJECT = /^[a-z]+$|[\d_]/;

/** The alerts that are active, in the array's order. */
export function toAlerts(contents: readonly Foreign[]): Alert[] {
  const keys = keysOf(contents);
  return contents.flatMap((content) => toAlert(content, keys.get(content)) ?? []);
}

function toAlert(content: Foreign, key: string | undefined): Alert | undefined {
  if (!isActive(content)) return undefined;
  const message = messageOf(content);
  const id = idOf(content);
  if (id === undefined && message === undefined) return undefined;
  const severity = text(content['severity']);
  return compact<Alert>({
    alert_id: id ?? 'unknown',
    alert_name: message ?? wordsOfMessage(id),
    severity: lookup(SEVERITIES, severity) ?? 'NotSpecified',
    category: categoryOf(severity, [
      wordsOf(content['descriptionId']),
      wordsOfMessage(id),
      message,
    ]),
    type: 'EquipmentAlarm',
    sequence_number: text(content['id']),
    occur_time: utcTime(content['timestamp']),
    description: text(content['description']),
    resource_type: 'Storage',
    location: reference(content['component']),
    match_key: key,
  });
}

/** An acknowledged alert is over where alerts have no state (OE 4.x): nothing else can end it there. */
function isActive(content: Foreign): boolean {
  if (content['state'] === undefined) return flag(content['isAcknowledged']) !== true;
  return number(content['state']) !== INACTIVE;
}

const messageOf = (content: Foreign) => text(content['message']);
const idOf = (content: Foreign) => text(content['messageId']) ?? text(content['descriptionId']);

/**
 * Message and component: what a trap says of it, too. Of several alerts that say the same, the one that
 * was there first has this key; the others have their own id in it.
 */
function keysOf(contents: readonly Foreign[]): ReadonlyMap<Foreign, string> {
  const keys = new Map<Foreign, string>();
  const taken = new Set<string>();
  const inOrder = contents.filter(isActive).toSorted((a, b) => ageOf(a) - ageOf(b));
  for (const [index, content] of inOrder.entries()) {
    const said = messageOf(content) ?? idOf(content) ?? '';
    const key = keyOf(said, reference(content['component']));
    const own = keyOf(said, reference(content['component']), text(content['id']) ?? `#${index}`);
    keys.set(content, taken.has(key) ? own : key);
    taken.add(key);
  }
  return keys;
}

/** Ids are counted up: `alert_17`. */
function ageOf(content: Foreign): number {
  return Number(/(\d{1,15})$/.exec(identifier(content['id']) ?? '')?.[1] ?? Infinity);
}

function keyOf(...parts: readonly (string | undefined)[]): string {
  const [said = '', component, instance] = parts;
  const hash = createHash('md5').update(said);
  for (const part of [component, instance]) hash.update(`\0${part ?? ''}`);
  return hash.digest('hex');
}

export function parseAlert(trap: Trap): Alert | undefined {
  const level = TRAP.exec(trap.trap_oid)?.[1];
  if (level === undefined) return undefined;
  const id = varbindText(trap, SYMPTOM_ID);
  const message = varbindText(trap, SYMPTOM_TEXT);
  const named = varbindText(trap, COMPONENT);
  if (id === undefined && message === undefined) {
    throw new IncompleteTrapInformation(
      `a trap of ${trap.source} has neither symptom nor text; the alerts of the array will tell`,
    );
  }
  const words = [wordsOfMessage(id), message];
  const component = named !== undefined && OBJECT.test(named) ? named : undefined;
  const category = categoryOf(level, words);
  // What a component is well again from is whatever was wrong with it; without a text, its place tells.
  const endsAll = category === 'Recovery' && component !== undefined && words.some(saysAllIsWell);
  const keyless = endsAll || message === undefined;
  return compact<Alert>({
    alert_id: id ?? 'unknown',
    alert_name: message ?? wordsOfMessage(id),
    severity: lookup(SEVERITIES, level) ?? 'NotSpecified',
    category,
    type: 'EquipmentAlarm',
    occur_time: trap.received_at,
    description: message ?? wordsOfMessage(id),
    resource_type: 'Storage',
    location: component ?? varbindText(trap, NODE),
    match_key: keyless ? undefined : keyOf(message, component),
  });
}

/** Words of a reason or a message that something is well again, and that nothing else is wrong with it. */
const WELL_AGAIN =
  /^(.+ )?(ok|ok .+|restored?|recovered|cleared|link up|finish rebuild)$|\boperating normally\b/i;
const ALL_WELL = /(^| )(?<!snaps |upgrade )(ok|link up)$|\boperating normally\b/i;

function saysAllIsWell(words: string | undefined): boolean {
  return words !== undefined && ALL_WELL.test(words);
}

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
