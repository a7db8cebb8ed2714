/** Shelves and what is in them, parts and sensors of the nodes. */
import {
  compact,
  flag,
  lookup,
  number,
  signed,
  text,
  objects,
  type Component,
  type Foreign,
} from 'delfin-agent/driver';
import { BATTERY_STATES, FRU_TYPES, PART_STATES, SENSOR_STATES, SENSOR_TYPES } from './tables.ts';
import { byUuid, joined, label, pick, uuidAt, withId } from './values.ts';

export function toShelfParts(shelves: readonly Foreign[]): Component[] {
  return withId(
    shelves,
    (shelf) => label(shelf['uid']),
    (shelf, id) => [
      toShelf(shelf, id),
      ...parts(shelf, id, 'frus', toFru),
      ...parts(shelf, id, 'fans', toFan),
      ...parts(shelf, id, 'temperature_sensors', toThermometer),
      ...parts(shelf, id, 'voltage_sensors', toVoltmeter),
    ],
  ).flat();
}

function toShelf(shelf: Foreign, id: string): Component {
  return compact<Component>({
    native_component_id: id,
    name: label(shelf['name']),
    type: 'enclosure',
    status: lookup(PART_STATES, shelf['state']),
    vendor: text(pick(shelf, 'manufacturer.name')),
    model: text(shelf['model']),
    serial_number: text(shelf['serial_number']),
  });
}

/** Ids of the parts count within their kind. */
function parts(
  shelf: Foreign,
  shelfId: string,
  kind: string,
  make: (part: Foreign) => Partial<Component> & Pick<Component, 'type'>,
): Component[] {
  return objects(shelf[kind]).map((part, index) => {
    const made = make(part);
    const number_ = text(part['id']) ?? `#${index}`;
    const slot = kind === 'frus' ? `${kind}/${text(part['type']) ?? ''}` : kind;
    const missing = flag(part['installed']) === false;
    return {
      ...compact<Partial<Component>>({
        name: `${label(shelf['name']) ?? shelfId} ${text(part['type']) ?? made.type} ${number_}`,
        status: missing ? 'missing' : lookup(PART_STATES, part['state']),
        location: label(part['location']),
      }),
      ...compact<Partial<Component>>(made),
      type: made.type,
      native_component_id: `${shelfId}/${slot}/${number_}`,
      native_parent_id: shelfId,
    };
  });
}

function toFru(fru: Foreign) {
  return {
    type: lookup(FRU_TYPES, fru['type']) ?? 'other',
    model: text(pick(fru, 'psu.model')),
    serial_number: text(fru['serial_number']),
    part_number: text(fru['part_number']),
    firmware: text(fru['firmware_version']),
    power: number(pick(fru, 'psu.power_drawn')),
  } as Partial<Component> & Pick<Component, 'type'>;
}

function toFan(fan: Foreign) {
  return { type: 'fan', fan_speed: number(fan['rpm']) } as Pick<Component, 'type' | 'fan_speed'>;
}

function toThermometer(sensor: Foreign) {
  return { type: 'temperature', temperature: signed(sensor['temperature']) } as Pick<
    Component,
    'type' | 'temperature'
  >;
}

function toVoltmeter(sensor: Foreign) {
  return { type: 'voltage', voltage: signed(sensor['voltage']) } as Pick<
    Component,
    'type' | 'voltage'
  >;
}

export function toSensors(sensors: readonly Foreign[]): Component[] {
  return withId(
    sensors,
    (sensor) => joined(pick(sensor, 'node.uuid'), sensor['index']),
    (sensor, id) => {
      const state = sensor['type'] === 'discrete' ? 'discrete_state' : 'threshold_state';
      return compact<Component>({
        native_component_id: id,
        name: label(sensor['name']),
        type: lookup(SENSOR_TYPES, sensor['type']) ?? 'other',
        status: lookup(SENSOR_STATES, sensor[state]),
        native_parent_id: uuidAt(sensor, 'node'),
        location: label(pick(sensor, 'node.name')),
        ...readingOf(sensor),
      });
    },
  );
}

/** What a sensor of this type says in this unit; currents, counters and minutes have no field. */
function readingOf(sensor: Foreign): Partial<Component> {
  const value = signed(sensor['value']);
  if (value === undefined) return {};
  switch (`${text(sensor['type'])} ${text(sensor['value_units'])?.toLowerCase()}`) {
    case 'thermal c':
      return { temperature: value };
    case 'fan rpm':
      return value < 0 ? {} : { fan_speed: value };
    case 'voltage mv':
      return { voltage: value / 1_000 };
    case 'voltage v':
      return { voltage: value };
    case 'battery_life %':
      return value < 0 || value > 100 ? {} : { charge_ratio: value / 100 };
    default:
      return {};
  }
}

export function toNodeParts(nodes: readonly Foreign[]): Component[] {
  return withId(nodes, byUuid, (node, id) => {
    const name = label(node['name']) ?? id;
    const frus = objects(pick(node, 'controller.frus')).map((fru, index) => {
      const kind = text(fru['type']) ?? 'fru';
      const number_ = text(fru['id']) ?? `#${index}`;
      return compact<Component>({
        native_component_id: `${id}/${kind}/${number_}`,
        name: `${name} ${kind} ${number_}`,
        type: lookup(FRU_TYPES, fru['type']) ?? 'other',
        status: lookup(PART_STATES, fru['state']),
        native_parent_id: id,
      });
    });
    const battery = pick(node, 'nvram.battery_state');
    if (battery === undefined) return frus;
    return [
      ...frus,
      compact<Component>({
        native_component_id: `${id}/nvram/battery`,
        name: `${name} NVRAM battery`,
        type: 'battery',
        status: lookup(BATTERY_STATES, battery),
        native_parent_id: id,
      }),
    ];
  }).flat();
}
