/** Shelves and what is in them, parts and sensors of the nodes. */
import {
  ComponentSchema,
  flag,
  fraction,
  identifier,
  lookup,
  number,
  pick,
  recordsOf,
  signed,
  text,
  type Component,
  type FieldSources,
  type Foreign,
} from 'delfin-agent/driver';
import { BATTERY_STATES, FRU_TYPES, PART_STATES, SENSOR_STATES, SENSOR_TYPES } from './tables.ts';
import { joined, listedIn } from './values.ts';

export function toShelfParts(shelves: readonly Foreign[]): Component[] {
  return [
    ...toShelves(shelves),
    ...toFrus(listedIn(shelves, 'frus')),
    ...toFans(listedIn(shelves, 'fans')),
    ...toThermometers(listedIn(shelves, 'temperature_sensors')),
    ...toVoltmeters(listedIn(shelves, 'voltage_sensors')),
  ];
}

export function toNodeParts(nodes: readonly Foreign[]): Component[] {
  const withBattery = nodes.filter((node) => pick(node, 'nvram.battery_state') !== undefined);
  return [...toNodeFrus(listedIn(nodes, 'controller.frus')), ...toBatteries(withBattery)];
}

const toShelves = recordsOf(ComponentSchema, {
  native_component_id: 'uid',
  name: 'name',
  type: 'enclosure',
  status: ['state', PART_STATES],
  vendor: 'manufacturer.name',
  model: 'model',
  serial_number: 'serial_number',
});

const ownerOf = (part: Foreign) => pick(part, 'of.uid') ?? pick(part, 'of.uuid');
/** Its own id, which counts within its kind, or its place in the list. */
const numberOf = (part: Foreign) => text(part['id']) ?? `#${text(part['at'])}`;

/** Parts of a shelf or a node; `kind`: between its id and theirs. */
function partsOf(
  kind: (part: Foreign) => string,
  type: Component['type'],
  more: FieldSources<Component> = {},
) {
  return recordsOf(ComponentSchema, {
    native_component_id: (part) => joined(ownerOf(part), kind(part), numberOf(part)),
    name: (part) =>
      [pick(part, 'of.name') ?? ownerOf(part), part['type'] ?? type, numberOf(part)].join(' '),
    type: () => type,
    status: (part) =>
      flag(part['installed']) === false ? 'missing' : lookup(PART_STATES, part['state']),
    native_parent_id: (part) => identifier(ownerOf(part)),
    location: 'location',
    ...more,
  });
}

const fruType = (fru: Foreign) => lookup(FRU_TYPES, fru['type']) ?? 'other';
const toFrus = partsOf((fru) => `frus/${text(fru['type']) ?? ''}`, 'other', {
  type: fruType,
  model: 'psu.model',
  serial_number: 'serial_number',
  part_number: 'part_number',
  firmware: 'firmware_version',
  power: 'psu.power_drawn',
});
const toNodeFrus = partsOf((fru) => text(fru['type']) ?? 'fru', 'other', { type: fruType });
const toFans = partsOf(() => 'fans', 'fan', { fan_speed: 'rpm' });
const toThermometers = partsOf(() => 'temperature_sensors', 'temperature', {
  temperature: 'temperature',
});
const toVoltmeters = partsOf(() => 'voltage_sensors', 'voltage', { voltage: 'voltage' });

const toBatteries = recordsOf(ComponentSchema, {
  native_component_id: ({ uuid }) => joined(uuid, 'nvram/battery'),
  name: ({ name, uuid }) => `${identifier(name) ?? identifier(uuid)} NVRAM battery`,
  type: 'battery',
  status: ['nvram.battery_state', BATTERY_STATES],
  native_parent_id: 'uuid',
});

/** What a sensor of this type says in this unit; currents, counters and minutes have no field. */
const reading =
  (of: string, read: (value: unknown) => number | undefined) =>
  ({ type, value_units: unit, value }: Foreign) =>
    `${text(type)} ${text(unit)?.toLowerCase()}` === of ? read(value) : undefined;
const volts = reading('voltage v', signed);
const millivolts = reading('voltage mv', signed);

export const toSensors = recordsOf(ComponentSchema, {
  native_component_id: (sensor) => joined(pick(sensor, 'node.uuid'), sensor['index']),
  name: 'name',
  type: (sensor) => lookup(SENSOR_TYPES, sensor['type']) ?? 'other',
  status: (sensor) =>
    lookup(
      SENSOR_STATES,
      sensor[sensor['type'] === 'discrete' ? 'discrete_state' : 'threshold_state'],
    ),
  native_parent_id: 'node.uuid',
  location: 'node.name',
  temperature: reading('thermal c', signed),
  fan_speed: reading('fan rpm', number),
  voltage: (sensor) => volts(sensor) ?? thousandth(millivolts(sensor)),
  charge_ratio: reading('battery_life %', fraction),
});

function thousandth(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / 1_000;
}
