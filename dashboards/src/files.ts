/** File systems, shares, quotas. */
import {
  bars,
  FULL,
  lines,
  named,
  NONE_IS_GOOD,
  one,
  rows,
  share,
  top,
  topN,
  topOver,
  type Board,
  ARRAY,
  figure,
  inState,
} from './kit.ts';
import { slowest } from './whole.ts';

const FS = named('filesystem');
const total = one('storage_filesystem_capacity_bytes', FS);
const used = one('storage_filesystem_capacity_used_bytes', FS);
const QUOTA = 'storage_quota_id, storage_quota_type, storage_quota_subject';
const quotaUse = share(
  one('storage_quota_capacity_used_bytes', QUOTA),
  one('storage_quota_capacity_hard_limit_bytes', QUOTA),
);
const legend = '{{storage_system_name}} {{storage_filesystem_name}}';

export const files: Board = {
  name: 'files',
  title: 'Files',
  about: 'File systems, their shares and quotas.',
  variables: [topN()],
  rows: [
    [
      'Now',
      [
        figure(
          'File systems',
          'How many the arrays have.',
          'none',
          `count(${one('storage_filesystem_info', 'storage_filesystem_id')})`,
        ),
        figure(
          'Faulty',
          'File systems that the array calls faulty.',
          'none',
          inState('storage_filesystem_status', 'storage_filesystem_id', 'storage_state="faulty"'),
          NONE_IS_GOOD,
        ),
        figure(
          'Nearly full',
          'File systems that are more than 90 % full.',
          'none',
          `count(${share(used, total)} > 0.9) or vector(0)`,
          NONE_IS_GOOD,
        ),
        figure(
          'Number of shares',
          'CIFS, NFS, FTP and HDFS shares.',
          'none',
          `count(${one('storage_share_info', 'storage_share_id')})`,
        ),
        figure(
          'Quotas nearly used',
          'Quotas used to more than 95 % of their hard limit.',
          'none',
          `count(${quotaUse} > 0.95) or vector(0)`,
          NONE_IS_GOOD,
        ),
        figure(
          'Qtrees',
          'How many the arrays have.',
          'none',
          `count(${one('storage_qtree_info', 'storage_qtree_id')})`,
        ),
      ],
    ],
    [
      'File systems',
      [
        rows({
          title: 'File systems',
          about: 'The fullest first.',
          size: [24, 9],
          queries: [
            { expr: total },
            { expr: share(used, total) },
            { expr: `${one('storage_filesystem_status', `${FS}, storage_state`)} == 1` },
            {
              expr: one(
                'storage_filesystem_info',
                `${FS}, storage_filesystem_type, storage_filesystem_security_mode`,
              ),
            },
            { expr: one('storage_filesystem_snapshots', FS) },
            { expr: one('storage_filesystem_capacity_snapshot_bytes', FS) },
          ],
          columns: [
            ARRAY,
            { from: 'storage_filesystem_name', title: 'File system' },
            { from: 'storage_state', title: 'State', states: true, width: 90 },
            { from: '#A', title: 'Size', unit: 'bytes', width: 110 },
            { from: '#B', title: 'Used', unit: 'percentunit', steps: FULL, width: 160 },
            { from: '#E', title: 'Snapshots', unit: 'none', width: 100 },
            { from: '#F', title: 'In snapshots', unit: 'bytes', width: 110 },
            { from: 'storage_filesystem_type', title: 'Kind', width: 90 },
            { from: 'storage_filesystem_security_mode', title: 'Permissions', width: 110 },
          ],
          sort: 'Used',
        }),
        lines({
          title: 'Busiest file systems',
          about: 'Operations per second, of arrays that measure file systems.',
          unit: 'iops',
          size: [8, 8],
          queries: [{ expr: topOver('storage_filesystem_operations_per_second', FS), legend }],
        }),
        lines({
          title: 'Slowest file systems',
          about: 'Average latency, of arrays that measure file systems.',
          unit: 's',
          size: [8, 8],
          queries: [{ expr: slowest('filesystem'), legend }],
        }),
        lines({
          title: 'Fullest file systems',
          about: 'Part in use.',
          unit: 'percentunit',
          steps: FULL,
          max: 1,
          size: [8, 8],
          queries: [{ expr: top(share(used, total)), legend }],
        }),
      ],
    ],
    [
      'Shares and quotas',
      [
        rows({
          title: 'Shares',
          about: 'Protocol and path of each.',
          size: [12, 9],
          queries: [
            {
              expr: one(
                'storage_share_info',
                `${named('share')}, storage_share_protocol, storage_share_path`,
              ),
            },
          ],
          columns: [
            { from: 'storage_system_name', title: 'Array' },
            { from: 'storage_share_name', title: 'Share' },
            { from: 'storage_share_protocol', title: 'Protocol', width: 100 },
            { from: 'storage_share_path', title: 'Path' },
          ],
        }),
        bars({
          title: 'Quotas',
          about: 'Part of the hard limit that is used.',
          unit: 'percentunit',
          steps: FULL,
          max: 1,
          size: [12, 9],
          queries: [
            {
              expr: top(quotaUse),
              legend: '{{storage_system_name}} {{storage_quota_type}} {{storage_quota_subject}}',
            },
          ],
        }),
      ],
    ],
  ],
};
