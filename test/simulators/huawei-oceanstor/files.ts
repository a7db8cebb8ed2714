/** File systems, dtrees, quotas and shares. */
import { ODD_NAMES } from '../../kit/data.ts';
import { cycle, entity, GIB, GIB_SECTORS, type Entity, type Plan } from './entity.ts';

const HEALTH = [
  ['1', 'normal'], ['1', 'normal'], ['2', 'faulty'], ['0', 'unknown'], ['88', 'unknown'],
] as const; // prettier-ignore
const WORM = [
  ['0', 'non_worm'], ['1', 'compliance'], ['2', 'audit_log'], ['3', 'enterprise'],
] as const; // prettier-ignore
const SECURITY = [['0', 'mixed'], ['1', 'native'], ['2', 'ntfs'], ['3', 'unix']] as const; // prettier-ignore

/** SECTORSIZE is the block size; capacities are counted in 512-byte sectors all the same. */
export function filesystems(plan: Plan): Entity[] {
  return Array.from({ length: 12 }, (_, index) => {
    const [health, healthy] = cycle(HEALTH, index);
    const offline = index === 7;
    const status = offline ? 'faulty' : healthy;
    const [wormType, worm] = cycle(WORM, index);
    const [style, security_mode] = cycle(SECURITY, index);
    const size = (index + 1) * 512;
    const used = index * 100;
    return entity(
      plan,
      [
        {
          SNAPSHOTUSECAPACITY: String(index * GIB_SECTORS),
          TYPE: 40, ID: String(index), NAME: `fs ${cycle(ODD_NAMES, index)}`, HEALTHSTATUS: health,
          RUNNINGSTATUS: offline ? '28' : '27', ALLOCTYPE: index % 3 ? '1' : '0', SECTORSIZE: '16384',
          PARENTTYPE: 216, PARENTID: String(index % 7), CAPACITY: String(size * GIB_SECTORS),
          ALLOCCAPACITY: String(used * GIB_SECTORS),
          AVAILABLECAPCITY: String((size - used) * GIB_SECTORS), WORMTYPE: wormType,
          ENABLECOMPRESSION: String(index % 2 === 0), ENABLEDEDUP: String(index % 4 === 0),
        },
        {
          native_filesystem_id: String(index), name: `fs ${cycle(ODD_NAMES, index)}`, status,
          type: index % 3 ? 'thin' : 'thick', native_pool_id: String(index % 7),
          total_capacity: size * GIB, used_capacity: used * GIB,
          free_capacity: (size - used) * GIB, worm, compressed: index % 2 === 0,
          deduplicated: index % 4 === 0, snapshot_capacity: index * GIB,
        },
      ],
      ...(plan.generation.dorado ? ([[{ securityStyle: style }, { security_mode }]] as const) : []),
    );
  });
} // prettier-ignore

/** 105 in the first file system, some in the others, none in the last. */
export function qtrees(plan: Plan): Entity[] {
  return Array.from({ length: 11 }, (_, fs) =>
    Array.from({ length: fs === 0 ? 105 : fs % 4 }, (__, index) => {
      const [style, security_mode] = cycle(SECURITY, index);
      const id = `${fs}@${index + 4096}`;
      return entity(
        plan,
        [
          { TYPE: 16_445, ID: id, NAME: `${cycle(ODD_NAMES, index)} ${index}`, PARENTTYPE: 40, PARENTID: String(fs), securityStyle: style },
          { native_qtree_id: id, name: `${cycle(ODD_NAMES, index)} ${index}`, native_filesystem_id: String(fs), security_mode },
        ],
      );
    }),
  ).flat();
} // prettier-ignore

const NO_LIMIT = ['INVALID_VALUE64', '18446744073709551615', '-1'] as const;
const QUOTA_TYPES = [
  ['1', 'tree'],
  ['2', 'user'],
  ['3', 'group'],
] as const;

function quota(plan: Plan, index: number, parentType: number, parent: string): Entity {
  const [type, name] = cycle(QUOTA_TYPES, index);
  const id = `${parent}@${parentType}@${index}`;
  const hard = (index + 2) * GIB;
  const limited = index % 3 !== 2;
  // Some are set in MiB, and say so.
  const unit = index % 4 === 1 ? 2 ** 20 : 1;
  return entity(
    plan,
    [
      {
        ID: id, QUOTATYPE: type, SPACEHARDQUOTA: String(hard / unit), SPACEUSED: String((index * 2 ** 20) / unit),
        ...(unit === 1 ? {} : { SPACEUNITTYPE: '2' }),
        SPACESOFTQUOTA: limited ? String((hard - GIB) / unit) : cycle(NO_LIMIT, index),
        FILEHARDQUOTA: cycle(NO_LIMIT, index + 1), FILESOFTQUOTA: String(1000 + index),
        FILEUSED: String(index), USRGRPOWNERNAME: name === 'tree' ? '' : `DOMAIN\\${name} ${index}`,
      },
      {
        native_quota_id: id, type: name, capacity_hard_limit: hard, used_capacity: index * 2 ** 20,
        capacity_soft_limit: limited ? hard - GIB : undefined, file_soft_limit: 1000 + index,
        file_count: index, user_group_name: name === 'tree' ? undefined : `DOMAIN\\${name} ${index}`,
        ...(parentType === 40 ? { native_filesystem_id: parent } : { native_qtree_id: parent }),
      },
    ],
    [{ PARENTTYPE: parentType, PARENTID: parent }, {}],
  );
} // prettier-ignore

export interface Quotas {
  /** `type:id` of the parent -> its quotas. */
  readonly byParent: ReadonlyMap<string, readonly Entity[]>;
}

/** One file system with more than two pages, single ones elsewhere. */
export function quotas(plan: Plan, trees: readonly Entity[]): Quotas {
  const byParent = new Map<string, readonly Entity[]>();
  for (const fs of [0, 1, 3]) {
    const count = fs === 0 ? 120 : fs;
    byParent.set(`40:${fs}`, Array.from({ length: count }, (_, index) => quota(plan, index, 40, String(fs)))); // prettier-ignore
  }
  for (const [index, tree] of trees.entries()) {
    if (index % 5 !== 0) continue;
    const id = String(tree.source['ID']);
    byParent.set(
      `16445:${id}`,
      [0, 1].map((each) => quota(plan, each, 16_445, id)),
    );
  }
  return { byParent };
}

/** Ids are unique within a protocol only: the first NFS share has the id of the first CIFS share. */
export function shares(plan: Plan, protocol: 'cifs' | 'nfs' | 'ftp'): Entity[] {
  const first = { cifs: 1, nfs: 1, ftp: 500 }[protocol];
  const count = { cifs: 3, nfs: 101, ftp: 2 }[protocol];
  return Array.from({ length: count }, (_, index) => {
    const id = String(first + index);
    // Every tenth NFS share is a dtree's.
    const tree = protocol === 'nfs' && index % 10 === 9 ? '0@4096' : undefined;
    const fs = tree ? 0 : index % 12;
    return entity(
      plan,
      [
        { ID: id, NAME: `${cycle(ODD_NAMES, index)} ${index}`, SHAREPATH: `/fs ${index}/`, FSID: String(fs), DTREEID: tree ?? (index % 2 ? '0' : ''), ...{ cifs: { subType: '0', TYPE: '16400' }, nfs: { type: '16401', TYPE: 16_401 }, ftp: { ACCESSNAME: 'anonymous' } }[protocol] },
        { native_share_id: protocol === 'cifs' ? id : `${protocol}:${id}`, name: `${cycle(ODD_NAMES, index)} ${index}`, path: `/fs ${index}/`, native_filesystem_id: String(fs), native_qtree_id: tree, protocol },
      ],
    );
  });
} // prettier-ignore
