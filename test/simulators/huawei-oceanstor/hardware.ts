/** Enclosures, fans, power supplies, batteries, boards and optical modules; pairs of replication. */
import { cycle, entity, type Entity, type Fields, type Meaning, type Plan } from './entity.ts';

/** HEALTHSTATUS, RUNNINGSTATUS and what they come to. */
type State = readonly [health: string, running: string, status: string];

interface Part {
  readonly id: string;
  readonly location: string;
  readonly type: string;
  readonly object: number;
  readonly prefix: string;
  readonly parent: readonly [type: number, id: string, record: string | undefined];
}

function part(
  plan: Plan,
  { id, location, type, object, prefix, parent: [parentType, parentId, parent] }: Part,
  [health, running, status]: State,
  ...more: readonly Meaning[]
): Entity {
  const name = location.split('.').at(-1) ?? location;
  return entity(
    plan,
    [
      {
        TYPE: object, ID: id, NAME: name, LOCATION: location, HEALTHSTATUS: health,
        RUNNINGSTATUS: running, PARENTTYPE: parentType, PARENTID: parentId,
      },
      {
        native_component_id: `${prefix}:${id}`, name, type, status, location,
        native_parent_id: parent,
      },
    ],
    ...more,
  );
} // prettier-ignore

const well: State = ['1', '27', 'ok'];

export function enclosures(plan: Plan): Entity[] {
  const label = (serial: string) => `[Board Properties]\nBoardType=STL6SPC\nBarCode=${serial}\nItem=02351LWK\nVendorName=Huawei\n`; // prettier-ignore
  const states: readonly State[] = [well, ['1', '105', 'failed']];
  return states.map((state, index) => {
    const location = index === 0 ? 'CTE0' : 'DAE000';
    return part(
      plan,
      { id: String(index * 64), location, type: 'enclosure', object: 206, prefix: 'enclosure', parent: [205, '--', undefined] },
      state,
      [{ TEMPERATURE: index === 0 ? '24' : '51' }, { temperature: index === 0 ? 24 : 51 }],
      [
        { MODEL: '115', SERIALNUM: `21023584${index}`, ELABEL: label(`B${index}`) },
        { model: 'STL6SPC', serial_number: `21023584${index}`, part_number: '02351LWK', vendor: 'Huawei' },
      ],
    );
  });
} // prettier-ignore

const FANS: readonly State[] = [
  ['1', '2', 'ok'], ['2', '2', 'failed'], ['1', '8', 'ok'], ['1', '28', 'failed'], ['0', '2', 'unknown'], ['1', '99', 'unknown'],
]; // prettier-ignore

export const fans = (plan: Plan): Entity[] =>
  FANS.map((state, index) =>
    part(
      plan,
      { id: `211.0.0.0${index}`, location: `CTE0.A.FAN${index}`, type: 'fan', object: 211, prefix: 'fan', parent: [207, '0A', '0A'] },
      state,
    ),
  ); // prettier-ignore

const POWER: readonly State[] = [well, ['11', '28', 'failed']];

export const powerSupplies = (plan: Plan): Entity[] =>
  POWER.map((state, index) =>
    part(
      plan,
      { id: `23.0.${index}`, location: `CTE0.PSU${index}`, type: 'power_supply', object: 23, prefix: 'power', parent: [206, '0', 'enclosure:0'] },
      state,
      [{ MODEL: 'PAC2000S12', MANUFACTURER: 'HUAWEI', SERIALNUMBER: `P${index}`, VERSION: '115.115', BOMCODE: '02312HGY' },
        { model: 'PAC2000S12', vendor: 'HUAWEI', serial_number: `P${index}`, firmware: '115.115', part_number: '02312HGY' }],
      // Millivolts; 0 where nothing is measured.
      [{ OUTPUTVOLTAGE: index === 0 ? '12130' : '0', TEMPERATURE: index === 0 ? '33' : '0' },
        index === 0 ? { voltage: 12.13, temperature: 33 } : {}],
    ),
  ); // prettier-ignore

const BATTERIES: readonly State[] = [
  ['1', '48', 'ok'], ['12', '27', 'degraded'], ['3', '49', 'predicted_failure'], ['1', '50', 'degraded'],
]; // prettier-ignore

export const batteries = (plan: Plan): Entity[] =>
  BATTERIES.map((state, index) =>
    part(
      plan,
      { id: `0.0A.${index}`, location: `CTE0.A.BBU${index}`, type: 'battery', object: 210, prefix: 'battery', parent: [207, '0A', '0A'] },
      state,
      [{ VOLTAGE: '158', FIRMWAREVER: '60.00', REMAINLIFEDAYS: '-1' }, { voltage: 15.8, firmware: '60.00' }],
    ),
  ); // prettier-ignore

export const boards = (plan: Plan): Entity[] =>
  ['A', 'B'].map((side, index) =>
    part(
      plan,
      { id: String(index), location: `DAE000.${side}`, type: 'module', object: 208, prefix: 'expboard', parent: [206, '64', 'enclosure:64'] },
      cycle([well, ['1', '12', 'unknown']] as const, index),
      [{ MODEL: 'EXP-12G-SAS' }, { model: 'EXP-12G-SAS' }],
    ),
  ); // prettier-ignore

export const modules = (plan: Plan): Entity[] =>
  [0, 1].map((index) =>
    part(
      plan,
      { id: `0A.${index}`, location: `CTE0.A.IOM${index}`, type: 'module', object: 209, prefix: 'module', parent: [207, '0A', '0A'] },
      cycle([['1', '2', 'ok'], ['1', '103', 'failed']] as const, index),
      [{ MODEL: '2320', TEMPERATURE: index === 0 ? '-1' : '44' }, index === 0 ? {} : { temperature: 44 }],
    ),
  ); // prettier-ignore

/** Their fields are in small letters, and their ids begin again in each module. */
export const opticalModules = (plan: Plan): Entity[] =>
  [0, 1, 2].map((index) => {
    const location = `CTE0.A.IOM${Math.floor(index / 2)}.P${index % 2}`;
    const module = `0A.${Math.floor(index / 2)}`;
    const [health, running, status] = cycle([['1', '10', 'ok'], ['1', '11', 'ok'], ['2', '11', 'failed']] as const, index);
    return entity(plan, [
      { id: String(index % 2), location, parentType: 209, parentID: module, healthStatus: Number(health), runningStatus: Number(running), vendor: 'HUAWEI', model: 'SFP-32G-FC', sn: `SN${index}`, item: '34060000' },
      { native_component_id: `sfp:${location}`, name: location, location, type: 'sfp', status, native_parent_id: `module:${module}`, vendor: 'HUAWEI', model: 'SFP-32G-FC', serial_number: `SN${index}`, part_number: '34060000' },
    ]);
  }); // prettier-ignore

/** RUNNINGSTATUS, HEALTHSTATUS, the state and what else there is to it. */
const PAIRS: readonly (readonly [string, string, string, Fields?, Fields?])[] = [
  ['1', '1', 'normal'],
  ['23', '1', 'syncing', { REPLICATIONPROGRESS: '37' }, { progress: 0.37 }],
  ['26', '1', 'suspended'],
  ['34', '1', 'failed'],
  ['35', '2', 'failed'],
  ['33', '1', 'degraded'],
  ['99', '1', 'unknown'],
];

export function pairs(plan: Plan): Entity[] {
  return PAIRS.map(([running, health, status, source = {}, record = {}], index) => {
    const isFile = index === 4;
    const isAsync = index % 2 === 0;
    const id = `3400a30d844d000${index}`;
    return entity(plan, [
      {
        TYPE: 263, ID: id, ISPRIMARY: String(index !== 2), LOCALRESTYPE: isFile ? '40' : '11', LOCALRESID: String(index),
        LOCALRESNAME: `local ${index}`, REMOTERESID: '4294967295', REMOTERESNAME: `remote ${index}`,
        REMOTEDEVICENAME: 'Array_B', REPLICATIONMODEL: isAsync ? '2' : '1', HEALTHSTATUS: health,
        RUNNINGSTATUS: running, REPLICATIONPROGRESS: '100', ENDTIME: '-1', ...source,
      },
      {
        native_replication_id: id, name: `local ${index}`, type: isAsync ? 'async' : 'sync',
        role: index === 2 ? 'target' : 'source', status, remote_system: 'Array_B', remote_resource: `remote ${index}`,
        ...(isFile ? { native_filesystem_id: '4' } : { native_volume_id: String(index) }), ...record,
      },
    ]);
  });
} // prettier-ignore

const METRO: readonly (readonly [Fields, Fields])[] = [
  [{ RUNNINGSTATUS: '1', LINKSTATUS: '1', SYNCPROGRESS: '100' }, { status: 'normal' }],
  [{ RUNNINGSTATUS: '1', LINKSTATUS: '2' }, { status: 'degraded' }],
  [{ RUNNINGSTATUS: '1', LINKSTATUS: '1', REMOTEDATASTATE: '2' }, { status: 'degraded' }],
  [
    { RUNNINGSTATUS: '23', LINKSTATUS: '1', SYNCPROGRESS: '5' },
    { status: 'syncing', progress: 0.05 },
  ],
  [{ RUNNINGSTATUS: '41', LINKSTATUS: '1' }, { status: 'suspended' }],
];

/** Ids of their own: the first is that of a replication pair, too. */
export function metroPairs(plan: Plan): Entity[] {
  return METRO.map(([source, record], index) => {
    const id = `3400a30d844d000${index}`;
    return entity(plan, [
      {
        TYPE: 15_361, ID: id, HCRESOURCETYPE: '1', LOCALOBJID: String(index + 10), LOCALOBJNAME: `metro ${index}`,
        REMOTEOBJID: String(index), REMOTEOBJNAME: `far ${index}`, HEALTHSTATUS: '1', LOCALDATASTATE: '1',
        REMOTEDATASTATE: '1', ISPRIMARY: 'true', ...source,
      },
      {
        native_replication_id: `hypermetro:${id}`, name: `metro ${index}`, type: 'active_active', role: 'both',
        native_volume_id: String(index + 10), remote_resource: `far ${index}`, ...record,
      },
    ]);
  });
} // prettier-ignore
