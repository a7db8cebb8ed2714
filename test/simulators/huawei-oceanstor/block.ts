/** The array itself, its pools, LUNs, controllers and disks. */
import { ODD_NAMES } from '../../kit/data.ts';
import { cycle, entity, GIB, GIB_SECTORS, type Entity, type Plan } from './entity.ts';

export const SERIAL = '210235G7J20000000042';

const MODEL = {
  v3: 'OceanStor 5500 V3',
  v5: 'OceanStor 5300 V5',
  'dorado-v6': 'OceanStor Dorado 5000 V6',
} as const;

const SOFTWARE = {
  v3: 'V300R006C50SPC100',
  v5: 'V500R007C60SPC300',
  'dorado-v6': '6.1.6.SPH30',
} as const;

/** What newer releases add: the pools' own sums. */
const POOL_CAPACITIES = {
  STORAGEPOOLCAPACITY: String(3600 * 1024 * GIB_SECTORS),
  STORAGEPOOLFREECAPACITY: String(3000 * 1024 * GIB_SECTORS),
};

export function system(plan: Plan): Entity {
  const { name, dorado } = plan.generation;
  return entity(
    plan,
    [
      {
        TYPE: 201, ID: SERIAL, NAME: 'Größe "7"', HEALTHSTATUS: '1', RUNNINGSTATUS: '1',
        SECTORSIZE: '512', TOTALCAPACITY: String(4096 * 1024 * GIB_SECTORS),
        USEDCAPACITY: String(1024 * 1024 * GIB_SECTORS), LOCATION: '', DESCRIPTION: '',
        userFreeCapacity: String(3072 * 1024 * GIB_SECTORS),
        MEMBERDISKSCAPACITY: String(5000 * 1024 * GIB_SECTORS),
        ...(dorado ? POOL_CAPACITIES : {}),
        ...(dorado ? { pointRelease: '6.1.6', PRODUCTVERSION: 'V700R001C10' } : { PRODUCTVERSION: 'V300R006C50' }),
      },
      {
        name: 'Größe "7"', vendor: 'Huawei', description: 'Huawei OceanStor Storage',
        status: 'normal', serial_number: SERIAL, firmware_version: SOFTWARE[name],
        ...(dorado
          ? {
              total_capacity: 3600 * 1024 * GIB, used_capacity: 600 * 1024 * GIB,
              free_capacity: 3000 * 1024 * GIB, raw_capacity: 4096 * 1024 * GIB,
            }
          : {
              total_capacity: 4096 * 1024 * GIB, used_capacity: 1024 * 1024 * GIB,
              free_capacity: 3072 * 1024 * GIB, raw_capacity: 5000 * 1024 * GIB,
            }),
      },
    ],
    [{ LOCATION: 'Hall 3, row "B"' }, { location: 'Hall 3, row "B"' }],
    [{ DESCRIPTION: 'payroll, 工资' }, { description: 'payroll, 工资' }],
    [
      { productModeString: MODEL[name], PRODUCTMODE: '812' },
      { model: MODEL[name] },
    ],
  );
} // prettier-ignore

/** RUNNINGSTATUS, HEALTHSTATUS and what they come to. */
const POOL_STATES = [
  ['27', '1', 'normal'],
  ['27', '5', 'degraded'],
  ['14', '1', 'degraded'],
  ['28', '2', 'offline'],
  ['27', '2', 'abnormal'],
  ['99', '1', 'unknown'],
  ['32', '1', 'normal'],
] as const;

/** What the array prints of a ratio, and the ratio where it states one. */
const REDUCTIONS = [
  ['{"numerator":"3200","denominator":"1000","logic":"="}', 3.2],
  ['{"numerator":"100","denominator":"1","logic":">"}', undefined],
  ['--', undefined],
  ['{"numerator":"1","denominator":"0","logic":"="}', undefined],
] as const;

export function pools(plan: Plan): Entity[] {
  const { dorado } = plan.generation;
  return POOL_STATES.map(([running, health, status], index) => {
    const use = cycle(dorado ? (['0', '1', '2'] as const) : (['1', '2'] as const), index);
    const total = (index + 1) * 4096;
    const used = index * 1000;
    return entity(
      plan,
      [
        {
          TYPE: 216, ID: String(index), NAME: `pool ${cycle(ODD_NAMES, index)}`, DESCRIPTION: '',
          RUNNINGSTATUS: running, HEALTHSTATUS: health, PARENTTYPE: 266, PARENTID: '0',
          USERTOTALCAPACITY: String(total * GIB_SECTORS),
          USERCONSUMEDCAPACITY: String(used * GIB_SECTORS),
          USERFREECAPACITY: String((total - used) * GIB_SECTORS),
          TIER1CAPACITY: '18446744073709551615',
        },
        {
          native_storage_pool_id: String(index), name: `pool ${cycle(ODD_NAMES, index)}`,
          description: 'Huawei OceanStor Pool', status, total_capacity: total * GIB,
          used_capacity: used * GIB, free_capacity: (total - used) * GIB,
        },
      ],
      [
        dorado ? { NEWUSAGETYPE: use, USAGETYPE: '' } : { USAGETYPE: use },
        { storage_type: { '0': 'unified', '1': 'block', '2': 'file' }[use] },
      ],
      ...(dorado
        ? ([
            [{ SUBSCRIBEDCAPACITY: String(total * 3 * GIB_SECTORS) }, { subscribed_capacity: total * 3 * GIB }],
            [{ SPACEREDUCTIONRATE: cycle(REDUCTIONS, index)[0] }, { data_reduction: cycle(REDUCTIONS, index)[1] }],
          ] as const)
        : []),
    );
  });
} // prettier-ignore

const LUN_STATES = [
  ['27', '1', 'available'],
  ['27', '1', 'available'],
  ['28', '1', 'error'],
  ['27', '2', 'error'],
  ['53', '1', 'error'],
  ['99', '1', 'unknown'],
] as const;

/** Words that other arrays print for nothing are names here. */
const lunName = (index: number) =>
  (['none', 'N/A', ' padded '] as const)[index - 10] ?? `${cycle(ODD_NAMES, index)}_${index}`;

const wwnOf = (index: number) => `6643e8c1004c5f67${index.toString(16).padStart(16, '0')}`;

export function luns(plan: Plan): Entity[] {
  const { dorado } = plan.generation;
  return Array.from({ length: plan.volumes }, (_, index) => {
    const [running, health, status] = cycle(LUN_STATES, index);
    const size = index === 7 ? 0 : plan.random.integer(1, 4096);
    const used = Math.floor(size / 3);
    const pool = String(index % POOL_STATES.length);
    const poolName = `pool ${cycle(ODD_NAMES, index % POOL_STATES.length)}`;
    const thin = index % 3 !== 0;
    const deduplicated = index % 4 === 0;
    return entity(
      plan,
      [
        {
          TYPE: 11, ID: String(index), NAME: lunName(index),
          RUNNINGSTATUS: running, HEALTHSTATUS: health, ALLOCTYPE: thin ? '1' : '0',
          // A 4 KiB block size doesn't change what capacities are counted in.
          SECTORSIZE: index % 50 === 49 ? '4096' : '512', CAPACITY: String(size * GIB_SECTORS),
          PARENTNAME: poolName, DESCRIPTION: '', ENABLECOMPRESSION: String(index % 5 === 0),
          WWN: wwnOf(index), [dorado ? 'ENABLESMARTDEDUP' : 'ENABLEDEDUP']: String(deduplicated),
          ALLOCCAPACITY: String(used * GIB_SECTORS), REMOTELUNID: '4294967295',
        },
        {
          native_volume_id: String(index), name: lunName(index),
          description: 'Huawei OceanStor volume', type: thin ? 'thin' : 'thick', status,
          native_storage_pool_id: pool, total_capacity: size * GIB, used_capacity: used * GIB,
          wwn: wwnOf(index), compressed: index % 5 === 0, deduplicated,
        },
      ],
      [{ PARENTID: pool, PARENTTYPE: 216 }, {}],
      [{ DESCRIPTION: `LUN no. ${index}` }, { description: `LUN no. ${index}` }],
    );
  });
} // prettier-ignore

const CONTROLLER_STATES = [
  ['27', '1', 'normal'],
  ['28', '1', 'offline'],
  ['27', '2', 'fault'],
  ['0', '1', 'unknown'],
  ['27', '9', 'degraded'],
  ['99', '1', 'unknown'],
] as const;

export function controllers(plan: Plan): Entity[] {
  return CONTROLLER_STATES.map(([running, health, status], index) => {
    const letter = 'ABCDEF'.charAt(index);
    return entity(
      plan,
      [
        {
          TYPE: 207, ID: `0${letter}`, NAME: letter, RUNNINGSTATUS: running, HEALTHSTATUS: health,
          LOCATION: `CTE0.${letter}`, SOFTVER: SOFTWARE[plan.generation.name],
          CPUINFO: 'Intel 6core 2.1GHz *1', MEMORYSIZE: '24576', BMCVER: '--',
          TEMPERATURE: index === 1 ? '61' : '-1',
        },
        {
          native_controller_id: `0${letter}`, name: letter, status, location: `CTE0.${letter}`,
          soft_version: SOFTWARE[plan.generation.name], cpu_info: 'Intel 6core 2.1GHz *1',
          memory_size: 24576 * 2 ** 20,
        },
      ],
    );
  });
} // prettier-ignore

const DISK_KINDS = [
  ['0', 'fc', 15000], ['1', 'sas', 10000], ['2', 'sata', 7200], ['3', 'ssd', 0],
  ['4', 'nl-sas', 7200], ['10', 'ssd', 0], ['14', 'nvme-ssd', 0], ['16', 'nvme-ssd', 0],
  ['17', 'ssd', 0], ['99', 'unknown', 0],
] as const; // prettier-ignore

const DISK_ROLES = [
  ['2', 'member'], ['1', 'free'], ['3', 'hotspare'], ['4', 'cache'], ['9', 'unknown'],
] as const; // prettier-ignore

const DISK_STATES = [
  ['27', '1', 'normal'],
  ['27', '1', 'normal'],
  ['28', '2', 'offline'],
  ['27', '3', 'degraded'],
  ['16', '1', 'degraded'],
  ['27', '2', 'abnormal'],
  ['0', '1', 'unknown'],
  ['114', '1', 'normal'],
  ['99', '1', 'unknown'],
] as const;

/** Exactly two pages. */
export function disks(plan: Plan): Entity[] {
  return Array.from({ length: 200 }, (_, index) => {
    const [kind, physical_type, rpm] = cycle(DISK_KINDS, index);
    const [role, logical_type] = cycle(DISK_ROLES, index);
    const [running, health, status] = cycle(DISK_STATES, index);
    const serial = `2102${String(index).padStart(6, '0')}`;
    const mark = index % 3 === 0 ? 255 : index % 101;
    const pooled = logical_type === 'member';
    const isFlash = rpm === 0 && physical_type !== 'unknown';
    return entity(
      plan,
      [
        {
          TYPE: 10, ID: String(134_234_112 + index), DISKTYPE: kind, LOGICTYPE: role,
          RUNNINGSTATUS: running, HEALTHSTATUS: health, LOCATION: `DAE000.${index}`,
          SPEEDRPM: String(rpm), SECTORS: '14769230769', SECTORSIZE: '520',
          HEALTHMARK: String(mark), MODEL: 'HSSD-D7294DL7T6E', SERIALNUMBER: serial,
          FIRMWAREVER: '1060', MANUFACTURER: 'HUAWEI',
        },
        {
          native_disk_id: String(134_234_112 + index), name: `HSSD-D7294DL7T6E:${serial}`,
          physical_type, logical_type, status, location: `DAE000.${index}`,
          speed: rpm || undefined, capacity: 14_769_230_769 * 520,
          health_score: mark === 255 ? undefined : mark, model: 'HSSD-D7294DL7T6E',
          serial_number: serial, firmware: '1060', manufacturer: 'HUAWEI',
        },
      ],
      [{ POOLID: pooled ? '0' : '4294967295' }, { native_disk_group_id: pooled ? '0' : undefined }],
      [
        { ABRASIONRATE: rpm > 0 ? '-1' : String(index % 101), REMAINLIFE: '3660' },
        { endurance_remaining: isFlash ? (100 - (index % 101)) / 100 : undefined },
      ],
      [
        { TEMPERATURE: index % 7 === 6 ? '0' : '36', RUNTIME: String(index) },
        { temperature: index % 7 === 6 ? undefined : 36, power_on_time: index * 86_400 },
      ],
    );
  });
} // prettier-ignore
