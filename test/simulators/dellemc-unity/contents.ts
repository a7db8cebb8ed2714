/** The array's objects as the REST API shows them: attributes by resource type and software version. */
import { partContents, replicationContents } from './hardware.ts';
import type { Health, Port, UnityArray } from './types.ts';

export type Content = Readonly<Record<string, unknown>>;
export type Contents = Readonly<Record<string, readonly Content[]>>;

/** Attributes that software before 5.x does not know, and refuses to be asked for. */
const NEWER: Readonly<Record<string, readonly string[]>> = {
  systemCapacity: ['dataReductionRatio'],
  pool: ['dataReductionRatio'],
  lun: ['isDataReductionEnabled', 'isAdvancedDedupEnabled', 'dataReductionRatio'],
  filesystem: [
    'isDataReductionEnabled', 'isAdvancedDedupEnabled', 'flrVersion', 'dataReductionRatio',
  ], // prettier-ignore
  alert: ['state'],
};
const OLDER: Readonly<Record<string, readonly string[]>> = {
  lun: ['isCompressionEnabled'],
  filesystem: ['isCompressionEnabled'],
};

/** Resource types without objects still exist. */
const TYPES = [
  'system', 'systemCapacity', 'installedSoftwareVersion', 'basicSystemInfo', 'pool', 'lun', 'disk',
  'virtualDisk', 'storageProcessor', 'fcPort', 'ethernetPort', 'sasPort', 'linkAggregation',
  'ipInterface', 'filesystem', 'treeQuota', 'userQuota', 'quotaConfig', 'cifsShare', 'nfsShare',
  'host', 'hostIPPort', 'hostInitiator', 'hostLUN', 'storageResource', 'alert',
] as const; // prettier-ignore

export function contentsOf(array: UnityArray): Contents {
  const isOld = array.generation === 'oe4';
  const all: Record<string, Content[]> = Object.fromEntries(TYPES.map((type) => [type, []]));
  Object.assign(all, systemContents(array), blockContents(array), fileContents(array));
  Object.assign(all, hardwareContents(array), hostContents(array));
  Object.assign(all, partContents(array), replicationContents(array));
  if (!isOld) all['hostGroup'] = groupContents(array);
  all['alert'] = alertContents(array);
  const hidden = isOld ? NEWER : OLDER;
  for (const [type, attributes] of Object.entries(hidden)) {
    all[type] = (all[type] ?? []).map((content) => without(content, attributes));
  }
  return all;
}

/** Attributes that may be asked for. */
export function attributesOf(contents: readonly Content[]): Set<string> {
  return new Set(contents.flatMap((content) => Object.keys(content)));
}

function without(content: Content, attributes: readonly string[]): Content {
  return Object.fromEntries(Object.entries(content).filter(([name]) => !attributes.includes(name)));
}

function health({ value, reasons }: Health) {
  return { value, descriptionIds: reasons, descriptions: reasons.map((reason) => `${reason}.`) };
}

function snapshots({ snapCount, isReduced }: { snapCount: number; isReduced: boolean }) {
  return {
    snapCount,
    snapsSizeAllocated: snapCount * 2 ** 30,
    snapsSize: snapCount * 2 ** 31,
    dataReductionRatio: isReduced ? 3.5 : 1,
  };
}

function to(id: string | undefined) {
  return id === undefined ? undefined : { id };
}

function systemContents(array: UnityArray) {
  const total = (pick: (pool: UnityArray['pools'][number]) => number) =>
    array.pools.reduce((sum, pool) => sum + pick(pool), 0);
  return {
    system: [
      {
        id: '0',
        health: health(array.health),
        name: array.serial,
        model: array.generation === 'vsa' ? 'UnityVSA' : 'Unity 480F',
        serialNumber: array.serial,
        platform: 'Oberon_DualSP',
      },
    ],
    systemCapacity: [
      {
        id: '0',
        sizeFree: total((pool) => pool.sizeTotal - pool.sizeUsed),
        sizeTotal: total((pool) => pool.sizeTotal),
        sizeUsed: total((pool) => pool.sizeUsed),
        sizeSubscribed: total((pool) => pool.sizeSubscribed),
        totalLogicalSize: total((pool) => pool.sizeSubscribed),
        dataReductionRatio: 2.4,
      },
    ],
    installedSoftwareVersion: [
      {
        id: array.version,
        version: array.version,
        revision: 1,
        fullVersion: `Unity ${array.version}`,
      },
    ],
    basicSystemInfo: [
      { id: '0', model: 'Unity 480F', name: array.serial, softwareVersion: array.version },
    ],
  };
}

function blockContents(array: UnityArray) {
  return {
    pool: array.pools.map((pool) => ({
      id: pool.id,
      type: 2,
      health: health(pool.health),
      name: pool.name,
      description: pool.description ?? '',
      sizeTotal: pool.sizeTotal,
      sizeUsed: pool.sizeUsed,
      sizeFree: pool.sizeTotal - pool.sizeUsed,
      sizeSubscribed: pool.sizeSubscribed,
      snapSizeUsed: pool.snapSizeUsed,
      dataReductionRatio: 1.8,
    })),
    lun: array.luns.map((lun) => ({
      id: lun.id,
      health: health(lun.health),
      name: lun.name,
      description: lun.description ?? '',
      type: lun.type,
      sizeTotal: lun.sizeTotal,
      sizeUsed: lun.sizeAllocated,
      sizeAllocated: lun.sizeAllocated,
      isThinEnabled: lun.isThin,
      isCompressionEnabled: lun.isReduced,
      isDataReductionEnabled: lun.isReduced,
      isAdvancedDedupEnabled: lun.isDeduplicated,
      ...snapshots(lun),
      pool: to(lun.pool),
      wwn: lun.wwn,
      currentNode: lun.owner === 'spa' ? 0 : 1,
    })),
    storageResource: [
      ...array.consistencyGroups.map((group) => ({
        id: group.id,
        type: 2,
        name: group.name,
        description: group.description ?? '',
        luns: group.members.map(to),
      })),
      { id: 'res_90', type: 1, name: 'a file system', description: '' },
      { id: 'sv_1', type: 8, name: 'a LUN', description: '', luns: [{ id: 'sv_1' }] },
    ],
  };
}

function fileContents(array: UnityArray) {
  const share = (protocol: 'cifs' | 'nfs') =>
    array.shares
      .filter((one) => one.protocol === protocol)
      .map(({ id, name, filesystem, path }) => ({
        id,
        type: 1,
        name,
        path,
        filesystem: to(filesystem),
      }));
  return {
    filesystem: array.filesystems.map((fs) => ({
      id: fs.id,
      health: health(fs.health),
      name: fs.name,
      sizeTotal: fs.sizeTotal,
      sizeUsed: fs.sizeUsed,
      sizeAllocated: fs.sizeUsed,
      isThinEnabled: fs.isThin,
      isCompressionEnabled: fs.isReduced,
      isDataReductionEnabled: fs.isReduced,
      isAdvancedDedupEnabled: fs.isDeduplicated,
      ...snapshots(fs),
      storageResource: to(`res_${fs.id}`),
      pool: to(fs.pool),
      accessPolicy: fs.accessPolicy,
      flrVersion: fs.retention,
      nasServer: { id: 'nas_1' },
    })),
    treeQuota: array.treeQuotas.map(({ filesystem, ...quota }) => ({
      ...quota,
      description: '',
      filesystem: to(filesystem),
      quotaConfig: { id: `quotaconfig_${quota.id}` },
    })),
    userQuota: array.userQuotas.map(({ filesystem, tree, ...quota }) => ({
      ...quota,
      filesystem: to(filesystem),
      ...(tree === undefined ? {} : { treeQuota: to(tree) }),
    })),
    cifsShare: share('cifs'),
    nfsShare: share('nfs'),
  };
}

function hardwareContents(array: UnityArray) {
  const isVirtual = array.generation === 'vsa';
  const disks = array.disks.map((disk) => ({
    id: disk.id,
    health: health(disk.health),
    name: disk.name,
    // An empty slot has nothing to say but itself.
    ...(disk.isEmptySlot
      ? { rpm: 0, size: 0, slotNumber: 1 }
      : {
          manufacturer: 'SEAGATE',
          model: 'ST2000NK EMC2000',
          version: 'MN16',
          emcSerialNumber: `Z4H${disk.id}`,
          slotNumber: 1,
          wwn: `06:00:00:00:05:${disk.id}`,
          diskTechnology: disk.technology,
          rpm: disk.rpm,
          size: disk.size,
          diskGroup: to(disk.group),
        }),
  }));
  const virtual = array.disks
    .filter((disk) => !disk.isEmptySlot)
    .map((disk) => ({
      id: disk.id.replace('dpe_', 'v'),
      health: health(disk.health),
      name: disk.name,
      spaScsiId: '0:0:1',
      tierType: 10,
      manufacturer: 'VMware',
      model: 'Virtual disk',
      wwn: '60:00',
      sizeTotal: disk.size,
    }));
  return {
    disk: isVirtual ? [] : disks,
    virtualDisk: isVirtual ? virtual : [],
    storageProcessor: ['spa', 'spb'].map((id, index) => ({
      id,
      health: health({ value: index === 0 ? 5 : 15, reasons: ['ALRT_COMPONENT_OK'] }),
      name: index === 0 ? 'SP A' : 'SP B',
      model: 'OBERON CANISTER 10C 105W 2.6G',
      manufacturer: '',
      slotNumber: index,
      memorySize: 98_304,
    })),
    fcPort: portContents(array.ports, 'fc'),
    ethernetPort: portContents(array.ports, 'eth'),
    sasPort: portContents(array.ports, 'sas'),
    linkAggregation: portContents(array.ports, 'la'),
    ipInterface: array.interfaces.map((one) => ({
      id: one.id,
      ipPort: to(one.port),
      ipProtocolVersion: one.version,
      ipAddress: one.address,
      ...(one.version === 4 ? { netmask: one.mask } : { v6PrefixLength: Number(one.mask) }),
    })),
  };
}

function portContents(ports: readonly Port[], kind: Port['kind']): Content[] {
  return ports
    .filter((port) => port.kind === kind)
    .map((port) => ({
      id: port.id,
      name: port.name,
      [kind === 'la' ? 'parentStorageProcessor' : 'storageProcessor']: to(port.sp),
      ...(kind === 'la' ? {} : { health: health(port.health) }),
      ...(kind === 'fc'
        ? {
            wwn: port.address,
            slotNumber: 0,
            currentSpeed: port.speed,
            availableSpeeds: port.speeds,
          }
        : {}),
      ...(kind === 'eth'
        ? { portNumber: 0, speed: port.speed, supportedSpeeds: port.speeds, isLinkUp: port.isUp }
        : {}),
      ...(kind === 'sas' ? { currentSpeed: port.speed } : {}),
      ...(kind === 'la' ? { isLinkUp: port.isUp } : {}),
      ...(kind === 'eth' || kind === 'la' ? { macAddress: port.address } : {}),
    }));
}

function hostContents(array: UnityArray) {
  return {
    host: array.hosts.map((host) => ({
      id: host.id,
      health: health(host.health),
      name: host.name,
      description: host.description ?? '',
      osType: host.osType,
      type: 1,
    })),
    hostIPPort: array.hosts.flatMap((host) =>
      host.addresses.map(({ type, address }, index) => ({
        id: `HostNetworkAddress_${host.id}_${index}`,
        name: '',
        type,
        address,
        netmask: '',
        host: to(host.id),
      })),
    ),
    hostInitiator: array.initiators.map((initiator) => ({
      id: initiator.id,
      health: health(initiator.health),
      type: initiator.type,
      initiatorId: initiator.address,
      ...(initiator.type === 1 && initiator.address.length === 47
        ? { nodeWWN: initiator.address.slice(0, 23), portWWN: initiator.address.slice(24) }
        : {}),
      ...(initiator.host === undefined ? {} : { parentHost: to(initiator.host) }),
    })),
    hostLUN: array.mappings.map((mapping) => ({
      id: mapping.id,
      type: mapping.isSnapshot ? 2 : 1,
      host: to(mapping.host),
      lun: to(mapping.lun),
      ...(mapping.isSnapshot ? { snap: { id: '38654709071' } } : {}),
      hlu: 0,
    })),
  };
}

function groupContents(array: UnityArray): Content[] {
  return array.hostGroups.map((group) => ({
    id: group.id,
    type: 0,
    name: group.name,
    description: group.description ?? '',
    hosts: group.members.map(to),
  }));
}

function alertContents(array: UnityArray): Content[] {
  return array.alerts.map((alert) => ({
    id: alert.id,
    timestamp: new Date(alert.time).toISOString(),
    severity: alert.severity,
    ...(alert.component === undefined
      ? {}
      : { component: { id: alert.component, resource: 'host' } }),
    messageId: alert.messageId,
    message: alert.message,
    description: alert.description,
    descriptionId: alert.reason,
    resolutionId: '0',
    resolution: '0',
    isAcknowledged: alert.isAcknowledged,
    state: alert.state,
  }));
}
