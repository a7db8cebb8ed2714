/** SRDF of storage groups: one by one and in bulk, as Unisphere tells it, and as it is. */
import type { TruthRecord } from '../../kit/simulator.ts';
import { ARRAY_ID, isNewest, REMOTE_ID, type Model } from './data.ts';
import { NOT_FOUND, type Answer } from './protocol.ts';

interface Srdf {
  readonly group: string;
  readonly link: number;
  readonly types: readonly string[];
  readonly modes: readonly string[];
  readonly states: readonly string[];
  /** What follows from it. */
  readonly type: string;
  readonly role: string;
  readonly status: string;
}

const SRDF: readonly Srdf[] = [
  { group: 'sg_gold', link: 70, types: ['R1'], modes: ['Synchronous'], states: ['Synchronized'], type: 'sync', role: 'source', status: 'normal' },
  { group: 'sg_silver', link: 71, types: ['R1'], modes: ['Asynchronous'], states: ['Consistent', 'Suspended'], type: 'async', role: 'source', status: 'suspended' },
  { group: 'sg_mainframe', link: 70, types: ['R2'], modes: ['Synchronous'], states: ['SyncInProg'], type: 'sync', role: 'target', status: 'syncing' },
  { group: 'sg_parent', link: 72, types: ['R1', 'R2'], modes: ['Active'], states: ['ActiveActive'], type: 'active_active', role: 'both', status: 'normal' },
  { group: 'sg_parent', link: 73, types: ['R21'], modes: ['Adaptive Copy'], states: ['Partitioned'], type: 'async', role: 'both', status: 'failed' },
  { group: 'sg_outside', link: 70, types: ['R9'], modes: ['Synchronous', 'Asynchronous'], states: ['Synchronized', 'Odd'], type: 'unknown', role: 'unknown', status: 'unknown' },
]; // prettier-ignore

const LINKS = [70, 71, 72, 73];
const farEnd = (link: number) => link + 100;

/** Whether all volumes of a group of links are asynchronous or active on both sides: told since 10.0. */
function kinds(model: Model, link: number) {
  return isNewest(model) ? { async: link === 71, metro: link === 72 } : {};
}

export function replication(model: Model, [type = '', ...rest]: readonly string[]): Answer {
  if (type === 'rdf_group') return linkOf(model, Number(rest[0]));
  if (type !== 'storagegroup') return NOT_FOUND;
  const [group, , link] = rest;
  const copies = SRDF.filter((copy) => copy.group === group);
  if (group === undefined) return [200, { name: [...new Set(SRDF.map((copy) => copy.group))] }];
  if (link === undefined) return [200, { rdfgs: copies.map((copy) => String(copy.link)) }];
  const copy = copies.find((one) => one.link === Number(link));
  if (!copy) return [404, { message: 'No such object.' }];
  const { modes, states, types } = copy;
  return [
    200,
    {
      symmetrixId: ARRAY_ID,
      storageGroupName: group,
      rdfGroupNumber: copy.link,
      volumeRdfTypes: types,
      modes,
      states,
    },
  ];
}

function linkOf(model: Model, link: number): Answer {
  if (!LINKS.includes(link)) return [404, { message: 'No such object.' }];
  return [
    200,
    {
      rdfgNumber: link,
      label: `Group${link}`,
      remoteSymmetrix: REMOTE_ID,
      remoteRdfgNumber: farEnd(link),
      numDevices: 2,
      type: 'Dynamic',
      modes: SRDF.find((copy) => copy.link === link)?.modes,
      ...kinds(model, link),
    },
  ];
}

/** All groups, or those that the filter leaves. */
export function bulkGroupsOf(model: Model, filtered: boolean) {
  const groups = model.groups.map(({ id }) => {
    const copies = SRDF.filter((copy) => copy.group === id);
    return {
      id,
      resource_type: 'storage-groups',
      num_of_rdf_infos: copies.length,
      rdf_infos: copies.map(({ link, states, types, modes }) => ({
        states,
        types,
        modes,
        async: link === 71,
        metro: link === 72,
        local_rdf_group: { id: String(link) },
        remote_rdf_group: { id: String(farEnd(link)), system: { id: REMOTE_ID } },
      })),
    };
  });
  return filtered ? groups.filter((group) => group.num_of_rdf_infos > 0) : groups;
}

export function replicationsOf(): TruthRecord[] {
  return SRDF.map(({ group, link, type, role, status }) => ({
    native_replication_id: `${group}:${link}`,
    name: group,
    type,
    role,
    status,
    native_volume_group_id: group,
    remote_system: REMOTE_ID,
    remote_resource: `RDF group ${farEnd(link)}`,
  }));
}
