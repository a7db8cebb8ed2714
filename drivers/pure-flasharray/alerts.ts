/** Alerts of the API and of the array's traps (PURESTORAGE-MIB, enterprise 40482). */
import {
  compact,
  identifier,
  IncompleteTrapInformation,
  inPeriod,
  lookup,
  matchKey,
  number,
  oldestFirst,
  text,
  trapNumber,
  varbindNumber,
  varbindText,
  withUniqueKeys,
  type Alert,
  type AlertQuery,
  type Foreign,
  type Trap,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { label } from './records.ts';
import { ALERT_TYPES, SEVERITIES, TRAP_SEVERITIES } from './words-table.ts';

const TRAPS = '1.3.6.1.4.1.40482.2';
const FIELD = '1.3.6.1.4.1.40482.3';
const CODE = `${FIELD}.4`;
const SUBJECT = `${FIELD}.5`;
const BODY = `${FIELD}.6`;

/** What is open: an alert that is closing is not closed yet. */
export async function listAlerts(client: Client, query: AlertQuery): Promise<Alert[]> {
  const { parts } = client;
  const items = await parts.either('alerts', [
    { ask: () => client.all('alerts', { filter: "state=('open','closing')" }) },
    { ask: () => client.all('alerts') },
  ]);
  return inPeriod(toAlerts(items), query);
}

function toAlerts(items: readonly Foreign[]): Alert[] {
  const open = items.filter(({ state }) => state !== 'closed');
  return withUniqueKeys(oldestFirst(open.flatMap(toAlert)));
}

function toAlert(item: Foreign): Alert | [] {
  const code = text(item['code']);
  const name = label(item['issue']) ?? label(item['summary']);
  if (code === undefined && name === undefined) return [];
  const [type, component] = [text(item['component_type']), label(item['component_name'])];
  return compact<Alert>({
    alert_id: code ?? 'unknown',
    alert_name: name,
    severity: lookup(SEVERITIES, item['severity']) ?? 'NotSpecified',
    category: 'Fault',
    type: ALERT_TYPES[String(item['category'])],
    // The number that people see; commands take it, too.
    sequence_number: identifier(item['name']) ?? identifier(item['id']),
    occur_time: number(item['created']),
    description: label(item['description']) ?? label(item['summary']),
    recovery_advice: text(item['knowledge_base_url']),
    resource_type: type,
    location: component,
    match_key: keyOf(code, type, component),
  });
}

/** Code and component: what a trap says of it, too. */
const keyOf = (code: string | undefined, type = '', component = '') =>
  matchKey(code, `${type}:${component}`);

/**
 * The notification has the severity, the code and texts; the component stands in the texts only, as
 * `(type:component): issue`.
 * @throws IncompleteTrapInformation if it does not: the poll tells which alert it is.
 */
export function parseAlert(trap: Trap): Alert | undefined {
  const severity = TRAP_SEVERITIES[trapNumber(trap, TRAPS) ?? ''];
  if (severity === undefined) return undefined;
  const code = varbindNumber(trap, CODE);
  const subject = varbindText(trap, SUBJECT);
  const body = varbindText(trap, BODY);
  const said = summaryIn(subject) ?? summaryIn(body);
  if (code === undefined || said === undefined) {
    throw new IncompleteTrapInformation(
      `a trap of ${trap.source} does not say which component it is about; the alerts of the array will tell`,
    );
  }
  return compact<Alert>({
    alert_id: String(code),
    alert_name: said.issue,
    severity,
    category: 'Fault',
    occur_time: trap.received_at,
    description: body ?? subject,
    resource_type: said.type,
    location: said.component,
    match_key: keyOf(String(code), said.type, said.component),
  });
}

interface Summary {
  readonly type: string;
  readonly component: string;
  readonly issue: string | undefined;
}

const OPENING = /\((\w{1,64}):/;
const CLOSING = '): ';

function summaryIn(written: string | undefined): Summary | undefined {
  const opening = OPENING.exec(written ?? '');
  if (written === undefined || !opening?.[1]) return undefined;
  const start = opening.index + opening[0].length;
  const end = written.indexOf(CLOSING, start);
  if (end < 0) return undefined;
  const [issue = ''] = written.slice(end + CLOSING.length).split(/ Expected: |\n/, 1);
  return { type: opening[1], component: written.slice(start, end), issue: text(issue) };
}
