/** Alerts that come and go by the clock, and the traps that say the same. */
import {
  ALERT_TYPES,
  SEVERITIES,
  varbindNumber,
  varbindText,
  type Alert,
  type AlertQuery,
  type Category,
  type Severity,
  type Trap,
} from 'delfin-agent/driver';
import type { Fake } from './options.ts';
import { cycle } from './random.ts';

const KINDS = [
  { id: '0x1001', name: 'Power supply failed', source: 'psu', advice: 'Replace the power supply.' },
  { id: '0x1002', name: 'Disk failed', source: 'disk', advice: 'Replace the disk.' },
  { id: '0x1003', name: 'Link down', source: 'port', advice: 'Check the cable and the switch.' },
  { id: '0x1004', name: 'Pool nearly full', source: 'pool', advice: 'Add capacity to the pool.' },
] as const;

/** The alerts that are active at a time. Alert `n` is there for one period and away for the next. */
export function alertsAt(options: Fake, now: number, query: AlertQuery): Alert[] {
  const period = options.alert_period * 1_000;
  return Array.from({ length: options.alerts }, (_, index) => index).flatMap((index) => {
    const round = Math.floor(now / period);
    if ((round + index) % 2 !== 0) return [];
    const occur_time = round * period;
    if (occur_time < (query.begin_time ?? 0) || occur_time > (query.end_time ?? Infinity))
      return [];
    return [alertOf(index, occur_time)];
  });
}

function alertOf(index: number, occur_time: number): Alert {
  const kind = cycle(KINDS, index);
  const location = `${kind.source}_${index}`;
  return {
    alert_id: kind.id,
    alert_name: kind.name,
    severity: cycle(SEVERITIES, index),
    category: 'Fault',
    type: cycle(ALERT_TYPES, index),
    sequence_number: String(100 + index),
    occur_time,
    description: `${kind.name}: ${location}`,
    recovery_advice: kind.advice,
    resource_type: kind.source,
    location,
    match_key: `${kind.id}/${location}`,
    clear_category: 'Automatic',
  };
}

/** Enterprise 32473 is reserved for documentation (RFC 5612). */
export const FAKE_TRAP = '1.3.6.1.4.1.32473.1.0.1';
const FIELD = '1.3.6.1.4.1.32473.1.1';

/** The columns of the made-up alert trap. */
export const TRAP_FIELDS = {
  alertId: `${FIELD}.1`,
  alertName: `${FIELD}.2`,
  severity: `${FIELD}.3`,
  category: `${FIELD}.4`,
  sequenceNumber: `${FIELD}.5`,
  occurTime: `${FIELD}.6`,
  description: `${FIELD}.7`,
  location: `${FIELD}.8`,
} as const;

export function parseFakeTrap(trap: Trap): Alert | undefined {
  if (trap.trap_oid !== FAKE_TRAP) return undefined;
  const read = (field: keyof typeof TRAP_FIELDS) => varbindText(trap, TRAP_FIELDS[field]);
  const alert_id = read('alertId') ?? 'unknown';
  const location = read('location') ?? '';
  const optional = {
    alert_name: read('alertName'),
    sequence_number: read('sequenceNumber'),
    occur_time: varbindNumber(trap, TRAP_FIELDS.occurTime),
    description: read('description'),
  };
  return {
    alert_id,
    severity: (read('severity') ?? 'NotSpecified') as Severity,
    category: (read('category') ?? 'Fault') as Category,
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<Alert>),
    location,
    match_key: `${alert_id}/${location}`,
  };
}
