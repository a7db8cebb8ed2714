/** Remote copy: each volume of a group with each of its targets, from either interface. */
import {
  compact,
  identifier,
  InvalidResponse,
  number,
  objects,
  text,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import { parseTime } from './clock.ts';
import { printed } from './records.ts';

/** Names, words and numbers as an interface has them. */
export interface CopyParts {
  readonly group: string;
  readonly target: string;
  readonly groupState: unknown;
  readonly role: unknown;
  readonly mode: unknown;
  readonly volume: string;
  readonly volumeId: string | undefined;
  readonly remoteVolume: unknown;
  readonly syncState: unknown;
  readonly syncedAt: number | undefined;
  readonly progress?: number | undefined;
}

const MODES: Readonly<Record<string, NonNullable<Replication['type']>>> = {
  1: 'sync', 2: 'async', 3: 'async', 4: 'async', sync: 'sync', periodic: 'async', async: 'async',
}; // prettier-ignore
/** "Rev": the roles are reversed since a failover. */
const ROLES: Readonly<Record<string, NonNullable<Replication['role']>>> = {
  1: 'source', 2: 'target', 3: 'source', 4: 'target',
  primary: 'source', secondary: 'target', 'primary-rev': 'source', 'secondary-rev': 'target',
}; // prettier-ignore

type State = NonNullable<Replication['status']>;
/** A started group is as its volumes are. */
const GROUP_STATES: Readonly<Record<string, State | 'started'>> = {
  1: 'suspended', 2: 'syncing', 3: 'started', 5: 'suspended',
  new: 'suspended', starting: 'syncing', started: 'started', stopped: 'suspended',
  failed: 'failed', 'failsafe': 'failed',
}; // prettier-ignore
const VOLUME_STATES: Readonly<Record<string, State>> = {
  1: 'syncing', 2: 'syncing', 3: 'normal', 5: 'suspended', 6: 'failed',
  new: 'syncing', syncing: 'syncing', synced: 'normal', stopped: 'suspended', notsynced: 'degraded',
  stale: 'degraded', failed: 'failed', failsafe: 'failed', logging: 'degraded',
}; // prettier-ignore

export function toReplication(parts: CopyParts, now: number): Replication {
  const type = MODES[word(parts.mode)] ?? 'unknown';
  const group = GROUP_STATES[word(parts.groupState)] ?? 'unknown';
  const sync = VOLUME_STATES[word(parts.syncState)] ?? 'unknown';
  const age = parts.syncedAt === undefined ? undefined : now - parts.syncedAt;
  return compact<Replication>({
    native_replication_id: `${parts.group}:${parts.volume}:${parts.target}`,
    name: parts.group,
    type,
    role: ROLES[word(parts.role)] ?? 'unknown',
    status: group === 'started' ? sync : group,
    native_volume_id: parts.volumeId,
    remote_system: parts.target,
    remote_resource: printed(parts.remoteVolume),
    // A synchronous copy is as old as its data; when it was first complete is no age.
    lag: type === 'async' && age !== undefined && age >= 0 ? age : undefined,
    progress: parts.progress,
  });
}

function word(written: unknown): string {
  return (text(written) ?? '').toLowerCase().replace(/[_ ]/g, '');
}

/** Members of `/remotecopygroups`; `ids` of volumes by name, undefined where they could not be read. */
export function copiesOf(
  groups: readonly Foreign[],
  ids: ReadonlyMap<string, string> | undefined,
): CopyParts[] {
  return groups.flatMap((group) => {
    const targets = new Map(
      objects(group['targets']).map((target) => [identifier(target['targetName']) ?? '', target]),
    );
    return objects(group['volumes']).flatMap((volume) =>
      objects(volume['remoteVolumes']).map((remote): CopyParts => {
        const name = identifier(remote['targetName']) ?? [...targets.keys()][0] ?? '';
        const target = targets.get(name);
        const local = identifier(volume['localVolumeName']) ?? '';
        return {
          group: identifier(group['name']) ?? '',
          target: name,
          groupState: target?.['state'],
          role: group['role'],
          mode: target?.['mode'],
          volume: local,
          volumeId: ids?.get(local),
          remoteVolume: remote['remoteVolumeName'],
          syncState: remote['syncStatus'],
          syncedAt: secondsOf(remote),
          progress: progressOf(remote),
        };
      }),
    );
  });
}

function secondsOf(remote: Foreign): number | undefined {
  const seconds = number(remote['volumeLastSyncTimeSec']);
  if (seconds) return seconds * 1000;
  const parsed = Date.parse(text(remote['volumeLastSyncTime']) ?? '');
  return Number.isFinite(parsed) ? parsed : undefined;
}

function progressOf(remote: Foreign): number | undefined {
  const [done, all] = [number(remote['volumeSyncOffset']), number(remote['volumeSyncLength'])];
  return done === undefined || !all || done > all ? undefined : done / all;
}

const NOT_RUNNING =
  /remote copy is not (configured|started)|no remote copy|not configured on|^\s*status:\s*not /i;

/**
 * `showrcopy`: targets, links, then groups, each with its volumes below.
 *
 *     Group Information
 *     Name      Target  Status   Role     Mode      Options
 *     RCG.TEST1 pra     Started  Primary  Periodic  Last-Sync 2014-03-05 10:19:42 CET , Period 5m
 *       LocalVV  ID  RemoteVV  ID  SyncStatus  LastSyncTime
 *       DATA01   27  DATA01    18  Synced      2014-03-05 10:19:42 CET
 *
 * @throws InvalidResponse if it ends before the groups.
 */
export function groupsOf(lines: readonly string[], timezone: string | undefined) {
  const said: CopyParts[] = [];
  let part: 'head' | 'groups' = 'head';
  let group: Pick<CopyParts, 'group' | 'target' | 'groupState' | 'role' | 'mode'> | undefined;
  let size = 0;
  for (const line of lines) {
    const words = line.match(/\S+/g) ?? [];
    if (/^group information/i.test(line)) {
      part = 'groups';
      size += 1;
    }
    if (part === 'head' || words.length < 5) continue;
    if (words[0] === 'Name' || words[0] === 'LocalVV') {
      size += 1;
    } else if (!/^\s/.test(line)) {
      size += 1;
      const [name = '', target = '', groupState, role, mode] = words;
      group = { group: name, target, groupState, role, mode };
    } else if (group) {
      size += 1;
      said.push(volumeOf(words, group, timezone));
    }
  }
  if (said.length === 0 && lines.some((line) => NOT_RUNNING.test(line.slice(0, 200)))) {
    return { said: [], size: 0, closed: true };
  }
  if (part === 'head') throw new InvalidResponse('"showrcopy": it ends before the groups');
  return { said: said as readonly CopyParts[], size };
}

function volumeOf(
  words: readonly string[],
  group: Pick<CopyParts, 'group' | 'target' | 'groupState' | 'role' | 'mode'>,
  timezone: string | undefined,
): CopyParts {
  const [volume = '', id, remoteVolume, , state = '', ...time] = words;
  const percent = /\((\d{1,3})%\)/.exec(state)?.[1];
  return {
    ...group,
    volume,
    volumeId: /^\d+$/.test(id ?? '') ? id : undefined,
    remoteVolume,
    syncState: state.replace(/\(.*$/, ''),
    syncedAt: parseTime(time.join(' '), timezone),
    progress: percent === undefined ? undefined : Math.min(1, Number(percent) / 100),
  };
}
