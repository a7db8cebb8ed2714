/** The event log of the cluster, and what of it is current. */
import { createHash } from 'node:crypto';
import { nodeName, nodeUuid } from './hardware.ts';
import { known, type Json } from './types.ts';

const HOUR_MS = 3_600_000;

interface Entry {
  readonly name: string;
  readonly severity: string;
  readonly hoursAgo: number;
  readonly node?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  /** What makes the fault; undefined: it is no current one. */
  readonly key?: readonly string[];
  readonly category?: 'Fault' | 'Event';
}

const health = (alert_id: string, alerting_resource: string) => ({
  alert_id,
  alerting_resource,
  probable_cause_description: 'something',
  alert_corrective_action: `mend ${alert_id}`,
});

const ENTRIES: readonly Entry[] = [
  { name: 'hm.alert.raised', severity: 'alert', hoursAgo: 480, parameters: health('RaidLeftBehindAggrAlert', 'aggr1: 1.0, left'), key: ['hm.alert', 'RaidLeftBehindAggrAlert', 'aggr1: 1.0, left'], category: 'Fault' },
  { name: 'hm.alert.raised', severity: 'alert', hoursAgo: 900, parameters: health('ForgottenAlert', 'x') },
  { name: 'hm.alert.raised', severity: 'alert', hoursAgo: 30, parameters: health('NodeIfInErrorsWarnAlert', 'cl1-01/e0a') },
  { name: 'hm.alert.cleared', severity: 'notice', hoursAgo: 29, parameters: health('NodeIfInErrorsWarnAlert', 'cl1-01/e0a') },
  { name: 'hm.alert.cleared', severity: 'notice', hoursAgo: 40, parameters: health('DualPathToDiskShelf_Alert', '50:05') },
  { name: 'hm.alert.raised', severity: 'alert', hoursAgo: 39, node: 1, parameters: health('DualPathToDiskShelf_Alert', '50:05'), key: ['hm.alert', 'DualPathToDiskShelf_Alert', '50:05'], category: 'Fault' },
  { name: 'monitor.fan.failed', severity: 'alert', hoursAgo: 20, parameters: { report: 'Fan 1' }, key: ['fan'], category: 'Fault' },
  { name: 'monitor.fan.warning', severity: 'error', hoursAgo: 10, node: 1, parameters: { report: 'Fan 2' }, key: ['fan', nodeName(1)], category: 'Fault' },
  { name: 'monitor.globalStatus.critical', severity: 'emergency', hoursAgo: 9 },
  { name: 'monitor.globalStatus.ok', severity: 'notice', hoursAgo: 8 },
  { name: 'LUN.offline', severity: 'notice', hoursAgo: 7, parameters: { object_uuid: 'lun-a', lun_path: '/vol/v/l "1"' }, key: ['lun', 'lun-a'], category: 'Fault' },
  { name: 'LUN.offline', severity: 'notice', hoursAgo: 7, node: 1, parameters: { object_uuid: 'lun-b' } },
  { name: 'LUN.online', severity: 'notice', hoursAgo: 6, parameters: { object_uuid: 'lun-b' } },
  { name: 'callhome.spares.low', severity: 'error', hoursAgo: 5, category: 'Event' },
  { name: 'Nblade.nfsV4PoolExhaust', severity: 'emergency', hoursAgo: 4, node: 1, category: 'Event' },
  { name: 'raid.rg.media_scrub.recommended', severity: 'alert', hoursAgo: 100, category: 'Event' },
  { name: 'callhome.spares.low', severity: 'error', hoursAgo: 200 },
  { name: 'wafl.scan.start', severity: 'informational', hoursAgo: 1 },
]; // prettier-ignore

const SEVERITIES: Readonly<Record<string, string>> = {
  emergency: 'Fatal',
  alert: 'Critical',
  error: 'Minor',
  notice: 'Informational',
};

/** The numbers of the events of each node's own log. */
const indexOf = (number: number) => 41_076_245 + Math.floor(number / 2);

export function events(now: number): Json[] {
  return ENTRIES.map((entry, number) => {
    const node = entry.node ?? 0;
    return known({
      node: { name: nodeName(node), uuid: nodeUuid(node) },
      index: indexOf(number) + (node === 0 ? number : 0),
      time: zoned(now - entry.hoursAgo * HOUR_MS),
      message: { name: entry.name, severity: entry.severity },
      source: 'notifyd',
      log_message: textOf(entry),
      parameters:
        entry.parameters &&
        Object.entries(entry.parameters).map(([name, value]) => ({ name, value })),
    });
  });
}

const textOf = ({ name, parameters }: Entry) =>
  `${name}: ${Object.values(parameters ?? { text: 'größer' }).join(' ')}`;

/** The array's clock is in another zone, and tells seconds. */
function zoned(time: number): string {
  const shifted = new Date(Math.floor(time / 1_000) * 1_000 + 12 * HOUR_MS);
  return `${shifted.toISOString().slice(0, 19)}+12:00`;
}

export function alerts(now: number): Json[] {
  return ENTRIES.flatMap((entry, number) => {
    if (entry.category === undefined) return [];
    const node = entry.node ?? 0;
    const index = indexOf(number) + (node === 0 ? number : 0);
    const key = entry.key ?? ['event', `${nodeName(node)}/${index}`];
    return [
      known({
        alert_id: entry.parameters?.['alert_id'] ?? entry.name,
        alert_name: entry.name,
        severity: SEVERITIES[entry.severity],
        category: entry.category,
        type: 'EquipmentAlarm',
        sequence_number: `${nodeName(node)}/${index}`,
        occur_time: Math.floor((now - entry.hoursAgo * HOUR_MS) / 1_000) * 1_000,
        description: textOf(entry),
        recovery_advice: entry.parameters?.['alert_corrective_action'],
        location: entry.parameters?.['alerting_resource'] ?? nodeName(node),
        match_key: createHash('md5').update(JSON.stringify(key)).digest('hex'),
      }),
    ];
  });
}
