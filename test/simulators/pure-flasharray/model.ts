/** A FlashArray made from a seed: every status and type, an unknown word of each, objects for many pages. */
import { createRandom, ODD_NAMES, type Random } from '../../kit/data.ts';
import { hardwareOf } from './hardware.ts';
import type {
  AccountQuota,
  Alert,
  Copy,
  Connection,
  Directory,
  FlashArray,
  Generation,
  Host,
  Link,
  Named,
  Pod,
  ProtectionGroup,
  Quota,
  Space,
  Volume,
} from './types.ts';

const GIB = 2 ** 30;
const TIB = 2 ** 40;

export interface ModelOptions {
  readonly seed: number;
  readonly generation: Generation;
  readonly volumes: number;
  readonly now: number;
}

export function createModel({ seed, generation, volumes: count, now }: ModelOptions): FlashArray {
  const random = createRandom(seed);
  const array: Named = { id: uuid(random), name: 'fa-x70-lab' };
  const peer: Named = { id: uuid(random), name: 'fa-x20-peer' };
  const pods = makePods(random, array, peer);
  const volumeGroups = ['vvol-vm01-vg', 'oracle', 'prod-pod::erp', 'empty'].map((name) => ({
    id: uuid(random),
    name,
    isDestroyed: false,
  }));
  volumeGroups.push({ id: uuid(random), name: 'gone-vg', isDestroyed: true });
  const volumes = makeVolumes(random, count, pods, volumeGroups);
  const hosts = makeHosts();
  const directories = makeDirectories(random, pods);
  const minor = Number(generation.slice(2));
  return {
    minor,
    ...array,
    version: minor < 10 ? '6.0.2' : '6.4.10',
    capacity: 300 * TIB + 4096,
    space: {
      ...space(random, 120 * TIB),
      provisioned: null,
      shared: 9 * TIB,
      replication: 1_844_538,
    },
    pods,
    volumes,
    volumeGroups,
    hosts,
    hostGroups: ['esx-cluster', 'ora-rac', 'nvme.group', 'nobody', 'fa-x20-peer:esx-cluster'],
    connections: connect(
      hosts,
      volumes.filter(({ isDestroyed }) => !isDestroyed),
    ),
    ...hardwareOf(random),
    logins: [
      ...hosts.slice(0, 6).flatMap(({ wwns }) => wwns.map((wwn) => ({ wwn: withColons(wwn) }))),
      { iqn: hosts[8]?.iqns[0] ?? '' },
      { nqn: hosts[14]?.nqns[0] ?? '' },
      { wwn: '10:00:00:00:C9:AA:BB:01' },
    ],
    ...directories,
    ...makeQuotas(directories.directories),
    links: makeLinks(random, pods, peer),
    protectionGroups: makeProtectionGroups(random, volumes, array, peer, now),
    alerts: makeAlerts(now),
  };
}

export function uuid(random: Random): string {
  const hex = (length: number) =>
    Array.from({ length }, () => random.integer(0, 15).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`;
}

function space(random: Random, unique: number): Space {
  const shared = null;
  const snapshots = Math.floor((unique * random.integer(0, 30)) / 100);
  const reduction = 1 + random.integer(0, 9000) / 1000;
  return {
    unique,
    shared,
    snapshots,
    virtual: Math.floor(unique * reduction),
    provisioned: 4 * unique + 512,
    reduction,
  };
}

function makePods(random: Random, array: Named, peer: Named): Pod[] {
  const online = { ...array, status: 'online', progress: null };
  const pod = (name: string, own: string, remote?: string, more: Partial<Pod> = {}): Pod => ({
    id: uuid(random),
    name,
    space: { ...space(random, random.integer(1, 900) * GIB), shared: 4096, replication: 512 },
    members: [
      { ...online, status: own },
      ...(remote === undefined
        ? []
        : [{ ...peer, status: remote, progress: remote === 'resyncing' ? 0.25 : null }]),
    ],
    quota: undefined,
    isDestroyed: false,
    ...more,
  });
  return [
    pod('prod-pod', 'online', 'online'),
    pod('stretched', 'resyncing', 'resyncing'),
    pod('split', 'suspended', 'offline'),
    pod('peer-gone', 'offline', 'suspended'),
    pod('odd', 'unheard', 'unknown'),
    pod('limited', 'online', undefined, { quota: 8 * TIB }),
    pod('gone-pod', 'online', undefined, { isDestroyed: true }),
  ];
}

function makeVolumes(
  random: Random,
  count: number,
  pods: readonly Pod[],
  groups: readonly (Named & { isDestroyed: boolean })[],
): Volume[] {
  const sizes = [4 * TIB, 2 ** 52, 1 * GIB, 107_374_182_400, 0, 2_147_483_648];
  const volumes = Array.from({ length: count }, (_, index): Volume => {
    const pod = index % 7 === 3 ? pods[index % 6] : undefined;
    const group = index % 7 === 5 ? groups[index % 3] : undefined;
    const prefix = pod ? `${pod.name}::` : group ? `${group.name}/` : '';
    const size = sizes[index % sizes.length] ?? GIB;
    return {
      id: uuid(random),
      name: `${prefix}vol-${String(index).padStart(5, '0')}`,
      serial: `6C1B16CE1C034D1C${(0x13_918 + index).toString(16).toUpperCase().padStart(8, '0')}`,
      size,
      space: { ...space(random, Math.floor(size / 8)), provisioned: size },
      pod: pod && { id: pod.id, name: pod.name },
      group: group && { id: group.id, name: group.name },
      isEndpoint: false,
      isDestroyed: count > 20 && index % 17 === 11,
      snapshots: index < 40 ? index % 4 : 0,
      mirrored: pod !== undefined,
    };
  });
  const first = volumes[0];
  if (first)
    volumes[0] = {
      ...first,
      name: 'pure-protocol-endpoint',
      size: 0,
      isEndpoint: true,
      space: { ...space(random, 0), provisioned: 0 },
    };
  return volumes;
}

const PERSONALITIES = [
  'esxi', null, 'aix', 'hpux', 'solaris', 'vms', 'oracle-vm-server', 'hitachi-vsp', 'windows-12',
] as const; // prettier-ignore
const CONNECTIVITY = [
  ['healthy', 'Redundant'],
  ['unhealthy', 'Uneven'],
  ['critical', 'Single Controller'],
  ['critical', 'None'],
  ['unknown', 'Unknown'],
  ['wobbly', 'N/A'],
] as const;

function makeHosts(): Host[] {
  const hosts = Array.from({ length: 24 }, (_, index): Host => {
    const [status, details] = CONNECTIVITY[index % CONNECTIVITY.length] ?? ['unknown', 'Unknown'];
    const hex = index.toString(16).toUpperCase().padStart(2, '0');
    const kind = index < 8 ? 'fc' : index < 14 ? 'iscsi' : 'nvme';
    return {
      name: `host-${index}.example`,
      personality: PERSONALITIES[index % PERSONALITIES.length] ?? null,
      wwns: kind === 'fc' ? [`2100F4C7AA0027${hex}`, `2100F4C7AA0028${hex}`] : [],
      iqns: kind === 'iscsi' ? [`iqn.1998-01.com.vmware:host-${index}:65`] : [],
      nqns: kind === 'nvme' ? [`nqn.2014-08.org.nvmexpress:uuid:${hex}`] : [],
      group: ['esx-cluster', null, 'ora-rac', null, 'nvme.group'][index % 5] ?? null,
      isLocal: true,
      status,
      details,
    };
  });
  const [, second] = hosts;
  if (second) {
    const of = (name: string, wwns: readonly string[]): Host => ({
      ...second,
      name: `fa-x20-peer:${name}`,
      wwns,
      group: 'fa-x20-peer:esx-cluster',
      isLocal: false,
      status: 'unknown',
      details: 'Unknown',
    });
    // The first is the peer's name of a host of this array.
    hosts.push(of(second.name, second.wwns), of('other', ['2100F4C7AA00FF01']));
  }
  return hosts;
}

function withColons(wwn: string): string {
  return (wwn.match(/../g) ?? []).join(':');
}

/** A group's connection comes once for each of its hosts, and once without if it has none. */
function connect(hosts: readonly Host[], volumes: readonly Volume[]): Connection[] {
  const connections: Connection[] = [];
  for (const [index, volume] of volumes.slice(0, 40).entries()) {
    const reference = { id: volume.id, name: volume.name };
    if (index % 3 === 0) {
      const group = index % 2 === 0 ? 'esx-cluster' : 'ora-rac';
      for (const host of hosts.filter((one) => one.group === group)) {
        connections.push({ host: host.name, group, volume: reference });
      }
    }
    if (index % 4 === 1) {
      connections.push({ host: hosts[index % 24]?.name ?? null, group: null, volume: reference });
    }
    if (index === 5) connections.push({ host: null, group: 'nobody', volume: reference });
  }
  return connections;
}

function makeDirectories(random: Random, pods: readonly Pod[]) {
  const fileSystems = ['home', 'media', 'limited::projects'].map((name, index) => ({
    id: uuid(random),
    name,
    pod: index === 2 ? { id: pods[5]?.id ?? '', name: 'limited' } : undefined,
  }));
  const directories = fileSystems.flatMap(({ id, name }, index): Directory[] => {
    const paths = [
      '/',
      ...ODD_NAMES.slice(index * 4, index * 4 + 8).map((odd) => `/${odd}`),
      '/deep/one',
    ];
    return paths.map((path, at) => ({
      id: uuid(random),
      name: `${name}:${path === '/' ? 'root' : `dir${at}`}`,
      path,
      fileSystem: { id, name },
      space: { ...space(random, random.integer(0, 4000) * 2 ** 20), provisioned: null },
    }));
  });
  const exports = directories.flatMap((directory, index) =>
    ['policies/nfs', 'policies/smb', 'policies/gopher']
      .slice(0, index === 3 ? 3 : index % 3)
      .map((policy) => ({
        name: index % 5 === 0 ? `share ü ${index}` : `export-${index}`,
        directory,
        policy,
      })),
  );
  return { fileSystems, directories, exports };
}

function makeQuotas(directories: readonly Directory[]) {
  const quotas = directories.slice(0, 24).map((directory, index): Quota => ({
    directory,
    rule: `quota-${index % 3}.rule`,
    limit: (index + 1) * TIB,
    usage: index * GIB,
    isEnforced: index % 2 === 0,
    isEnabled: index % 7 !== 6,
  }));
  const accountQuotas = quotas.slice(0, 9).map((quota, index): AccountQuota => ({
    ...quota,
    rule: `ug-${index}`,
    type: index % 3 === 2 ? 'group' : 'user',
    account: {
      id: 1000 + index,
      name: index % 4 === 1 ? null : `user ${index}`,
      sid: index % 2 === 0 ? `S-1-5-21-${index}` : null,
    },
    isEffective: index !== 4,
  }));
  return { quotas, accountQuotas };
}

function makeLinks(random: Random, pods: readonly Pod[], remote: Named): Link[] {
  const states = [
    'replicating', 'baselining', 'paused', 'quiescing', 'quiesced', 'idle', 'unhealthy', 'strange',
  ]; // prettier-ignore
  return states.map((status, index) => {
    const pod = pods[index % 6];
    return {
      id: uuid(random),
      name: `link-${index}`,
      pod: { id: pod?.id ?? '', name: pod?.name ?? '' },
      remotePod: { id: uuid(random), name: `copy-${index}` },
      remote,
      direction: index % 2 === 0 ? 'outbound' : 'inbound',
      status,
      lag: status === 'baselining' ? null : 1500 * (index + 1),
      rate: index * 1000,
    };
  });
}

function makeProtectionGroups(
  random: Random,
  volumes: readonly Volume[],
  array: Named,
  peer: Named,
  now: number,
): ProtectionGroup[] {
  const third: Named = { id: uuid(random), name: 'nfs-offload' };
  const group = (name: string, more: Partial<ProtectionGroup>): ProtectionGroup => ({
    id: uuid(random),
    name,
    isLocal: true,
    source: array,
    volumes: [],
    targets: [],
    copies: [],
    ...more,
  });
  // Destroyed members stay members.
  const members = volumes.slice(2, 16).map(({ id, name }) => ({ id, name }));
  return [
    group('pg-daily', {
      volumes: members,
      targets: [
        { member: peer, status: 'replicating' },
        { member: third, status: 'suspended' },
      ],
    }),
    group('prod-pod::pg', {
      volumes: members.slice(0, 2),
      targets: [{ member: peer, status: 'disallowed' }],
    }),
    group('pg-odd', { targets: [{ member: peer, status: 'daydreaming' }] }),
    group('pg-local', {}),
    group(`${peer.name}:pg-in`, {
      isLocal: false,
      source: peer,
      volumes: [{ id: uuid(random), name: `${peer.name}:vol` }],
      targets: [{ member: array, status: 'replicating' }],
      copies: makeCopies(now),
    }),
    // Nothing of it has come whole yet.
    group(`${peer.name}:pg-first`, {
      isLocal: false,
      source: peer,
      targets: [{ member: array, status: 'replicating' }],
      copies: makeCopies(now).filter(({ progress }) => progress < 1),
    }),
  ];
}

/** More than a page, one every half hour; the newest is on its way, the one before was destroyed here. */
function makeCopies(now: number): Copy[] {
  return Array.from({ length: 45 }, (_, index) => ({
    suffix: String(45 - index),
    created: now - 1_530_000 - index * 1_800_000,
    progress: index === 0 ? 0.37 : 1,
    isDestroyed: index === 1,
  }));
}

function makeAlerts(now: number): Alert[] {
  const severities = ['info', 'warning', 'critical', 'hidden', 'apocalyptic'];
  const states = ['open', 'closing', 'closed'];
  const alerts = Array.from({ length: 45 }, (_, index): Alert => {
    const odd = ODD_NAMES[index % ODD_NAMES.length] ?? '';
    return {
      id: (0x1cb9_9f01 + index).toString(16).padStart(32, '0'),
      name: String(10_911_317 + index),
      code: 7 + (index % 30),
      severity: severities[index % severities.length] ?? 'info',
      state: states[index % 4 === 3 ? 0 : index % 4] ?? 'open',
      category: ['array', 'hardware', 'software'][index % 3] ?? 'array',
      componentType: ['hardware', 'host', 'directory_service'][index % 3] ?? 'hardware',
      componentName:
        index % 3 === 2 ? `Service: x, Filter: (&(uid=${index})(o=u))` : `CT0.FC${index}`,
      created: now - (index + 1) * 600_000,
      issue: `failure of "${odd}"`,
      isFlagged: index % 2 === 0,
    };
  });
  const [first] = alerts;
  // The same code and component once more, and an alert that stands in the list twice.
  if (first)
    alerts.push({ ...first, id: 'f'.repeat(32), name: '20000001', created: now - 60_000 }, first);
  return alerts;
}
