/** `alerts list|clear BACKEND`: what the array's own console shows, and clearing it there. */
import { collectAlerts } from '../backend/collect.ts';
import { messageOf } from '../driver/message.ts';
import { UsageError, withBackend, type CommonOptions } from './context.ts';

export async function listAlerts(
  name: string,
  options: CommonOptions & { readonly format: 'table' | 'json' },
): Promise<void> {
  const alerts = await withBackend(name, options, ({ collector }) => collectAlerts(collector));
  if (!alerts) throw new UsageError(`${name}: its driver can't list alerts`);
  if (options.format === 'json') {
    process.stdout.write(`${JSON.stringify(alerts, null, 2)}\n`);
    return;
  }
  for (const alert of alerts) {
    const time = alert.occur_time === undefined ? '-' : new Date(alert.occur_time).toISOString();
    const line = [
      alert.sequence_number ?? '-',
      alert.severity,
      time,
      alert.alert_name ?? alert.alert_id,
      alert.location ?? '',
    ];
    process.stdout.write(`${line.join('\t')}\n`);
  }
  process.stdout.write(`${alerts.length} alert${alerts.length === 1 ? '' : 's'}\n`);
}

/** Clears one after the other; goes on after a failure and reports all of them. */
export async function clearAlerts(
  name: string,
  sequenceNumbers: readonly string[],
  options: CommonOptions,
): Promise<void> {
  const failures = await withBackend(name, options, async ({ collector: { session } }) => {
    if (!(await session.offers('clearAlert')))
      throw new UsageError(`${name}: its driver can't clear alerts`);
    const failed: string[] = [];
    for (const sequenceNumber of sequenceNumbers) {
      try {
        const done = await session.call('clearAlert', (open, signal) =>
          open.clearAlert?.(sequenceNumber, signal),
        );
        process.stdout.write(`${sequenceNumber}: ${done ?? 'cleared'}\n`);
      } catch (error) {
        failed.push(`${sequenceNumber}: ${messageOf(error)}`);
      }
    }
    return failed;
  });
  if (failures.length > 0) throw new UsageError(failures.join('\n'));
}
