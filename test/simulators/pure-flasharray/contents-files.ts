/** Space, and what file services hold, as the REST interface has it. */
import type { Directory, FlashArray, Named, Space } from './types.ts';

export type Item = Readonly<Record<string, unknown>>;

export function spaceItem(space: Space, minor: number, system: number | null = null): Item {
  const total =
    space.unique + (space.shared ?? 0) + space.snapshots + (system ?? 0) + (space.replication ?? 0);
  return {
    data_reduction: space.reduction,
    shared: space.shared,
    snapshots: space.snapshots,
    system,
    thin_provisioning: 0.5,
    total_physical: total,
    total_provisioned: space.provisioned,
    total_reduction: space.reduction * 2,
    unique: space.unique,
    virtual: space.virtual,
    ...(space.replication === undefined ? {} : { replication: space.replication }),
    ...(minor >= 23 ? { used_provisioned: space.virtual } : {}),
    ...(minor >= 26 ? { total_used: total } : {}),
  };
}

export function directoryItem(
  { id, name, path, fileSystem, space }: Directory,
  minor: number,
): Item {
  const nobody = { resource_type: null, id: null, name: null };
  return {
    id,
    name,
    directory_name: name.split(':')[1],
    path,
    file_system: fileSystem,
    created: 1_605_634_665_000,
    destroyed: false,
    time_remaining: null,
    limited_by: { policy: nobody, member: nobody },
    space: spaceItem(space, minor),
  };
}

function reference({ id, name }: Named, resource_type: string): Item {
  return { id, name, resource_type };
}

export function exportItems({ exports }: FlashArray): Item[] {
  return exports.map(({ name, directory, policy }) => ({
    export_name: name,
    directory: reference(directory, 'directories'),
    path: directory.path,
    policy: {
      id: 'ffffffff-0000-0000-0000-000000000001',
      name: 'some-policy',
      resource_type: policy,
    },
    enabled: true,
    destroyed: false,
  }));
}

export function quotaItems({ quotas }: FlashArray): Item[] {
  return quotas.map((quota) => ({
    directory: reference(quota.directory, 'directories'),
    path: quota.directory.path,
    policy: {
      id: 'ffffffff-0000-0000-0000-000000000002',
      name: 'quota',
      resource_type: 'policies/quota',
    },
    rule_name: quota.rule,
    quota_limit: quota.limit,
    usage: quota.usage,
    enforced: quota.isEnforced,
    enabled: quota.isEnabled,
    percentage_used: quota.usage / quota.limit,
  }));
}

export function accountItems({ accountQuotas }: FlashArray, type: 'user' | 'group'): Item[] {
  return accountQuotas
    .filter((quota) => quota.type === type)
    .map((quota) => ({
      directory: reference(quota.directory, 'directories'),
      path: quota.directory.path,
      [type]: quota.account,
      quota_usage: quota.usage,
      percentage_used: quota.usage / quota.limit,
      rule: {
        rule_name: quota.rule,
        quota_type: type,
        quota_limit: quota.limit,
        enforced: quota.isEnforced,
        enabled: quota.isEnabled,
        effectiveness: quota.isEffective ? 'effective' : 'ineffective_limit',
      },
    }));
}
