/** Controllers, drives and the other parts of the hardware, known by their names: `CT0`, `CH0.BAY3`. */
import {
  compact,
  lookup,
  number,
  signed,
  text,
  type Component,
  type Controller,
  type Disk,
  type Foreign,
} from 'delfin-agent/driver';
import { label, withName } from './records.ts';

/** No part is there, or none that was recognised as one. */
const ABSENT = new Set(['not_installed', 'empty']);

const CONTROLLER_STATES = {
  ready: 'normal',
  updating: 'degraded',
  'not ready': 'fault',
  unknown: 'unknown',
} as const;
/** Modes that say more than the status. */
const GONE = new Set(['offline', 'not present']);

export function toController(
  controller: Foreign,
  name: string,
  addresses: ReadonlyMap<string, string> | undefined,
): Controller {
  const mode = text(controller['mode']) ?? '';
  return compact<Controller>({
    native_controller_id: name,
    name,
    status: GONE.has(mode) ? 'offline' : lookup(CONTROLLER_STATES, controller['status']),
    soft_version: text(controller['version']),
    mgmt_ip: addresses?.get(name.toUpperCase()),
  });
}

const DRIVE_STATES = {
  healthy: 'normal',
  updating: 'degraded',
  recovering: 'degraded',
  unhealthy: 'abnormal',
  failed: 'abnormal',
  missing: 'offline',
  // In use or not, nothing is said of its health.
  unadmitted: 'unknown',
  unrecognized: 'unknown',
  identifying: 'unknown',
} as const;
const BAY_STATES = {
  ok: 'normal',
  healthy: 'normal',
  degraded: 'degraded',
  unhealthy: 'abnormal',
  critical: 'abnormal',
  unused: 'unknown',
  identifying: 'unknown',
  unknown: 'unknown',
} as const;
const TECHNOLOGIES = { NVMe: 'nvme-ssd', SAS: 'ssd' } as const;
const ROLES = { SSD: 'data', NVRAM: 'cache', cache: 'cache', virtual: 'data' } as const;

/** Drives with the serial numbers of their bays. */
export function toDisks(
  drives: readonly Foreign[],
  hardware: readonly Foreign[] | undefined,
): Disk[] {
  const bays = new Map(withName(hardware ?? [], (bay, name) => [name.toUpperCase(), bay] as const));
  return withName(
    drives.filter(({ status }) => !ABSENT.has(String(status))),
    (drive, name) => {
      const type = text(drive['type']);
      const virtual = type === 'virtual';
      return compact<Disk>({
        native_disk_id: name,
        name,
        physical_type: virtual ? 'vmdisk' : lookup(TECHNOLOGIES, drive['protocol']),
        logical_type: lookup(ROLES, type),
        status: lookup(DRIVE_STATES, drive['status']),
        location: name,
        serial_number: text(bays.get(name.toUpperCase())?.['serial']),
        capacity: number(drive['capacity']),
      });
    },
  );
}

const BAYS: Readonly<Record<string, 'data' | 'cache'>> = { drive_bay: 'data', nvram_bay: 'cache' };

/** Before REST 2.4 the bays are all that is known. */
export function toBayDisks(hardware: readonly Foreign[]): Disk[] {
  const bays = hardware.filter(
    ({ type, status }) => Object.hasOwn(BAYS, String(type)) && !ABSENT.has(String(status)),
  );
  return withName(bays, (bay, name) =>
    compact<Disk>({
      native_disk_id: name,
      name,
      logical_type: BAYS[String(bay['type'])],
      status: lookup(BAY_STATES, bay['status']),
      location: name,
      serial_number: text(bay['serial']),
    }),
  );
}

const COMPONENT_TYPES = {
  chassis: 'enclosure',
  storage_shelf: 'enclosure',
  cooling: 'fan',
  temp_sensor: 'temperature',
  power_supply: 'power_supply',
  sas_module: 'module',
  direct_compress_accelerator: 'module',
} as const;
const COMPONENT_STATES = {
  ok: 'ok',
  healthy: 'ok',
  degraded: 'degraded',
  unhealthy: 'failed',
  critical: 'failed',
  not_installed: 'missing',
  unused: 'unknown',
  identifying: 'unknown',
  unknown: 'unknown',
} as const;
/** Types that have lists of their own. */
const ELSEWHERE = new Set([
  'controller', 'drive_bay', 'nvram_bay', 'eth_port', 'fc_port', 'sas_port', 'ib_port',
]); // prettier-ignore

export function toComponents(hardware: readonly Foreign[]): Component[] {
  const names = new Map(
    withName(hardware, ({ type }, name) => [name, String(type)] as const).filter(
      ([, type]) => type === 'controller' || !ELSEWHERE.has(type),
    ),
  );
  return withName(
    hardware.filter(({ type }) => !ELSEWHERE.has(String(type))),
    (part, name) => {
      const parent = name.slice(0, Math.max(0, name.lastIndexOf('.')));
      return compact<Component>({
        native_component_id: name,
        name,
        type: lookup(COMPONENT_TYPES, text(part['type'])) ?? 'other',
        status: lookup(COMPONENT_STATES, part['status']),
        native_parent_id: names.has(parent) ? parent : undefined,
        model: label(part['model']),
        serial_number: text(part['serial']),
        temperature: signed(part['temperature']),
        voltage: number(part['voltage']),
      });
    },
  );
}
