/** One array: who it is, what it does, what is wrong with it. */
import {
  BUSY,
  FULL,
  lines,
  named,
  NONE_IS_GOOD,
  of,
  one,
  rows,
  SEVERITY_COLOURS,
  share,
  STATES,
  stats,
  topN,
  topOver,
  type Board,
  type Query,
} from './kit.ts';
import { unsplit, whole, wholeLatency } from './whole.ts';

const WORDS = ['normal', 'degraded', 'abnormal', 'offline', 'unknown'];
const STATE_TEXTS = Object.fromEntries(
  WORDS.map((word, at) => [at, [word, STATES[word] ?? 'text'] as const]),
);
/** The state as a number that has a word and a colour. */
const HEALTH = WORDS.map(
  (state, at) =>
    `(${one('storage_system_status', '', `storage_state="${state}"`)} == 1) * 0 + ${at}`,
).join(' or ');

/** `others`: of arrays that do not tell reads from writes. */
const readsAndWrites = (
  title: string,
  about: string,
  unit: string,
  of_: (way: string) => string,
  others: readonly Query[] = [],
) =>
  lines({
    title,
    about,
    unit,
    size: [8, 8],
    mirrored: /write/,
    queries: [
      { expr: of_('read_'), legend: '{{storage_system_name}} read' },
      { expr: of_('write_'), legend: '{{storage_system_name}} write' },
      ...others,
    ],
  });

export const array: Board = {
  name: 'array',
  title: 'Storage array',
  about: 'Identity, health, load and capacity of the arrays chosen; best with one.',
  variables: [topN()],
  rows: [
    [
      'State',
      [
        stats({
          title: 'Read by the agent',
          about: 'Whether the last collection of the array worked.',
          unit: 'none',
          texts: { 0: ['down', 'red'], 1: ['up', 'green'] },
          queries: [{ expr: one('storage_system_up'), legend: '{{storage_system_name}}' }],
        }),
        stats({
          title: 'Health',
          about: 'What the array says of itself.',
          unit: 'none',
          texts: STATE_TEXTS,
          queries: [{ expr: HEALTH, legend: '{{storage_system_name}}' }],
        }),
        stats({
          title: 'Severe alerts',
          about: 'Active alerts of severity fatal, critical and major.',
          unit: 'none',
          steps: NONE_IS_GOOD,
          queries: [
            {
              expr: `sum by (storage_system_name) (${one('storage_alert_active', 'storage_alert_severity', 'storage_alert_severity=~"fatal|critical|major"')})`,
              legend: '{{storage_system_name}}',
            },
          ],
        }),
        stats({
          title: 'Capacity in use',
          about: 'Part of the usable capacity.',
          unit: 'percentunit',
          steps: FULL,
          queries: [
            {
              expr: share(
                one('storage_system_capacity_used_bytes'),
                one('storage_system_capacity_bytes'),
              ),
              legend: '{{storage_system_name}}',
            },
          ],
        }),
        stats({
          title: 'Age of the samples',
          about: 'How old the newest performance sample is, by the clock of the array.',
          unit: 's',
          steps: [
            [0, 'green'],
            [600, 'yellow'],
            [900, 'red'],
          ],
          queries: [
            {
              expr: `time() - ${one('storage_system_performance_sample_timestamp_seconds')}`,
              legend: '{{storage_system_name}}',
            },
          ],
        }),
        stats({
          title: 'Age of the inventory',
          about: 'How long ago the lists were read.',
          unit: 's',
          steps: [
            [0, 'green'],
            [900, 'yellow'],
            [3_600, 'red'],
          ],
          queries: [
            {
              expr: `time() - ${one('storage_system_inventory_sample_timestamp_seconds')}`,
              legend: '{{storage_system_name}}',
            },
          ],
        }),
        rows({
          title: 'Identity',
          about: 'Who the array is, as it says itself; the address is its own console.',
          size: [24, 4],
          queries: [
            {
              expr: one(
                'storage_system_info',
                'storage_system_vendor, storage_system_model, storage_system_serial_number, storage_system_firmware_version, storage_system_location, storage_system_url',
              ),
            },
          ],
          columns: [
            { from: 'storage_system_name', title: 'Array' },
            { from: 'storage_system_vendor', title: 'Vendor' },
            { from: 'storage_system_model', title: 'Model' },
            { from: 'storage_system_serial_number', title: 'Serial number' },
            { from: 'storage_system_firmware_version', title: 'Version' },
            { from: 'storage_system_location', title: 'Location' },
            { from: 'storage_system_url', title: 'Console', address: true },
          ],
        }),
      ],
    ],
    [
      'Load of the whole array (where it has no such figure: the sum of its volumes)',
      [
        readsAndWrites('Operations', 'Reads up, writes down.', 'iops', (way) =>
          whole(`${way}operations_per_second`),
        ),
        readsAndWrites('Throughput', 'Reads up, writes down.', 'Bps', (way) =>
          whole(`${way}throughput_bytes_per_second`),
        ),
        readsAndWrites(
          'Latency',
          'Reads up, writes down, all operations up where the array tells no more; of volumes by their operations.',
          's',
          wholeLatency,
          [
            {
              expr: unsplit(wholeLatency(), wholeLatency('read_')),
              legend: '{{storage_system_name}}',
            },
          ],
        ),
      ],
    ],
    [
      'Who makes the load',
      [
        lines({
          title: 'Busiest volumes',
          about: 'Operations per second of the volumes that have most.',
          unit: 'iops',
          size: [8, 8],
          queries: [
            {
              expr: topOver('storage_volume_operations_per_second', named('volume')),
              legend: '{{storage_volume_name}}',
            },
          ],
        }),
        lines({
          title: 'Busiest controllers',
          about: 'Processors of the controllers.',
          unit: 'percentunit',
          steps: BUSY,
          max: 1,
          size: [8, 8],
          queries: [
            {
              expr: topOver('storage_controller_cpu_utilization_ratio', named('controller')),
              legend: '{{storage_controller_name}}',
            },
          ],
        }),
        lines({
          title: 'Active alerts',
          about: 'By severity, in the colour of the severity.',
          unit: 'none',
          colours: SEVERITY_COLOURS,
          size: [8, 8],
          queries: [
            {
              expr: `sum by (storage_alert_severity) (${one('storage_alert_active', 'storage_alert_severity')}) > 0`,
              legend: '{{storage_alert_severity}}',
            },
          ],
        }),
      ],
    ],
    [
      'Collection',
      [
        lines({
          title: 'Duration of collections',
          about: 'How long each kind of collection took; longer than its interval is too long.',
          unit: 's',
          queries: [
            {
              expr: one('delfin_collection_last_duration_seconds', 'delfin_collection_kind'),
              legend: '{{storage_system_name}} {{delfin_collection_kind}}',
            },
          ],
        }),
        lines({
          title: 'Requests to the array',
          about: 'What the agent asks of the array per second.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (storage_system_name) (rate(${of('delfin_backend_requests_total')}[$__rate_interval]))`,
              legend: '{{storage_system_name}}',
            },
          ],
        }),
      ],
    ],
  ],
};
