/** Remote copy groups, as both interfaces tell them. */
import type { ArrayModel } from './data.ts';

export interface SimGroup {
  readonly name: string;
  readonly target: string;
  /** Numbers of the WSAPI, words of the command line. */
  readonly state: readonly [number, string];
  readonly role: readonly [number, string];
  readonly mode: readonly [number, string];
  readonly volumes: readonly SimPair[];
}

export interface SimPair {
  readonly volume: number;
  readonly remote: string;
  readonly sync: readonly [number, string];
  /** How long ago it was last synchronised, s. */
  readonly ageSeconds: number | undefined;
  readonly percent: number | undefined;
}

const SYNCED = [3, 'Synced'] as const;

/** A synchronous one, a periodic one that is behind, one that was stopped, one of the other array. */
export const GROUPS: readonly SimGroup[] = [
  { name: 'sync_grp', target: 'dr-3par', state: [3, 'Started'], role: [1, 'Primary'], mode: [1, 'Sync'], volumes: [
    { volume: 1, remote: 'dr_1', sync: SYNCED, ageSeconds: undefined, percent: undefined },
    { volume: 2, remote: 'dr_2', sync: [2, 'Syncing'], ageSeconds: undefined, percent: 37 },
  ] },
  { name: 'periodic_grp', target: 'dr-3par', state: [3, 'Started'], role: [1, 'Primary'], mode: [2, 'Periodic'], volumes: [
    { volume: 4, remote: 'dr_4', sync: SYNCED, ageSeconds: 400, percent: undefined },
  ] },
  { name: 'stalled_grp', target: 'dr-3par', state: [5, 'Stopped'], role: [1, 'Primary'], mode: [2, 'Periodic'], volumes: [
    { volume: 6, remote: 'dr_6', sync: [5, 'Stopped'], ageSeconds: 86_400, percent: undefined },
  ] },
  { name: 'back_grp.r7327', target: 'dr-3par', state: [3, 'Started'], role: [2, 'Secondary'], mode: [1, 'Sync'], volumes: [
    { volume: 8, remote: 'home_8', sync: SYNCED, ageSeconds: undefined, percent: undefined },
  ] },
]; // prettier-ignore

export const nameOf = (model: ArrayModel, id: number) =>
  model.volumes.find((volume) => volume.id === id)?.name ?? '';

export function showRemoteCopy(model: ArrayModel): string {
  if (model.sparse) return 'Remote Copy is not configured on this system.\n';
  const groups = GROUPS.flatMap((group) => {
    const { name, target, state, role, mode, volumes } = group;
    return [
      `${name.padEnd(16)} ${target} ${state[1]} ${role[1]} ${mode[1]} ${mode[1] === 'Periodic' ? 'Last-Sync 2014-03-05 10:19:42 CET , Period 5m, auto_recover' : 'auto_failover'}`,
      '  LocalVV                         ID  RemoteVV       ID SyncStatus    LastSyncTime',
      ...volumes.map(({ volume, remote, sync, ageSeconds, percent }) => {
        const time = ageSeconds === undefined ? 'NA' : local(Date.now() - ageSeconds * 1000);
        const told = percent === undefined ? sync[1] : `${sync[1]}(${percent}%)`;
        return `  ${nameOf(model, volume).padEnd(30)} ${volume} ${remote} 83 ${told} ${time}`;
      }),
      '',
    ];
  });
  return [
    '',
    'Remote Copy System Information',
    'Status: Started, Normal',
    '',
    'Target Information',
    '',
    'Name              ID Type Status Options Policy',
    'dr-3par            4 IP   ready  -       mirror_config',
    '',
    'Link Information',
    '',
    'Target            Node  Address     Status Options',
    'dr-3par           0:3:1 192.0.2.45  Up     -',
    '',
    'Group Information',
    '',
    'Name             Target  Status   Role       Mode     Options',
    ...groups,
  ].join('\n');
}

/** The wall clock of the array: Pacific daylight time. */
function local(time: number): string {
  const clock = new Date(time - 7 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
  return `${clock} PDT`;
}

export function remoteCopyGroups(model: ArrayModel): unknown[] {
  if (model.sparse) return [];
  return GROUPS.map(({ name, target, state, role, mode, volumes }) => ({
    id: name,
    name,
    role: role[0],
    targets: [{ targetName: target, mode: mode[0], state: state[0], policies: {} }],
    volumes: volumes.map(({ volume, remote, sync, ageSeconds, percent }) => ({
      localVolumeName: nameOf(model, volume),
      remoteVolumes: [
        {
          targetName: target,
          remoteVolumeName: remote,
          remoteVolumeID: 83,
          syncStatus: sync[0],
          ...(ageSeconds === undefined
            ? {}
            : { volumeLastSyncTimeSec: Math.floor(Date.now() / 1000) - ageSeconds }),
          ...(percent === undefined ? {} : { volumeSyncOffset: percent, volumeSyncLength: 100 }),
        },
      ],
    })),
  }));
}
