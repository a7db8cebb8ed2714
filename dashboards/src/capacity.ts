/** Pools: how full, how fast they fill, what they have promised, what reduction gives. */
import {
  bars,
  FULL,
  lines,
  named,
  of,
  one,
  rows,
  share,
  stats,
  top,
  topN,
  topOver,
  type Board,
  ARRAY,
  figure,
} from './kit.ts';

const POOL = named('pool');
const total = one('storage_pool_capacity_bytes', POOL);
const used = one('storage_pool_capacity_used_bytes', POOL);
const free = one('storage_pool_capacity_free_bytes', POOL);
const subscribed = one('storage_pool_capacity_subscribed_bytes', POOL);
const reduction = one('storage_pool_data_reduction_ratio', POOL);
const growth = `max by (storage_system_name, ${POOL}) (deriv(${of('storage_pool_capacity_used_bytes')}[$__range]))`;
const legend = '{{storage_system_name}} {{storage_pool_name}}';

export const capacity: Board = {
  name: 'capacity',
  title: 'Pools and capacity',
  about:
    'How full pools are, when they will be full, what was promised and what data reduction gives.',
  variables: [topN()],
  rows: [
    [
      'Now',
      [
        figure('Usable', 'Capacity of all pools.', 'bytes', `sum(${total})`),
        figure(
          'In use',
          'Part of all pools that is in use.',
          'percentunit',
          `sum(${used}) / sum(${total})`,
          FULL,
        ),
        figure(
          'Promised',
          'What hosts were promised, times what there is; more than 1 is over-commitment.',
          'none',
          `sum(${subscribed}) / sum(${total} and ${subscribed})`,
          [
            [0, 'green'],
            [1.5, 'yellow'],
            [2.5, 'red'],
          ],
        ),
        stats({
          title: 'Data reduction',
          about:
            'How many times the data is larger than what stores it; of arrays that tell it, each by its own definition.',
          unit: 'none',
          queries: [
            {
              expr: `avg(${one('storage_system_data_reduction_ratio')} or avg by (storage_system_name) (${reduction}))`,
            },
          ],
        }),
        figure(
          'Pools nearly full',
          'Pools that are more than 85 % full.',
          'none',
          `count(${share(used, total)} > 0.85) or vector(0)`,
          [
            [0, 'green'],
            [1, 'red'],
          ],
        ),
        figure(
          'In snapshots',
          'Capacity that snapshots take, of arrays that tell it.',
          'bytes',
          `sum(${one('storage_pool_capacity_snapshot_bytes', POOL)})`,
        ),
      ],
    ],
    [
      'Pools',
      [
        rows({
          title: 'Pools',
          about:
            'One row per pool. Days until full: at the growth over the time shown; empty where it does not grow.',
          size: [24, 10],
          queries: [
            { expr: total },
            { expr: share(used, total) },
            { expr: free },
            { expr: share(subscribed, total) },
            { expr: reduction },
            { expr: `${growth} * 86400` },
            { expr: `${free} / (${growth} > 0) / 86400` },
            { expr: `${one('storage_pool_status', `${POOL}, storage_state`)} == 1` },
          ],
          columns: [
            ARRAY,
            { from: 'storage_pool_name', title: 'Pool' },
            { from: 'storage_state', title: 'Health', states: true, width: 100 },
            { from: '#A', title: 'Capacity', unit: 'bytes', width: 110 },
            { from: '#B', title: 'Used', unit: 'percentunit', steps: FULL, width: 160 },
            { from: '#C', title: 'Free', unit: 'bytes', width: 110 },
            { from: '#D', title: 'Promised', unit: 'percentunit', width: 100 },
            { from: '#E', title: 'Reduction', unit: 'none', width: 100 },
            { from: '#F', title: 'Growth a day', unit: 'bytes', width: 110 },
            {
              from: '#G',
              title: 'Days until full',
              unit: 'none',
              steps: [
                [0, 'red'],
                [14, 'yellow'],
                [60, 'green'],
              ],
              width: 130,
            },
          ],
          sort: 'Used',
        }),
      ],
    ],
    [
      'Over time',
      [
        lines({
          title: 'Fullest pools',
          about: 'Part in use.',
          unit: 'percentunit',
          steps: FULL,
          max: 1,
          queries: [{ expr: top(share(used, total)), legend }],
        }),
        lines({
          title: 'Capacity in use',
          about: 'Of each array.',
          unit: 'bytes',
          queries: [
            {
              expr: topOver('storage_system_capacity_used_bytes'),
              legend: '{{storage_system_name}}',
            },
          ],
        }),
        bars({
          title: 'Largest volumes',
          about: 'Capacity that is allocated to each.',
          unit: 'bytes',
          queries: [
            {
              expr: top(one('storage_volume_capacity_used_bytes', named('volume'))),
              legend: '{{storage_system_name}} {{storage_volume_name}}',
            },
          ],
        }),
        lines({
          title: 'Data reduction',
          about: 'Of pools, x of x:1, as each array defines it.',
          unit: 'none',
          queries: [{ expr: top(reduction), legend }],
        }),
      ],
    ],
  ],
};
