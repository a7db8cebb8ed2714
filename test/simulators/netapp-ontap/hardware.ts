/** Nodes, disks, shelves and sensors. */
import { createHash } from 'node:crypto';
import { at, known, uuidOf, type Generation, type Json, type Shown } from './types.ts';

const GIB = 2 ** 30;
const TIB = 2 ** 40;

export const nodeUuid = (index: number) => uuidOf(1, index);
export const nodeName = (index: number) => `cl1-0${index + 1}`;
const node = (index: number) => ({ name: nodeName(index), uuid: nodeUuid(index) });
const NODE_STATES = [
  ['up', 'normal'],
  ['up', 'normal'],
  ['taken_over', 'offline'],
  ['rebooting_in_dreams', 'unknown'],
] as const;

/** How the version is written, and what of it is the version. */
export function versionOf(generation: Generation) {
  const [full, short, numbers] = {
    '9.14.1': ['NetApp Release 9.14.1P3: Tue Feb 06 16:02:11 UTC 2024', '9.14.1P3', [9, 14, 1]],
    '9.8': ['NetApp Release 9.8P18: Fri Feb 10 15:12:33 UTC 2023', '9.8P18', [9, 8, 0]],
    asar2: ['NetApp Release 9.16.1: Fri Dec 13 05:06:55 UTC 2024', '9.16.1', [9, 16, 1]],
  }[generation] as [string, string, [number, number, number]];
  const [generation_, major, minor] = numbers;
  return { api: { full, generation: generation_, major, minor }, short };
}

export function nodes(generation: Generation): Shown[] {
  const version = versionOf(generation);
  return NODE_STATES.map(([state, status], index) => {
    // A node that is down does not tell what it is.
    const isDown = state === 'taken_over';
    const address = `198.51.100.${11 + index}`;
    const cpu = { count: 20, processor: 'Intel(R) Xeon(R) CPU D-1587', firmware_release: '5' };
    return {
      record: known({
        uuid: nodeUuid(index),
        name: nodeName(index),
        state,
        model: index < 2 ? 'AFF-A400' : 'FAS8300',
        serial_number: `72180900000${index}`,
        location: index === 0 ? undefined : `rack ${index}, "row 2"`,
        version: isDown ? undefined : version.api,
        controller: isDown
          ? undefined
          : {
              board: 'System Board XVII',
              over_temperature: 'normal',
              memory_size: 128 * GIB,
              cpu,
              frus: frusOf(index),
            },
        management_interfaces: [
          { uuid: uuidOf(20, index), name: `mgmt${index}`, ip: { address } },
          ...(index === 0
            ? [{ uuid: uuidOf(20, 40), name: 'mgmt0_v6', ip: { address: '2001:db8::11' } }]
            : []),
        ],
        ...(generation === '9.8' || isDown
          ? {}
          : { nvram: { id: 9, battery_state: at(BATTERIES, index)[0] } }),
      }),
      truth: known({
        native_controller_id: nodeUuid(index),
        name: nodeName(index),
        status,
        location: index === 0 ? undefined : `rack ${index}, "row 2"`,
        soft_version: isDown ? undefined : version.short,
        cpu_info: isDown ? undefined : cpu.processor,
        cpu_count: isDown ? undefined : 20,
        memory_size: isDown ? undefined : 128 * GIB,
        mgmt_ip: index === 0 ? `${address};2001:db8::11` : address,
      }),
    };
  });
}

const BATTERIES = [
  ['battery_ok', 'ok'],
  ['battery_near_end_of_life', 'predicted_failure'],
  ['battery_ok', 'ok'],
  ['battery_sings', 'unknown'],
] as const;

const FRUS = [
  ['fan', 'Fan1', 'ok', 'fan', 'ok'],
  ['psu', 'PSU1', 'error', 'power_supply', 'failed'],
  ['dimm', '0', 'ok', 'memory', 'ok'],
  ['pcie', '4', 'ok', 'module', 'ok'],
  ['flux_capacitor', '1', 'ok', 'other', 'ok'],
] as const;

function frusOf(index: number): Json[] {
  return index === 0 ? FRUS.map(([type, id, state]) => ({ type, id, state })) : [];
}

/** Parts of the nodes as components. */
export function nodeParts(generation: Generation): Json[] {
  const frus = FRUS.map(([type, id, , kind, status]) => ({
    native_component_id: `${nodeUuid(0)}/${type}/${id}`,
    name: `${nodeName(0)} ${type} ${id}`,
    type: kind,
    status,
    native_parent_id: nodeUuid(0),
  }));
  if (generation === '9.8') return frus;
  const batteries = NODE_STATES.flatMap(([state], index) =>
    state === 'taken_over'
      ? []
      : [
          {
            native_component_id: `${nodeUuid(index)}/nvram/battery`,
            name: `${nodeName(index)} NVRAM battery`,
            type: 'battery',
            status: at(BATTERIES, index)[1],
            native_parent_id: nodeUuid(index),
          },
        ],
  );
  return [...frus, ...batteries];
}

/** Type, container, state; what they are in the seed's terms. */
const DISKS = [
  ['ssd', 'aggregate', 'present', 'ssd', 'aggregate', 'normal'],
  ['ssd_nvm', 'shared', 'present', 'nvme-ssd', 'shared', 'normal'],
  ['ssd_cap', 'spare', 'spare', 'ssd', 'spare', 'normal'],
  ['ssd_zns', 'spare', 'zeroing', 'nvme-ssd', 'spare', 'normal'],
  ['sas', 'broken', 'broken', 'sas', 'broken', 'abnormal'],
  ['fsas', 'aggregate', 'reconstructing', 'nl-sas', 'aggregate', 'degraded'],
  ['bsas', 'maintenance', 'maintenance', 'sata', 'maintenance', 'degraded'],
  ['ata', 'unassigned', 'removed', 'ata', 'unassigned', 'offline'],
  ['fcal', 'foreign', 'pending', 'fc', 'foreign', 'unknown'],
  ['lun', 'remote', 'copy', 'lun', 'remote', 'degraded'],
  ['msata', 'labelmaint', 'partner', 'sata', 'labelmaint', 'normal'],
  ['vmdisk', 'mediator', 'present', 'vmdisk', 'mediator', 'normal'],
  ['unknown', 'unsupported', 'unfail', 'unknown', 'unsupported', 'degraded'],
  ['hologram', 'pocket', 'asleep', 'unknown', 'unknown', 'unknown'],
] as const;

const SPINDLES: ReadonlySet<string> = new Set(['sas', 'fsas', 'bsas', 'ata', 'fcal']);

export function disks(generation: Generation, aggregates: readonly string[]): Shown[] {
  const isOld = generation === '9.8';
  return DISKS.map(([type, container, state, physical, logical, status], index) => {
    const name = `1.0.${index}`;
    const used = [3, 100, 120, undefined][index % 4];
    const rpm = SPINDLES.has(type) ? 7_200 : undefined;
    const failed = index === 1 && !isOld;
    const members = (container === 'shared' ? aggregates : aggregates.slice(0, 1)).map((uuid) => ({
      uuid,
      name: 'a',
    }));
    const isMember = container === 'aggregate' || container === 'shared';
    // Of the whole disk, of its sectors, of what is made use of.
    const sized = index % 3;
    const usable = (index + 1) * TIB - 4_096;
    return {
      record: known({
        name,
        uid: `${name}:uid`,
        type,
        ...(isOld ? {} : { effective_type: type }),
        container_type: container,
        state,
        bay: index,
        shelf: { uid: SHELF_UID },
        node: node(0),
        aggregates: isMember ? members : undefined,
        serial_number: `S${index}NA0`,
        vendor: 'NETAPP',
        model: 'X371_S1643960ATE',
        firmware_version: 'NA53',
        rpm: rpm ?? (index === 0 ? 0 : undefined),
        usable_size: usable,
        ...(isOld ? {} : sizesOf(index, sized)),
        rated_life_used_percent: used,
        ...(failed ? { outage: { persistently_failed: true, reason: { code: '1' } } } : {}),
        ...(isOld ? {} : { stats: { power_on_hours: 1_000 + index, average_latency: 3 } }),
      }),
      truth: known({
        native_disk_id: name,
        name,
        physical_type: physical,
        logical_type: logical,
        status: failed ? 'abnormal' : status,
        location: `shelf ${SHELF_UID} bay ${index}`,
        native_disk_group_id:
          isMember && (container !== 'shared' || aggregates.length === 1)
            ? aggregates[0]
            : undefined,
        serial_number: `S${index}NA0`,
        manufacturer: 'NETAPP',
        model: 'X371_S1643960ATE',
        firmware: 'NA53',
        speed: rpm,
        capacity: isOld || sized === 2 ? usable : (index + 1) * TIB,
        endurance_remaining: used === undefined ? undefined : Math.max(0, 100 - used) / 100,
        power_on_time: isOld ? undefined : (1_000 + index) * 3_600,
      }),
    };
  });
}

function sizesOf(index: number, sized: number): Json {
  const whole = (index + 1) * TIB;
  if (sized === 0) return { physical_size: whole, sector_count: 1, bytes_per_sector: 520 };
  return sized === 1 ? { sector_count: whole / 4_096, bytes_per_sector: 4_096 } : {};
}

const SHELF_UID = '7777841915827391056';

export function shelves(generation: Generation): Shown[] {
  const isOld = generation === '9.8';
  const uid = SHELF_UID;
  return [
    {
      record: known({
        uid,
        id: '0',
        name: '1.0',
        state: 'ok',
        model: 'DS224-12',
        serial_number: 'SHFGD2043000068',
        module_type: 'iom12',
        frus: [
          { type: 'module', id: 0, state: 'ok', installed: true, part_number: '111-02396+D3', serial_number: '021931000889', firmware_version: '0300' },
          { type: 'psu', id: 0, state: 'error', installed: true, part_number: '114-00148', psu: { model: '9C', power_drawn: 210, power_rating: 913 } },
          { type: 'psu', id: 1, state: 'ok', installed: false },
        ],
        ...(isOld
          ? {}
          : {
              manufacturer: { name: 'NETAPP' },
              fans: [
                { id: 1, location: 'rear of the shelf at the left power supply', rpm: 3_020, state: 'ok', installed: true },
                { id: 2, rpm: 0, state: 'error', installed: true },
              ],
              temperature_sensors: [
                { id: 1, location: 'temp sensor on midplane left', temperature: -4, ambient: false, state: 'ok', installed: true },
              ],
              voltage_sensors: [{ id: 1, voltage: 12.18, state: 'ok', installed: true }],
              raw_capacity: 1_000_000,
            }),
      }),
    },
  ]; // prettier-ignore
}

export function shelfParts(generation: Generation): Json[] {
  const uid = SHELF_UID;
  const own = { native_parent_id: uid };
  const parts = [
    known({ native_component_id: uid, name: '1.0', type: 'enclosure', status: 'ok', model: 'DS224-12', serial_number: 'SHFGD2043000068', vendor: generation === '9.8' ? undefined : 'NETAPP' }),
    { ...own, native_component_id: `${uid}/frus/module/0`, name: '1.0 module 0', type: 'module', status: 'ok', part_number: '111-02396+D3', serial_number: '021931000889', firmware: '0300' },
    { ...own, native_component_id: `${uid}/frus/psu/0`, name: '1.0 psu 0', type: 'power_supply', status: 'failed', part_number: '114-00148', model: '9C', power: 210 },
    { ...own, native_component_id: `${uid}/frus/psu/1`, name: '1.0 psu 1', type: 'power_supply', status: 'missing' },
  ]; // prettier-ignore
  if (generation === '9.8') return parts;
  return [
    ...parts,
    { ...own, native_component_id: `${uid}/fans/1`, name: '1.0 fan 1', type: 'fan', status: 'ok', location: 'rear of the shelf at the left power supply', fan_speed: 3_020 },
    { ...own, native_component_id: `${uid}/fans/2`, name: '1.0 fan 2', type: 'fan', status: 'failed', fan_speed: 0 },
    { ...own, native_component_id: `${uid}/temperature_sensors/1`, name: '1.0 temperature 1', type: 'temperature', status: 'ok', location: 'temp sensor on midplane left', temperature: -4 },
    { ...own, native_component_id: `${uid}/voltage_sensors/1`, name: '1.0 voltage 1', type: 'voltage', status: 'ok', voltage: 12.18 },
  ]; // prettier-ignore
}

/** Type, value, unit, state; type, status and reading in the seed's terms. */
const SENSORS: readonly (readonly [string, number | string, string | undefined, string, string, string, Json])[] = [
  ['thermal', 26, 'C', 'normal', 'temperature', 'ok', { temperature: 26 }],
  ['thermal', -3, 'C', 'warn_low', 'temperature', 'degraded', { temperature: -3 }],
  ['fan', 5_160, 'RPM', 'crit_high', 'fan', 'failed', { fan_speed: 5_160 }],
  ['voltage', 213_000, 'mV', 'normal', 'voltage', 'ok', { voltage: 213 }],
  ['current', 2_450, 'mA', 'normal', 'other', 'ok', {}],
  ['battery_life', 98, '%', 'failed', 'battery', 'failed', { charge_ratio: 0.98 }],
  ['discrete', 'GOOD', undefined, 'normal', 'other', 'ok', {}],
  ['fru', 'X', undefined, 'not_present', 'module', 'missing', {}],
  ['gravity', 9, 'g', 'levitating', 'other', 'unknown', {}],
]; // prettier-ignore

export function sensors(): Shown[] {
  return SENSORS.map(([type, value, unit, state], index) => ({
    record: known({
      node: node(index % 2),
      index: index + 70,
      name: `PSU${index} "Temp"`,
      type,
      ...(type === 'discrete'
        ? { discrete_state: state, discrete_value: value, threshold_state: 'crit_low' }
        : { value, value_units: unit, threshold_state: state }),
    }),
  }));
}

export function sensorParts(): Json[] {
  return SENSORS.map(([, , , , type, status, reading], index) => ({
    native_component_id: `${nodeUuid(index % 2)}/${index + 70}`,
    name: `PSU${index} "Temp"`,
    type,
    status,
    native_parent_id: nodeUuid(index % 2),
    location: nodeName(index % 2),
    ...reading,
  }));
}

/** A number that is the same each time it is made of the same words. */
export function hashOf(...words: readonly (string | number)[]): number {
  return createHash('md5').update(words.join(' ')).digest().readUInt32BE(0);
}
