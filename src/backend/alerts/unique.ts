/** The alerts of one poll, each fault once: of two with the same key the worst holds, then the newest. */
import { SEVERITIES, type Alert } from '../../driver/alerts.ts';
import { createMatcher } from './matching.ts';

export function uniqueAlerts(
  alerts: readonly Alert[],
  onDuplicate: (alert: Alert) => void = () => {},
): Alert[] {
  const unique = createMatcher<{ readonly alert: Alert }>();
  for (const alert of alerts) {
    const other = unique.find(alert);
    if (other) {
      onDuplicate(alert);
      if (!isWorse(alert, other.alert)) continue;
      unique.remove(other);
    }
    unique.add({ alert });
  }
  return Array.from(unique.entries(), ({ alert }) => alert);
}

function isWorse(alert: Alert, other: Alert): boolean {
  const worse = SEVERITIES.indexOf(other.severity) - SEVERITIES.indexOf(alert.severity);
  return worse === 0 ? (alert.occur_time ?? 0) > (other.occur_time ?? 0) : worse > 0;
}
