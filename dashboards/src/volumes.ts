/** Volumes: the busiest and slowest, and the whole story of one. */
import {
  lines,
  named,
  object,
  of,
  one,
  rows,
  SLOW,
  top,
  topN,
  topOver,
  type Board,
  type Query,
  ARRAY,
  withNames,
} from './kit.ts';
import { latency, slowest, unsplit } from './whole.ts';

const VOLUME = named('volume');
const GROUP = named('volume_group');
const highest = (title: string, about: string, unit: string, expr: string) =>
  lines({
    title,
    about,
    unit,
    size: [8, 9],
    queries: [{ expr, legend: '{{storage_system_name}} {{storage_volume_name}}' }],
  });
const SEERS = 'storage_host_id, storage_host_group_id';
const CHOSEN = 'storage_volume_name=~"$volume"';
const story = (
  title: string,
  about: string,
  unit: string,
  measure: string,
  others: readonly Query[] = [],
) =>
  lines({
    title,
    about,
    unit,
    size: [8, 8],
    mirrored: /write/,
    queries: [
      ...['read', 'write'].map((way) => ({
        expr: one(`storage_volume_${way}_${measure}`, VOLUME, CHOSEN),
        legend: `{{storage_system_name}} ${way}`,
      })),
      ...others,
    ],
  });

export const volumes: Board = {
  name: 'volumes',
  title: 'Volumes',
  about: 'The busiest and slowest volumes, and reads and writes, pool and hosts of one.',
  variables: [
    topN(),
    object('volume', 'Volume', 'storage_volume_info').includeAll(false).multi(false),
  ],
  rows: [
    [
      'The highest now',
      [
        highest(
          'Operations',
          'Operations per second.',
          'iops',
          topOver('storage_volume_operations_per_second', VOLUME),
        ),
        highest(
          'Throughput',
          'Bytes per second.',
          'Bps',
          topOver('storage_volume_throughput_bytes_per_second', VOLUME),
        ),
        highest('Latency', 'Average time of an operation.', 's', slowest('volume')),
        rows({
          title: 'Busiest volumes',
          about: 'Reads and writes of the volumes with most operations.',
          size: [24, 9],
          queries: [
            { expr: top(one('storage_volume_operations_per_second', VOLUME)) },
            { expr: one('storage_volume_read_operations_per_second', VOLUME) },
            { expr: one('storage_volume_write_operations_per_second', VOLUME) },
            { expr: one('storage_volume_throughput_bytes_per_second', VOLUME) },
            { expr: latency('volume', VOLUME) },
            { expr: one('storage_volume_capacity_bytes', VOLUME) },
          ].map(({ expr }, at) =>
            at === 0
              ? { expr }
              : {
                  expr: `${expr} and on (storage_system_name, storage_volume_id) ${top(one('storage_volume_operations_per_second', VOLUME))}`,
                },
          ),
          columns: [
            ARRAY,
            {
              from: 'storage_volume_name',
              title: 'Volume',
              link: { uid: 'delfin-volumes', as: 'volume' },
            },
            { from: '#A', title: 'Operations', unit: 'iops', width: 110 },
            { from: '#B', title: 'Reads', unit: 'iops', width: 110 },
            { from: '#C', title: 'Writes', unit: 'iops', width: 110 },
            { from: '#D', title: 'Bytes', unit: 'Bps', width: 110 },
            { from: '#E', title: 'Latency', unit: 's', steps: SLOW, width: 100 },
            { from: '#F', title: 'Size', unit: 'bytes', width: 110 },
          ],
          sort: 'Operations',
        }),
      ],
    ],
    [
      'One volume: $volume',
      [
        rows({
          title: 'Where it lives',
          about: 'Pool, kind and world wide name of the volume.',
          size: [14, 5],
          queries: [
            {
              expr: one(
                'storage_volume_info',
                `${VOLUME}, storage_volume_type, storage_volume_wwn, storage_pool_name`,
                CHOSEN,
              ),
            },
          ],
          columns: [
            { from: 'storage_system_name', title: 'Array' },
            { from: 'storage_volume_name', title: 'Volume' },
            { from: 'storage_pool_name', title: 'Pool' },
            { from: 'storage_volume_type', title: 'Kind', width: 70 },
            { from: 'storage_volume_wwn', title: 'WWN', width: 280 },
          ],
        }),
        rows({
          title: 'Who sees it',
          about: 'Hosts and host groups it is mapped to, directly or by its volume group.',
          size: [10, 5],
          queries: [
            {
              expr: withNames(
                `max by (storage_system_name, ${SEERS}) (${of('storage_masking_view_info')} and on (storage_system_name, storage_volume_id) ${of('storage_volume_info', CHOSEN)} or ${of('storage_masking_view_info')} and on (storage_system_name, storage_volume_group_id) (${of('storage_volume_group_member_info')} and on (storage_system_name, storage_volume_id) ${of('storage_volume_info', CHOSEN)}))`,
                ['host', 'host_group'],
                SEERS,
              ),
            },
          ],
          columns: [
            { from: 'storage_system_name', title: 'Array' },
            { from: 'storage_host_name', title: 'Host' },
            { from: 'storage_host_group_name', title: 'Host group' },
          ],
        }),
        story(
          'Operations of the volume',
          'Reads up, writes down.',
          'iops',
          'operations_per_second',
        ),
        story(
          'Throughput of the volume',
          'Reads up, writes down.',
          'Bps',
          'throughput_bytes_per_second',
        ),
        story(
          'Latency of the volume',
          'Reads up, writes down; all operations up where the array tells no more.',
          's',
          'latency_seconds',
          [
            {
              expr: unsplit(
                one('storage_volume_latency_seconds', VOLUME, CHOSEN),
                one('storage_volume_read_latency_seconds', VOLUME, CHOSEN),
                'storage_volume_id',
              ),
              legend: '{{storage_system_name}}',
            },
          ],
        ),
      ],
    ],
    [
      'Volume groups',
      [
        lines({
          title: 'Busiest volume groups',
          about: 'Operations per second, of arrays that measure groups.',
          unit: 'iops',
          queries: [
            {
              expr: topOver('storage_volume_group_operations_per_second', GROUP),
              legend: '{{storage_system_name}} {{storage_volume_group_name}}',
            },
          ],
        }),
        lines({
          title: 'Slowest volume groups',
          about: 'Average latency, of arrays that measure groups.',
          unit: 's',
          queries: [
            {
              expr: slowest('volume_group'),
              legend: '{{storage_system_name}} {{storage_volume_group_name}}',
            },
          ],
        }),
      ],
    ],
  ],
};
