/** Aggregates or availability zones, SVMs, FlexVols and FlexGroups, LUNs and namespaces. */
import { ODD_NAMES } from '../../kit/data.ts';
import { nodeName, nodeUuid } from './hardware.ts';
import { at, known, uuidOf, type Generation, type Shown } from './types.ts';

const GIB = 2 ** 30;
const TIB = 2 ** 40;

const AGGREGATES = [
  ['online', 'normal'],
  ['online', 'normal'],
  ['relocating', 'normal'],
  ['restricted', 'degraded'],
  ['offline', 'offline'],
  ['failed', 'abnormal'],
  ['dreaming', 'unknown'],
] as const;

export const aggregateUuid = (index: number) => uuidOf(5, index);

/** `whole`: all of them tell their space, so that the sum of the cluster is known. */
export function aggregates(generation: Generation, whole: boolean): Shown[] {
  return AGGREGATES.map(([state, status], index) => {
    const tells = whole || !['offline', 'failed'].includes(state);
    const size = (index + 1) * 4 * TIB;
    const used = (index + 1) * TIB + 4_096;
    const provisioned = generation === '9.8' ? undefined : (index + 1) * 6 * TIB;
    const reduction = { savings: TIB, ratio: 2.5 + index / 8, logical_used: (index + 3) * TIB };
    return {
      record: known({
        uuid: aggregateUuid(index),
        name: at(ODD_NAMES, index),
        state,
        node: { name: nodeName(index % 2), uuid: nodeUuid(index % 2) },
        space: tells
          ? known({
              block_storage: { size, used, available: size - used, full_threshold_percent: 98 },
              snapshot: { used: 0, total: 0 },
              efficiency: { ratio: 9, logical_used: 9 * TIB, savings: TIB },
              efficiency_without_snapshots: reduction,
              footprint: used,
              total_provisioned_space: provisioned,
            })
          : {},
      }),
      truth: known({
        native_storage_pool_id: aggregateUuid(index),
        name: at(ODD_NAMES, index),
        storage_type: 'unified',
        status,
        ...(tells
          ? known({
              total_capacity: size,
              used_capacity: used,
              free_capacity: size - used,
              subscribed_capacity: provisioned,
              data_reduction: reduction.ratio,
              logical_used_capacity: reduction.logical_used,
            })
          : {}),
      }),
    };
  });
}

/** What an ASA r2 has in their place. */
export function zones(): Shown[] {
  return [
    {
      record: {
        uuid: uuidOf(7, 0),
        name: 'storage_availability_zone_0',
        nodes: [{ name: nodeName(0), uuid: nodeUuid(0) }],
        space: {
          size: 40 * TIB,
          used: 10 * TIB,
          available: 30 * TIB,
          efficiency_without_snapshots: { ratio: 3.5, logical_used: 20 * TIB, savings: 10 * TIB },
        },
      },
      truth: {
        native_storage_pool_id: uuidOf(7, 0),
        name: 'storage_availability_zone_0',
        storage_type: 'block',
        total_capacity: 40 * TIB,
        used_capacity: 10 * TIB,
        free_capacity: 30 * TIB,
        data_reduction: 3.5,
        logical_used_capacity: 20 * TIB,
      },
    },
  ];
}

export const svm = (index: number) => ({ name: `svm${index + 1}`, uuid: uuidOf(6, index) });

/** The second serves no NFS. */
export function svms(): Shown[] {
  return [0, 1].map((index) => ({
    record: {
      ...svm(index),
      state: 'running',
      subtype: 'default',
      nfs: { allowed: true, enabled: index === 0 },
    },
  }));
}

export const volumeUuid = (index: number) => uuidOf(8, index);
export const volumeName = (index: number) => (index === 3 ? 'vol1' : `vol${index}`);
/** A volume of each SVM has the same name. */
export const volumeSvm = (index: number) => svm(index === 3 || index % 5 === 4 ? 1 : 0);

const VOLUME_STATES = [
  ['online', 'normal'],
  ['online', 'normal'],
  ['online', 'normal'],
  ['online', 'normal'],
  ['offline', 'faulty'],
  ['restricted', 'faulty'],
  ['error', 'faulty'],
  ['mixed', 'faulty'],
  ['floating', 'unknown'],
] as const;
const STYLES = [['unix', 'unix'], ['ntfs', 'ntfs'], ['mixed', 'mixed'], ['unified', 'mixed']] as const; // prettier-ignore
const REDUCTIONS = ['none', 'inline', 'background', 'both', 'mixed'] as const;
const SNAPLOCKS = ['non_snaplock', 'compliance', 'enterprise'] as const;

/** What a volume hands down to the LUNs in it. */
export function containerOf(index: number) {
  return {
    pool: isFlexGroup(index) ? undefined : aggregateUuid(index % 3),
    compressed: at(REDUCTIONS, index) !== 'none',
    deduplicated: at(REDUCTIONS, index + 1) !== 'none',
  };
}

export const isFlexGroup = (index: number) => index % 9 === 7;
const isOnline = (index: number) => at(VOLUME_STATES, index)[0] === 'online';
export const junctionOf = (index: number) =>
  index % 3 === 0 && isOnline(index) ? `/data/${volumeName(index)}` : undefined;

export function volumes(generation: Generation, count: number): Shown[] {
  const isOld = generation === '9.8';
  const made = Array.from({ length: count }, (_, index): Shown => {
    const [state, status] = at(VOLUME_STATES, index);
    const online = state === 'online';
    const size = (index + 1) * 20 * GIB;
    const used = (index + 1) * GIB;
    const [style, mode] = at(STYLES, index);
    const isAudit = index % 11 === 10;
    const isDamaged = index === 2;
    const snaplock = at(SNAPLOCKS, index);
    const snapshots = isOld ? undefined : index % 4;
    const container = containerOf(index);
    return {
      record: known({
        uuid: volumeUuid(index),
        name: volumeName(index),
        comment: '',
        state,
        style: isFlexGroup(index) ? 'flexgroup' : 'flexvol',
        type: index % 6 === 5 ? 'dp' : 'rw',
        is_svm_root: index === 0,
        svm: volumeSvm(index),
        aggregates: aggregatesOf(index),
        guarantee: { type: index % 2 === 0 ? 'none' : 'volume', honored: true },
        nas: known({
          path: junctionOf(index),
          security_style: style,
          export_policy: { name: 'default' },
        }),
        efficiency: {
          compression: at(REDUCTIONS, index),
          dedupe: at(REDUCTIONS, index + 1),
          ...(isOld ? {} : { ratio: 1.25 + index }),
        },
        snaplock: { type: snaplock, ...(isAudit ? { is_audit_log: true } : {}) },
        error_state: { has_bad_blocks: false, is_inconsistent: isDamaged },
        snapshot_count: snapshots,
        // An offline volume does not tell how full it is.
        space: online
          ? {
              size,
              used,
              available: size - used - GIB,
              afs_total: size,
              snapshot: { used: 4_096 * index, reserve_percent: 5 },
              logical_space: { used: 3 * used, used_by_afs: 3 * used },
            }
          : { size },
      }),
      truth: known({
        native_filesystem_id: volumeUuid(index),
        name: volumeName(index),
        type: index % 2 === 0 ? 'thin' : 'thick',
        status: isDamaged ? 'faulty' : status,
        native_pool_id: container.pool,
        security_mode: mode,
        total_capacity: size,
        ...(online
          ? {
              used_capacity: used,
              free_capacity: size - used - GIB,
              snapshot_capacity: 4_096 * index,
              logical_used_capacity: 3 * used,
            }
          : {}),
        compressed: container.compressed,
        deduplicated: container.deduplicated,
        worm: isAudit ? 'audit_log' : snaplock.replace('non_snaplock', 'non_worm'),
        data_reduction: isOld ? undefined : 1.25 + index,
        snapshot_count: snapshots,
      }),
    };
  });
  return [...made, ...constituents()];
}

function aggregatesOf(index: number) {
  const ids = isFlexGroup(index) ? [0, 1] : [index % 3];
  return ids.map((id) => ({ name: at(ODD_NAMES, id), uuid: aggregateUuid(id) }));
}

/** The parts of a FlexGroup: shown only to who asks for them. */
function constituents(): Shown[] {
  return [0, 1].map((index) => ({
    record: {
      uuid: uuidOf(9, index),
      name: `vol7__000${index}`,
      state: 'online',
      style: 'flexgroup_constituent',
      is_constituent: true,
      svm: svm(0),
      aggregates: [{ name: at(ODD_NAMES, index), uuid: aggregateUuid(index) }],
      space: { size: GIB, used: GIB, available: 0 },
    },
  }));
}

/** State, container's state, what it is. */
const UNIT_STATES = [
  ['online', 'online', 'available'],
  ['online', 'online', 'available'],
  ['online', undefined, 'available'],
  ['offline', 'online', 'error'],
  ['online', 'aggregate_offline', 'error'],
  ['online', 'volume_offline', 'error'],
  ['nvfail', 'online', 'error'],
  ['space_error', 'online', 'error'],
  ['foreign_lun_error', 'online', 'error'],
  ['lost_in_space', 'online', 'unknown'],
] as const;

export const lunUuid = (index: number) => uuidOf(10, index);
export const namespaceUuid = (index: number) => uuidOf(11, index);
const SERIALS = ['80aLT$UYPm', 'wOj6Z]RoT2-0', 'lDoO5?Oq'];

interface UnitShape {
  readonly generation: Generation;
  readonly volumes: number;
  readonly isLun: boolean;
}

export function units(shape: UnitShape, count: number): Shown[] {
  return Array.from({ length: count }, (_, index) => unit(shape, index));
}

function unit({ generation, volumes: count, isLun }: UnitShape, index: number): Shown {
  const [state, container, status] = at(UNIT_STATES, index);
  const uuid = isLun ? lunUuid(index) : namespaceUuid(index);
  const isR2 = generation === 'asar2';
  // FlexVols only.
  const home = isFlexGroup(index % count) ? 0 : index % count;
  const name = isR2
    ? `unit ${index}`
    : `/vol/${volumeName(home)}/${isLun ? at(ODD_NAMES, index) : 'ns'}_${index}`;
  const size = index === 3 ? 0 : (index + 1) * GIB;
  // With its metadata a thick LUN takes more than its size.
  const used = index % 8 === 4 ? size + 4_096 : Math.floor(size / 3);
  const serial = `${at(SERIALS, index)}${String(index).padStart(2, '0')}`.slice(-12);
  const thick = index % 2 === 0;
  const within = isR2 ? undefined : containerOf(home);
  const comment = index % 7 === 0 ? undefined : index % 7 === 1 ? '' : `for "${index}"`;
  return {
    record: known({
      uuid,
      name,
      comment,
      enabled: state !== 'offline',
      os_type: 'linux',
      svm: isR2 ? svm(0) : volumeSvm(home),
      ...(isLun ? { class: index % 10 === 9 ? 'vvol' : 'regular', serial_number: serial } : {}),
      ...(isLun && generation === 'asar2'
        ? { serial_number_hex: Buffer.from(serial).toString('hex').toUpperCase() }
        : {}),
      location: {
        logical_unit: `lun${index}`,
        node: { name: nodeName(index % 2), uuid: nodeUuid(index % 2) },
        ...(isR2
          ? {
              storage_availability_zone: {
                uuid: uuidOf(7, 0),
                name: 'storage_availability_zone_0',
              },
            }
          : { volume: { name: volumeName(home), uuid: volumeUuid(home) } }),
      },
      space: {
        size,
        used,
        guarantee: { requested: thick, reserved: thick },
        ...(isR2 ? { efficiency_ratio: 2.25, snapshot: { used: 8_192 } } : {}),
      },
      status: known({ state, container_state: container, read_only: false, mapped: true }),
    }),
    truth: known({
      native_volume_id: uuid,
      name,
      description: comment === '' ? undefined : comment,
      type: thick ? 'thick' : 'thin',
      status,
      native_storage_pool_id: isR2 ? uuidOf(7, 0) : within?.pool,
      wwn: isLun ? `600a0980${Buffer.from(serial).toString('hex')}` : undefined,
      total_capacity: size,
      used_capacity: used,
      free_capacity: used > size ? undefined : size - used,
      compressed: within?.compressed,
      deduplicated: within?.deduplicated,
      data_reduction: isR2 ? 2.25 : undefined,
      snapshot_capacity: isR2 ? 8_192 : undefined,
    }),
  };
}
