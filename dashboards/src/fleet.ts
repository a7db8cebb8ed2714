/** All arrays at a glance. */
import {
  bars,
  FULL,
  lines,
  named,
  NONE_IS_GOOD,
  of,
  one,
  rows,
  share,
  SLOW,
  SOME_IS_BAD,
  stats,
  top,
  topN,
  type Board,
  ARRAY,
  figure,
} from './kit.ts';
import { whole, wholeLatency } from './whole.ts';

const UP = one('storage_system_up');
const CAPACITY = one('storage_system_capacity_bytes');
const USED = one('storage_system_capacity_used_bytes');
const ALERTS = (severities: string) =>
  one('storage_alert_active', 'storage_alert_severity', `storage_alert_severity=~"${severities}"`);
const BROKEN = `max by (__name__, storage_system_name, storage_controller_id, storage_disk_id, storage_port_id, storage_pool_id, hw_id) (${of('', '__name__=~"storage_(controller|disk|port|pool)_status",storage_state!~"normal|unknown"')} == 1 or ${of('hw_status', 'hw_state!~"ok|unknown|missing"')} == 1)`;

export const fleet: Board = {
  name: 'fleet',
  title: 'Storage fleet',
  about: 'Which arrays are up, which are full, slow or broken, and what the agent has to say.',
  variables: [topN()],
  rows: [
    [
      'Now',
      [
        figure('Arrays up', 'Arrays whose last collection worked.', 'none', `sum(${UP})`, [
          [0, 'green'],
        ]),
        figure(
          'Arrays down',
          'Arrays that the agent cannot read. Their data is withdrawn, not frozen.',
          'none',
          `count(${UP} == 0) or vector(0)`,
          NONE_IS_GOOD,
        ),
        figure(
          'Severe alerts',
          'Active alerts of severity fatal, critical and major.',
          'none',
          `sum(${ALERTS('fatal|critical|major')}) or vector(0)`,
          NONE_IS_GOOD,
        ),
        figure(
          'Broken parts',
          'Controllers, disks, ports, pools and parts that are neither well nor unknown.',
          'none',
          `count(${BROKEN}) or vector(0)`,
          NONE_IS_GOOD,
        ),
        figure(
          'Capacity in use',
          'Of all arrays together.',
          'percentunit',
          `sum(${USED}) / sum(${CAPACITY})`,
          FULL,
        ),
        stats({
          title: 'Load',
          about:
            'Operations per second of all arrays; of arrays that have no figure of the whole the sum of their volumes.',
          unit: 'iops',
          queries: [{ expr: `sum(${whole('operations_per_second')})` }],
        }),
      ],
    ],
    [
      'Arrays',
      [
        rows({
          title: 'Arrays',
          about: 'One row per array. Click a name for its own dashboard.',
          size: [24, 10],
          queries: [
            { expr: UP },
            {
              expr: one(
                'storage_system_info',
                'storage_system_vendor, storage_system_model, storage_system_firmware_version',
              ),
            },
            { expr: one('storage_system_status', 'storage_state') + ' == 1' },
            { expr: share(USED, CAPACITY) },
            { expr: whole('operations_per_second') },
            { expr: whole('throughput_bytes_per_second') },
            { expr: wholeLatency() },
            { expr: `sum by (storage_system_name) (${ALERTS('fatal|critical|major')})` },
          ],
          columns: [
            ARRAY,
            {
              from: '#A',
              title: 'Read',
              texts: { 0: ['down', 'red'], 1: ['up', 'green'] },
              width: 70,
            },
            { from: 'storage_state', title: 'Health', states: true, width: 100 },
            { from: 'storage_system_vendor', title: 'Vendor', width: 110 },
            { from: 'storage_system_model', title: 'Model', width: 150 },
            { from: 'storage_system_firmware_version', title: 'Version', width: 180 },
            { from: '#D', title: 'Used', unit: 'percentunit', steps: FULL, width: 150 },
            { from: '#E', title: 'Operations', unit: 'iops', width: 110 },
            { from: '#F', title: 'Bytes', unit: 'Bps', width: 110 },
            { from: '#G', title: 'Latency', unit: 's', steps: SLOW, width: 90 },
            { from: '#H', title: 'Severe alerts', steps: NONE_IS_GOOD, width: 110 },
          ],
          sort: 'Severe alerts',
        }),
      ],
    ],
    [
      'Capacity and performance',
      [
        bars({
          title: 'Fullest pools',
          about: 'Part of each pool that is in use; the fullest of all arrays.',
          unit: 'percentunit',
          steps: FULL,
          max: 1,
          size: [8, 9],
          queries: [
            {
              expr: top(
                share(
                  one('storage_pool_capacity_used_bytes', named('pool')),
                  one('storage_pool_capacity_bytes', named('pool')),
                ),
              ),
              legend: '{{storage_system_name}} {{storage_pool_name}}',
            },
          ],
        }),
        lines({
          title: 'Slowest arrays',
          about: 'Average latency of all operations of the array.',
          unit: 's',
          size: [8, 9],
          queries: [{ expr: top(wholeLatency()), legend: '{{storage_system_name}}' }],
        }),
        lines({
          title: 'Busiest arrays',
          about: 'Operations per second.',
          unit: 'iops',
          size: [8, 9],
          queries: [
            { expr: top(whole('operations_per_second')), legend: '{{storage_system_name}}' },
          ],
        }),
      ],
    ],
    [
      'What is not well',
      [
        rows({
          title: 'Parts that are not well',
          about:
            'Every controller, disk, port, pool or other part that the array calls anything but normal.',
          size: [14, 9],
          queries: [{ expr: labelled() }],
          columns: [
            {
              from: 'storage_system_name',
              title: 'Array',
              link: { uid: 'delfin-hardware', as: 'system' },
            },
            { from: 'type', title: 'Type', width: 120 },
            { from: 'part', title: 'Part' },
            { from: 'state', title: 'State', states: true, width: 140 },
          ],
        }),
        rows({
          title: 'Problems of collection',
          about: 'Calls to arrays that failed within the last hour, by reason.',
          size: [10, 9],
          queries: [
            {
              expr: `sum by (storage_system_name, delfin_collection_kind, error_type) (increase(${of('delfin_collection_errors_total')}[1h])) > 0`,
            },
          ],
          columns: [
            {
              from: 'storage_system_name',
              title: 'Array',
              link: { uid: 'delfin-agent', as: 'system' },
            },
            { from: 'delfin_collection_kind', title: 'Collection', width: 110 },
            { from: 'error_type', title: 'Reason', width: 140 },
            { from: '#A', title: 'Failed', unit: 'none', steps: SOME_IS_BAD, width: 90 },
          ],
          sort: 'Failed',
        }),
      ],
    ],
  ],
};

/** Type, part and state of everything that is broken, under labels of one name. */
function labelled(): string {
  const relabelled = (word: string) =>
    `label_replace(label_replace(label_replace(${of(`storage_${word}_status`, 'storage_state!~"normal|unknown"')} == 1, "type", "${word}", "", ""), "part", "$1", "storage_${word}_name", "(.*)"), "state", "$1", "storage_state", "(.*)")`;
  const parts = `label_replace(label_replace(label_replace(${of('hw_status', 'hw_state!~"ok|unknown|missing"')} == 1, "type", "$1", "hw_type", "(.*)"), "part", "$1", "hw_name", "(.*)"), "state", "$1", "hw_state", "(.*)")`;
  const all = ['controller', 'disk', 'port', 'pool'].map(relabelled).join(' or ');
  return `max by (storage_system_name, type, part, state) (${all} or ${parts})`;
}
