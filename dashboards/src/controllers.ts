/** Controllers and ports: how busy, which links are up, what goes over them. */
import {
  BUSY,
  lines,
  named,
  NONE_IS_GOOD,
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
  inState,
} from './kit.ts';
import { slowest } from './whole.ts';

const CONTROLLER = named('controller');
const PORT = named('port');
const THROUGHPUT = one('storage_port_throughput_bytes_per_second', PORT);
const SPEED = one('storage_port_speed_bytes_per_second', PORT);
const use = share(THROUGHPUT, SPEED);

export const controllers: Board = {
  name: 'controllers',
  title: 'Controllers and ports',
  about: 'Load of controllers, links that are up, lost or busy.',
  variables: [topN()],
  rows: [
    [
      'Now',
      [
        figure(
          'Controllers not well',
          'Controllers that are degraded, failed or offline.',
          'none',
          inState(
            'storage_controller_status',
            'storage_controller_id',
            'storage_state!~"normal|unknown"',
          ),
          NONE_IS_GOOD,
        ),
        figure(
          'Busiest controller',
          'The highest use of a processor.',
          'percentunit',
          `max(${one('storage_controller_cpu_utilization_ratio', 'storage_controller_id')})`,
          BUSY,
        ),
        figure(
          'Links up',
          'Ports with a link.',
          'none',
          inState('storage_port_connection_status', 'storage_port_id', 'storage_state="connected"'),
        ),
        figure(
          'Links lost',
          'Ports without a link that had one within the time shown.',
          'none',
          `count(${one('storage_port_connection_status', 'storage_port_id', 'storage_state="disconnected"')} == 1 and max by (storage_system_name, storage_port_id) (max_over_time(${of('storage_port_connection_status', 'storage_state="connected"')}[$__range])) == 1) or vector(0)`,
          NONE_IS_GOOD,
        ),
        figure(
          'Ports abnormal',
          'Ports that the array calls abnormal.',
          'none',
          inState('storage_port_status', 'storage_port_id', 'storage_state="abnormal"'),
          NONE_IS_GOOD,
        ),
        stats({
          title: 'Busiest link',
          about:
            'Throughput as a part of the speed of the link, both directions together: 2 at most where it is full duplex.',
          unit: 'percentunit',
          steps: [
            [0, 'green'],
            [1.2, 'yellow'],
            [1.7, 'red'],
          ],
          queries: [{ expr: `max(${use})` }],
        }),
      ],
    ],
    [
      'Controllers',
      [
        lines({
          title: 'Processors',
          about: 'Use of the processors of each controller.',
          unit: 'percentunit',
          steps: BUSY,
          max: 1,
          queries: [
            {
              expr: topOver('storage_controller_cpu_utilization_ratio', CONTROLLER),
              legend: '{{storage_system_name}} {{storage_controller_name}}',
            },
          ],
        }),
        lines({
          title: 'Latency of controllers',
          about: 'Average time of an operation, of arrays that measure controllers.',
          unit: 's',
          queries: [
            {
              expr: slowest('controller'),
              legend: '{{storage_system_name}} {{storage_controller_name}}',
            },
          ],
        }),
        rows({
          title: 'Controllers',
          about: 'State, version and place of each.',
          size: [24, 7],
          queries: [
            {
              expr: one(
                'storage_controller_info',
                `${CONTROLLER}, storage_controller_version, storage_controller_location`,
              ),
            },
            { expr: `${one('storage_controller_status', `${CONTROLLER}, storage_state`)} == 1` },
            { expr: one('storage_controller_cpu_utilization_ratio', CONTROLLER) },
            { expr: one('storage_controller_memory_size_bytes', CONTROLLER) },
          ],
          columns: [
            ARRAY,
            { from: 'storage_controller_name', title: 'Controller' },
            { from: 'storage_state', title: 'State', states: true, width: 100 },
            {
              from: '#C',
              title: 'Processors',
              unit: 'percentunit',
              steps: BUSY,
              width: 150,
            },
            { from: '#D', title: 'Memory', unit: 'bytes', width: 100 },
            { from: 'storage_controller_version', title: 'Version' },
            { from: 'storage_controller_location', title: 'Place' },
          ],
        }),
      ],
    ],
    [
      'Ports',
      [
        lines({
          title: 'Busiest ports',
          about: 'Bytes per second of both directions.',
          unit: 'Bps',
          queries: [
            { expr: top(THROUGHPUT), legend: '{{storage_system_name}} {{storage_port_name}}' },
          ],
        }),
        lines({
          title: 'Use of the busiest links',
          about:
            'Throughput of both directions as a part of the speed: more than 1 is possible where the link is full duplex.',
          unit: 'percentunit',
          queries: [{ expr: top(use), legend: '{{storage_system_name}} {{storage_port_name}}' }],
        }),
        rows({
          title: 'Ports',
          about: 'Link, health, speed and address of each.',
          size: [24, 9],
          queries: [
            {
              expr: one(
                'storage_port_info',
                `${PORT}, storage_port_type, storage_port_logical_type, storage_port_wwn, storage_port_ipv4`,
              ),
            },
            {
              expr: `max by (storage_system_name, ${PORT}, link) (label_replace(${one('storage_port_connection_status', `${PORT}, storage_state`)} == 1, "link", "$1", "storage_state", "(.*)"))`,
            },
            {
              expr: `max by (storage_system_name, ${PORT}, health) (label_replace(${one('storage_port_status', `${PORT}, storage_state`)} == 1, "health", "$1", "storage_state", "(.*)"))`,
            },
            { expr: SPEED },
            { expr: THROUGHPUT },
          ],
          columns: [
            ARRAY,
            { from: 'storage_port_name', title: 'Port' },
            { from: 'storage_port_type', title: 'Type', width: 80 },
            { from: 'storage_port_logical_type', title: 'Role', width: 110 },
            { from: 'link', title: 'Link', states: true, width: 110 },
            { from: 'health', title: 'Health', states: true, width: 100 },
            { from: '#D', title: 'Speed', unit: 'Bps', width: 100 },
            { from: '#E', title: 'Throughput', unit: 'Bps', width: 110 },
            { from: 'storage_port_wwn', title: 'WWN' },
            { from: 'storage_port_ipv4', title: 'Address', width: 130 },
          ],
          sort: 'Throughput',
        }),
      ],
    ],
  ],
};
