/** Power supplies, batteries, sensors, cages and wear of the simulated array, as the command line prints them. */
import type { ArrayModel, Disk } from './data.ts';
import { column, number, printTable, wide } from './print.ts';

export interface Supply {
  /** One node or, where two share an enclosure, both. */
  readonly nodes: string;
  readonly id: number;
  readonly ac: string;
  readonly dc: string;
  readonly state: string;
  readonly serial: string;
  readonly battery: { readonly state: string; readonly charge: number; readonly expired: boolean };
}

const GOOD = { state: 'OK', charge: 100, expired: false };

/** One supply has lost its power, another has failed; one battery is worn out, one is past its date. */
export const SUPPLIES: readonly Supply[] = [
  { nodes: '0,1', id: 0, ac: 'OK', dc: 'OK', state: 'OK', serial: '5CQLQA1433H0B8', battery: GOOD },
  { nodes: '0,1', id: 1, ac: 'Failed', dc: 'OK', state: 'OK', serial: '5CQLQA1434W2ED', battery: { state: 'Degraded', charge: 41, expired: false } },
  { nodes: '2', id: 0, ac: 'OK', dc: 'OK', state: 'OK', serial: '5CQLQA1433Y0KS', battery: { state: 'OK', charge: 96, expired: true } },
  { nodes: '3', id: 0, ac: 'OK', dc: 'Failed', state: 'Failed', serial: '5CQLQX1XX3E056', battery: { state: 'Charging', charge: 7, expired: false } },
]; // prettier-ignore

export interface Sensor {
  readonly name: string;
  readonly value: string;
  readonly unit: 'C' | 'V' | 'A' | 'W' | 'RPM';
  readonly limits: readonly [string, string];
  readonly status: string;
}

/** Node 1 is hot; a name comes twice. */
export function sensorsOf(node: number): Sensor[] {
  const ok = 'Within Tolerance';
  const ambient = node === 1 ? '47' : '21';
  return [
    { name: 'Ambient', value: ambient, unit: 'C', limits: ['5', '40'], status: node === 1 ? 'Out of Tolerance' : ok },
    { name: 'PCM 0 inlet', value: '27', unit: 'C', limits: ['10', '50'], status: ok },
    { name: 'PCM 0 (5V)', value: '5.19', unit: 'V', limits: ['---', '---'], status: ok },
    { name: 'PCM 0 (40A Max)', value: '2.77', unit: 'A', limits: ['---', '---'], status: ok },
    { name: 'PS0 Fan0', value: '4380', unit: 'RPM', limits: ['1540', '7140'], status: ok },
    { name: 'PS0 Fan0', value: '0', unit: 'RPM', limits: ['1540', '7140'], status: 'Below Limit' },
    { name: 'Node Input PWR', value: '87.6', unit: 'W', limits: ['0.0', '264.0'], status: 'Unknown' },
  ]; // prettier-ignore
}

export interface SimCage {
  readonly id: number;
  readonly name: string;
  readonly state: string;
  readonly boards: readonly (readonly [string, string])[];
  readonly supplies: readonly { state: string; ac: string; dc: string; fan: string }[];
}

const PLUGGED = { state: 'OK', ac: 'OK', dc: 'OK', fan: 'OK' };

/** The second cage has a failed fan and a card without its partner. */
export const CAGES: readonly SimCage[] = [
  { id: 0, name: 'cage0', state: 'Normal', boards: [['OK', 'OK'], ['OK', 'OK']], supplies: [PLUGGED, PLUGGED] },
  { id: 1, name: 'cage1', state: 'Degraded', boards: [['OK', 'Failed'], ['OK', 'OK']], supplies: [PLUGGED, { ...PLUGGED, fan: 'Failed' }] },
]; // prettier-ignore

/** Newer arrays have no sensors of nodes to ask for, and no batteries of their own. */
export const hasSensors = (model: ArrayModel) => !model.alletra && !model.sparse;

export const celsiusOf = ({ id }: Disk) => (id === 5 ? 62 : 20 + (id % 9));
/** Per cent of its life that a flash drive has left. */
export const lifeOf = ({ id, type }: Disk) =>
  type === 'SSD' || type === 'SCM' ? (id === 1 ? 3 : 100 - id) : undefined;
export const errorsOf = ({ id }: Disk) => ({ read: id % 5 === 0 ? id : 0, write: id % 7 });

export function showSupplies(): string {
  return printTable(
    [number('Node'), number('PS'), wide('Assem_Part'), wide('Assem_Serial'), column('ACState'), column('DCState'), column('PSState')],
    SUPPLIES.map((one) => [one.nodes, String(one.id), '682372-001', one.serial, one.ac, one.dc, one.state]),
    { closing: false },
  ); // prettier-ignore
}

export function showBatteries(): string {
  return printTable(
    [number('Node'), number('PS'), number('Bat'), column('Assem_Serial'), wide('State'), number('ChrgLvl(%)'), wide('ExpDate'), column('Expired'), column('Testing')],
    SUPPLIES.map(({ nodes, id, serial, battery }) => [
      nodes, String(id), '0', `6${serial}`, battery.state, String(battery.charge), 'n/a', battery.expired ? 'Yes' : 'No', 'No',
    ]),
    { closing: false },
  ); // prettier-ignore
}

export function showSensors(model: ArrayModel): string {
  return model.nodes
    .map(({ id }) => {
      const rows = sensorsOf(id).map(({ name, value, unit, limits, status }) => {
        const limit = (written: string) => (written === '---' ? '---' : `${written} ${unit}`);
        return `${name.padStart(23)} ${`${value} ${unit}`.padStart(9)} ${limit(limits[0]).padStart(10)} ${limit(limits[1]).padStart(10)} ${status}`;
      });
      const title = '------Measurement------ -Reading- -Lo_Limit- -Hi_Limit- -----Status-----';
      return [`Node ${id}`, '---------', '', title, ...rows, ''].join('\n');
    })
    .join('\n');
}

export function showCageStates(): string {
  return printTable(
    [number('Id'), column('Name'), wide('State'), wide('Detailed_State')],
    CAGES.map(({ id, name, state }) => [String(id), name, state, state]),
  );
}

export function showCages(model: ArrayModel): string {
  const drivesOf = (cage: SimCage) =>
    model.disks.filter(({ position }) => position.startsWith(`${cage.id}:`));
  const table = printTable(
    [number('Id'), column('Name'), column('LoopA'), number('Pos.A'), column('LoopB'), number('Pos.B'), number('Drives'), number('Temp'), number('RevA'), number('RevB'), column('Model'), column('Side')],
    CAGES.map((cage) => [String(cage.id), cage.name, '1:0:1', '0', '0:0:1', '0', String(drivesOf(cage).length), '14-29', '3211', '3211', 'DCN1', 'n/a']),
    { closing: false },
  ); // prettier-ignore
  return `${table}\n${CAGES.map((cage) => cageDetail(cage, drivesOf(cage))).join('\n')}`;
}

function cageDetail(cage: SimCage, drives: readonly Disk[]): string {
  return [
    `-----------Cage detail info for ${cage.name} ---------`,
    '',
    'Position: ---',
    '',
    'Interface Board Info            Card0            Card1',
    ' Firmware_status          Current          Current',
    ` State(self,partner)  ${cage.boards.map((states) => states.join(',')).join('  ')}`,
    '',
    'PS PSState ACState DCState Fan State Fan0_Speed Fan1_Speed',
    ...cage.supplies.map(
      ({ state, ac, dc, fan }, index) => ` ps${index} ${state} ${ac} ${dc} ${fan} Low Low`,
    ),
    '',
    '-------------Drive Info--------------- --PortA-- --PortB--',
    'Drive DeviceName       State Temp(C) LoopState LoopState',
    ...drives.map(
      (disk) =>
        ` ${disk.position.split(':').slice(1).join(':')} 5000CCA0160F3B3F Normal ${celsiusOf(disk)} OK OK`,
    ),
    '',
  ].join('\n');
}

export function showWear(model: ArrayModel): string {
  return printTable(
    [number('Id'), column('CagePos'), column('Type'), wide('State'), number('Rd_CErr'), number('Rd_UErr'), number('Wr_CErr'), number('Wr_UErr'), number(model.alletra ? 'Temp_DegC' : 'Temp(DegC)'), number(model.alletra ? 'LifeLeft_PCT' : 'LifeLeft(PCT)')],
    model.disks.map((disk) => {
      const { read, write } = errorsOf(disk);
      return [String(disk.id), disk.position, disk.type, disk.state, '12', String(read), '0', String(write), String(celsiusOf(disk)), String(lifeOf(disk) ?? '-')];
    }),
  ); // prettier-ignore
}
