/** File systems, what is in them, and alerts, in the contract's terms. */
import { createHash } from 'node:crypto';
import type { TruthRecord } from '../../kit/simulator.ts';
import type { AccountQuota, Directory, FlashArray, Quota, Space } from './types.ts';

type SpaceFields = (space: Space, isSparse: boolean) => TruthRecord;

export function fileTruth(
  array: FlashArray,
  isSparse: boolean,
  present: (record: TruthRecord) => TruthRecord,
  spaceFields: SpaceFields,
): Readonly<Record<string, readonly TruthRecord[]>> {
  const known = array.minor >= 7 ? quotas(array, isSparse) : undefined;
  return {
    listFilesystems: array.fileSystems.map(({ id, name, pod }) => {
      const root = array.directories.find((one) => one.fileSystem.id === id && one.path === '/');
      return present({
        native_filesystem_id: id,
        name,
        type: 'thin',
        native_pool_id: pod?.id ?? array.id,
        compressed: true,
        deduplicated: true,
        ...(root ? spaceFields(root.space, isSparse) : {}),
      });
    }),
    listQtrees: array.directories
      .filter(({ path }) => path !== '/')
      .map(({ id, name, path, fileSystem }) => ({
        native_qtree_id: id,
        name,
        path,
        native_filesystem_id: fileSystem.id,
      })),
    listShares: array.exports.map(({ name, directory, policy }) => {
      const protocol = { 'policies/nfs': 'nfs', 'policies/smb': 'cifs' }[policy];
      return present({
        native_share_id: `${policy}/${directory.id}/${name}`,
        name,
        path: directory.path,
        protocol,
        ...place(directory),
      });
    }),
    ...(known ? { listQuotas: known.map(present) } : {}),
  };
}

function place({ id, path, fileSystem }: Directory): TruthRecord {
  return {
    native_filesystem_id: fileSystem.id,
    native_qtree_id: path === '/' ? undefined : id,
  };
}

function limits({ limit, isEnforced, isEnabled }: Quota): TruthRecord {
  if (!isEnabled) return {};
  return isEnforced ? { capacity_hard_limit: limit } : { capacity_soft_limit: limit };
}

function quotas(array: FlashArray, isSparse: boolean): TruthRecord[] {
  const accounts =
    array.minor >= 44 ? array.accountQuotas.filter(({ isEffective }) => isEffective) : [];
  return [
    ...array.quotas.map((quota) => ({
      native_quota_id: `tree/${quota.directory.id}/${quota.rule}`,
      type: 'tree',
      ...limits(quota),
      used_capacity: isSparse ? undefined : quota.usage,
      ...place(quota.directory),
    })),
    ...accounts.map((quota: AccountQuota) => {
      const { sid, id, name } = quota.account;
      return {
        native_quota_id: `${quota.type}/${quota.directory.id}/${sid ?? id}`,
        type: quota.type,
        ...limits(quota),
        used_capacity: quota.usage,
        user_group_name: name ?? String(sid ?? id),
        ...place(quota.directory),
      };
    }),
  ];
}

const SEVERITIES: Readonly<Record<string, string>> = {
  critical: 'Critical',
  warning: 'Warning',
  info: 'Informational',
  hidden: 'Informational',
};
const TYPES: Readonly<Record<string, string>> = {
  array: 'NotSpecified',
  hardware: 'EquipmentAlarm',
  software: 'ProcessingErrorAlarm',
};

export function alerts({ alerts: all }: FlashArray, isSparse: boolean): TruthRecord[] {
  const open = [...new Map(all.map((alert) => [alert.id, alert])).values()].filter(
    ({ state }) => state !== 'closed',
  );
  return open.map((alert) => {
    const key = [String(alert.code), `${alert.componentType}:${alert.componentName}`];
    const isSecond = open.some(
      (other) =>
        other.created < alert.created &&
        other.code === alert.code &&
        other.componentName === alert.componentName,
    );
    const summary = `(${alert.componentType}:${alert.componentName}): ${alert.issue}`;
    return {
      alert_id: String(alert.code),
      alert_name: isSparse ? summary : alert.issue,
      severity: SEVERITIES[alert.severity] ?? 'NotSpecified',
      category: 'Fault',
      type: TYPES[alert.category],
      sequence_number: alert.name,
      occur_time: alert.created,
      description: `${summary} Expected: healthy, Actual: failed`,
      recovery_advice: isSparse
        ? undefined
        : `https://support.purestorage.com/?cid=Alert_${String(alert.code).padStart(4, '0')}`,
      resource_type: alert.componentType,
      location: alert.componentName,
      match_key: isSecond ? digestOf([digestOf(key), alert.name]) : digestOf(key),
    };
  });
}

const digestOf = (parts: readonly string[]) =>
  createHash('md5').update(JSON.stringify(parts)).digest('hex');
