/**
 * Codes and words of both interfaces: numbers are the WSAPI's, words the command line's, which spells
 * some of them in two ways. Words are compared in lower case, without `_`.
 */
import { lookup, pick, text, type Component, type Foreign, type Port } from 'delfin-agent/driver';

/** By table; what it lacks is passed on as unknown. */
export function coded<T extends string>(
  table: Readonly<Record<string, T>>,
  written: unknown,
): T | undefined {
  return lookup(table, word(written));
}

/** The same of what is at a path. */
export const at =
  <T extends string>(path: string, table: Readonly<Record<string, T>>) =>
  (one: Foreign): T | undefined =>
    coded(table, pick(one, path));

/** As the tables have it. */
export function word(written: unknown): string | undefined {
  return text(written)?.toLowerCase().replaceAll('_', '');
}

export const POOL_STATES = {
  1: 'normal', 2: 'degraded', 3: 'abnormal', 99: 'unknown',
} as const; // prettier-ignore

export const VOLUME_STATES = {
  1: 'available', 2: 'error', 3: 'error', 99: 'unknown',
  normal: 'available', degraded: 'error', failed: 'error', unknown: 'unknown',
} as const; // prettier-ignore

/** 1 full, 2 TPVV, 3 snapshot, 4 peer, 6 TDVV, 7 the store of deduplicated data; 5 says nothing. */
export const PROVISIONING = {
  1: 'thick', 2: 'thin', 3: 'thin', 4: 'thick', 6: 'thin', 7: 'thick',
  full: 'thick', cpvv: 'thick', peer: 'thick', dds: 'thick', tpvv: 'thin', tdvv: 'thin', snp: 'thin',
} as const; // prettier-ignore
export const UNKNOWN_PROVISIONING: ReadonlySet<unknown> = new Set([5, 'unknown']);
/** The array's own store, promised to nobody. */
export const INTERNAL_PROVISIONING: ReadonlySet<unknown> = new Set([7, 'dds']);

/** Compression and deduplication: on, or off, not in use, not available; other codes are no answer. */
const SWITCHES: Readonly<Record<string, boolean>> = {
  1: true, 2: false, 3: false, 4: false, yes: true, v1: true, v2: true, no: false,
}; // prettier-ignore

export function isOn(written: unknown): boolean | undefined {
  return SWITCHES[word(written) ?? ''];
}

export const NODE_STATES = {
  ok: 'normal', normal: 'normal', degraded: 'degraded', failed: 'fault', offline: 'offline',
  unknown: 'unknown',
} as const; // prettier-ignore
/** In the cluster or not. */
export const MEMBERSHIPS: Readonly<Record<string, string>> = { yes: 'normal', no: 'offline' };

/** FC is "fast class": FC or SAS drives, as the array itself sorts them; NL are near-line drives. */
export const DISK_TYPES = {
  1: 'fc', 2: 'nl-sas', 3: 'ssd', 4: 'ssd', fc: 'fc', nl: 'nl-sas', ssd: 'ssd', scm: 'ssd',
} as const; // prettier-ignore
export const DISK_STATES = {
  1: 'normal', 2: 'degraded', 3: 'abnormal', 4: 'abnormal', 99: 'unknown',
  normal: 'normal', degraded: 'degraded', new: 'abnormal', failed: 'abnormal', unknown: 'unknown',
} as const; // prettier-ignore

const PART_STATES: Readonly<Record<string, NonNullable<Component['status']>>> = {
  ok: 'ok', normal: 'ok', degraded: 'degraded', failed: 'failed', fail: 'failed', notok: 'failed',
  'notpresent': 'missing', missing: 'missing', expired: 'predicted_failure',
}; // prettier-ignore

/** The state of a part: its own word, and no better than what its inputs and outputs say. */
export function componentState(own: unknown, ...others: unknown[]): Component['status'] {
  const said = word(own);
  if (said === undefined) return 'unknown';
  const state = PART_STATES[said] ?? 'unknown';
  const wrong = others.some((other) => (PART_STATES[word(other) ?? ''] ?? 'ok') !== 'ok');
  return state === 'ok' && wrong ? 'degraded' : state;
}

/** By protocol, or by the hardware that carries it. */
export const PORT_TYPES = {
  1: 'fc', 2: 'iscsi', 3: 'fcoe', 4: 'eth', 5: 'sas', 6: 'other',
  fc: 'fc', iscsi: 'iscsi', fcoe: 'fcoe', ip: 'eth', eth: 'eth', sas: 'sas', nvme: 'other',
  cna: 'cna', combo: 'combo', rcip: 'rcip', rcfc: 'other', unknown: 'other',
} as const; // prettier-ignore

/** Uses of the WSAPI: 1 host, 2 disk, 7 RCIP, 8 iSCSI. Free ports and those of remote copy have no role. */
export const PORT_ROLES: Readonly<Record<string, Port['logical_type']>> = {
  1: 'frontend', 2: 'backend', 8: 'frontend',
  host: 'frontend', iscsi: 'frontend', disk: 'backend', cluster: 'cluster',
}; // prettier-ignore
export const RCIP = 7;

/** Connected, or not although nothing is wrong with the port itself, or at fault. */
const PORT_STATES: Readonly<Record<string, 'up' | 'down' | 'faulty'>> = {
  1: 'down', 2: 'down', 3: 'down', 4: 'up', 5: 'down', 6: 'faulty', 7: 'faulty', 8: 'down',
  9: 'faulty', 10: 'down', 11: 'faulty', 12: 'down', 13: 'down', 14: 'down',
  configwait: 'down', alpawait: 'down', loginwait: 'down', ready: 'up', losssync: 'down',
  errorstate: 'faulty', error: 'faulty', xxx: 'faulty', nonparticipate: 'down',
  coredump: 'faulty', takingcoredump: 'faulty', offline: 'down', fwdead: 'faulty',
  idleforreset: 'down', linkidleforreset: 'down', dhcpinprogress: 'down', pendingreset: 'down',
}; // prettier-ignore
const LINKS = { up: 'connected', down: 'disconnected', faulty: 'disconnected' } as const;
const HEALTHS = { up: 'normal', down: 'normal', faulty: 'abnormal' } as const;

export function linkOf(state: unknown): Port['connection_status'] {
  const said = word(state);
  return lookup(LINKS, PORT_STATES[said ?? ''] ?? said);
}

/** Nothing is said of the health of a port in a state that is not known. */
export function portHealthOf(state: unknown): Port['health_status'] {
  const said = word(state);
  const known = PORT_STATES[said ?? ''];
  if (known) return HEALTHS[known];
  return said === undefined ? undefined : 'unknown';
}

/** Operating systems as they are chosen for a host, and as people write them. */
export const OPERATING_SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/^aix/i, 'AIX'],
  [/xen ?server/i, 'XenServer'],
  [/^hp-?ux/i, 'HP-UX'],
  [/^open ?vms/i, 'Open VMS'],
  [/^oracle vm/i, 'Oracle VM'],
  [/^solaris/i, 'Solaris'],
  [/vmware|^esx/i, 'VMware ESX'],
  [/^windows (server )?2012/i, 'Windows Server 2012'],
  [/^windows/i, 'Windows'],
  [/linux|^rhe|^suse|^sles|^ubuntu|^oe /i, 'Linux'],
];
