/** Copies: replications to other arrays, and snapshots. */
import {
  bars,
  lines,
  named,
  NONE_IS_GOOD,
  one,
  rows,
  top,
  topN,
  topOver,
  type Board,
  ARRAY,
  figure,
  inState,
} from './kit.ts';

const COPY = named('replication');
const LATE = [[0, 'green'], [900, 'yellow'], [3_600, 'red']] as const; // prettier-ignore
const legend = '{{storage_system_name}} {{storage_replication_name}}';

export const replication: Board = {
  name: 'replication',
  title: 'Replication and snapshots',
  about: 'Whether copies are current, and what snapshots take.',
  variables: [topN()],
  rows: [
    [
      'Now',
      [
        figure(
          'Replications',
          'How many the arrays have.',
          'none',
          `count(${one('storage_replication_info', 'storage_replication_id')})`,
        ),
        figure(
          'Not running',
          'Replications that are failed, suspended or degraded.',
          'none',
          inState(
            'storage_replication_status',
            'storage_replication_id',
            'storage_state=~"failed|suspended|degraded"',
          ),
          NONE_IS_GOOD,
        ),
        figure(
          'Oldest copy',
          'Age of the last consistent copy that is oldest: what would be lost.',
          's',
          `max(${one('storage_replication_lag_seconds', 'storage_replication_id')})`,
          LATE,
        ),
        figure(
          'Sent',
          'Bytes per second to other arrays.',
          'Bps',
          `sum(${one('storage_replication_throughput_bytes_per_second', 'storage_replication_id')})`,
        ),
        figure(
          'Snapshots',
          'Of volumes and file systems, of arrays that count them.',
          'none',
          `sum(${one('storage_system_snapshots')} or sum by (storage_system_name) (${one('storage_volume_snapshots', 'storage_volume_id')}))`,
        ),
        figure(
          'In snapshots',
          'Capacity that snapshots take, of arrays that tell it.',
          'bytes',
          `sum(${one('storage_system_capacity_snapshot_bytes')} or sum by (storage_system_name) (${one('storage_pool_capacity_snapshot_bytes', 'storage_pool_id')}))`,
        ),
      ],
    ],
    [
      'Replications',
      [
        rows({
          title: 'Replications',
          about: 'What is copied, where to, and how far it is.',
          size: [24, 9],
          queries: [
            {
              expr: one(
                'storage_replication_info',
                `${COPY}, storage_replication_type, storage_replication_role, storage_replication_remote_system, storage_replication_remote_resource`,
              ),
            },
            { expr: `${one('storage_replication_status', `${COPY}, storage_state`)} == 1` },
            { expr: one('storage_replication_lag_seconds', COPY) },
            { expr: one('storage_replication_progress_ratio', COPY) },
          ],
          columns: [
            ARRAY,
            { from: 'storage_replication_name', title: 'Replication' },
            { from: 'storage_state', title: 'State', states: true, width: 110 },
            { from: 'storage_replication_type', title: 'Type', width: 110 },
            { from: 'storage_replication_role', title: 'Side', width: 90 },
            { from: 'storage_replication_remote_system', title: 'Other array' },
            { from: 'storage_replication_remote_resource', title: 'Other end' },
            { from: '#C', title: 'Age of the copy', unit: 's', steps: LATE, width: 130 },
            { from: '#D', title: 'Progress', unit: 'percentunit', width: 130 },
          ],
          sort: 'Age of the copy',
        }),
        lines({
          title: 'Age of the copies',
          about: 'Of the last consistent copy; the oldest.',
          unit: 's',
          steps: LATE,
          queries: [{ expr: topOver('storage_replication_lag_seconds', COPY), legend }],
        }),
        lines({
          title: 'Data sent',
          about: 'Of the replications that send most.',
          unit: 'Bps',
          queries: [
            { expr: topOver('storage_replication_throughput_bytes_per_second', COPY), legend },
          ],
        }),
      ],
    ],
    [
      'Snapshots',
      [
        bars({
          title: 'Volumes with most snapshots',
          about: 'Number of snapshots.',
          unit: 'none',
          queries: [
            {
              expr: top(one('storage_volume_snapshots', named('volume'))),
              legend: '{{storage_system_name}} {{storage_volume_name}}',
            },
          ],
        }),
        bars({
          title: 'Volumes with largest snapshots',
          about: 'Capacity that the snapshots of a volume take.',
          unit: 'bytes',
          queries: [
            {
              expr: top(one('storage_volume_capacity_snapshot_bytes', named('volume'))),
              legend: '{{storage_system_name}} {{storage_volume_name}}',
            },
          ],
        }),
      ],
    ],
  ],
};
