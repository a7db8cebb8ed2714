/** Status and type codes of DeviceManager objects. The enumerations are shared by all objects. */
import {
  lookup,
  text,
  type Component,
  type Foreign,
  type Replication,
  type Storage,
  type Volume,
} from 'delfin-agent/driver';

type Health = Required<Storage>['status'];

type States<T extends string> = Readonly<Record<string, T>>;

/**
 * What HEALTHSTATUS and RUNNINGSTATUS come to: a fault that one of them tells, else that one of them is
 * not known; well only if what there is of them says so.
 */
function stateBy<T extends string>(health: States<T>, running: States<T>, well: NoInfer<T>) {
  const faults = new Set<string>([...Object.values(health), ...Object.values(running)]);
  for (const word of [well, 'unknown']) faults.delete(word);
  return (source: Foreign): T | undefined => {
    const said = [
      lookup(health, text(source['HEALTHSTATUS'])),
      lookup(running, text(source['RUNNINGSTATUS'])),
    ].filter((word) => word !== undefined);
    return said.find((word) => faults.has(word)) ?? said.find((word) => word !== well) ?? said[0];
  };
}

const HEALTH = {
  '0': 'unknown',
  '1': 'normal',
  '2': 'abnormal',
  '3': 'degraded',
  '4': 'degraded',
  '5': 'degraded',
  '7': 'degraded',
  '9': 'degraded',
  '15': 'degraded',
  '17': 'degraded',
  '18': 'offline',
} as const satisfies Record<string, Health>;

const RUNNING = {
  '0': 'unknown',
  '1': 'normal',
  '2': 'normal',
  '3': 'offline',
  '5': 'offline',
  '8': 'normal',
  '10': 'normal',
  '12': 'offline',
  '13': 'offline',
  '14': 'degraded',
  '16': 'degraded',
  '27': 'normal',
  '28': 'offline',
  '32': 'normal',
  '47': 'offline',
  '51': 'normal',
  '53': 'normal',
  '94': 'abnormal',
  '103': 'abnormal',
  '105': 'abnormal',
  '106': 'normal',
  '114': 'normal',
  '115': 'normal',
} as const satisfies Record<string, Health>;

const worse = stateBy<Health>(HEALTH, RUNNING, 'normal');

/** Arrays, pools, disks, hosts: out of service first, then faults, then how it runs. */
export function healthOf(source: Foreign): Health | undefined {
  const isOffline = lookup<Health>(RUNNING, text(source['RUNNINGSTATUS'])) === 'offline';
  return isOffline ? 'offline' : worse(source);
}

export function controllerState(source: Foreign) {
  const health = healthOf(source);
  return health === 'abnormal' ? 'fault' : health;
}

const VOLUME_HEALTH = { '0': 'unknown', '1': 'available', '2': 'error', '15': 'error' } as const;

/** Online; everything else is no state to do I/O in. */
const VOLUME_RUNNING = {
  '0': 'unknown',
  '1': 'available',
  '2': 'available',
  '27': 'available',
  '28': 'error',
  '53': 'error',
  '106': 'error',
} as const;

export const volumeState = stateBy<Required<Volume>['status']>(
  VOLUME_HEALTH,
  VOLUME_RUNNING,
  'available',
);

type PartState = Required<Component>['status'];

/** No input: a power supply without its feed. */
const PART_HEALTH: States<PartState> = {
  '0': 'unknown',
  '1': 'ok',
  '2': 'failed',
  '3': 'predicted_failure',
  '4': 'degraded',
  '5': 'degraded',
  '7': 'degraded',
  '9': 'degraded',
  '11': 'failed',
  '12': 'degraded',
  '17': 'degraded',
  '18': 'failed',
};

/** A fan at rest, an optical module without light and a battery that charges are well. */
const PART_RUNNING: States<PartState> = {
  '0': 'unknown',
  '1': 'ok',
  '2': 'ok',
  '3': 'failed',
  '5': 'failed',
  '8': 'ok',
  '10': 'ok',
  '11': 'ok',
  '12': 'unknown',
  '13': 'unknown',
  '27': 'ok',
  '28': 'failed',
  '33': 'ok',
  '47': 'unknown',
  '48': 'ok',
  '49': 'ok',
  '50': 'degraded',
  '51': 'ok',
  '94': 'failed',
  '103': 'failed',
  '105': 'failed',
};

export const partState = stateBy(PART_HEALTH, PART_RUNNING, 'ok');

type PairState = Required<Replication>['status'];

const PAIR_HEALTH: States<PairState> = { '0': 'unknown', '1': 'normal', '2': 'failed', '14': 'failed' }; // prettier-ignore

const PAIR_RUNNING: States<PairState> = {
  '0': 'unknown',
  '1': 'normal',
  '21': 'syncing',
  '23': 'syncing',
  '24': 'normal',
  '25': 'degraded',
  '26': 'suspended',
  '33': 'degraded',
  '34': 'failed',
  '35': 'failed',
  '37': 'syncing',
  '41': 'suspended',
  '93': 'degraded',
  '94': 'failed',
  '100': 'degraded',
  '110': 'suspended',
};

const copied = stateBy(PAIR_HEALTH, PAIR_RUNNING, 'normal');

/** A pair that runs without its link, or whose other side is not consistent, is no whole copy. */
export function replicationState(pair: Foreign): PairState | undefined {
  const state = copied(pair);
  if (state !== 'normal') return state;
  const apart = ['2', '11'].includes(text(pair['LINKSTATUS']) ?? '');
  const inconsistent = [pair['LOCALDATASTATE'], pair['REMOTEDATASTATE']].map(text).includes('2');
  return apart || inconsistent ? 'degraded' : state;
}

const FILESYSTEM_HEALTH = {
  '0': 'unknown',
  '1': 'normal',
  '2': 'faulty',
  '3': 'faulty',
  '5': 'faulty',
  '9': 'faulty',
} as const;

/** Offline or invalid: nobody reads or writes it, however well it is. */
const FILESYSTEM_DOWN = new Set(['28', '35']);

export function filesystemState(source: Foreign) {
  if (FILESYSTEM_DOWN.has(text(source['RUNNINGSTATUS']) ?? '')) return 'faulty';
  return lookup(FILESYSTEM_HEALTH, text(source['HEALTHSTATUS']));
}

export const PORT_HEALTH = {
  '0': 'unknown',
  '1': 'normal',
  '2': 'abnormal',
  '3': 'abnormal',
  '4': 'abnormal',
  '5': 'abnormal',
  '7': 'abnormal',
  '9': 'abnormal',
} as const;

export const LINK = {
  '0': 'unknown',
  '1': 'connected',
  '2': 'connected',
  '10': 'connected',
  '11': 'disconnected',
  '27': 'connected',
  '28': 'disconnected',
  '33': 'connected',
} as const;

/** Roles of ports, by the field that tells. */
export const PORT_ROLES = {
  LOGICTYPE: {
    '0': 'service',
    '1': 'other',
    '2': 'management',
    '3': 'internal',
    '4': 'maintenance',
    '5': 'service',
    '6': 'maintenance',
    '11': 'interconnect',
  },
  // Of a logical port: management, service, both, replication.
  ROLE: {
    '1': 'management',
    '2': 'service',
    '3': 'service',
    '4': 'intercluster',
  },
} as const;

export const DISK_TYPE = {
  '0': 'fc',
  '1': 'sas',
  '2': 'sata',
  '3': 'ssd',
  '4': 'nl-sas',
  '5': 'ssd',
  '6': 'ssd',
  '7': 'fc',
  '8': 'sas',
  '9': 'sata',
  '10': 'ssd',
  '11': 'nl-sas',
  '12': 'ssd',
  '13': 'ssd',
  '14': 'nvme-ssd',
  '16': 'nvme-ssd',
  '17': 'ssd',
  '18': 'ssd',
} as const;

/** Kinds of disks that wear out by being written. */
export const FLASH = new Set(['3', '5', '6', '10', '12', '13', '14', '16', '17', '18']);

export const DISK_ROLE = { '1': 'free', '2': 'member', '3': 'hotspare', '4': 'cache' } as const;

export const PROVISIONING = { '0': 'thick', '1': 'thin' } as const;
export const POOL_USE = { '0': 'unified', '1': 'block', '2': 'file' } as const;
export const SECURITY = { '0': 'mixed', '1': 'native', '2': 'ntfs', '3': 'unix' } as const;
export const WORM = {
  '0': 'non_worm',
  '1': 'compliance',
  '2': 'audit_log',
  '3': 'enterprise',
} as const;
export const REPLICATION_MODEL = { '1': 'sync', '2': 'async' } as const;
/** ISPRIMARY. */
export const SIDES = { true: 'source', false: 'target' } as const;
export const QUOTA_TYPE = { '1': 'tree', '2': 'user', '3': 'group' } as const;

export const INITIATOR_STATE = { '0': 'unknown', '27': 'online', '28': 'offline' } as const;

export const OPERATING_SYSTEM: Readonly<Record<string, string>> = {
  '0': 'Linux',
  '1': 'Windows',
  '2': 'Solaris',
  '3': 'HP-UX',
  '4': 'AIX',
  '5': 'XenServer',
  '6': 'Mac OS',
  '7': 'VMware ESX',
  '8': 'LINUX_VIS',
  '9': 'Windows Server 2012',
  '10': 'Oracle VM',
  '11': 'Open VMS',
  '12': 'Oracle VM Server for x86',
  '13': 'Oracle VM Server for SPARC',
};

/** PRODUCTMODE, where the array doesn't spell its model out. */
export const PRODUCT_MODE: Readonly<Record<string, string>> = {
  '806': 'Dorado6000 V3',
  '811': 'Dorado 5000 V6',
  '812': 'Dorado 5000 V6',
  '813': 'Dorado 6000 V6',
  '814': 'Dorado 6000 V6',
  '815': 'Dorado 8000 V6',
  '816': 'Dorado 8000 V6',
  '817': 'Dorado 18000 V6',
  '818': 'Dorado 18000 V6',
  '819': 'Dorado 3000 V6',
  '821': 'Dorado 5000 V6',
  '822': 'Dorado 6000 V6',
  '823': 'Dorado 8000 V6',
  '824': 'Dorado 18000 V6',
  '825': 'Dorado 3000 V6',
  '826': 'Dorado 5000 V6',
  '827': 'Dorado 6000 V6',
  '828': 'Dorado 6000 V6',
  '829': 'Dorado 8000 V6',
  '830': 'Dorado 18000 V6',
  '831': 'Dorado 18000 V6',
  '832': 'Dorado 18000 V6',
  '833': 'OceanStor 5310',
  '834': 'OceanStor 5510',
  '835': 'OceanStor 5610',
  '836': 'OceanStor 6810',
  '837': 'OceanStor 18510',
  '838': 'OceanStor 18810',
};
