/** The simulated array: one model that the WSAPI, the command line and the truth are written from. */
import { createRandom, ODD_NAMES, type Random } from '../../kit/data.ts';

export interface Cpg {
  readonly id: number;
  readonly name: string;
  readonly state: number;
  /** User, snapshot administration, snapshot data: MiB. */
  readonly spaces: readonly { total: number; raw: number; used: number }[];
}

export interface Volume {
  readonly id: number;
  readonly name: string;
  readonly comment: string | undefined;
  readonly provisioning: number;
  readonly state: number;
  readonly cpg: Cpg | undefined;
  readonly wwn: string;
  readonly sizeMib: number;
  readonly usedMib: number;
  readonly compression: number | undefined;
  readonly deduplication: number | undefined;
}

export interface Path {
  readonly wwn: string;
  /** Ports where it is logged in. */
  readonly ports: readonly string[];
}

export interface Host {
  readonly id: number;
  readonly name: string;
  readonly os: string | undefined;
  readonly ip: string | undefined;
  readonly comment: string | undefined;
  readonly paths: readonly Path[];
}

export interface NamedSet {
  readonly id: number;
  readonly name: string;
  readonly comment: string | undefined;
  readonly members: readonly { readonly id: number; readonly name: string }[];
}

export interface Vlun {
  readonly lun: number;
  readonly volume: Volume | NamedSet;
  readonly host: Host | NamedSet | undefined;
  readonly port: string | undefined;
  readonly initiator: string | undefined;
  readonly type: 'host' | 'host set' | 'port' | 'matched set';
}

export interface Node {
  readonly id: number;
  readonly name: string;
  readonly state: string;
  readonly controlMib: number;
  readonly dataMib: number;
  readonly cores: number;
  readonly speedMhz: number;
  /** It has joined the cluster. */
  readonly online: boolean;
}

export interface Disk {
  readonly id: number;
  readonly position: string;
  readonly type: string;
  readonly rpm: number;
  readonly state: string;
  readonly sizeMib: number;
  readonly maker: string;
  readonly model: string;
  readonly serial: string;
  readonly firmware: string;
}

export interface Port {
  readonly id: string;
  readonly mode: string;
  readonly state: string;
  readonly address: string;
  readonly use: string;
  readonly protocol: string;
  readonly hardware: string;
  readonly label: string;
  readonly rate: string;
  readonly maxRate: string;
  readonly ip: string | undefined;
  readonly mask: string | undefined;
}

export interface Alert {
  readonly id: number;
  readonly code: number;
  readonly name: string;
  readonly state: string;
  readonly severity: string;
  readonly time: number;
  readonly message: string;
  readonly component: string;
}

export interface ArrayModel {
  readonly name: string;
  readonly model: string;
  readonly serial: string;
  readonly version: string;
  readonly location: string | undefined;
  readonly comment: string | undefined;
  /** MiB. */
  readonly capacity: { total: number; allocated: number; free: number; failed: number };
  readonly cpgs: readonly Cpg[];
  readonly volumes: readonly Volume[];
  readonly hosts: readonly Host[];
  /** Initiators that belong to no host. */
  readonly strangers: readonly Path[];
  readonly hostSets: readonly NamedSet[];
  readonly volumeSets: readonly NamedSet[];
  readonly vluns: readonly Vlun[];
  readonly nodes: readonly Node[];
  readonly disks: readonly Disk[];
  readonly ports: readonly Port[];
  readonly alerts: readonly Alert[];
  readonly sparse: boolean;
  readonly primera: boolean;
  /** OS 10: fewer columns, sizes in MiB by their titles. */
  readonly alletra: boolean;
  /** InForm OS 3.1: tables leave repeated values blank. */
  readonly old: boolean;
}

export interface ModelOptions {
  readonly seed: number;
  readonly volumes: number;
  readonly sparse: boolean;
  readonly primera: boolean;
  readonly alletra: boolean;
  readonly old: boolean;
}

export function createModel(options: ModelOptions): ArrayModel {
  const random = createRandom(options.seed);
  const { sparse, primera, alletra } = options;
  const cpgs = createCpgs(random);
  const ports = createPorts(options);
  const volumes = createVolumes(random, cpgs, options);
  const hosts = createHosts(random, sparse);
  const hostSets = createSets(random, hosts, 'HostSet', sparse);
  const volumeSets = createSets(random, volumes.slice(0, 40), 'VvSet', sparse);
  return {
    name: alletra ? 'alletra-dc1' : primera ? 'prim-dc1' : '3par-dc1',
    model: alletra ? 'HPE Alletra Storage MP' : primera ? 'HPE_Primera 650' : 'HP_3PAR 8440',
    serial: primera ? 'CZ39480123' : '1307327',
    version: alletra ? '10.6.0.40' : primera ? '4.2.0.169' : '3.2.2.709',
    location: sparse ? undefined : 'Hall 3, row "B", rack 7',
    comment: sparse ? undefined : 'Größe & "Preis": <unbekannt>',
    capacity: {
      total: 412_090_368,
      allocated: 268_435_456 + random.integer(0, 4096),
      free: 142_606_336,
      failed: 1_048_576,
    },
    cpgs,
    volumes,
    hosts,
    strangers: [
      { wwn: '21000024FF41DCF7', ports: ['1:0:2'] },
      { wwn: '21000024FF0CC6CA', ports: ['0:1:2', '1:0:2'] },
    ],
    hostSets,
    volumeSets,
    vluns: createVluns(volumes, hosts, hostSets, volumeSets),
    nodes: createNodes(primera),
    disks: createDisks(random, primera),
    ports,
    alerts: createAlerts(),
    sparse,
    primera,
    alletra,
    old: options.old,
  };
}

const CPG_STATES = [1, 1, 2, 3, 99, 42] as const;

function createCpgs(random: Random): Cpg[] {
  return CPG_STATES.map((state, id) => ({
    id,
    name: id === 0 ? 'SSD_r6' : `CPG-${id}.${['FC', 'NL', 'mixed'][id % 3]}_r5`,
    state,
    spaces: [1, 2, 3].map((part) => {
      if (id === 4) return { total: 0, raw: 0, used: 0 };
      const total = random.integer(1000, 80_000_000 / part);
      return { total, raw: total * 2, used: random.integer(0, total) };
    }),
  }));
}

const PROVISIONINGS = [2, 6, 1, 3, 4, 7, 5, 2, 98] as const;
const VOLUME_STATES = [1, 1, 1, 2, 3, 99, 77] as const;

function createVolumes(
  random: Random,
  cpgs: readonly Cpg[],
  { volumes, sparse }: ModelOptions,
): Volume[] {
  return Array.from({ length: volumes }, (_, id) => {
    const provisioning = PROVISIONINGS[id % PROVISIONINGS.length] ?? 2;
    const size = id === 5 ? 0 : random.integer(1, 4 * 2 ** 20);
    return {
      id,
      name: id === 0 ? 'admin' : `vv_${ODD_PARTS[id % ODD_PARTS.length]}.${id}`,
      comment: sparse || id % 3 === 0 ? undefined : ODD_NAMES[id % ODD_NAMES.length],
      provisioning,
      state: VOLUME_STATES[id % VOLUME_STATES.length] ?? 1,
      // Snapshots take their space from the CPG of their base.
      cpg: provisioning === 3 || (sparse && id % 2 === 0) ? undefined : cpgs[id % cpgs.length],
      wwn: `60002AC0000000000000${id.toString(16).toUpperCase().padStart(4, '0')}00001C9F`,
      sizeMib: size,
      usedMib: provisioning === 1 ? size : random.integer(0, size),
      compression: sparse ? undefined : [1, 2, 3, 4, 6][id % 5],
      deduplication: sparse ? undefined : [1, 2, 3][id % 3],
    };
  });
}

/** Names hold letters, digits, dots, dashes and underscores only; the array allows no blanks. */
const ODD_PARTS = [
  'ora-data',
  'UPPER_lower',
  'a.b',
  '-'.repeat(3) + 'x',
  'set_of',
  'total',
] as const;

function createHosts(random: Random, sparse: boolean): Host[] {
  const systems = [
    'ESXI6.0',
    'RHE Linux 7.x',
    'Windows Server 2016',
    'AIX',
    'PlayStation',
  ] as const;
  const wwpn = (host: number, port: number) =>
    `2100${random.integer(0x1000, 0xffff).toString(16).toUpperCase()}FF${host.toString(16).padStart(4, '0').toUpperCase()}0${port}`;
  return Array.from({ length: 14 }, (_, index): Host => {
    const iscsi = index % 4 === 3;
    const paths = Array.from({ length: index % 5 === 4 ? 0 : 2 }, (_unused, port) => ({
      wwn: iscsi ? `iqn.1998-01.com.vmware:esx-${index}-${port}` : wwpn(index, port + 1),
      ports: iscsi ? ['0:2:1'] : ([[], ['0:1:1'], ['0:1:1', '1:1:1']][(index + port) % 3] ?? []),
    }));
    const bare = sparse || index % 6 === 5;
    return {
      id: 54 + index * 3,
      name: `host-${['esx', 'db.node', 'AIX_6'][index % 3]}${index}`,
      os: bare ? undefined : systems[index % systems.length],
      ip: bare ? undefined : `10.20.30.${index + 1}`,
      comment: bare || index % 2 ? undefined : ODD_NAMES[index],
      paths,
    };
  });
}

function createSets(
  random: Random,
  members: readonly { readonly id: number; readonly name: string }[],
  kind: string,
  sparse: boolean,
): NamedSet[] {
  return Array.from({ length: 9 }, (_, index) => {
    const count = [1, 4, 0, 2][index % 4] ?? 0;
    const first = random.integer(0, members.length - 5);
    return {
      id: 91 + index * 5,
      name: `${kind}_${index}${index % 2 ? '-x' : '.y'}`,
      comment: sparse || index % 3 ? undefined : `for the ${ODD_NAMES[index]} - team`,
      members: members.slice(first, first + count),
    };
  });
}

function createVluns(
  volumes: readonly Volume[],
  hosts: readonly Host[],
  hostSets: readonly NamedSet[],
  volumeSets: readonly NamedSet[],
): Vlun[] {
  const at = <T>(list: readonly T[], index: number) => list[index % list.length] as T;
  return Array.from({ length: 40 }, (_, index): Vlun => {
    const volume = index % 5 === 4 ? at(volumeSets, index) : at(volumes, index);
    const common = { lun: index % 8, volume, initiator: undefined };
    if (index % 7 === 6) return { ...common, host: undefined, port: '0:1:1', type: 'port' };
    if (index % 6 === 5) {
      return { ...common, host: at(hostSets, index), port: undefined, type: 'host set' };
    }
    const host = at(hosts, index);
    const path = host.paths[0];
    if (index % 9 === 8 && path) {
      return { ...common, host, port: '1:1:1', initiator: path.wwn, type: 'matched set' };
    }
    return { ...common, host, port: undefined, type: 'host' };
  });
}

function createNodes(primera: boolean): Node[] {
  const states = primera ? ['OK', 'OK', 'OK', 'OK'] : ['OK', 'Degraded', 'Failed', 'Booting'];
  return states.map((state, id) => ({
    id,
    name: `1307327-${id}`,
    state,
    controlMib: 16_384,
    dataMib: 32_768 + id * 1024,
    cores: primera ? 10 : 4,
    speedMhz: primera ? 2200 : 2327,
    online: state !== 'Failed',
  }));
}

function createDisks(random: Random, primera: boolean): Disk[] {
  const kinds = primera
    ? ([
        ['SSD', 150],
        ['SCM', 150],
      ] as const)
    : ([
        ['FC', 10],
        ['SSD', 100],
        ['NL', 7],
        ['FC', 15],
        ['XLC', 5],
      ] as const);
  const states = ['normal', 'normal', 'degraded', 'failed', 'new', 'weird'] as const;
  return Array.from({ length: 48 }, (_, id) => {
    const [type, rpm] = kinds[id % kinds.length] ?? ['SSD', 100];
    return {
      id,
      // A disk that was pulled has no place.
      position: id === 11 ? '---' : `${Math.floor(id / 24)}:${id % 24}:0`,
      type,
      rpm,
      state: states[id % states.length] ?? 'normal',
      sizeMib: 571_904 * random.integer(1, 12),
      maker: id % 7 === 0 ? 'WESTERN DIGITAL' : 'HGST',
      model: `HCBRE0450GB${id}`,
      serial: `S${random.integer(100_000, 999_999)}${id}`,
      firmware: '3P00',
    };
  });
}

function createPorts({ primera, old }: ModelOptions): Port[] {
  const base = { mode: 'target', label: '-', ip: undefined, mask: undefined } as const;
  const fc = { ...base, hardware: 'FC', protocol: 'FC', maxRate: '16Gbps' } as const;
  const none = { rate: 'n/a', maxRate: 'n/a' } as const;
  const ports: Port[] = [0, 1].flatMap((node): Port[] => [
    { ...base, id: `${node}:0:1`, mode: 'initiator', state: 'ready', address: `50002ACFF70${node}1C9F`, use: 'disk', protocol: 'SAS', hardware: 'SAS', label: 'DP-1', rate: '12Gbps', maxRate: '12Gbps' },
    { ...fc, id: `${node}:1:1`, state: 'ready', address: `2${node}110002AC001C9F`, use: 'host', rate: '8Gbps' },
    { ...fc, id: `${node}:1:2`, state: 'loss_sync', address: `2${node}120002AC001C9F`, use: 'free', rate: '-' },
    { ...fc, id: `${node}:1:3`, state: old ? 'error_state' : (node ? 'error' : 'fw_dead'), address: `2${node}130002AC001C9F`, use: 'rcfc', rate: '-', label: 'RC_link' },
    { ...base, id: `${node}:2:1`, state: 'ready', address: `2C27D753740${node}`, use: 'iscsi', protocol: 'iSCSI', hardware: 'CNA', rate: '10Gbps', maxRate: '10Gbps', ip: node ? '1df9:7b7b:790::21' : '10.99.1.3', mask: node ? '64' : '255.255.255.0' },
    { ...base, ...none, id: `${node}:2:2`, state: 'offline', address: `2C27D753741${node}`, use: 'iscsi', protocol: 'iSCSI', hardware: 'CNA' },
    { ...base, ...none, id: `${node}:6:1`, mode: 'peer', state: node ? 'offline' : 'ready', address: `0002AC684AA${node}`, use: 'rcip', protocol: 'IP', hardware: 'ETH', ip: node ? undefined : '10.11.35.10', mask: node ? undefined : '255.255.0.0', rate: node ? 'n/a' : '1Gbps', maxRate: '1Gbps' },
    { ...base, ...none, id: `${node}:7:1`, mode: 'peer', state: 'ready', address: `0002AC694AA${node}`, use: 'fs', protocol: 'IP', hardware: 'ETH', ip: `10.12.0.${node + 1}`, mask: '255.255.0.0', rate: '10Gbps' },
  ]); // prettier-ignore
  return primera
    ? ports
    : [
        ...ports,
        { ...fc, id: '0:8:1', state: 'teleporting', address: '20810002AC001C9F', use: 'free', rate: '-', hardware: 'QUANTUM' },
      ]; // prettier-ignore
}

function createAlerts(): Alert[] {
  const at = Date.UTC(2026, 6, 17, 20, 14, 29);
  const rows = [
    [0x02200de, 'Component state change', 'New', 'Degraded', 'Node 0, Power Supply 1, Battery 0 Degraded (Unknown)', 'hw_power_supply:0,1'],
    [0x00600de, 'Component state change', 'New', 'Major', 'Magazine 0:5:0, Physical Disk 5 Degraded: (Errors: over 50)', 'hw_disk:5000CCA0'],
    [0x027001e, 'CPG growth non admin limit', 'New', 'Critical', 'CPG "SSD_r6" has reached its limit; license fine, größer nicht möglich', 'sw_cpg:0:SSD_r6'],
    [0x0270001, 'CPG growth warning', 'New', 'Informational', 'CPG growth: warning', 'sw_cpg:1'],
    [0x00e0005, 'License key usage, license expired', 'New', 'Minor', 'License key has expired', 'sw_sysmgr'],
    [0x00b0001, 'Kernel crashdump event', 'New', 'Fatal', 'Kernel crashdump found', 'hw_node:1'],
    [0x7fffff0, 'Something never seen', 'New', 'Odd', 'A new kind of alert', 'sw_unknown'],
  ] as const; // prettier-ignore
  return rows.map(([code, name, state, severity, message, component], index) => ({
    id: 11 + index * 7,
    code,
    name,
    state,
    severity,
    message,
    component,
    time: at + index * 3_600_000,
  }));
}
