/**
 * SRDF by storage group: since 10.1 all of them in bulk, before one by one, with the groups of links
 * (RDF groups) that lead to the other arrays.
 */
import {
  compact,
  flag,
  identifier,
  isObject,
  list,
  lookup,
  number,
  text,
  type Foreign,
  type Replication,
} from 'delfin-agent/driver';
import { listed, listedObject } from './answers.ts';
import type { Unisphere } from './client.ts';
import { idsOf, segment } from './ids.ts';

const ATTRIBUTES = [
  'id', 'rdf_infos.states', 'rdf_infos.types', 'rdf_infos.modes', 'rdf_infos.async', 'rdf_infos.metro',
  'rdf_infos.local_rdf_group.id', 'rdf_infos.remote_rdf_group.id',
  'rdf_infos.remote_rdf_group.system.id',
] as const; // prettier-ignore

export async function readReplications(
  unisphere: Unisphere,
  arrayId: string,
): Promise<Replication[]> {
  const root = `/${unisphere.version}/replication/symmetrix/${segment(arrayId)}`;
  const one = { ask: () => oneByOne(unisphere, root) };
  if (!unisphere.hasBulk) return await one.ask();
  const ways = [{ ask: () => inBulk(unisphere, arrayId) }, one];
  return await unisphere.parts.either('replications in bulk', ways);
}

async function inBulk(unisphere: Unisphere, arrayId: string): Promise<Replication[]> {
  const groups = await unisphere.bulkList({
    path: `/systems/${segment(arrayId)}/storage-groups`,
    field: 'storage_groups',
    select: ATTRIBUTES,
    filter: 'num_of_rdf_infos gt 0',
  });
  return groups.flatMap((group) =>
    list(group['rdf_infos'] ?? [], 'rdf_infos').flatMap((info) => {
      const remote = objectIn(info, 'remote_rdf_group');
      return replicationOf(identifier(group['id']), {
        number: idIn(info, 'local_rdf_group'),
        states: info['states'],
        types: info['types'],
        modes: info['modes'],
        async: info['async'],
        metro: info['metro'],
        remoteSystem: idIn(remote, 'system'),
        remoteNumber: identifier(remote['id']),
      });
    }),
  );
}

const objectIn = (owner: Foreign, field: string): Foreign => {
  const value = owner[field];
  return isObject(value) ? value : {};
};
const idIn = (owner: Foreign, field: string) => identifier(objectIn(owner, field)['id']);

async function oneByOne(unisphere: Unisphere, root: string): Promise<Replication[]> {
  const { parts } = unisphere;
  const groups = await unisphere.ids(`${root}/storagegroup`, 'name', { hasSrdf: true });
  const found = await parts.children(groups, async (id) => {
    const path = `${root}/storagegroup/${segment(id)}/rdf_group`;
    const links = await listed(() => unisphere.ids(path, 'rdfgs'));
    const details = await parts.children(links, (link) =>
      listedObject(() => unisphere.get(`${path}/${segment(link)}`)),
    );
    return links.flatMap((link, index) => {
      const fields = details[index];
      return fields ? [{ id, link, fields }] : [];
    });
  });
  const pairs = found.flatMap((some) => some ?? []);
  const links = await readLinks(unisphere, root, idsOf(pairs, 'link'));
  return pairs.flatMap(({ id, link, fields }) => {
    const about = links.get(link) ?? {};
    return replicationOf(id, {
      number: link,
      states: fields['states'],
      types: fields['volumeRdfTypes'],
      modes: fields['modes'],
      async: about['async'],
      metro: about['metro'],
      remoteSystem: identifier(about['remoteSymmetrix']),
      remoteNumber: identifier(about['remoteRdfgNumber']),
    });
  });
}

/** Where each group of links leads: that only adds. */
async function readLinks(
  unisphere: Unisphere,
  root: string,
  links: readonly string[],
): Promise<ReadonlyMap<string, Foreign>> {
  const details = await unisphere.parts.added(() => unisphere.details(`${root}/rdf_group`, links));
  return new Map((details ?? []).map(({ id, fields }) => [id, fields]));
}

interface Srdf {
  readonly number: string | undefined;
  readonly states: unknown;
  readonly types: unknown;
  readonly modes: unknown;
  readonly async: unknown;
  readonly metro: unknown;
  readonly remoteSystem: string | undefined;
  readonly remoteNumber: string | undefined;
}

function replicationOf(group: string | undefined, srdf: Srdf): Replication[] {
  const { number: link, remoteNumber } = srdf;
  if (group === undefined || link === undefined) return [];
  return [
    compact<Replication>({
      native_replication_id: `${group}:${plain(link)}`,
      name: group,
      type: typeOf(srdf),
      role: roleOf(textsIn(srdf.types)),
      status: statusOf(textsIn(srdf.states)),
      native_volume_group_id: group,
      remote_system: srdf.remoteSystem,
      remote_resource: remoteNumber && `RDF group ${plain(remoteNumber)}`,
    }),
  ];
}

/** Numbers of RDF groups come padded or not. */
const plain = (id: string): string => String(number(id) ?? id);

function textsIn(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(text).filter((one) => one !== undefined);
}

const MODES = {
  Synchronous: 'sync', Asynchronous: 'async', 'Adaptive Copy': 'async', AdaptiveCopyDisk: 'async',
  AdaptiveCopyWP: 'async', Active: 'active_active', Metro: 'active_active',
} as const; // prettier-ignore

function typeOf({ modes, async, metro }: Srdf): Replication['type'] {
  if (flag(metro) === true) return 'active_active';
  if (flag(async) === true) return 'async';
  const types = new Set(textsIn(modes).map((mode) => lookup<Mode>(MODES, mode)));
  // Volumes of several modes are of no one type.
  return types.size > 1 ? 'unknown' : [...types][0];
}

type Mode = (typeof MODES)[keyof typeof MODES];

/** R21 is the target of one and the source of the next. */
const ROLES: Readonly<Record<string, Replication['role']>> = {
  R1: 'source', R11: 'source', R2: 'target', R22: 'target', R21: 'both',
}; // prettier-ignore

function roleOf(types: readonly string[]): Replication['role'] {
  const roles = new Set(types.map((type) => ROLES[type] ?? 'unknown'));
  if (roles.has('unknown')) return 'unknown';
  return roles.size > 1 ? 'both' : [...roles][0];
}

/** Without blanks, in lower case; best first. */
const STATES: Readonly<Record<string, NonNullable<Replication['status']>>> = {
  synchronized: 'normal', consistent: 'normal', activeactive: 'normal', activebias: 'normal',
  syncinprog: 'syncing', r1updinprog: 'syncing', r1updated: 'syncing',
  transmitidle: 'degraded', transidle: 'degraded', mixed: 'degraded',
  suspended: 'suspended', split: 'suspended', failedover: 'suspended',
  partitioned: 'failed', invalid: 'failed',
}; // prettier-ignore
const WORSE = ['normal', 'syncing', 'degraded', 'suspended', 'failed'] as const;

/** The worst of what its volumes are in; unknown as soon as one of them is. */
function statusOf(states: readonly string[]): Replication['status'] {
  const known = states.map((state) => STATES[state.replaceAll(/[ _-]/g, '').toLowerCase()]);
  const odd = known.indexOf(undefined);
  if (odd >= 0) return lookup<'unknown'>({}, states[odd]);
  return WORSE.findLast((status) => known.includes(status));
}
