/** Remote copy: each volume of a group with each of its targets, from either interface. */
import {
  byId,
  identifier,
  InvalidResponse,
  number,
  objects,
  recordsOf,
  remainder,
  ReplicationSchema,
  text,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import type { ArrayData } from './array.ts';
import { parseTime } from './clock.ts';
import { printed } from './records.ts';
import { blocksOf, heard, wordsOf } from './shell.ts';
import { word } from './states.ts';

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

const statusOf = ({ groupState, syncState }: Foreign): State => {
  const group = GROUP_STATES[word(groupState) ?? ''] ?? 'unknown';
  return group === 'started' ? (VOLUME_STATES[word(syncState) ?? ''] ?? 'unknown') : group;
};

/** Copies as `copiesOf` and `groupsOf` read them, and beside them what time it is. */
export const toReplications = recordsOf(ReplicationSchema, {
  native_replication_id: 'id',
  name: 'group',
  type: ({ mode }) => MODES[word(mode) ?? ''] ?? 'unknown',
  role: ({ role }) => ROLES[word(role) ?? ''] ?? 'unknown',
  status: statusOf,
  native_volume_id: 'volumeId',
  remote_system: 'target',
  remote_resource: ({ remoteVolume }) => printed(remoteVolume),
  // A synchronous copy is as old as its data; when it was first complete is no age.
  lag: ({ now, syncedAt }, { type }: Partial<Replication>) =>
    type === 'async' ? remainder(number(now), number(syncedAt)) : undefined,
  progress: 'progress',
});

const GROUPS = '/remotecopygroups';

/** The command does not say where it ends: at first the WSAPI tells how many copies there are. */
export function createReplications(array: ArrayData): () => Promise<Replication[]> {
  const { context, parts, shellFirst } = array;
  // What the witness lacks is no problem of the command's answer.
  const count = async () =>
    array.rest && sizeOf(copiesOf(await array.rest.members(GROUPS, () => {}), byId(undefined)));
  /** Only an answer is kept: an array that could not be reached is asked again. */
  let counted: { readonly size: number | undefined } | undefined;
  return async () => {
    const copies = await shellFirst<readonly Foreign[]>(
      'remote copy',
      async (shell) => {
        const zone = await array.zone();
        counted ??= { size: await heard(count) };
        const { size } = counted;
        const expected = size === undefined ? undefined : () => size;
        return await shell.text('showrcopy', (lines) => groupsOf(lines, zone), expected);
      },
      async (rest) => {
        const groups = await rest.members(GROUPS, parts.tell);
        if (groups.length === 0) return [];
        return copiesOf(groups, byId(await parts.added(array.volumes), 'name'));
      },
    );
    return toReplications(copies, () => ({ now: context.now() }));
  };
}

/** An array without copies says at least that. */
const sizeOf = (copies: readonly unknown[]) => 1 + copies.length;

/** Members of `/remotecopygroups`. */
export function copiesOf(groups: readonly Foreign[], volumes: ReturnType<typeof byId>): Foreign[] {
  return groups.flatMap((group) => {
    const targets = objects(group['targets']);
    const nameOf = (one: Foreign | undefined) => identifier(one?.['targetName']);
    return objects(group['volumes']).flatMap((volume) =>
      objects(volume['remoteVolumes']).map((remote) => {
        const name = nameOf(remote) ?? nameOf(targets[0]);
        const target = targets.find((one) => nameOf(one) === name);
        const local = volume['localVolumeName'];
        return {
          ...copyOf(group['name'], local, name),
          groupState: target?.['state'],
          role: group['role'],
          mode: target?.['mode'],
          volumeId: volumes(local)?.['id'],
          remoteVolume: remote['remoteVolumeName'],
          syncState: remote['syncStatus'],
          syncedAt: timeOfSync(remote),
          progress: progressOf(remote),
        };
      }),
    );
  });
}

function copyOf(group: unknown, volume: unknown, target: unknown): Foreign {
  const names = [group, volume, target].map((name) => identifier(name) ?? '');
  return { id: names.join(':'), group, target };
}

function timeOfSync(remote: Foreign): number | undefined {
  const seconds = number(remote['volumeLastSyncTimeSec']);
  return seconds ? seconds * 1000 : Date.parse(text(remote['volumeLastSyncTime']) ?? '');
}

function progressOf(remote: Foreign): number | undefined {
  const [done, all] = [number(remote['volumeSyncOffset']), number(remote['volumeSyncLength'])];
  return done === undefined || !all || done > all ? undefined : done / all;
}

const NOT_RUNNING =
  /remote copy is not (configured|started)|no remote copy|not configured on|^\s*status:\s*not /i;

/** Lines of at least five words that are no titles. */
const GROUP = /^(?!Name\s)(\S+(?:\s+\S+){4}.*)$/;
const VOLUME = /^\s+(?!LocalVV\s)\S+(?:\s+\S+){4}/;

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
  const start = lines.findIndex((line) => /^group information/i.test(line));
  const [, ...groups] = blocksOf(start < 0 ? [] : lines.slice(start), GROUP);
  const said = groups.flatMap(({ name, lines: own }) =>
    own
      .filter((line) => VOLUME.test(line))
      .map((line) => volumeOf(wordsOf(line), wordsOf(name), timezone)),
  );
  if (said.length === 0 && lines.some((line) => NOT_RUNNING.test(line.slice(0, 200)))) {
    return { said, size: 0, closed: true };
  }
  if (start < 0) throw new InvalidResponse('"showrcopy": it ends before the groups');
  return { said, size: sizeOf(said) };
}

function volumeOf(
  words: readonly string[],
  [name, target, groupState, role, mode]: readonly string[],
  timezone: string | undefined,
): Foreign {
  const [volume, id = '', remoteVolume, , state = '', ...time] = words;
  const percent = /\((\d{1,3})%\)/.exec(state)?.[1];
  return {
    ...copyOf(name, volume, target),
    groupState,
    role,
    mode,
    volumeId: /^\d+$/.test(id) ? id : undefined,
    remoteVolume,
    syncState: state.replace(/\(.*$/, ''),
    syncedAt: parseTime(time.join(' '), timezone),
    progress: percent === undefined ? undefined : Math.min(1, Number(percent) / 100),
  };
}
