/** The lists of the contract: each from the interface where it is complete, or from the other by refusal. */
import {
  byId,
  toHostGroups,
  toPortGroups,
  toVolumeGroups,
  type Foreign,
  type Session,
  type Table,
} from 'delfin-agent/driver';
import type { ArrayData } from './array.ts';
import { listComponents } from './components.ts';
import * as hosts from './host-records.ts';
import * as records from './records.ts';
import { createReplications } from './replications.ts';
import { CHECKED, PROCESSORS, VERSIONS } from './shapes.ts';
import { cellsOf, type Shell } from './shell.ts';
import * as tables from './tables.ts';

export function createInventory(array: ArrayData) {
  return {
    ...blockLists(array),
    ...hostLists(array),
    ...hardwareLists(array),
    listReplications: createReplications(array),
    ...(array.rest
      ? { listAlertSources: async () => records.addressesOf(await array.system()) }
      : {}),
  } satisfies Partial<Session>;
}

/** Finds by name; none, and told, where they could not be read. */
async function named({ parts }: ArrayData, load: () => Promise<readonly Foreign[]>) {
  return byId(await parts.added(load), 'name');
}

function blockLists(array: ArrayData) {
  const { shell, parts, context } = array;
  const vendor = context.model === 'unistor_cf' ? 'H3C' : 'HPE';
  return {
    async getStorage() {
      const system = await array.system();
      const check = async () => shell?.run(HEALTH_CHECK, { read: tables.healthOf });
      const health = await parts.added(check);
      return records.toStorage({ ...system, vendor, health, capacity: await array.capacity() });
    },
    async listStoragePools() {
      const cpgs = await array.cpgs();
      const promised = await array.promises();
      return records.toPools(cpgs, ({ name }) => ({ promised: promised?.(name) }));
    },
    async listVolumes() {
      const pool = await named(array, array.cpgs);
      const volumes = await array.volumes();
      const snapshots = records.snapshotsOf(volumes);
      return records.toVolumes(volumes, (one) => ({
        pool: pool(one['userCPG']),
        snapshots: snapshots(one),
      }));
    },
  } satisfies Partial<Session>;
}

function hostLists(array: ArrayData) {
  const exported = async () => hosts.templatesOf(await array.vluns());
  return {
    listStorageHosts: async () => hosts.toHosts(await array.hosts()),
    listStorageHostInitiators: async () => hosts.toInitiators(await array.paths()),
    async listStorageHostGroups() {
      const sets = await array.hostSets();
      return toHostGroups(hosts.setsOf(sets, await named(array, array.allHosts)));
    },
    async listVolumeGroups() {
      const sets = await array.volumeSets();
      return toVolumeGroups(hosts.setsOf(sets, await named(array, array.volumes)));
    },
    listPortGroups: async () => toPortGroups(hosts.portGroupsOf(await exported())),
    async listMaskingViews() {
      const vluns = await exported();
      if (vluns.length === 0) return [];
      return hosts.toMaskingViews(vluns, {
        hosts: await named(array, array.allHosts),
        volumes: await named(array, array.volumes),
        hostSets: await named(array, array.hostSets),
        volumeSets: await named(array, array.volumeSets),
      });
    },
  } satisfies Partial<Session>;
}

function hardwareLists(array: ArrayData) {
  const { shell } = array;
  return {
    listControllers: () =>
      array.shellFirst(
        'controllers',
        (over) => nodesOver(over, array),
        async () => records.toControllers(records.nodesOf(await array.system())),
        'names, memory and processors of nodes',
      ),
    listDisks: async () => records.toDisks(await array.disks()),
    listPorts: async () => records.toPorts(await array.ports()),
    ...(shell ? { listComponents: () => listComponents(shell, array) } : {}),
  } satisfies Partial<Session>;
}

async function nodesOver(shell: Shell, { nodes: counted, extra, extraRows }: ArrayData) {
  const count = await counted();
  const nodes = await shell.rows('shownode', 'nodes', () => count);
  const of = (rows: readonly Foreign[], { node }: Foreign = {}) =>
    rows.filter((row) => row['node'] === node);
  // Each node of an array has as many processors as the others.
  const allCpus = (table: Table) => nodes.length * of(cellsOf(table), nodes[0]).length;
  const cpus = await extraRows(PROCESSORS, allCpus);
  const versions = await extra(VERSIONS, new Map(), () =>
    shell.text(VERSIONS.command, tables.versionsOf, () => nodes.length),
  );
  return records.toControllers(nodes, (node) => ({
    version: versions?.get(node['node']),
    ...tables.processorsOf(of(cpus ?? [], node)),
  }));
}

const HEALTH_CHECK = `checkhealth ${CHECKED.join(' ')}`;
