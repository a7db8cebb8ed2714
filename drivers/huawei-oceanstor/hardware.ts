/** DeviceManager hardware -> records: controllers, disks, ports and the parts that have no list of their own. */
import {
  byPath,
  ComponentSchema,
  ControllerSchema,
  DiskSchema,
  fractionLeft,
  number,
  PortSchema,
  positive,
  recordsOf,
  scaled,
  text,
  type Foreign,
} from 'delfin-agent/driver';
import { idWith, reference, times } from './records.ts';
import * as states from './states.ts';

/** A part without a sensor is at -1 or 0: no array runs as cold as that. */
const temperatureOf = byPath('TEMPERATURE', positive);

export const toControllers = recordsOf(ControllerSchema, {
  native_controller_id: 'ID',
  name: 'NAME',
  status: states.controllerState,
  location: 'LOCATION',
  soft_version: 'SOFTVER',
  cpu_info: 'CPUINFO',
  memory_size: times('MEMORYSIZE', 2 ** 20),
});

export const toDisks = recordsOf(DiskSchema, {
  native_disk_id: 'ID',
  name: diskName,
  physical_type: ['DISKTYPE', states.DISK_TYPE],
  logical_type: ['LOGICTYPE', states.DISK_ROLE],
  status: states.healthOf,
  location: 'LOCATION',
  native_disk_group_id: reference('POOLID'),
  serial_number: 'SERIALNUMBER',
  manufacturer: 'MANUFACTURER',
  model: 'MODEL',
  firmware: 'FIRMWAREVER',
  speed: byPath('SPEEDRPM', positive),
  capacity: ({ SECTORS: sectors, SECTORSIZE: size }) => scaled(sectors, positive(size) ?? NaN),
  // 255: the array rates no health.
  health_score: ({ HEALTHMARK: mark }) => (Number(mark) <= 100 ? number(mark) : undefined),
  endurance_remaining: enduranceOf,
  temperature: temperatureOf,
  // Days.
  power_on_time: times('RUNTIME', 86_400),
});

/** Disks have no name. */
export function diskName(disk: Foreign): string | undefined {
  const [model, serial] = [text(disk['MODEL']), text(disk['SERIALNUMBER'])];
  return model && serial ? `${model}:${serial}` : (serial ?? model ?? text(disk['LOCATION']));
}

/** ABRASIONRATE is what is used up of a flash disk's life, in percent; others have no such life. */
function enduranceOf(disk: Foreign): number | undefined {
  const isFlash = states.FLASH.has(text(disk['DISKTYPE']) ?? '') && !number(disk['SPEEDRPM']);
  return isFlash ? fractionLeft(disk['ABRASIONRATE']) : undefined;
}

/**
 * Kinds of ports: their collections, their object type, which names them in statistics, what is in front
 * of their ids (those of logical ports meet those of real ones), the fields of their role, of the
 * negotiated and the highest speed in Mbit/s, and of what they are part of.
 */
export const PORT_KINDS = [
  { path: '/fc_port', type: '212', record: 'fc', prefix: '', role: 'LOGICTYPE', speed: 'RUNSPEED', maxSpeed: 'MAXSPEED', parent: 'PARENTID' },
  { path: '/fcoe_port', type: '252', record: 'fcoe', prefix: '', role: 'LOGICTYPE', speed: 'RUNSPEED', maxSpeed: 'MAXSPEED', parent: 'PARENTID' },
  { path: '/eth_port', type: '213', record: 'eth', prefix: '', role: 'LOGICTYPE', speed: 'SPEED', maxSpeed: 'maxSpeed|MAXSPEED', parent: 'PARENTID' },
  { path: '/pcie_port', type: '233', record: 'other', prefix: '', role: '', speed: 'PCIESPEED', maxSpeed: 'MAXSPEED', parent: 'PARENTID' },
  { path: '/bond_port', type: '235', record: 'other', prefix: '', role: '', speed: 'RUNSPEED', maxSpeed: 'MAXSPEED', parent: 'PARENTID' },
  { path: '/sas_port', type: '214', record: 'sas', prefix: '', role: 'LOGICTYPE', speed: 'RUNSPEED', maxSpeed: 'MAXSPEED', parent: 'PARENTID' },
  { path: '/ib_port', type: '16500', record: 'ib', prefix: '', role: 'LOGICTYPE', speed: 'RUNSPEED', maxSpeed: 'MAXSPEED', parent: 'PARENTID' },
  { path: '/lif', type: '279', record: 'logic', prefix: '279:', role: 'ROLE', speed: '', maxSpeed: '', parent: 'CURRENTPORTID|HOMEPORTID' },
] as const; // prettier-ignore
type PortKind = (typeof PORT_KINDS)[number];

const MEGABIT = 1_000_000;

export const toPorts = ({ record, prefix, speed, maxSpeed, role, parent }: PortKind) =>
  recordsOf(PortSchema, {
    native_port_id: idWith(prefix),
    name: 'NAME',
    location: 'LOCATION',
    type: record,
    logical_type: role === '' ? 'other' : [role, states.PORT_ROLES[role]],
    connection_status: ['RUNNINGSTATUS', states.LINK],
    health_status: ['HEALTHSTATUS', states.PORT_HEALTH],
    native_parent_id: reference(parent),
    speed: times(speed, MEGABIT),
    max_speed: (port) =>
      (record === 'fc' ? supportedSpeed(port) : undefined) ?? times(maxSpeed, MEGABIT)(port),
    wwn: 'WWN',
    mac_address: 'MACADDRESS',
    ipv4: 'IPV4ADDR',
    ipv4_mask: (port, { ipv4 }) => ipv4 && text(port['IPV4MASK']),
    ipv6: 'IPV6ADDR',
    // Without an address it is 0.
    ipv6_mask: (port, { ipv6 }) => ipv6 && text(port['IPV6MASK']),
  });

/** Of some firmwares it is in Gbit/s; no Fibre Channel port is slower than 1000 Mbit/s. */
function supportedSpeed({ MAXSUPPORTSPEED: speed }: Foreign): number | undefined {
  return scaled(speed, Number(speed) < 1000 ? 1000 * MEGABIT : MEGABIT);
}

/**
 * Kinds of parts: their collections, what is in front of their ids, which meet those of other kinds, the
 * field of the id, and that of the volts with how many of its units are one. An optical module's id is
 * unique within its parent only.
 */
export const PART_KINDS = [
  { path: '/enclosure', type: 'enclosure', prefix: 'enclosure:', id: 'ID', volts: '', perVolt: 1 },
  { path: '/fan', type: 'fan', prefix: 'fan:', id: 'ID', volts: '', perVolt: 1 },
  { path: '/power', type: 'power_supply', prefix: 'power:', id: 'ID', volts: 'OUTPUTVOLTAGE', perVolt: 1000 },
  { path: '/backup_power', type: 'battery', prefix: 'battery:', id: 'ID', volts: 'VOLTAGE', perVolt: 10 },
  { path: '/expboard', type: 'module', prefix: 'expboard:', id: 'ID', volts: '', perVolt: 1 },
  { path: '/intf_module', type: 'module', prefix: 'module:', id: 'ID', volts: '', perVolt: 1 },
  { path: '/sfp', type: 'sfp', prefix: 'sfp:', id: 'LOCATION|ID', volts: '', perVolt: 1 },
] as const; // prettier-ignore
type PartKind = (typeof PART_KINDS)[number];

/** PARENTTYPE of a part -> what is in front of the parent's id; controllers have their own list. */
const PARENTS: Readonly<Record<string, string>> = {
  '206': 'enclosure:',
  '207': '',
  '208': 'expboard:',
  '209': 'module:',
};

export function toComponents({ type, prefix, id, volts, perVolt }: PartKind) {
  const make = recordsOf(ComponentSchema, {
    native_component_id: idWith(prefix, id),
    name: 'NAME|LOCATION',
    type,
    status: states.partState,
    native_parent_id: parentOf,
    location: 'LOCATION',
    vendor: 'MANUFACTURER|VENDOR|label.VendorName',
    model: byPath('MODEL|label.BoardType', modelName),
    serial_number: 'SERIALNUMBER|SERIALNUM|SN|label.BarCode',
    part_number: 'BOMCODE|label.Item|ITEM',
    firmware: 'FIRMWAREVER|VERSION',
    temperature: temperatureOf,
    // 0 is what a part prints that does not measure.
    voltage(part) {
      const read = positive(part[volts]);
      return read && read / perVolt;
    },
  });
  return (parts: readonly Foreign[]) =>
    make(parts.map(inCapitals), ({ ELABEL: label }) => ({ label: electronicLabel(label) }));
}

/** SFPs spell their fields in small letters, as documents do; the rest of the interface does not. */
function inCapitals(part: Foreign): Foreign {
  return Object.fromEntries(
    Object.entries(part).map(([field, value]) => [field.toUpperCase(), value]),
  );
}

function parentOf(part: Foreign): string | undefined {
  const prefix = PARENTS[text(part['PARENTTYPE']) ?? ''];
  return prefix === undefined ? undefined : idWith(prefix, 'PARENTID')(part);
}

/** Enclosures and interface modules have a number instead, which says nothing. */
function modelName(written: unknown): string | undefined {
  const model = text(written) ?? '';
  return /^\d*$/.test(model) ? undefined : model;
}

const LONGEST_LABEL = 4_096;

/** The electronic label of a board: lines of `BarCode=2102350...`. */
function electronicLabel(label: unknown): Foreign {
  const lines = (text(label) ?? '').slice(0, LONGEST_LABEL).matchAll(/^([^=\n]*)=(.*)$/gm);
  return Object.fromEntries(Array.from(lines, ([, field = '', value]) => [field.trim(), value]));
}

/** Controllers that have a temperature sensor. */
export const toSensors = recordsOf(ComponentSchema, {
  temperature: temperatureOf,
  native_component_id: (controller, { temperature }) =>
    temperature === undefined ? null : idWith('temperature:')(controller),
  name: 'LOCATION|ID',
  type: 'temperature',
  native_parent_id: 'ID',
  location: 'LOCATION',
});
