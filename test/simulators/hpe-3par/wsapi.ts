/** The Web Services API: session keys, collections, the System Reporter's at-time reports. */
import type { ServerResponse } from 'node:http';
import { sendJson, type ServedRequest } from '../../kit/http-server.ts';
import { CANARY_PASSWORD, type Scenario, type SimulatorStats } from '../../kit/simulator.ts';
import type { ArrayModel, Host, Path, Port, Vlun } from './data.ts';
import { remoteCopyGroups } from './remote-copy.ts';
import { reportOf } from './wsapi-reports.ts';

const KEY_HEADER = 'x-hp3par-wsapi-sessionkey';
const PREFIX = '/api/v1';
const REQUESTS_PER_KEY = 4;
const MAX_KEYS = 256;

export interface Wsapi {
  handle(request: ServedRequest, response: ServerResponse): void;
  expireSessions(): void;
}

export interface WsapiOptions {
  readonly model: ArrayModel;
  readonly scenario: Scenario;
  readonly stats: SimulatorStats;
  readonly opened: () => void;
  readonly closed: () => void;
  /** Resources over which the array fails. */
  readonly broken?: readonly string[];
  /** Resources that it says it has not. */
  readonly refused?: readonly string[];
}

/** Every way in which the array says that it does not know a key. */
const EXPIRED = [
  [403, { code: 6, desc: 'invalid session key' }],
  [401, { code: 6, desc: 'unauthorized' }],
  [403, { code: 7, desc: 'The request came from a different IP address' }],
] as const;

export function createWsapi(options: WsapiOptions): Wsapi {
  const { model, scenario, stats, opened, closed } = options;
  const keys = new Map<string, number>();
  let issued = 0;
  let count = 0;

  const forget = (key: string) => {
    if (keys.delete(key)) closed();
  };

  function login(request: ServedRequest, response: ServerResponse): void {
    stats.logins += 1;
    if (scenario === 'locked') {
      return sendJson(response, 403, { code: 5, desc: 'user account is locked' });
    }
    const given = JSON.parse(request.body) as { user?: string; password?: string };
    if (scenario === 'badpassword' || given.password !== CANARY_PASSWORD) {
      return sendJson(response, 403, { code: 5, desc: 'invalid username or password' });
    }
    if (keys.size >= MAX_KEYS) {
      return sendJson(response, 503, { code: 1, desc: 'too many sessions' });
    }
    issued += 1;
    const key = `${issued}-${(issued * 7_919).toString(16)}-0000abcdef`;
    keys.set(key, 0);
    opened();
    sendJson(response, 201, { key }, { location: `${PREFIX}/credentials/${key}` });
  }

  function answer(request: ServedRequest, response: ServerResponse): void {
    const path = request.path.slice(PREFIX.length);
    const [resource = ''] = path.split(';', 1);
    if (scenario === 'unlicensed' && resource.startsWith('/systemreporter')) {
      return sendJson(response, 501, { code: 9, desc: 'unsupported operation for the resource' });
    }
    if (options.refused?.includes(resource)) {
      return sendJson(response, 501, { code: 9, desc: 'unsupported operation for the resource' });
    }
    if (options.broken?.includes(resource)) {
      return sendJson(response, 500, { code: 2, desc: 'internal server error' });
    }
    const body = bodyOf(model, path, request.query.get('query') ?? '');
    if (body === undefined) {
      return sendJson(response, 404, { code: 4, desc: `resource not found: ${resource}` });
    }
    sendJson(response, 200, body);
  }

  return {
    handle(request, response) {
      stats.requests += 1;
      if (request.path === `${PREFIX}/credentials` && request.method === 'POST') {
        return login(request, response);
      }
      const key = String(request.headers[KEY_HEADER] ?? '');
      if (request.method === 'DELETE' && request.path.startsWith(`${PREFIX}/credentials/`)) {
        stats.logouts += 1;
        forget(request.path.slice(`${PREFIX}/credentials/`.length));
        return void response.writeHead(200).end();
      }
      if (request.method !== 'GET') stats.writes.push(`${request.method} ${request.path}`);
      const used = keys.get(key);
      if (used === undefined || (scenario === 'expired' && used >= REQUESTS_PER_KEY)) {
        forget(key);
        const [status, error] = EXPIRED[issued % EXPIRED.length] ?? EXPIRED[0];
        return sendJson(response, status, error);
      }
      keys.set(key, used + 1);
      count += 1;
      if (scenario === 'hang') return;
      if (scenario === 'garbage') return garbage(response, count);
      if (scenario === 'busy' && count % 3 === 0) {
        return count % 2
          ? sendJson(response, 503, { code: 1, desc: 'service unavailable, try later' })
          : sendJson(response, 409, { code: 8, desc: 'session key is being used' });
      }
      answer(request, response);
    },
    expireSessions() {
      for (const key of keys.keys()) forget(key);
    },
  };
}

function garbage(response: ServerResponse, count: number): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(count % 2 ? '<html><body>Welcome</body></html>' : '{"total": 3, "members": [{"id"');
}

function bodyOf(model: ArrayModel, path: string, query: string): unknown {
  const members = (list: readonly unknown[]) => ({ total: list.length, members: list });
  switch (path) {
    case '/system':
      return systemOf(model);
    case '/cpgs':
      return members(model.cpgs.map(cpgOf));
    case '/volumes':
      return members(model.volumes.map(volumeOf));
    case '/hosts':
      return members([...model.hosts.map(hostOf), pathsOf(model.strangers)]);
    case '/ports':
      return members(model.ports.map(portOf));
    case '/disks':
      return members(model.disks.map(diskOf));
    case '/hostsets':
      return members(model.hostSets.map(setOf));
    case '/volumesets':
      return members(model.volumeSets.map(setOf));
    case '/vluns':
      return members(model.vluns.map(vlunOf));
    case '/remotecopygroups':
      return members(remoteCopyGroups(model));
    case '/capacity':
      // Old releases have no such resource.
      return model.old ? undefined : capacityOf(model);
    case '/eventlog':
      return members(eventsOf(model));
    default:
      return path.startsWith('/systemreporter/attime/') ? reportOf(model, path, query) : undefined;
  }
}

function systemOf(model: ArrayModel) {
  const { capacity } = model;
  return {
    id: 7327,
    name: model.name,
    systemVersion: model.version,
    IPv4Addr: '192.0.2.5',
    model: model.model,
    serialNumber: model.serial,
    totalNodes: model.nodes.length,
    masterNode: 0,
    onlineNodes: model.nodes.filter(({ online }) => online).map(({ id }) => id),
    clusterNodes: model.nodes.map(({ id }) => id),
    chunkletSizeMiB: 1024,
    totalCapacityMiB: capacity.total,
    allocatedCapacityMiB: capacity.allocated,
    freeCapacityMiB: capacity.free,
    failedCapacityMiB: capacity.failed,
    location: model.location,
    comment: model.comment,
    timeZone: 'America/Los_Angeles',
  };
}

function capacityOf({ capacity, sparse }: ArrayModel) {
  const efficiency = { compaction: 2.84, deduplication: 1.17, compression: 1, dataReduction: 1.58 };
  return {
    allCapacity: {
      totalMiB: capacity.total,
      allocated: {
        totalAllocatedMiB: capacity.allocated,
        volumes: {
          totalVolumesMiB: capacity.allocated,
          CPGSnapshotMiB: 8192,
          CPGSnapshotUsedMiB: 4096,
          ...(sparse ? {} : { capacityEfficiency: efficiency }),
        },
      },
      freeMiB: capacity.free,
    },
  };
}

function cpgOf({ id, name, state, spaces }: ArrayModel['cpgs'][number]) {
  const usage = (part: number) => ({
    totalMiB: spaces[part]?.total,
    rawTotalMiB: spaces[part]?.raw,
    usedMiB: spaces[part]?.used,
    rawUsedMiB: (spaces[part]?.used ?? 0) * 2,
  });
  return {
    id,
    uuid: `aa43f218-d3dd-4626-948f-00000000000${id}`,
    name,
    UsrUsage: usage(0),
    SAUsage: usage(1),
    SDUsage: usage(2),
    state,
    failedStates: [],
    degradedStates: [],
    additionalStates: [],
    ...(id === 1 ? { capacityEfficiency: { compaction: 3, dataReduction: 2.25 } } : {}),
  };
}

function volumeOf(volume: ArrayModel['volumes'][number]) {
  return {
    id: volume.id,
    name: volume.name,
    comment: volume.comment,
    provisioningType: volume.provisioning,
    copyType: volume.provisioning === 3 ? 3 : 1,
    baseId: volume.provisioning === 3 ? Math.max(volume.id - 1, 0) : volume.id,
    readOnly: false,
    state: volume.state,
    userSpace: {
      reservedMiB: volume.usedMib,
      rawReservedMiB: volume.usedMib * 2,
      usedMiB: volume.usedMib,
      freeMiB: 0,
    },
    ...(volume.id % 3 === 1 ? { snapshotSpace: { reservedMiB: 512, usedMiB: volume.id } } : {}),
    ...(volume.id === 2 ? { capacityEfficiency: { dataReduction: 1.75 } } : {}),
    totalUsedMiB: volume.usedMib + 256,
    sizeMiB: volume.sizeMib,
    wwn: volume.wwn,
    userCPG: volume.cpg?.name,
    compressionState: volume.compression,
    deduplicationState: volume.deduplication,
  };
}

function hostOf(host: Host) {
  const { os, ip, comment } = host;
  const described = os !== undefined || ip !== undefined || comment !== undefined;
  return {
    id: host.id,
    name: host.name,
    ...(described ? { descriptors: { os, IPAddr: ip, comment } } : {}),
    ...pathsOf(host.paths),
    persona: 1,
    initiatorChapEnabled: false,
    targetChapEnabled: false,
  };
}

function pathsOf(paths: readonly Path[]) {
  const each = (iscsi: boolean) =>
    paths
      .filter(({ wwn }) => wwn.startsWith('iqn') === iscsi)
      .flatMap(({ wwn, ports }) => {
        const name = iscsi ? { name: wwn, IPAddr: '10.99.1.77' } : { wwn, hostSpeed: 0 };
        return ports.length === 0
          ? [name]
          : ports.map((port) => ({ ...name, portPos: positionOf(port) }));
      });
  return { FCPaths: each(false), iSCSIPaths: each(true) };
}

function positionOf(port: string) {
  const [node = 0, slot = 0, cardPort = 0] = port.split(':').map(Number);
  return { node, slot, cardPort };
}

const LINK_STATES = ['', 'config_wait', 'alpa_wait', 'login_wait', 'ready', 'loss_sync', 'error_state', 'xxx', 'nonparticipate', 'coredump', 'offline', 'fw_dead'] as const; // prettier-ignore
const PORT_USES = [
  '',
  'host',
  'disk',
  'free',
  'iport',
  'rcfc',
  'peer',
  'rcip',
  'iscsi',
  'cna',
  'fs',
];
const PROTOCOLS = ['', 'FC', 'iSCSI', 'FCoE', 'IP', 'SAS'];

function portOf(port: Port) {
  const state = LINK_STATES.findIndex((link) => link === (port.state === 'error' ? 'error_state' : port.state)); // prettier-ignore
  return {
    portPos: positionOf(port.id),
    mode: port.mode === 'initiator' ? 3 : 2,
    linkState: state < 0 ? 88 : state,
    type: PORT_USES.indexOf(port.use),
    protocol: PROTOCOLS.indexOf(port.protocol),
    ...(/^[0-9A-F]{16}$/.test(port.address) ? { portWWN: port.address } : { HWAddr: port.address }),
    ...(port.use === 'iscsi'
      ? {
          IPAddr: port.ip ?? '0.0.0.0',
          iSCSIPortInfo: { IPAddr: port.ip ?? '0.0.0.0', netmask: port.mask, rate: port.rate },
        }
      : {}),
  };
}

const DISK_TYPES = ['', 'FC', 'NL', 'SSD', 'SCM'];
const DISK_STATES = ['', 'normal', 'degraded', 'new', 'failed'];

function diskOf(disk: ArrayModel['disks'][number]) {
  const type = DISK_TYPES.indexOf(disk.type);
  const state = DISK_STATES.indexOf(disk.state);
  return {
    id: disk.id,
    position: disk.position,
    lastPosition: disk.position,
    type: type < 0 ? 55 : type,
    ...(disk.type === 'SSD' || disk.type === 'SCM' ? {} : { RPM: disk.rpm }),
    state: state < 0 ? 77 : state,
    totalSizeMiB: disk.sizeMib,
    freeSizeMiB: 1024,
    manufacturer: disk.maker,
    model: disk.model,
    serialNumber: disk.serial,
    fwVersion: disk.firmware,
  };
}

function setOf(set: ArrayModel['hostSets'][number]) {
  return {
    id: set.id,
    name: set.name,
    comment: set.comment,
    setmembers: set.members.map(({ name }) => name),
  };
}

const VLUN_TYPES = { port: 2, host: 3, 'matched set': 4, 'host set': 5 } as const;

function vlunOf(vlun: Vlun) {
  const set = (item: { name: string }) => ('members' in item ? `set:${item.name}` : item.name);
  return {
    lun: vlun.lun,
    volumeName: set(vlun.volume),
    hostname: vlun.host && set(vlun.host),
    remoteName: vlun.initiator,
    portPos: vlun.port && positionOf(vlun.port),
    type: VLUN_TYPES[vlun.type],
    active: false,
  };
}

const SEVERITIES = [
  '',
  'Fatal',
  'Critical',
  'Major',
  'Minor',
  'Degraded',
  'Informational',
  'Debug',
];

function eventsOf(model: ArrayModel) {
  return model.alerts.map((alert) => ({
    time: new Date(alert.time).toISOString(),
    timeSecs: alert.time / 1000,
    id: String(900_000 + alert.id),
    category: 2,
    class: 1,
    severity: Math.max(SEVERITIES.indexOf(alert.severity), 0) || 99,
    type: alert.name,
    components: alert.component,
    description: alert.message,
    alertInfo: { alertId: alert.id, messageCode: alert.code, alertState: 1 },
  }));
}
