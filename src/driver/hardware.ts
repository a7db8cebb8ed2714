/** Records of parts and of copies; the rules of records.ts hold. */
import { celsius, count, id, oneOf, ratio, record, ref, text } from './fields.ts';
import { Type, type Static } from './schema.ts';

export const COMPONENT_TYPES = [
  'enclosure', 'fan', 'power_supply', 'battery', 'temperature', 'voltage', 'memory', 'cpu', 'module',
  'sfp', 'other',
] as const; // prettier-ignore

export const COMPONENT_STATES = [
  'ok', 'degraded', 'failed', 'predicted_failure', 'needs_cleaning', 'missing', 'unknown',
] as const; // prettier-ignore

export const REPLICATION_STATES = [
  'normal', 'syncing', 'degraded', 'suspended', 'failed', 'unknown',
] as const; // prettier-ignore

export const REPLICATION_TYPES = ['sync', 'async', 'active_active', 'snapshot', 'unknown'] as const;

/** A part of the hardware that has no list of its own: controllers, ports and disks have. */
export const ComponentSchema = record('component', {
  native_component_id: id("The array's id of the part, unique over all types"),
  name: text('Name of the part'),
  type: Type.Unsafe<(typeof COMPONENT_TYPES)[number]>({
    type: 'string',
    enum: COMPONENT_TYPES,
    description: 'What it is',
    unknown: 'other',
  }),
  status: oneOf(COMPONENT_STATES, 'State of the part', { unknown: 'unknown' }),
  native_parent_id: ref('The component, controller or disk it is part of'),
  location: text('Enclosure, side and slot'),
  vendor: text('Maker'),
  model: text('Model'),
  serial_number: text('Serial number'),
  part_number: text('Part number'),
  firmware: text('Firmware version'),
  temperature: celsius('Temperature'),
  fan_speed: count('Speed of the fan, rpm'),
  fan_speed_ratio: ratio('Speed of the fan as a part of its highest'),
  power: count('Power it takes or gives, W'),
  voltage: Type.Optional(Type.Number({ description: 'Voltage, V' })),
  charge_ratio: ratio('Charge of the battery'),
});

/** A copy of data that is kept up to date: between arrays, or on one. */
export const ReplicationSchema = record('replication', {
  native_replication_id: id("The array's id of the replication"),
  name: text('Name of the replication'),
  type: oneOf(REPLICATION_TYPES, 'How it copies', { unknown: 'unknown' }),
  role: oneOf(['source', 'target', 'both', 'unknown'], 'Side of this array', {
    unknown: 'unknown',
  }),
  status: oneOf(REPLICATION_STATES, 'State of the replication', { unknown: 'unknown' }),
  native_volume_id: ref('Volume of this array that is copied'),
  native_volume_group_id: ref('Volume group of this array that is copied'),
  native_filesystem_id: ref('File system of this array that is copied'),
  remote_system: text('The other array, as this one names it'),
  remote_resource: text('What is at the other end, as this array names it'),
  lag: count('Age of the last consistent copy, ms'),
  progress: ratio('How much of the running transfer is done'),
  throughput: count('Data sent, bytes per second'),
});

export type Component = Static<typeof ComponentSchema>;
export type Replication = Static<typeof ReplicationSchema>;
