/** The model's objects as the API writes them. Fields that this array doesn't have are left out. */
import {
  GENERATIONS,
  type ArrayModel,
  type Drive,
  type HostGroup,
  type Ldev,
  type Pool,
  type Port,
} from './data.ts';

export type Body = Record<string, unknown>;

/** JSON.stringify drops what is undefined: exactly the fields that are missing. */
export function systemObject(
  model: ArrayModel,
  host: string,
  detail: boolean,
  versions: boolean,
): Body {
  const {
    model: name,
    serial,
    components: controllers,
    naa: single,
  } = GENERATIONS[model.options.generation];
  const [first, second] = model.controllers;
  return {
    storageDeviceId: model.deviceId,
    model: name,
    serialNumber: serial,
    // Arrays without an SVP are reached through their controllers, the others through it.
    ...(controllers ? { ctl1Ip: host, ctl2Ip: second?.ip } : { svpIp: host }),
    ...(single ? { ip: host, ctl1Ip: first?.ip } : {}),
    ...(detail
      ? {
          rmiPort: 1099,
          dkcMicroVersion: model.firmware,
          communicationModes: [{ communicationMode: 'lanConnectionMode' }],
          isSecure: true,
          ...(versions
            ? { ctl1MicroVersion: first?.version, ctl2MicroVersion: second?.version }
            : {}),
        }
      : {}),
  };
}

const efficiency = (ratio: string | undefined) => ({
  isCalculated: ratio !== undefined,
  totalRatio: '651.49',
  compressionRatio: ratio ?? '0.00',
  snapshotRatio: '1067.48',
  provisioningRate: '92.57',
});

export function efficiencyObject(model: ArrayModel): Body {
  return efficiency(model.options.sparse ? undefined : '1.35');
}

export function poolObject(pool: Pool, detailed: boolean): Body {
  return {
    snapshotCount: pool.snapshots,
    snapshotUsedCapacity: pool.snapshotMib,
    ...(detailed ? { efficiency: efficiency(pool.ratio) } : {}),
    poolId: pool.id,
    poolName: pool.name,
    poolType: pool.type,
    poolStatus: pool.status,
    usedCapacityRate:
      pool.totalMib === 0 ? 0 : Math.floor(100 * (1 - pool.freeMib / pool.totalMib)),
    availableVolumeCapacity: pool.freeMib,
    totalPoolCapacity: pool.totalMib,
    totalLocatedCapacity: pool.locatedMib,
    warningThreshold: 70,
    depletionThreshold: 80,
    virtualVolumeCapacityRate: -1,
    numOfLdevs: 8,
    firstLdevId: 4,
    isMainframe: false,
  };
}

export function ldevObject(ldev: Ldev): Body {
  return {
    ldevId: ldev.id,
    clprId: 0,
    emulationType: ldev.thin ? 'OPEN-V-CVS' : 'OPEN-V',
    byteFormatCapacity: `${(ldev.blocks / 2 ** 21).toFixed(2)} G`,
    blockCapacity: ldev.blocks,
    attributes: ldev.attributes,
    label: ldev.label,
    status: ldev.status,
    mpBladeId: 1,
    ssid: '0004',
    resourceGroupId: 0,
    isAluaEnabled: false,
    naaId: ldev.naaId,
    ...(ldev.thin
      ? { poolId: ldev.poolId, numOfUsedBlock: ldev.usedBlocks, dataReductionMode: ldev.reduction }
      : {
          composingPoolId: ldev.composingPoolId,
          raidLevel: 'RAID5',
          raidType: '3D+1P',
          numOfParityGroups: 1,
          parityGroupIds: ['5-1'],
        }),
  };
}

/** A number that no volume has. */
export function undefinedLdev(id: number): Body {
  return { ldevId: id, emulationType: 'NOT DEFINED', resourceGroupId: 0 };
}

export function driveObject(drive: Drive, detailed: boolean): Body {
  return {
    ...(detailed ? { usedEnduranceIndicator: drive.used } : {}),
    driveLocationId: drive.location,
    driveTypeName: drive.type,
    driveSpeed: drive.rpm,
    totalCapacity: drive.gigabytes,
    driveType: drive.code,
    usageType: drive.usage,
    status: drive.status,
    parityGroupId: drive.parityGroup ?? '',
    serialNumber: drive.serial,
  };
}

export function portObject(port: Port, withLogins: boolean): Body {
  const name = port.type === 'ISCSI' ? 'loginIscsiName' : 'loginWwn';
  return {
    portId: port.id,
    portType: port.type,
    portAttributes: port.attributes,
    portSpeed: port.speed,
    loopId: 'EF',
    fabricMode: true,
    portConnection: 'PtoP',
    lunSecuritySetting: true,
    wwn: port.wwn,
    ...(withLogins && port.logins
      ? {
          logins: [
            ...port.logins.map((initiator) => ({
              [name]: initiator.toUpperCase(),
              wwnNickName: '-',
              isLogin: 'true',
            })),
            { [name]: port.gone, wwnNickName: '-', isLogin: 'false' },
          ],
        }
      : {}),
  };
}

/** Only the port's own object has what iSCSI adds. */
export function portDetail(port: Port, sparse: boolean): Body {
  if (port.type !== 'ISCSI' || sparse) return portObject(port, false);
  const validity = (address: string | undefined, unset: string) => ({
    status: address === undefined ? 'INV' : 'VAL',
    addressingMode: 'AM',
    address: address ?? unset,
  });
  return {
    ...portObject(port, false),
    tcpMtu: 9000,
    iscsiWindowSize: '64KB',
    keepAliveTimer: 60,
    tcpPort: '3260',
    macAddress: port.mac,
    ipv4Address: port.ipv4?.address ?? '0.0.0.0',
    ipv4Subnetmask: port.ipv4?.mask ?? '0.0.0.0',
    ipv4GatewayAddress: '0.0.0.0',
    ipv6LinkLocalAddress: validity(port.ipv6LinkLocal, 'fe80::'),
    ipv6GlobalAddress: validity(port.ipv6Global, '::'),
  };
}

/** The list over all ports leaves out the targets' names and the host mode options. */
export function groupObject(group: HostGroup, ofOnePort: boolean): Body {
  return {
    hostGroupId: `${group.portId},${group.number}`,
    portId: group.portId,
    hostGroupNumber: group.number,
    hostGroupName: group.name,
    hostMode: group.mode,
    ...(ofOnePort ? { iscsiName: group.iscsiName, hostModeOptions: [2, 22] } : {}),
  };
}

export function memberObject(group: HostGroup, member: HostGroup['members'][number]): Body {
  const shared = { portId: group.portId, hostGroupNumber: group.number, hostGroupName: group.name };
  const id = `${group.portId},${group.number},${member.initiator}`;
  return group.iscsiName === undefined
    ? { hostWwnId: id, ...shared, hostWwn: member.initiator, wwnNickname: member.nickname ?? '-' }
    : {
        hostIscsiId: id,
        ...shared,
        iscsiName: member.initiator,
        iscsiNickname: member.nickname ?? '-',
      };
}

export function pathObject(group: HostGroup, path: HostGroup['paths'][number]): Body {
  return {
    lunId: `${group.portId},${group.number},${path.lun}`,
    portId: group.portId,
    hostGroupNumber: group.number,
    hostMode: group.mode,
    lun: path.lun,
    ldevId: path.ldevId,
    isCommandDevice: false,
  };
}

export function alertObject(alert: ArrayModel['alerts'][number]): Body {
  return {
    alertIndex: alert.index,
    alertId: alert.id,
    occurenceTime: alert.time,
    referenceCode: alert.code,
    errorLevel: alert.level,
    errorSection: alert.section,
    errorDetail: alert.detail,
    location: alert.location,
    ...(alert.actions.length > 0
      ? {
          actionCodes: alert.actions.map(({ code, part, location }) => ({
            actionCode: code,
            possibleFailureParts: part,
            accLocation: location,
          })),
        }
      : {}),
  };
}
