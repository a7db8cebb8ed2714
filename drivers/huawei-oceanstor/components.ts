/** DeviceManager hardware -> component records, and the sensors of controllers. */
import {
  compact,
  identifier,
  number,
  positive,
  text,
  type Component,
  type Foreign,
} from 'delfin-agent/driver';
import { partState } from './states.ts';
import { written } from './records.ts';

/** One kind of part: its collection, and what is special to it. */
export interface PartKind {
  readonly path: string;
  readonly type: Component['type'];
  /** In front of its ids, which meet those of other kinds. */
  readonly prefix: string;
  /** Field that tells its volts, and how many of its units are one. */
  readonly volts?: { readonly field: string; readonly perVolt: number };
  /** Ids that are unique within the part's parent only. */
  readonly byLocation?: true;
}

export const PART_KINDS: readonly PartKind[] = [
  { path: '/enclosure', type: 'enclosure', prefix: 'enclosure' },
  { path: '/fan', type: 'fan', prefix: 'fan' },
  { path: '/power', type: 'power_supply', prefix: 'power', volts: { field: 'OUTPUTVOLTAGE', perVolt: 1000 } },
  { path: '/backup_power', type: 'battery', prefix: 'battery', volts: { field: 'VOLTAGE', perVolt: 10 } },
  { path: '/expboard', type: 'module', prefix: 'expboard' },
  { path: '/intf_module', type: 'module', prefix: 'module' },
  { path: '/sfp', type: 'sfp', prefix: 'sfp', byLocation: true },
]; // prettier-ignore

/** PARENTTYPE of a part -> what is in front of the parent's id; controllers have their own list. */
const PARENTS: Readonly<Record<string, string>> = {
  '206': 'enclosure:',
  '207': '',
  '208': 'expboard:',
  '209': 'module:',
};

export function toComponent(source: Foreign, kind: PartKind): Component {
  // SFPs spell their fields in small letters, as documents do; the rest of the interface does not.
  const part = inCapitals(source);
  const label = electronicLabel(part['ELABEL']);
  const id = (kind.byLocation ? written(part['LOCATION']) : undefined) ?? identifier(part['ID']);
  return compact<Component>({
    native_component_id: id === undefined ? '' : `${kind.prefix}:${id}`,
    name: written(part['NAME']) ?? written(part['LOCATION']),
    type: kind.type,
    status: partState(part),
    native_parent_id: parentOf(part),
    location: written(part['LOCATION']),
    vendor: text(part['MANUFACTURER']) ?? text(part['VENDOR']) ?? label('VendorName'),
    model: modelOf(part['MODEL']) ?? label('BoardType'),
    serial_number:
      text(part['SERIALNUMBER']) ?? text(part['SERIALNUM']) ?? text(part['SN']) ?? label('BarCode'),
    part_number: text(part['BOMCODE']) ?? label('Item') ?? text(part['ITEM']),
    firmware: text(part['FIRMWAREVER']) ?? text(part['VERSION']),
    // A part without a sensor is at -1 or 0: no array runs as cold as that.
    temperature: positive(part['TEMPERATURE']),
    voltage: kind.volts && voltsOf(part[kind.volts.field], kind.volts.perVolt),
  });
}

/** The sensor of a controller that has one. */
export function toSensor(controller: Foreign): readonly Component[] {
  const id = identifier(controller['ID']);
  const temperature = positive(controller['TEMPERATURE']);
  if (id === undefined || temperature === undefined) return [];
  const location = written(controller['LOCATION']);
  return [
    compact<Component>({
      native_component_id: `temperature:${id}`,
      name: location ?? id,
      type: 'temperature',
      status: undefined,
      native_parent_id: id,
      location,
      temperature,
    }),
  ];
}

function inCapitals(source: Foreign): Foreign {
  return Object.fromEntries(
    Object.entries(source).map(([field, value]) => [field.toUpperCase(), value]),
  );
}

function parentOf(part: Foreign): string | undefined {
  const prefix = PARENTS[text(part['PARENTTYPE']) ?? ''];
  const id = written(part['PARENTID']);
  return prefix === undefined || id === undefined ? undefined : `${prefix}${id}`;
}

/** 0 is what a part prints that does not measure. */
function voltsOf(value: unknown, perVolt: number): number | undefined {
  const read = number(value);
  return read ? read / perVolt : undefined;
}

/** Enclosures and interface modules have a number instead, which says nothing. */
function modelOf(value: unknown): string | undefined {
  const model = text(value);
  return model === undefined || /^\d+$/.test(model) ? undefined : model;
}

const LONGEST_LABEL = 4_096;

/** The electronic label of a board: lines of `BarCode=2102350...`. */
function electronicLabel(value: unknown): (field: string) => string | undefined {
  const lines = (text(value) ?? '').slice(0, LONGEST_LABEL).split('\n');
  const fields = new Map(
    lines.map((line) => {
      const cut = line.indexOf('=');
      return [line.slice(0, Math.max(cut, 0)).trim(), line.slice(cut + 1)] as const;
    }),
  );
  return (field) => text(fields.get(field));
}
