/** The alerts that are active, in the seed's terms. */
import { createHash } from 'node:crypto';
import type { TruthRecord } from '../../kit/simulator.ts';
import type { Alert, UnityArray } from './types.ts';

const SEVERITY: Readonly<Record<number, string>> = {
  2: 'Critical', 3: 'Major', 4: 'Warning', 5: 'Informational', 6: 'Informational',
}; // prettier-ignore

export function alerts(array: UnityArray): TruthRecord[] {
  const isOld = array.generation === 'oe4';
  return array.alerts
    .filter((alert) => (isOld ? !alert.isAcknowledged : alert.state !== 2))
    .map((alert, _, active) => ({
      alert_id: alert.messageId,
      alert_name: alert.message,
      severity: SEVERITY[alert.severity] ?? 'NotSpecified',
      category: { 5: 'Event', 6: 'Recovery' }[alert.severity] ?? 'Fault',
      type: 'EquipmentAlarm',
      sequence_number: alert.id,
      occur_time: alert.time,
      description: alert.description,
      resource_type: 'Storage',
      location: alert.component,
      match_key: matchKey(alert, active),
    }));
}

/** Text and component; of several alike the first has it, the others add their own id. */
function matchKey(alert: Alert, active: readonly Alert[]): string {
  const same = active.find(
    (other) => other.message === alert.message && other.component === alert.component,
  );
  const key = digestOf(alert.message, alert.component);
  return same === alert ? key : digestOf(key, alert.id);
}

const digestOf = (...parts: readonly (string | undefined)[]) =>
  createHash('md5').update(JSON.stringify(parts)).digest('hex');
