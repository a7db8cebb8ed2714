/** What each command prints of the model: list and detailed views with the columns of the release. */
import type { Model, SimVolume, VolumeCopy } from './data.ts';
import { enclosureViews } from './enclosures.ts';
import { hardwareViews } from './hardware-views.ts';
import { localTime, type Cell, type Entry } from './print.ts';
import { statViews } from './stats.ts';

type Pairs = readonly (readonly [name: string, value: Cell])[];

export type View = () => readonly Entry[];

/** A view per command; one that is absent is unknown to this release. */
export function viewsOf(model: Model): ReadonlyMap<string, View> {
  const modern = model.generation === 'flashsystem-8.5';
  const views = new Map<string, View>([
    ['lssystem', () => [systemEntry(model)]],
    ['lsmdiskgrp', () => poolEntries(model)],
    ['lsvdisk', () => model.volumes.map((volume) => volumeEntry(model, volume))],
    ['lshost', () => hostEntries(model)],
    ['lshostvdiskmap', () => mapEntries(model)],
    ['lseventlog', () => eventEntries(model)],
    [
      'lssnmpserver',
      () =>
        model.snmpServers.map((server) =>
          flat([
            ['id', server.id],
            ['name', `snmp${server.id}`],
            ['IP_address', server.ip],
            ['error', 'on'],
            ['warning', 'on'],
            ['info', 'on'],
            ['community', server.community],
            ['port', server.port],
          ]),
        ),
    ],
    ...hardwareViews(model),
    ...enclosureViews(model),
    ...statViews(model),
  ]);
  if (!model.sparse) {
    views.set('lsvdiskcopy', () => copyEntries(model));
    views.set('lssevdiskcopy', () => thinCopyEntries(model));
  }
  if (model.clusters.length > 0) {
    views.set('lshostcluster', () =>
      model.clusters.map((cluster) =>
        flat([
          ['id', cluster.id],
          ['name', cluster.name],
          ['status', 'online'],
        ]),
      ),
    );
  }
  if (modern) {
    views.set('lsvolumegroup', () =>
      model.groups.map((group) =>
        flat([
          ['id', group.id],
          ['name', group.name],
          ['volume_count', String(model.volumes.filter((one) => one.group === group.id).length)],
        ]),
      ),
    );
  }
  return views;
}

/** An entry whose list and detailed view hold the same. */
export function flat(pairs: Pairs, more: Pairs = []): Entry {
  const id = pairs[0]?.[1];
  return {
    id: typeof id === 'string' ? id : '',
    list: Object.fromEntries(pairs),
    detail: [...pairs, ...more],
  };
}

export function systemCapacities(model: Model) {
  const pools = model.pools.filter((pool) => pool.parent === pool.id);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const used = sum(pools.map((pool) => pool.used));
  const free = sum(pools.map((pool) => pool.free));
  return {
    free,
    used,
    total: sum(pools.map((pool) => pool.capacity)),
    virtual: sum(model.volumes.map((volume) => volume.capacity)),
  };
}

/** What the system reduces: its data reduction pools, or what is compressed. */
export function reducedOf(model: Model) {
  const pools = model.pools.filter(
    (pool) => pool.reduction === (model.generation === 'flashsystem-8.5'),
  );
  const sum = (field: 'before' | 'after') => pools.reduce((total, pool) => total + pool[field], 0);
  return { before: sum('before'), after: sum('after') };
}

function systemEntry(model: Model): Entry {
  const { system, sparse } = model;
  const capacity = systemCapacities(model);
  const size = (bytes: number): Cell => ({ bytes });
  const pairs: Pairs = [
    ['id', system.id],
    ['name', system.name],
    ['location', 'local'],
    ['partnership', ''],
    ['total_mdisk_capacity', size(capacity.total)],
    ['space_in_mdisk_grps', size(capacity.total)],
    ['space_allocated_to_vdisks', size(capacity.used)],
    ['total_free_space', size(capacity.free)],
    ['total_used_capacity', size(capacity.used)],
    ...(sparse ? [] : ([['total_vdisk_capacity', size(capacity.virtual)]] as const)),
    ['statistics_status', 'on'],
    ['statistics_frequency', '1'],
    ['time_zone', `246 ${system.zone}`],
    ['code_level', system.level],
    ['console_IP', sparse ? '' : '192.0.2.125:8443'],
    ...reductionPairs(model.generation === 'flashsystem-8.5', reducedOf(model)),
    ['email_contact', ''],
    ['tier', 'tier0_flash'],
    ['tier_capacity', size(0)],
    ['tier', 'tier_nearline'],
    ['tier_capacity', size(capacity.total)],
    ['total_drive_raw_capacity', size(capacity.total * 2)],
    ...(sparse ? [] : ([['product_name', system.product]] as const)),
  ];
  return { id: system.id, list: {}, detail: pairs };
}

function poolEntries(model: Model): Entry[] {
  return model.pools.map((pool) => {
    const head: Pairs = [
      ['id', pool.id],
      ['name', pool.name],
      ['status', pool.status],
      ['mdisk_count', '1'],
      ['vdisk_count', '7'],
      ['capacity', { bytes: pool.capacity }],
      ['extent_size', '1024'],
      ['free_capacity', { bytes: pool.free }],
      ['virtual_capacity', { bytes: pool.virtual }],
      ['used_capacity', { bytes: pool.used }],
      ['real_capacity', { bytes: pool.used }],
      ['overallocation', '67'],
      ...reductionPairs(pool.reduction, pool),
    ];
    return flat(head, [
      ['tier', 'tier0_flash'],
      ['tier_capacity', { bytes: 0 }],
      ['parent_mdisk_grp_id', pool.parent],
      ['type', pool.parent === pool.id ? 'parent' : 'child'],
    ]);
  });
}

/** Data reduction pools tell the one, pools with compressed volumes the other. */
function reductionPairs(
  isPool: boolean,
  { before, after }: { before: number; after: number },
): Pairs {
  const [uncompressed, compressed] = isPool ? [0, 0] : [before, after];
  return [
    ['compression_compressed_capacity', { bytes: compressed }],
    ['compression_uncompressed_capacity', { bytes: uncompressed }],
    ['used_capacity_before_reduction', { bytes: isPool ? before : 0 }],
    ['used_capacity_after_reduction', { bytes: isPool ? after : 0 }],
  ];
}

const yes = (value: boolean) => (value ? 'yes' : 'no');
const size = (bytes: number | undefined): Cell => (bytes === undefined ? '' : { bytes });

function volumeEntry(model: Model, volume: SimVolume): Entry {
  const [first] = volume.copies;
  const mirrored = volume.copies.length > 1;
  const pairs: Pairs = [
    ['id', volume.id],
    ['name', volume.name],
    ['IO_group_id', '0'],
    ['IO_group_name', 'io_grp0'],
    ['status', volume.status],
    ['mdisk_grp_id', mirrored ? 'many' : (first?.pool.id ?? '')],
    ['mdisk_grp_name', mirrored ? 'many' : (first?.pool.name ?? '')],
    ['capacity', { bytes: volume.capacity }],
    ['type', mirrored ? 'many' : 'striped'],
    ['vdisk_UID', volume.uid],
    ['copy_count', String(volume.copies.length)],
    ['se_copy_count', String(volume.copies.filter((copy) => copy.thin).length)],
  ];
  const group: Pairs =
    model.generation === 'flashsystem-8.5' ? [['volume_group_id', volume.group]] : [];
  return flat(pairs, [
    ...group,
    ...volume.copies.flatMap((copy) => copyDetail(model, volume, copy)),
  ]);
}

function copyDetail(model: Model, volume: SimVolume, copy: VolumeCopy): Pairs {
  return [
    ['copy_id', copy.id],
    ['status', 'online'],
    ['sync', 'yes'],
    ['primary', yes(copy.primary)],
    ['mdisk_grp_id', copy.pool.id],
    ['mdisk_grp_name', copy.pool.name],
    ['used_capacity', size(copy.used)],
    ['real_capacity', size(copy.used)],
    ['free_capacity', size(copy.free)],
    ['uncompressed_used_capacity', size(copy.uncompressed)],
    ['overallocation', '100'],
    ['se_copy', yes(copy.thin)],
    ['tier', 'tier_nearline'],
    ['tier_capacity', { bytes: volume.capacity }],
    ['compressed_copy', yes(copy.compressed)],
    ...(hasDeduplication(model) ? ([['deduplicated_copy', yes(copy.deduplicated)]] as const) : []),
  ];
}

export const hasDeduplication = (model: Model) =>
  model.generation === 'flashsystem-8.5' && !model.sparse;

function copyEntries(model: Model): Entry[] {
  return model.volumes.flatMap((volume) =>
    volume.copies.map((copy) =>
      flat([
        ['vdisk_id', volume.id],
        ['vdisk_name', volume.name],
        ['copy_id', copy.id],
        ['status', 'online'],
        ['sync', 'yes'],
        ['primary', yes(copy.primary)],
        ['mdisk_grp_id', copy.pool.id],
        ['mdisk_grp_name', copy.pool.name],
        ['capacity', { bytes: volume.capacity }],
        ['type', 'striped'],
        ['se_copy', yes(copy.thin)],
        ['compressed_copy', yes(copy.compressed)],
        ...(hasDeduplication(model)
          ? ([['deduplicated_copy', yes(copy.deduplicated)]] as const)
          : []),
      ]),
    ),
  );
}

function thinCopyEntries(model: Model): Entry[] {
  return model.volumes.flatMap((volume) =>
    volume.copies
      .filter((copy) => copy.thin || copy.compressed)
      .map((copy) =>
        flat([
          ['vdisk_id', volume.id],
          ['vdisk_name', volume.name],
          ['copy_id', copy.id],
          ['mdisk_grp_id', copy.pool.id],
          ['mdisk_grp_name', copy.pool.name],
          ['capacity', { bytes: volume.capacity }],
          ['used_capacity', size(copy.used)],
          ['real_capacity', size(copy.used)],
          ['free_capacity', size(copy.free)],
          ['overallocation', '100'],
          ['se_copy', yes(copy.thin)],
          ['compressed_copy', yes(copy.compressed)],
          ['uncompressed_used_capacity', size(copy.uncompressed)],
        ]),
      ),
  );
}

function hostEntries(model: Model): Entry[] {
  return model.hosts.map((host) => {
    const cluster: Pairs =
      model.clusters.length > 0
        ? [
            ['host_cluster_id', host.cluster?.id ?? ''],
            ['host_cluster_name', host.cluster?.name ?? ''],
          ]
        : [];
    const head: Pairs = [
      ['id', host.id],
      ['name', host.name],
      ['port_count', String(host.ports.length)],
      ['iogrp_count', '4'],
      ['status', host.status],
      ...cluster,
    ];
    return {
      id: host.id,
      list: Object.fromEntries(head),
      detail: [
        ...head.slice(0, 3),
        ...(model.sparse ? [] : ([['type', host.type]] as const)),
        ...head.slice(3),
        ...host.ports.flatMap(
          (port) =>
            [
              [port.kind, port.name],
              ['node_logged_in_count', '2'],
              ['state', port.state],
            ] as const,
        ),
      ],
    };
  });
}

function mapEntries(model: Model): Entry[] {
  return model.hosts.flatMap((host) =>
    host.volumes.map((volume, index) =>
      flat([
        ['id', host.id],
        ['name', host.name],
        ['SCSI_id', String(index)],
        ['vdisk_id', volume.id],
        ['vdisk_name', volume.name],
        ['vdisk_UID', volume.uid],
        ['IO_group_id', '0'],
        ['IO_group_name', 'io_grp0'],
      ]),
    ),
  );
}

function eventEntries(model: Model): Entry[] {
  return model.events.map((event) => {
    const time = localTime(event.seconds * 1000, model.system.zone);
    const list: Pairs = [
      ['sequence_number', event.sequence],
      ['last_timestamp', time],
      ['object_type', event.objectType],
      ['object_id', event.objectId],
      ['object_name', event.objectName],
      ['copy_id', ''],
      ['status', 'alert'],
      ['fixed', event.listed ? 'no' : 'yes'],
      ['event_id', event.eventId],
      ['error_code', event.errorCode],
      ['description', event.text],
    ];
    return {
      id: event.sequence,
      list: Object.fromEntries(list),
      detail: [
        ['sequence_number', event.sequence],
        ['first_timestamp', time],
        ['first_timestamp_epoch', String(event.seconds)],
        ['last_timestamp', time],
        ['last_timestamp_epoch', String(event.seconds)],
        ...list.slice(2, 6),
        ['reporting_node_id', '1'],
        ['event_count', '1'],
        ['status', 'alert'],
        ['fixed', event.listed ? 'no' : 'yes'],
        ['notification_type', event.notification],
        ['event_id', event.eventId],
        ['event_id_text', event.text],
        ['error_code', event.errorCode],
        ['sense1', '00 00 00 00'],
      ],
    };
  });
}
