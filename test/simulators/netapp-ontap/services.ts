/** Qtrees, quotas, shares and replication. */
import { at, known, uuidOf, type Json, type Shown } from './types.ts';
import { junctionOf, svm, volumeName, volumeSvm, volumeUuid } from './storage.ts';

const GIB = 2 ** 30;
const STYLES = [['unix', 'unix'], ['ntfs', 'ntfs'], ['mixed', 'mixed'], ['unified', 'mixed']] as const; // prettier-ignore

/** Two in each of the first volumes, and the one with the number 0 that is the volume itself. */
export function qtrees(count: number): Shown[] {
  return Array.from({ length: Math.min(count, 8) }, (_, volume) =>
    [0, 1, 2].map((id): Shown => {
      const [style, mode] = at(STYLES, id + volume);
      const junction = junctionOf(volume);
      const name = id === 0 ? '' : id === 1 ? 'q tree' : 'größe';
      const path = junction && (id === 0 ? junction : `${junction}/${name}`);
      return {
        record: known({
          volume: { name: volumeName(volume), uuid: volumeUuid(volume) },
          id,
          svm: volumeSvm(volume),
          name,
          security_style: style,
          path,
          export_policy: { name: 'default' },
        }),
        truth:
          id === 0
            ? undefined
            : known({
                native_qtree_id: `${volumeUuid(volume)}/${id}`,
                name,
                path,
                native_filesystem_id: volumeUuid(volume),
                security_mode: mode,
              }),
      };
    }),
  ).flat();
}

/** Their index has more digits than a double holds: two differ in the last ones only. */
const BASE = 1_152_921_504_606_846_976n;

/** A number that a double does not hold is sent with all its digits. */
const { rawJSON: exact } = JSON as unknown as { rawJSON: (digits: string) => unknown };

export function quotas(): Shown[] {
  const subjects: readonly [Json, string | undefined][] = [
    [{ users: [{ name: 'alice', id: '1001' }] }, 'alice'],
    [{ users: [{ id: '1002' }, { name: 'DOM\\bob' }] }, '1002,DOM\\bob'],
    [{ users: [{ name: '*' }] }, '*'],
    [{ group: { name: 'staff', id: '20' } }, 'staff'],
    [{ group: { id: '21' } }, '21'],
    [{}, undefined],
  ];
  return Array.from({ length: 18 }, (_, number): Shown => {
    const [subject, who] = at(subjects, number);
    const type = subject['users'] ? 'user' : subject['group'] ? 'group' : 'tree';
    const volume = number % 4;
    const index = number % 3 === 0 ? BigInt(number) : BASE + BigInt(number);
    const qtree = number % 3;
    const limited = number % 2 === 0;
    return {
      record: known({
        volume: { name: volumeName(volume), uuid: volumeUuid(volume) },
        svm: volumeSvm(volume),
        index: exact(String(index)),
        type,
        qtree: type === 'tree' || qtree > 0 ? { id: qtree, name: 'q' } : undefined,
        ...subject,
        space: known({
          hard_limit: limited ? 10 * GIB : undefined,
          soft_limit: limited ? 8 * GIB : undefined,
          used: { total: number * 4_096, hard_limit_percent: 1 },
        }),
        files: known({
          hard_limit: limited ? 100 : undefined,
          soft_limit: limited ? 90 : undefined,
          used: { total: number },
        }),
      }),
      truth: known({
        native_quota_id: `${volumeUuid(volume)}/${index}`,
        type,
        native_filesystem_id: volumeUuid(volume),
        native_qtree_id: qtree > 0 ? `${volumeUuid(volume)}/${qtree}` : undefined,
        ...(limited
          ? {
              capacity_hard_limit: 10 * GIB,
              capacity_soft_limit: 8 * GIB,
              file_hard_limit: 100,
              file_soft_limit: 90,
            }
          : {}),
        used_capacity: number * 4_096,
        file_count: number,
        user_group_name: who,
      }),
    };
  });
}

/** Name, path, volume, the qtree that it shares. */
const SHARES = [
  ['c$', '/', undefined, undefined],
  ['ipc$', '/', undefined, undefined],
  ['home', '/data/vol0/q tree', 0, 1],
  ['home & "more"', '/data/vol0', 0, undefined],
  ['%w', '%w', undefined, undefined],
] as const;

export function cifsShares(): Shown[] {
  return [0, 1].flatMap((owner) =>
    SHARES.map(([name, path, volume, qtree]): Shown => {
      const isHere = owner === 0 && volume !== undefined;
      return {
        record: known({
          svm: svm(owner),
          name,
          path,
          volume: isHere ? { name: volumeName(volume), uuid: volumeUuid(volume) } : undefined,
          home_directory: name === '%w',
        }),
        truth: known({
          native_share_id: `${svm(owner).uuid}/${name}`,
          name,
          path,
          native_filesystem_id: isHere ? volumeUuid(volume) : undefined,
          native_qtree_id:
            isHere && qtree !== undefined ? `${volumeUuid(volume)}/${qtree}` : undefined,
          protocol: 'cifs',
        }),
      };
    }),
  );
}

export function nfsExports(count: number): Json[] {
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const path = junctionOf(index);
    if (path === undefined || volumeSvm(index).uuid !== svm(0).uuid) return [];
    return [
      {
        native_share_id: `nfs:${volumeUuid(index)}`,
        name: path,
        path,
        native_filesystem_id: volumeUuid(index),
        protocol: 'nfs',
      },
    ];
  });
}

/** State, healthy, last transfer; policy; status and type in the seed's terms. */
const RELATIONSHIPS = [
  ['snapmirrored', true, 'success', 'async', 'Asynchronous', 'normal', 'async', 'PT8H35M42S', 30_942_000],
  ['snapmirrored', true, 'transferring', 'async', 'Mine', 'syncing', 'async', 'P1DT2H', 93_600_000],
  ['snapmirrored', false, 'failed', 'async', 'Mine', 'failed', 'async', 'PT0S', 0],
  ['snapmirrored', false, 'success', 'async', 'Mine', 'degraded', 'async', undefined, undefined],
  ['in_sync', true, undefined, 'sync', 'Sync', 'normal', 'sync', 'P2W', 1_209_600_000],
  ['in_sync', true, undefined, 'sync', 'AutomatedFailOverDuplex', 'normal', 'active_active', undefined, undefined],
  ['out_of_sync', false, undefined, 'sync', 'StrictSync', 'degraded', 'sync', undefined, undefined],
  ['synchronizing', true, undefined, 'sync', 'Sync', 'syncing', 'sync', undefined, undefined],
  ['broken_off', true, undefined, 'async', 'Mine', 'suspended', 'async', undefined, undefined],
  ['paused', true, undefined, 'async', 'Mine', 'suspended', 'async', undefined, undefined],
  ['uninitialized', true, undefined, 'continuous', 'Continuous', 'suspended', 'async', 'soon', undefined],
  ['thinking', true, undefined, 'quantum', 'Mine', 'unknown', 'unknown', undefined, undefined],
] as const; // prettier-ignore

export function relationships(cluster: { uuid: string; name: string }): Shown[] {
  return RELATIONSHIPS.map((row, index): Shown => {
    const [state, healthy, transfer, type, policy, status, kind, lag, lagMs] = row;
    const isLocal = index === 1;
    const remote = { name: 'cl-remote', uuid: uuidOf(17, 99) };
    const path = index === 2 ? 'svm1:' : `${volumeSvm(index % 4).name}:${volumeName(index % 4)}`;
    return {
      record: known({
        uuid: uuidOf(16, index),
        source: {
          path: `svm_src:vol${index}`,
          svm: { name: 'svm_src' },
          cluster: isLocal ? cluster : remote,
        },
        destination: { path, svm: svm(0), cluster },
        policy: { type, name: policy },
        state,
        healthy,
        lag_time: lag,
        transfer: transfer === undefined ? undefined : { state: transfer, uuid: uuidOf(18, index) },
      }),
      truth: known({
        native_replication_id: uuidOf(16, index),
        name: path,
        type: kind,
        role: isLocal ? 'both' : 'target',
        status,
        native_filesystem_id: index === 2 ? undefined : volumeUuid(index % 4),
        remote_system: isLocal ? cluster.name : remote.name,
        remote_resource: `svm_src:vol${index}`,
        lag: lagMs,
      }),
    };
  });
}
