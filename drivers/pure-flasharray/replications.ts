/** Copies on other arrays: stretched pods, links of pods, and targets of protection groups. */
import { compact, lookup, number, type Foreign, type Replication } from 'delfin-agent/driver';
import { label, objects, refId, refName, withId } from './records.ts';

const POD_STATES = {
  online: 'normal',
  resyncing: 'syncing',
  suspended: 'suspended',
  offline: 'failed',
  unknown: 'unknown',
} as const;

/** A stretched pod is copied between all arrays it is on: one record for each of the others. */
export function toStretched(pods: readonly Foreign[], arrayId: string): Replication[] {
  return withId(pods, (pod, id) =>
    withId(objects(pod['arrays']), (array, remote) => ({ array, remote }))
      .filter(({ remote }) => remote !== arrayId)
      .map(({ array, remote }) =>
        compact<Replication>({
          native_replication_id: `${id}/${remote}`,
          name: label(pod['name']),
          type: 'active_active',
          role: 'both',
          status: lookup(POD_STATES, array['status']),
          remote_system: label(array['name']),
          progress: number(array['progress']),
        }),
      ),
  ).flat();
}

const LINK_STATES = {
  replicating: 'normal',
  baselining: 'syncing',
  paused: 'suspended',
  quiescing: 'suspended',
  quiesced: 'suspended',
  idle: 'suspended',
  unhealthy: 'failed',
} as const;
const LINK_ROLES = { outbound: 'source', inbound: 'target' } as const;

/** `rates` undefined: they could not be read. */
export function toLinks(
  links: readonly Foreign[],
  rates: readonly Foreign[] | undefined,
): Replication[] {
  const sent = new Map(withId(rates ?? [], (rate, id) => [id, rate] as const));
  return withId(links, (link, id) =>
    compact<Replication>({
      native_replication_id: id,
      name: refName(link['local_pod']),
      type: 'async',
      role: lookup(LINK_ROLES, link['direction']),
      status: lookup(LINK_STATES, link['status']),
      remote_system: objects(link['remotes']).flatMap(({ name }) => label(name) ?? [])[0],
      remote_resource: refName(link['remote_pod']),
      lag: number(link['lag']),
      throughput: number(sent.get(id)?.['bytes_per_sec_total']),
    }),
  );
}

const TARGET_STATES = {
  replicating: 'normal',
  suspended: 'suspended',
  disallowed: 'failed',
} as const;

/** Snapshots of a group of volumes that go to another array, or come from one. */
export function toGroupTargets(
  groups: readonly Foreign[],
  targets: readonly Foreign[],
): Replication[] {
  const byId = new Map(withId(groups, (group, id) => [id, group] as const));
  return targets.flatMap((target) => {
    const id = refId(target['group']);
    const group = byId.get(id ?? '');
    const member = target['member'];
    const remote = refId(member) ?? refName(member);
    if (id === undefined || group === undefined || remote === undefined) return [];
    const isLocal = group['is_local'] !== false;
    return compact<Replication>({
      native_replication_id: `${id}/${remote}`,
      name: label(group['name']),
      type: 'async',
      role: isLocal ? 'source' : 'target',
      status: lookup(TARGET_STATES, target['status']),
      native_volume_group_id: isLocal ? id : undefined,
      remote_system: isLocal ? refName(member) : refName(group['source']),
    });
  });
}
