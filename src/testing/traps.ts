/** `parseAlert` with the traps of the array, with those of others, and with broken ones. */
import { checkRecord, type Drop } from '../backend/validate.ts';
import { AlertSchema, type Alert, type Trap, type Varbind } from '../driver/alerts.ts';
import type { Driver } from '../driver/driver.ts';
import { IncompleteTrapInformation } from '../driver/errors.ts';
import {
  absent,
  failedCall,
  finding,
  judged,
  ok,
  type CheckResult,
  type Finding,
} from './check.ts';
import { dropFinding, written } from './compare.ts';
import { timesOf, type Reading } from './reading.ts';
import type { TruthRecord } from './simulator.ts';

const CALL = 'parseAlert';

interface Sample {
  readonly title: string;
  readonly trap: Trap;
  /** Fields that the alert must have; null: anything that is valid. */
  readonly alert: TruthRecord | undefined | null;
}

const trapOf = (trap_oid: string, varbinds: readonly Varbind[] = []): Trap => ({
  version: 'v2c',
  pdu_type: 'trap',
  trap_oid,
  varbinds,
  source: '192.0.2.1',
  received_at: Date.now(),
});

/** Values that no vendor's document has; a trap is a datagram from anybody. */
const ODD_VALUES: readonly Pick<Varbind, 'type' | 'value'>[] = [
  { type: 'OctetString', value: new Uint8Array() },
  { type: 'OctetString', value: Uint8Array.of(0xff, 0xfe, 0x00, 0x80) },
  { type: 'Null', value: null },
  { type: 'Counter64', value: 2n ** 64n - 1n },
  { type: 'Integer', value: -1 },
];

function samplesFor(
  own: readonly { readonly trap: Trap; readonly alert: TruthRecord | undefined }[],
): Sample[] {
  const foreign = [
    { title: 'a coldStart', trap: trapOf('1.3.6.1.6.3.1.1.5.1') },
    { title: 'a trap of another vendor', trap: trapOf('1.3.6.1.4.1.2147483647.0.1', [{ oid: '1.3.6.1.4.1.2147483647.1', type: 'OctetString', value: Buffer.from('x') }]) }, // prettier-ignore
  ];
  return [
    ...foreign.map((sample) => ({ ...sample, alert: null })),
    ...own.flatMap(({ trap, alert }, index): Sample[] => [
      { title: `trap ${index} of the array`, trap, alert },
      { title: `trap ${index} without its values`, trap: { ...trap, varbinds: [] }, alert: null },
      ...ODD_VALUES.map((odd) => ({
        title: `trap ${index} with ${odd.type} ${written(typeof odd.value === 'bigint' ? String(odd.value) : odd.value)} everywhere`,
        trap: { ...trap, varbinds: trap.varbinds.map(({ oid }) => ({ oid, ...odd })) },
        alert: null,
      })),
    ]),
  ];
}

export async function checkTraps(driver: Driver, reading: Reading): Promise<CheckResult> {
  const { opened, truth, alerts = [] } = reading;
  const { parseAlert } = driver;
  if (!parseAlert) return absent('the driver reads no traps');
  const context = { storageId: opened.name, timezone: 'UTC', options: opened.access };
  const own = truth?.traps ?? [];
  const samples = samplesFor(own);
  const findings = samples.flatMap(({ title, trap, alert }) => {
    let parsed: ReturnType<typeof parseAlert>;
    try {
      parsed = parseAlert.call(driver, trap, context);
    } catch (error) {
      if (error instanceof IncompleteTrapInformation && alert === null) return [];
      const { value = '', ...failed } = failedCall(CALL, error);
      return [{ ...failed, value: `${value} for ${title}` }];
    }
    const found = [parsed].flat().filter((one) => one !== undefined);
    return [...invalid(found, alert !== null), ...compared(title, found, alert, alerts)];
  });
  return judged(
    findings,
    ok(`${own.length} traps of the array, ${samples.length - own.length} others`),
  );
}

/** Words that no table has are a fault of the array's own traps only. */
function invalid(alerts: readonly Alert[], own: boolean): Finding[] {
  const drops: Drop[] = [];
  for (const alert of alerts) {
    checkRecord(AlertSchema, 'alerts', alert, '', (drop) => drops.push(drop));
  }
  const counted = drops.filter(({ reason }) => own || reason !== 'unknown_value');
  return [...counted.map((drop) => dropFinding(CALL, AlertSchema, drop)), ...timesOf(alerts, CALL)];
}

function compared(
  title: string,
  found: readonly Alert[],
  wanted: TruthRecord | undefined | null,
  listed: readonly Alert[],
): Finding[] {
  if (wanted === null) return [];
  const [alert] = found;
  if (!wanted || !alert) {
    if (!wanted === !alert) return [];
    return [finding('wrong_trap', CALL, { value: `${written(alert)} for ${title}`, expected: written(wanted) })]; // prettier-ignore
  }
  const is: Readonly<Record<string, unknown>> = alert;
  const findings = Object.entries(wanted).flatMap(
    ([field, value]) =>
    written(is[field]) === written(value)
      ? []
      : finding('wrong_trap', CALL, { field, value: `${written(is[field])} for ${title}`, expected: written(value) }), // prettier-ignore
  );
  // The same fault by the other road.
  const twin = listed.find(({ match_key: key }) => key !== undefined && key === alert.match_key);
  if (!twin || twin.alert_id === alert.alert_id) return findings;
  const value = `${written(alert.match_key)} for ${title}`;
  return [...findings, finding('colliding_alerts', CALL, { field: 'match_key', value, expected: `another key than ${twin.alert_id} of the list has` })]; // prettier-ignore
}
