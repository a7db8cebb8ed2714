/** Which number of a record becomes which metric. */
import type { Kind } from './names.ts';
import type { ResourceWord } from './tables.ts';
import type { RecordUnit } from './units.ts';

export interface QuantityTable {
  readonly word: ResourceWord;
  readonly field: string;
  readonly instrument: string;
  readonly unit: string;
  readonly kind: Kind;
  readonly help: string;
  /** What the record states it in, where that is not the unit. */
  readonly from?: RecordUnit;
}

const quantity = (
  word: ResourceWord,
  field: string,
  suffix: string,
  unit: string,
  kind: Kind,
  help: string,
): QuantityTable => ({ word, field, instrument: `storage.${word}.${suffix}`, unit, kind, help });

const bytes = (word: ResourceWord, field: string, suffix: string, help: string) =>
  quantity(word, field, suffix, 'By', 'updown', help);

const space = (word: ResourceWord): readonly QuantityTable[] => [
  bytes(word, 'total_capacity', 'capacity', `Size of the ${word}`),
  bytes(word, 'used_capacity', 'capacity.used', `Capacity in use on the ${word}`),
  bytes(word, 'free_capacity', 'capacity.free', `Capacity left on the ${word}`),
];

const reduction = (word: ResourceWord): readonly QuantityTable[] => [
  quantity(
    word,
    'data_reduction',
    'data_reduction',
    '1',
    'gauge',
    `How many times the data of the ${word} is larger than what stores it, as the array defines it`,
  ),
  bytes(
    word,
    'logical_used_capacity',
    'capacity.logical_used',
    `What hosts have written to the ${word}, before any reduction`,
  ),
  bytes(
    word,
    'snapshot_capacity',
    'capacity.snapshot',
    `Capacity that snapshots take on the ${word}`,
  ),
  quantity(word, 'snapshot_count', 'snapshots', '{snapshot}', 'updown', `Snapshots of the ${word}`),
];

const files = (field: string, suffix: string, help: string) =>
  quantity('quota', field, `file.${suffix}`, '{file}', 'updown', help);

const speed = (field: string, help: string): QuantityTable => ({
  ...quantity('port', field, field, 'By/s', 'gauge', help),
  from: 'bit/s',
});

const part = (field: string, instrument: string, unit: string, help: string): QuantityTable => ({
  ...quantity('component', field, field, unit, 'gauge', help),
  instrument,
});

export const QUANTITIES: readonly QuantityTable[] = [
  ...space('system'),
  bytes('system', 'subscribed_capacity', 'capacity.subscribed', 'Capacity promised to hosts'),
  bytes('system', 'raw_capacity', 'capacity.raw', 'Capacity of all disks'),
  ...reduction('system'),
  ...space('pool'),
  bytes('pool', 'subscribed_capacity', 'capacity.subscribed', 'Capacity promised to hosts'),
  ...reduction('pool'),
  ...space('volume'),
  ...reduction('volume'),
  ...space('filesystem'),
  ...reduction('filesystem'),
  bytes('disk', 'capacity', 'capacity', 'Size of the disk'),
  bytes('quota', 'used_capacity', 'capacity.used', 'Capacity in use under the quota'),
  bytes('quota', 'capacity_hard_limit', 'capacity.hard_limit', 'Hard limit of the quota'),
  bytes('quota', 'capacity_soft_limit', 'capacity.soft_limit', 'Soft limit of the quota'),
  files('file_count', 'used', 'Files under the quota'),
  files('file_hard_limit', 'hard_limit', 'Hard limit of files'),
  files('file_soft_limit', 'soft_limit', 'Soft limit of files'),
  bytes('controller', 'memory_size', 'memory.size', 'Memory of the controller'),
  quantity('controller', 'cpu_count', 'cpus', '{cpu}', 'updown', 'Processors of the controller'),
  quantity('disk', 'speed', 'rotation.speed', 'rpm', 'gauge', 'Rotation speed of the disk'),
  quantity(
    'disk',
    'health_score',
    'health_score',
    '{score}',
    'gauge',
    'Health of the disk, 0 to 100',
  ),
  quantity(
    'disk',
    'endurance_remaining',
    'endurance.remaining',
    '1',
    'gauge',
    'What is left of the writes the disk is made for',
  ),
  quantity('disk', 'temperature', 'temperature', 'Cel', 'gauge', 'Temperature of the disk'),
  quantity('disk', 'power_on_time', 'power_on.time', 's', 'gauge', 'Time under power'),
  quantity('disk', 'media_errors', 'media.errors', '{error}', 'counter', 'Errors of the medium'),
  speed('speed', 'Negotiated speed of the port'),
  speed('max_speed', 'Highest speed of the port'),
  part('temperature', 'hw.temperature', 'Cel', 'Temperature of the part'),
  part('fan_speed', 'hw.fan.speed', 'rpm', 'Speed of the fan'),
  part('fan_speed_ratio', 'hw.fan.speed_ratio', '1', 'Speed of the fan as a part of its highest'),
  part('power', 'hw.power', 'W', 'Power the part takes or gives'),
  part('voltage', 'hw.voltage', 'V', 'Voltage at the part'),
  part('charge_ratio', 'hw.battery.charge', '1', 'Charge of the battery'),
  {
    ...quantity('replication', 'lag', 'lag', 's', 'gauge', 'Age of the last consistent copy'),
    from: 'ms',
  },
  quantity(
    'replication',
    'progress',
    'progress',
    '1',
    'gauge',
    'How much of the running transfer is done',
  ),
  quantity('replication', 'throughput', 'throughput', 'By/s', 'gauge', 'Data sent'),
];
