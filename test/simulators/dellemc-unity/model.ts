/** Makes the simulated array from a seed: every status and type, one unknown, odd names. */
import { createRandom, ODD_NAMES, type Random } from '../../kit/data.ts';
import type {
  Alert,
  Disk,
  Filesystem,
  Generation,
  Group,
  Health,
  Host,
  Initiator,
  Interface,
  Lun,
  Mapping,
  Pool,
  Port,
  Share,
  TreeQuota,
  UnityArray,
  UserQuota,
} from './types.ts';

const GIB = 2 ** 30;
const TIB = 2 ** 40;

const HEALTHS = [5, 5, 5, 7, 10, 15, 20, 25, 30, 0, 12] as const;

export interface ModelOptions {
  readonly seed: number;
  readonly generation: Generation;
  readonly luns: number;
  readonly now: number;
}

export function createModel({ seed, generation, luns, now }: ModelOptions): UnityArray {
  const random = createRandom(seed);
  const pools = many(3, (index) => pool(random, index));
  const lunList = many(luns, (index) => lun(random, index, pools));
  const filesystems = many(21, (index) => filesystem(random, index, pools));
  const treeQuotas = many(22, (index) => treeQuota(random, index, filesystems));
  const hosts = many(40, host);
  return {
    generation,
    serial: `CKM0018${String(1_000_000 + seed)}`,
    version: generation === 'oe4' ? '4.1.0' : '5.1.2',
    health: health(5),
    pools,
    luns: lunList,
    disks: many(28, (index) => disk(random, index)),
    ports: generation === 'vsa' ? ports().filter(({ kind }) => kind === 'eth') : ports(),
    interfaces: interfaces(),
    filesystems,
    treeQuotas,
    userQuotas: many(20, (index) => userQuota(index, filesystems, treeQuotas)),
    shares: many(22, (index) => share(index, filesystems, treeQuotas)),
    hosts,
    initiators: many(45, (index) => initiator(index, hosts)),
    mappings: many(60, (index) => mapping(index, hosts, lunList)),
    consistencyGroups: many(2, (index) => group(`res_${index + 1}`, index, lunList)),
    hostGroups: generation === 'oe4' ? [] : many(2, (index) => group(`HG_${index}`, index, hosts)),
    alerts: [...many(23, (index) => alert(index, now)), ...crashes(now)],
  };
}

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function at<T>(items: readonly T[], index: number): T {
  return items[index % items.length] as T;
}

function health(value: number, ...reasons: string[]): Health {
  return { value, reasons: reasons.length > 0 ? reasons : ['ALRT_COMPONENT_OK'] };
}

function nameOf(prefix: string, index: number): string {
  return index < ODD_NAMES.length ? at(ODD_NAMES, index) : `${prefix}-${index}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

function pool(random: Random, index: number): Pool {
  const sizeTotal = random.integer(4, 4_096) * TIB;
  return {
    id: `pool_${index + 1}`,
    name: nameOf('pool', index),
    description: index === 0 ? 'pool of the Größe' : undefined,
    health: health(at([5, 10, 12], index)),
    sizeTotal,
    sizeUsed: Math.floor(sizeTotal * random.next()),
    sizeSubscribed: sizeTotal * 3,
    snapSizeUsed: index * GIB,
  };
}

function lun(random: Random, index: number, pools: readonly Pool[]): Lun {
  const sizeTotal = index === 3 ? 0 : random.integer(1, 4_096) * GIB;
  return {
    id: `sv_${index + 1}`,
    name: index === 20 ? 'none' : nameOf('lun', index),
    description: index % 3 === 0 ? `volume no. ${index}` : undefined,
    health: health(at(HEALTHS, index)),
    type: at([1, 2, 3], index),
    sizeTotal,
    // A thick LUN with its metadata takes more than its size.
    sizeAllocated: index % 7 === 6 ? sizeTotal + GIB : Math.floor(sizeTotal * random.next()),
    isThin: index % 4 !== 1,
    isReduced: index % 2 === 0,
    isDeduplicated: index % 4 === 0,
    snapCount: index % 3,
    wwn: `60:06:01:60:17:50:3C:00:C2:0A:D5:56:${hex(index >> 8, 2)}:${hex(index & 255, 2)}:BA:12`,
    pool: at(pools, index).id,
    owner: index % 2 === 0 ? 'spa' : 'spb',
  };
}

function disk(random: Random, index: number): Disk {
  const isEmptySlot = index >= 25;
  return {
    id: index < 12 ? `dpe_disk_${index}` : `dae_0_1_disk_${index}`,
    name: index < 12 ? `DPE Drive ${index}` : `DAE 0 1 Drive ${index}`,
    health: isEmptySlot ? health(0, 'ALRT_DISK_SLOT_EMPTY') : health(at(HEALTHS, index)),
    isEmptySlot,
    technology: at([1, 2, 5, 6, 7, 8, 9, 10, 11, 50, 77], index),
    rpm: at([15_000, 7_200, 0], index),
    size: random.integer(400, 8_000) * GIB,
    group: `dg_${(index % 4) + 1}`,
  };
}

const PORT_REASONS = {
  up: 'ALRT_PORT_LINK_UP',
  idle: 'ALRT_PORT_LINK_DOWN_NOT_IN_USE',
  down: 'ALRT_PORT_LINK_DOWN',
  fcDown: 'ALRT_FCPORT_LINKDOWN',
  odd: 'ALRT_PORT_UNSUPPORTED_SFP',
} as const;

function ports(): Port[] {
  return (['spa', 'spb'] as const).flatMap((sp) => [
    ...many(4, (index) => ethernetPort(sp, `eth${index}`, index)),
    ethernetPort(sp, 'mgmt', 0),
    ...many(4, (index) => fcPort(sp, index)),
    ...many(2, (index) => sasPort(sp, index)),
    ...(sp === 'spa' ? [aggregation(sp)] : []),
  ]);
}

function portName(sp: string, rest: string): string {
  return `${sp === 'spa' ? 'SP A' : 'SP B'} ${rest}`;
}

function ethernetPort(sp: 'spa' | 'spb', short: string, index: number): Port {
  const isUp = index !== 3;
  return {
    kind: 'eth',
    id: `${sp}_${short}`,
    name: portName(sp, short === 'mgmt' ? 'Management Port' : `Ethernet Port ${index}`),
    sp,
    health: isUp ? health(5, PORT_REASONS.up) : health(20, PORT_REASONS.down),
    isUp,
    speed: isUp ? at([1_000, 10_000, 25_000], index) : undefined,
    speeds: index === 2 ? [0] : [100, 1_000, 25_000, 0],
    address: `00:60:16:5C:07:${hex(index + (sp === 'spa' ? 0 : 16) + short.length, 2)}`,
  };
}

function fcPort(sp: 'spa' | 'spb', index: number): Port {
  const reason = at(
    [PORT_REASONS.up, PORT_REASONS.idle, PORT_REASONS.fcDown, PORT_REASONS.odd],
    index,
  );
  return {
    kind: 'fc',
    id: `${sp}_fc${index}`,
    name: portName(sp, `FC Port ${index}`),
    sp,
    health: health(at([5, 5, 20, 10], index), reason),
    isUp: index === 0,
    speed: at([16, undefined, undefined, 0], index),
    speeds: [4, 8, 16, 32, 0],
    address: `50:06:01:60:C7:E0:01:DA:50:06:01:6${index}:47:E0:01:D${sp === 'spa' ? 'A' : 'B'}`,
  };
}

function sasPort(sp: 'spa' | 'spb', index: number): Port {
  return {
    kind: 'sas',
    id: `${sp}_sas${index}`,
    name: portName(sp, `SAS Port ${index}`),
    sp,
    health: health(5, index === 0 ? PORT_REASONS.up : PORT_REASONS.idle),
    isUp: index === 0,
    speed: index === 0 ? 12 : undefined,
    speeds: [],
    address: '',
  };
}

function aggregation(sp: 'spa' | 'spb'): Port {
  return {
    kind: 'la',
    id: `${sp}_la_0`,
    name: portName(sp, 'Link Aggregation 0'),
    sp,
    health: health(5),
    isUp: true,
    speed: undefined,
    speeds: [],
    address: '00:60:16:5C:07:F0',
  };
}

function interfaces(): Interface[] {
  const v4 = { version: 4, mask: '255.255.255.0' } as const;
  const v6 = { version: 6, mask: '64' } as const;
  return [
    { id: 'mgmt_ipv4', port: 'spa_mgmt', ...v4, address: '192.0.2.10' },
    { id: 'if_1', port: 'spa_eth0', ...v4, address: '198.51.100.1' },
    { id: 'if_2', port: 'spa_eth0', ...v4, address: '198.51.100.2' },
    { id: 'if_3', port: 'spa_eth0', ...v6, address: '2001:db8::1' },
    { id: 'if_4', port: 'spb_eth1', ...v6, address: '2001:db8::2' },
    { id: 'if_5', port: 'spa_la_0', ...v4, address: '198.51.100.3' },
  ];
}

function filesystem(random: Random, index: number, pools: readonly Pool[]): Filesystem {
  const sizeTotal = random.integer(3, 65_536) * GIB;
  return {
    id: `fs_${index + 1}`,
    name: nameOf('fs', index),
    health: health(at(HEALTHS, index)),
    sizeTotal,
    sizeUsed: Math.floor(sizeTotal * random.next()),
    isThin: index % 3 !== 0,
    isReduced: index % 2 === 1,
    isDeduplicated: index % 4 === 1,
    snapCount: index % 2,
    pool: at(pools, index).id,
    accessPolicy: at([0, 1, 2, 7], index),
    retention: at([0, 1, 2, 9], index),
  };
}

function treeQuota(random: Random, index: number, filesystems: readonly Filesystem[]): TreeQuota {
  return {
    id: `treequota_171798692187_${index}`,
    filesystem: at(filesystems, index).id,
    // The same path in every file system.
    path: index === 21 ? '/second' : '/home',
    hardLimit: index % 5 === 0 ? 0 : (index + 10) * GIB,
    softLimit: index % 4 === 0 ? 0 : (index + 5) * GIB,
    sizeUsed: random.integer(0, 5) * GIB,
  };
}

function userQuota(
  index: number,
  filesystems: readonly Filesystem[],
  trees: readonly TreeQuota[],
): UserQuota {
  const tree = index % 2 === 0 ? at(trees, index) : undefined;
  return {
    id: `userquota_171798692187_0_${index}`,
    filesystem: tree?.filesystem ?? at(filesystems, index).id,
    tree: tree?.id,
    uid: index,
    hardLimit: index % 3 === 0 ? 0 : 4 * GIB,
    softLimit: 2 * GIB,
    sizeUsed: index * 1_048_576,
  };
}

function share(
  index: number,
  filesystems: readonly Filesystem[],
  trees: readonly TreeQuota[],
): Share {
  const protocol = index < 2 ? 'cifs' : 'nfs';
  const tree = at(trees, index);
  const isTree = index % 3 === 0;
  return {
    id: `${protocol === 'cifs' ? 'SMBShare' : 'NFSShare'}_${index}`,
    protocol,
    name: nameOf('share', index),
    filesystem: isTree ? tree.filesystem : at(filesystems, index).id,
    path: isTree ? tree.path : '/',
  };
}

const OS_TYPES = ['Linux', 'VMware ESXi 7.0.3', 'Windows Server', 'Citrix XenServer', 'RHEL', ''];

function host(index: number): Host {
  const address = { type: 0, address: `203.0.113.${index + 1}` };
  const name = { type: 2, address: `host-${index}.example` };
  return {
    id: `Host_${index + 1}`,
    name: nameOf('host', index),
    description: index % 2 === 0 ? 'a host' : undefined,
    health: health(at(HEALTHS, index)),
    osType: at(OS_TYPES, index),
    addresses: at([[name, address], [address], [], [name]], index),
  };
}

function initiator(index: number, hosts: readonly Host[]): Initiator {
  const isLoggedOut = index % 6 === 5;
  return {
    id: `HostInitiator_${index + 1}`,
    host: index % 9 === 8 ? undefined : at(hosts, index).id,
    type: at([1, 2, 0, 9], index),
    address:
      index % 4 === 0
        ? `20:00:00:90:FA:53:4C:${hex(index, 2)}:10:00:00:90:FA:53:4C:${hex(index, 2)}`
        : `iqn.1993-08.org.debian:01:${index}`,
    health: isLoggedOut
      ? health(20, 'ALRT_INITIATOR_NO_LOGGED_IN_PATH')
      : health(at([5, 7, 10, 0, 12], index)),
  };
}

function mapping(index: number, hosts: readonly Host[], luns: readonly Lun[]): Mapping {
  const isSnapshot = index % 10 === 9;
  const [to, what] = [at(hosts, index).id, at(luns, index).id];
  return {
    id: `${to}_${what}_${isSnapshot ? 'snap' : 'prod'}_${index}`,
    host: to,
    lun: what,
    isSnapshot,
  };
}

function group(id: string, index: number, members: readonly { readonly id: string }[]): Group {
  return {
    id,
    name: nameOf('group', index + 1),
    description: index === 0 ? 'a group' : undefined,
    members: members.slice(index * 3, index * 3 + 3).map((member) => member.id),
  };
}

/** The same text three times, of two components and of the same one again. */
function crashes(now: number): Alert[] {
  return ['spa', 'spb', 'spa'].map((component, index) => ({
    ...alert(1, now),
    id: `alert_${200 + index}`,
    messageId: '14:3a',
    message: 'A process crashed.',
    reason: 'ALRT_PROCESS_CRASHED',
    description: 'A process crashed.',
    component,
    time: now - 500_000 + index,
  }));
}

const ALERTS = [
  { severity: 2, messageId: '14:170002', reason: 'ALRT_LICENSE_EXPIRED', text: 'The license has expired' },
  { severity: 3, messageId: '14:60bba', reason: 'ALRT_POOL_THRESHOLD', text: 'Pool is 85% full' },
  { severity: 4, messageId: '14:608fe', reason: 'ALRT_HOST_NO_INITIATORS', text: 'Host has no initiators' },
  { severity: 6, messageId: '14:608fc', reason: 'ALRT_COMPONENT_OK', text: 'Host is operating normally' },
  { severity: 5, messageId: '14:61008c', reason: 'ALRT_CUTOVER', text: 'Session is cutover ready' },
  { severity: 42, messageId: '14:ffffff', reason: 'ALRT_NEW', text: 'Something new' },
] as const; // prettier-ignore

function alert(index: number, now: number): Alert {
  const kind = at(ALERTS, index);
  return {
    id: `alert_${index + 100}`,
    severity: kind.severity,
    messageId: kind.messageId,
    message: `${kind.text} (${index})`,
    reason: kind.reason,
    description: `${kind.text}: prüfen`,
    component: index % 4 === 0 ? undefined : `Host_${index + 1}`,
    time: now - index * 3_600_000 - 391,
    state: at([0, 1, 0, 1, 2], index),
    isAcknowledged: false,
  };
}
