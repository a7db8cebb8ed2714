/**
 * Code tables of the Event Management System: which events are the beginning and the end of one fault,
 * and the traps that stand for them (NETWORK-APPLIANCE-MIB).
 */

export interface Family {
  readonly name: string;
  /** How the events of the family are asked for. */
  readonly filter: string;
  /** All events of the family, and those of them that say that it is over. */
  readonly events: RegExp;
  readonly ended: RegExp;
  /** Parameters that tell faults of the family apart; without them the node does. */
  readonly by?: readonly string[];
  /** Traps stand for it that say neither node nor parameters. */
  readonly bySnmp?: boolean;
}

const MEDIATOR = ['cacert', 'clientc', 'serverc'].flatMap((one) => [
  `sm.mediator.${one}.expired`,
  `sm.mediator.${one}.expiring`,
]);

/** Events named one by one. */
function named(
  name: string,
  raised: readonly string[],
  ended: readonly string[],
  by?: readonly string[],
): Family {
  const exactly = (names: readonly string[]) =>
    new RegExp(`^(?:${names.map((one) => one.replaceAll('.', '\\.')).join('|')})$`);
  return {
    name,
    filter: [...raised, ...ended].join('|'),
    events: exactly([...raised, ...ended]),
    ended: exactly(ended),
    ...(by ? { by } : {}),
  };
}

/** Events of the hardware monitor: the last part of the name is `ok` when it is over. */
function monitored(name: string, filter: string, events: RegExp, by?: readonly string[]): Family {
  return {
    name,
    filter,
    events,
    ended: /(?:\.ok|\.normal)$/i,
    bySnmp: true,
    ...(by ? { by } : {}),
  };
}

export const FAMILIES: readonly Family[] = [
  named('hm.alert', ['hm.alert.raised'], ['hm.alert.cleared'], ['alert_id', 'alerting_resource']),
  monitored('fan', 'monitor.fan.*|monitor.chassisFan.*', /^monitor\.(?:fan|chassisFan)\./),
  monitored('power', 'monitor.chassisPower*', /^monitor\.chassisPower/),
  monitored('temperature', 'monitor.*Temperature.*', /^monitor\.\w*Temperature\./i),
  monitored('shelf', 'monitor.shelf.*', /^monitor\.shelf\./),
  monitored('status', 'monitor.globalStatus.*', /^monitor\.globalStatus\./),
  monitored('volume', 'monitor.volume*', /^monitor\.volumes?\./, ['object_uuid']),
  monitored('quota', 'quota.exceeded|quota.normal', /^quota\./, ['quota_target', 'volume_name']),
  named('lun', ['LUN.offline'], ['LUN.online'], ['object_uuid']),
  named('vvol', ['wafl.vvol.offline', 'wafl.vvol.restrict'], ['wafl.vvol.online'], ['volident']),
  named('battery', ['callhome.battery.low'], ['nvram.battery.charging.normal']),
  named('mcc.auso', ['mcc.config.auso.stDisabled'], ['mcc.config.auso.stEnabled'], ['alertId']),
  named('object.store', ['object.store.unavailable'], ['object.store.available'], ['node_uuid']),
  named('qos.memory', ['qos.monitor.memory.maxed'], ['qos.monitor.memory.abated'], ['object_uuid']),
  named('ses.fan', ['ses.status.fanError'], ['ses.status.fanInfo'], ['prodChannel']),
  named(
    'mediator',
    [...MEDIATOR, 'sm.mediator.misconfigured', 'sm.mediator.unreachable'],
    ['sm.mediator.in.quorum'],
    ['ipAddress'],
  ),
  named(
    'snapmirror.sync',
    ['sms.status.out.of.sync', 'smc.snapmir.init.fail'],
    ['sms.status.in.sync'],
    ['relationship_id'],
  ),
  named('sp', ['sp.ipmi.lost.shutdown', 'sp.notConfigured'], ['sp.heartbeat.resumed']),
  named('svm', ['vserver.stop.succeeded'], ['vserver.start.succeeded'], ['vserver_name']),
];

export interface TrapKind {
  readonly name: string;
  /** The family whose fault it begins or ends; one of its own where no event is known for it. */
  readonly family?: string;
  readonly ends?: boolean;
}

const pair = (
  family: string,
  raised: Readonly<Record<number, string>>,
  ended: Readonly<Record<number, string>>,
): [string, TrapKind][] => [
  ...Object.entries(raised).map(([id, name]): [string, TrapKind] => [id, { name, family }]),
  ...Object.entries(ended).map(([id, name]): [string, TrapKind] => [
    id,
    { name, family, ends: true },
  ]),
];

/** By the number behind 1.3.6.1.4.1.789.0. */
export const TRAPS: ReadonlyMap<string, TrapKind> = new Map<string, TrapKind>([
  ...pair('fan', { 33: 'fanFailed' }, { 36: 'fanRepaired' }),
  ...pair('power', { 43: 'powerSupplyFailed' }, { 46: 'powerSupplyRepaired' }),
  ...pair('power', { 392: 'chassisPowerSuppliesFailed', 393: 'chassisPowerSupplyFailed', 394: 'chassisPowerSupplyRemoved', 395: 'chassisPowerSupplyOff', 403: 'chassisPowerDegraded' }, { 396: 'chassisPowerSuppliesOk', 397: 'chassisPowerSupplyOk', 406: 'chassisPowerOk' }),
  ...pair('fan', { 412: 'chassisFanDegraded', 413: 'chassisFanRemoved', 414: 'chassisFanStopped', 415: 'chassisFanWarning' }, { 416: 'chassisFanOk' }),
  ...pair('node', { 72: 'clusterNodeFailed' }, { 76: 'clusterNodeTakenBack' }),
  ...pair('volume', { 82: 'volumeFull', 85: 'volumeNearlyFull' }, { 86: 'volumeRepaired' }),
  ...pair('temperature', { 95: 'overTemp' }, { 96: 'overTempRepaired' }),
  ...pair('shelf', { 103: 'shelfFault', 105: 'shelfSESElectronicsFailed' }, { 106: 'shelfRepaired' }),
  ...pair('status', { 111: 'globalStatusNonRecoverable', 113: 'globalStatusCritical', 115: 'globalStatusNonCritical' }, { 116: 'globalStatusOk' }),
  ...pair('quota', { 176: 'quotaExceeded' }, { 177: 'quotaNormal' }),
  ...pair('sync', { 364: 'snapmirrorSyncFailed' }, { 366: 'snapmirrorSyncOk' }),
  ...pair('iocard', { 525: 'ioCardFailed' }, { 526: 'ioCardOk' }),
  ...pair('qos.memory', { 755: 'qosMonitorMemoryMaxed' }, { 757: 'qosMonitorMemoryAbated' }),
  ...pair('hm.alert', { 862: 'healthMonitorAlertRaised' }, { 867: 'healthMonitorAlertCleared' }),
  ...pair('sas', { 1045: 'sasConnectorFault' }, { 1047: 'sasConnectorOk' }),
  ...pair('shelf.power', { 1054: 'shelfPowerSupplyFailed', 1055: 'shelfPowerSupplyWarning' }, { 1057: 'shelfPowerSupplyOk' }),
  ['275', { name: 'volumeStateChanged' }],
  ['276', { name: 'volumeStateChanged' }],
  ['2', { name: 'diskFailedShutdown' }],
  ['22', { name: 'diskFailedShutdown' }],
  ['454', { name: 'plexOffline' }],
  ['444', { name: 'plexFailed' }],
  ['1103', { name: 'testTrap' }],
]); // prettier-ignore
