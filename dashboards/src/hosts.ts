/** Hosts and their paths: who is connected, by how many paths, to what. */
import {
  lines,
  named,
  NONE_IS_GOOD,
  of,
  one,
  rows,
  topN,
  topOver,
  type Board,
  ARRAY,
  figure,
  inState,
  withNames,
} from './kit.ts';

const HOST = named('host');
const INITIATOR = named('initiator');
/** By which mappings differ. */
const VIEW =
  'storage_masking_view_id, storage_host_id, storage_host_group_id, storage_volume_id, storage_volume_group_id, storage_port_group_id';
const online = `(${one('storage_initiator_status', 'storage_initiator_id', 'storage_state="online"')} == 1)`;
const owners = one(
  'storage_initiator_info',
  'storage_initiator_id, storage_host_id',
  'storage_host_id!=""',
);
const paths = `count by (storage_system_name, storage_host_id) (${owners})`;
const pathsUp = `(count by (storage_system_name, storage_host_id) (${owners} and on (storage_system_name, storage_initiator_id) ${online}) or ${paths} * 0)`;
const named_ = (expression: string) =>
  `${expression} * on (storage_system_name, storage_host_id) group_left (storage_host_name) ${one('storage_host_info', HOST)}`;
const mapped = `${one('storage_masking_view_info', 'storage_volume_id', 'storage_volume_id!=""')} or max by (storage_system_name, storage_volume_id) (${of('storage_volume_group_member_info')} and on (storage_system_name, storage_volume_group_id) ${of('storage_masking_view_info', 'storage_volume_group_id!=""')})`;

export const hosts: Board = {
  name: 'hosts',
  title: 'Hosts and paths',
  about: 'Which hosts are connected, by how many paths, and which volumes nobody uses.',
  variables: [topN()],
  rows: [
    [
      'Now',
      [
        figure(
          'Hosts',
          'Hosts that the arrays know.',
          'none',
          `count(${one('storage_host_info', 'storage_host_id')})`,
        ),
        figure(
          'Hosts not well',
          'Hosts that the array calls degraded, abnormal or offline.',
          'none',
          inState(
            'storage_host_status',
            'storage_host_id',
            'storage_state=~"degraded|abnormal|offline"',
          ),
          NONE_IS_GOOD,
        ),
        figure(
          'Hosts on one path',
          'Hosts with several initiators of which a single one is logged in.',
          'none',
          `count(${pathsUp} == 1 and ${paths} > 1) or vector(0)`,
          NONE_IS_GOOD,
        ),
        figure(
          'Initiators logged in',
          'Of all that the arrays know.',
          'none',
          `count(${online}) or vector(0)`,
        ),
        figure(
          'Initiators away',
          'Initiators that are not logged in.',
          'none',
          inState('storage_initiator_status', 'storage_initiator_id', 'storage_state="offline"'),
        ),
        figure(
          'Volumes nobody sees',
          'Volumes that are mapped to no host, neither directly nor by a group.',
          'none',
          `count(${one('storage_volume_info', 'storage_volume_id')} unless on (storage_system_name, storage_volume_id) (${mapped})) or vector(0)`,
        ),
      ],
    ],
    [
      'Hosts',
      [
        rows({
          title: 'Hosts and their paths',
          about: 'Initiators that are logged in, of those each host has.',
          size: [10, 10],
          queries: [
            { expr: named_(paths) },
            { expr: named_(pathsUp) },
            { expr: `${one('storage_host_status', `${HOST}, storage_state`)} == 1` },
          ],
          columns: [
            ARRAY,
            { from: 'storage_host_name', title: 'Host' },
            { from: 'storage_state', title: 'State', states: true, width: 100 },
            { from: '#A', title: 'Initiators', unit: 'none', width: 90 },
            {
              from: '#B',
              title: 'Logged in',
              unit: 'none',
              steps: [
                [0, 'red'],
                [1, 'yellow'],
                [2, 'green'],
              ],
              width: 90,
            },
          ],
        }),
        rows({
          title: 'Initiators',
          about: 'Each initiator, its host and whether it is logged in.',
          size: [14, 10],
          queries: [
            {
              expr: withNames(
                one(
                  'storage_initiator_info',
                  `${INITIATOR}, storage_initiator_type, storage_initiator_wwn, storage_host_id`,
                ),
                ['host'],
                'storage_initiator_id, storage_host_id',
              ),
            },
            { expr: `${one('storage_initiator_status', `${INITIATOR}, storage_state`)} == 1` },
          ],
          columns: [
            { from: 'storage_system_name', title: 'Array' },
            { from: 'storage_host_name', title: 'Host', width: 130 },
            { from: 'storage_initiator_name', title: 'Initiator', width: 190 },
            { from: 'storage_initiator_type', title: 'Type', width: 75 },
            { from: 'storage_initiator_wwn', title: 'Address', width: 210 },
            { from: 'storage_state', title: 'State', states: true, width: 90 },
          ],
        }),
        rows({
          title: 'Who sees what',
          about:
            'Mappings as the array has them: a host or a group of hosts sees a volume or a group of volumes.',
          size: [14, 9],
          queries: [
            {
              expr: withNames(
                one('storage_masking_view_info', `storage_masking_view_name, ${VIEW}`),
                ['host', 'host_group', 'volume', 'volume_group', 'port_group'],
                VIEW,
              ),
            },
          ],
          columns: [
            { from: 'storage_system_name', title: 'Array' },
            { from: 'storage_masking_view_name', title: 'Mapping', width: 120 },
            { from: 'storage_host_name', title: 'Host', width: 120 },
            { from: 'storage_host_group_name', title: 'Host group', width: 120 },
            { from: 'storage_volume_name', title: 'Volume', width: 120 },
            { from: 'storage_volume_group_name', title: 'Volume group', width: 120 },
            { from: 'storage_port_group_name', title: 'Port group', width: 110 },
          ],
        }),
        lines({
          title: 'Busiest hosts',
          about: 'Operations per second, of arrays that measure hosts.',
          unit: 'iops',
          size: [10, 9],
          queries: [
            {
              expr: topOver('storage_host_operations_per_second', HOST),
              legend: '{{storage_system_name}} {{storage_host_name}}',
            },
          ],
        }),
      ],
    ],
  ],
};
