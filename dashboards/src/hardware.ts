/** Disks and the other parts: states, wear, temperatures, fans, power. */
import {
  HOT,
  LEFT,
  lines,
  named,
  NONE_IS_GOOD,
  one,
  rows,
  SOME_IS_BAD,
  topN,
  topOver,
  type Board,
  ARRAY,
  figure,
  inState,
} from './kit.ts';
import { slowest } from './whole.ts';

const DISK = named('disk');
const PART = 'hw_id, hw_name, hw_type';
const legend = '{{storage_system_name}} {{hw_name}}';
const diskLegend = '{{storage_system_name}} {{storage_disk_name}}';

export const hardware: Board = {
  name: 'hardware',
  title: 'Disks and hardware',
  about: 'What is broken, worn or hot: disks, fans, power supplies, batteries, sensors.',
  variables: [topN()],
  rows: [
    [
      'Now',
      [
        figure(
          'Disks not well',
          'Disks that are neither normal nor unknown.',
          'none',
          inState('storage_disk_status', 'storage_disk_id', 'storage_state!~"normal|unknown"'),
          NONE_IS_GOOD,
        ),
        figure(
          'Parts failed',
          'Parts that have failed.',
          'none',
          inState('hw_status', 'hw_id', 'hw_state="failed"'),
          NONE_IS_GOOD,
        ),
        figure(
          'Parts degraded',
          'Parts that are degraded, about to fail, or need cleaning.',
          'none',
          inState('hw_status', 'hw_id', 'hw_state=~"degraded|predicted_failure|needs_cleaning"'),
          SOME_IS_BAD,
        ),
        figure(
          'Most worn disk',
          'What is left of the writes it is made for.',
          'percentunit',
          `min(${one('storage_disk_endurance_remaining_ratio', 'storage_disk_id')})`,
          LEFT,
        ),
        figure(
          'Hottest disk',
          'Highest temperature of a disk.',
          'celsius',
          `max(${one('storage_disk_temperature_celsius', 'storage_disk_id')})`,
          HOT,
        ),
        figure(
          'Power',
          'What all parts that tell it take together.',
          'watt',
          `sum(${one('hw_power_watts', 'hw_id')})`,
        ),
      ],
    ],
    [
      'Parts',
      [
        rows({
          title: 'Parts that are not well',
          about: 'With what is needed to order a new one.',
          size: [24, 8],
          queries: [
            { expr: `${one('hw_status', `${PART}, hw_state`, 'hw_state!~"ok|unknown"')} == 1` },
            {
              expr: `${one('storage_component_info', `${PART}, storage_component_location, hw_model, hw_serial_number, storage_component_part_number`)} and on (storage_system_name, hw_id) (${one('hw_status', 'hw_id', 'hw_state!~"ok|unknown"')} == 1)`,
            },
          ],
          columns: [
            ARRAY,
            { from: 'hw_type', title: 'Type', width: 120 },
            { from: 'hw_name', title: 'Part' },
            { from: 'hw_state', title: 'State', states: true, width: 140 },
            { from: 'storage_component_location', title: 'Place' },
            { from: 'hw_model', title: 'Model' },
            { from: 'hw_serial_number', title: 'Serial number' },
            { from: 'storage_component_part_number', title: 'Part number' },
          ],
        }),
        lines({
          title: 'Hottest parts',
          about: 'Temperatures of parts and sensors.',
          unit: 'celsius',
          steps: HOT,
          size: [8, 8],
          queries: [{ expr: topOver('hw_temperature_celsius', PART), legend }],
        }),
        lines({
          title: 'Fans',
          about: 'The fastest fans.',
          unit: 'rotrpm',
          size: [8, 8],
          queries: [{ expr: topOver('hw_fan_speed_rpm', PART), legend }],
        }),
        lines({
          title: 'Power of parts',
          about: 'Watt, of the parts that take most.',
          unit: 'watt',
          size: [8, 8],
          queries: [{ expr: topOver('hw_power_watts', PART), legend }],
        }),
      ],
    ],
    [
      'Disks',
      [
        rows({
          title: 'Disks',
          about:
            'State, wear, temperature and errors of each, and what is needed to order a new one.',
          size: [24, 10],
          queries: [
            {
              expr: one(
                'storage_disk_info',
                `${DISK}, storage_disk_physical_type, storage_disk_model, storage_disk_serial_number, storage_disk_location`,
              ),
            },
            { expr: `${one('storage_disk_status', `${DISK}, storage_state`)} == 1` },
            { expr: one('storage_disk_endurance_remaining_ratio', DISK) },
            { expr: one('storage_disk_temperature_celsius', DISK) },
            { expr: one('storage_disk_power_on_time_seconds', DISK) },
            { expr: one('storage_disk_media_errors_total', DISK) },
            { expr: one('storage_disk_capacity_bytes', DISK) },
          ],
          columns: [
            ARRAY,
            { from: 'storage_disk_name', title: 'Disk' },
            { from: 'storage_state', title: 'State', states: true, width: 100 },
            { from: 'storage_disk_physical_type', title: 'Type', width: 90 },
            { from: '#G', title: 'Size', unit: 'bytes', width: 100 },
            {
              from: '#C',
              title: 'Writes left',
              unit: 'percentunit',
              steps: LEFT,
              width: 140,
            },
            { from: '#D', title: 'Temperature', unit: 'celsius', steps: HOT, width: 110 },
            { from: '#E', title: 'Under power', unit: 's', width: 110 },
            { from: '#F', title: 'Errors', unit: 'none', steps: SOME_IS_BAD, width: 80 },
            { from: 'storage_disk_model', title: 'Model' },
            { from: 'storage_disk_serial_number', title: 'Serial number' },
            { from: 'storage_disk_location', title: 'Place' },
          ],
        }),
        lines({
          title: 'Slowest disks',
          about: 'Average time of an operation, of arrays that measure disks.',
          unit: 's',
          queries: [{ expr: slowest('disk'), legend: diskLegend }],
        }),
        lines({
          title: 'Busiest disks',
          about: 'Operations per second, of arrays that measure disks.',
          unit: 'iops',
          queries: [
            { expr: topOver('storage_disk_operations_per_second', DISK), legend: diskLegend },
          ],
        }),
      ],
    ],
  ],
};
