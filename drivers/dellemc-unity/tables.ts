/** Codes of the REST API by the contract's words. A code that a table lacks is unknown. */

/** HealthEnum: well (OK, also with a warning), impaired (degraded, minor), broken (major and worse). */
export function byHealth<T extends string>(well: T, impaired: T, broken: T) {
  const [ok, bad] = [
    { '5': well, '7': well },
    { '10': impaired, '15': impaired },
  ];
  const health = { '0': 'unknown', ...ok, ...bad, '20': broken, '25': broken, '30': broken };
  return health as Readonly<Record<string, T | 'unknown'>>;
}

/** DiskTechnologyEnum. */
export const DISK_TECHNOLOGIES = {
  '1': 'sas',
  '2': 'nl-sas',
  '5': 'flash',
  '6': 'flash',
  '7': 'flash',
  '8': 'flash',
  '9': 'flash',
  '10': 'nvme-ssd',
  '11': 'nvme-ssd',
  '50': 'unknown',
  '99': 'vmdisk',
} as const;

/** AccessPolicyEnum. */
export const ACCESS_POLICIES = { '0': 'native', '1': 'unix', '2': 'ntfs' } as const;
/** FLRVersionEnum: file-level retention. */
export const RETENTION = { '0': 'non_worm', '1': 'enterprise', '2': 'compliance' } as const;

/** The free text of `osType`, as Unisphere offers it -> the seed's names. */
export const SYSTEMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/VMware ESX/, 'VMware ESX'],
  [/^AIX/, 'AIX'],
  [/^Citrix XenServer/, 'XenServer'],
  [/^HP-UX/, 'HP-UX'],
  [/^Linux/, 'Linux'],
  [/^Mac OS/, 'Mac OS'],
  [/^Solaris/, 'Solaris'],
  [/^Windows (Client|Server)/, 'Windows'],
];

/** HostInitiatorTypeEnum. */
export const INITIATOR_TYPES = { '0': 'unknown', '1': 'fc', '2': 'iscsi' } as const;
/** HealthEnum: that of an initiator is that of its logins, and degraded means that none is there. */
export const INITIATOR_STATES = {
  '0': 'unknown',
  '5': 'online',
  '7': 'online',
  '10': 'offline',
  '15': 'online',
  '20': 'online',
  '25': 'unknown',
  '30': 'unknown',
} as const;

/** Collections of parts; their ids are unique over all of them. */
export const PARTS = [
  ['dpe', 'enclosure'],
  ['dae', 'enclosure'],
  ['fan', 'fan'],
  ['powerSupply', 'power_supply'],
  ['battery', 'battery'],
  ['memoryModule', 'memory'],
  ['ioModule', 'module'],
  ['lcc', 'module'],
  ['ssc', 'module'],
  ['ssd', 'module'],
] as const;

type ReplicationState = 'normal' | 'syncing' | 'degraded' | 'suspended' | 'failed' | 'unknown';

/** ReplicationOpStatusEnum. */
export const REPLICATION_STATES: Readonly<Record<string, ReplicationState>> = {
  '0': 'unknown',
  '1': 'unknown',
  '2': 'normal',
  // Non-recoverable, communication lost.
  '7': 'failed',
  '13': 'failed',
  // Failed over, with a last synchronisation or without.
  '33792': 'suspended',
  '33793': 'suspended',
  // Syncing by hand, paused, idle, configured to sync by itself.
  '33794': 'syncing',
  '33795': 'suspended',
  '33796': 'normal',
  '33797': 'normal',
  // The destination could not be extended, is being extended; active.
  '33803': 'failed',
  '33804': 'degraded',
  '33805': 'normal',
  // Communication for synchronous replication lost; the destination pool is full; syncing.
  '33806': 'failed',
  '33807': 'failed',
  '33809': 'syncing',
  // The same of some of the members of a group.
  '34792': 'suspended',
  '34793': 'suspended',
  '34794': 'syncing',
  '34795': 'suspended',
  '34796': 'normal',
  '34797': 'normal',
  // Hibernated, no bandwidth, a slow source.
  '34798': 'suspended',
  '34799': 'suspended',
  '34800': 'degraded',
};
/** ReplicationSessionSyncStateEnum: what it makes of a session that is well otherwise. */
export const SYNC_STATES: Readonly<Record<string, ReplicationState>> = {
  '0': 'syncing',
  '1': 'syncing',
  '101': 'degraded',
  '104': 'syncing',
  '105': 'degraded',
};
/** ReplicationSessionReplicationRoleEnum: loopback and local sessions have both ends here. */
export const REPLICATION_ROLES = {
  '0': 'source',
  '1': 'target',
  '2': 'both',
  '3': 'both',
  '4': 'unknown',
} as const;
/** ReplicationEndpointResourceTypeEnum; a NAS server is no object of the lists. */
export const REPLICATED: Readonly<Record<string, 'filesystem' | 'volume' | 'volumeGroup'>> = {
  '1': 'filesystem',
  '2': 'volumeGroup',
  '3': 'filesystem',
  '4': 'volume',
  '8': 'volume',
};
