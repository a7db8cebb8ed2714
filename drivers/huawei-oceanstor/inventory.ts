/** The lists of the contract: which requests make each of them. */
import {
  byId,
  collectionsOf,
  identifier,
  idsOf,
  InvalidResponse,
  text,
  toHostGroups,
  toPortGroups,
  toVolumeGroups,
  withId,
  type DriverContext,
  type Foreign,
  type Group,
  type Session,
} from 'delfin-agent/driver';
import { queryValue, type Client } from './client.ts';
import * as files from './file-records.ts';
import * as hardware from './hardware.ts';
import * as records from './records.ts';

export function createInventory(client: Client, { now }: Pick<DriverContext, 'now'>) {
  const sources = createSources(client);
  return {
    ...blockLists(sources, now),
    ...hardwareLists(sources),
    ...fileLists(sources),
    ...groupLists(client),
    getAccessUrl: async () => client.origin,
  } satisfies Partial<Session>;
}

type Sources = ReturnType<typeof createSources>;

/** What several lists are made of. */
function createSources(client: Client) {
  const { parts } = client;
  const collections = collectionsOf(parts, (path: string) => client.list(path));
  const { kind, shared } = collections;
  const filesystems = shared('/filesystem');
  const system = parts.shared(client.system);
  let sector: number | undefined;
  return {
    ...collections,
    client,
    parts,
    system,
    /** A fact of the array: what is known of it outlasts an answer that fails. */
    sectorSize: async () => (sector ??= records.sectorSizeOf(await parts.added(system))),
    controllers: shared('/controller'),
    filesystems,
    qtrees: parts.shared(async (told) => {
      const trees = await told.pairs([...idsOf(await filesystems(), 'ID')], (id) =>
        childrenOf(client, '/quotatree', records.FILESYSTEM, id),
      );
      return trees.flatMap(([, found]) => found);
    }),
    /** The records of several collections, each of which an array may lack. */
    ofKinds: <K extends { readonly path: string }, T>(
      kinds: readonly K[],
      make: (kind: K) => (objects: readonly Foreign[]) => readonly T[],
    ) => parts.union(kinds.map((one) => kind(one.path, make(one)))),
  };
}

/** They need not say again what they were asked for by. */
async function childrenOf({ list }: Client, path: string, type: string, id: string) {
  const found = await list(path, `PARENTTYPE=${type}&PARENTID=${queryValue(id)}`);
  return found.map((child) => ({
    ...child,
    PARENTTYPE: text(child['PARENTTYPE']) ?? type,
    PARENTID: text(child['PARENTID']) ?? id,
  }));
}

function blockLists(sources: Sources, now: () => number) {
  const { client, parts, all, list, ofKinds } = sources;
  return {
    async getStorage() {
      const system = await sources.system();
      const controllers = await parts.added(sources.controllers);
      return records.toStorage({
        ...system,
        sector: records.sectorSizeOf(system),
        controllers: controllers?.map(({ SOFTVER: version }) => version),
      });
    },
    async listStoragePools() {
      const sector = await sources.sectorSize();
      return records.toPools(await client.list('/storagepool'), () => ({ sector }));
    },
    async listVolumes() {
      const luns = await client.list('/lun');
      const isUnclear = luns.some((lun) => records.poolOf(lun) === undefined);
      const pools = isUnclear ? await parts.added(all('/storagepool')) : undefined;
      const named = byId(pools, 'NAME');
      return records.toVolumes(luns, (lun) => ({ pool: named(lun['PARENTNAME'])?.['ID'] }));
    },
    listStorageHosts: list('/host', records.toHosts),
    listStorageHostInitiators: () => ofKinds(records.INITIATOR_KINDS, records.toInitiators),
    listReplications: () => ofKinds(records.PAIR_KINDS, records.toReplications(now())),
  };
}

function hardwareLists({ parts, controllers, kind, list, ofKinds }: Sources) {
  const managing = (field: string, role: string) => (ports: readonly Foreign[]) =>
    ports.filter((port) => text(port[field]) === role);
  return {
    listControllers: list(controllers, hardware.toControllers),
    listDisks: list('/disk', hardware.toDisks),
    listPorts: () => ofKinds(hardware.PORT_KINDS, hardware.toPorts),
    listComponents: () =>
      parts.union([
        ...hardware.PART_KINDS.map((one) => kind(one.path, hardware.toComponents(one))),
        kind(controllers, hardware.toSensors),
      ]),
    /** Of the management ports, real and logical. */
    async listAlertSources() {
      const ports = await parts.union([
        list('/eth_port', managing('LOGICTYPE', '2')),
        kind('/lif', managing('ROLE', '1')),
      ]);
      const addresses = ports.flatMap((port) => [port['IPV4ADDR'], port['IPV6ADDR']]);
      return [...new Set(addresses.map(text).filter((address) => address !== undefined))];
    },
  };
}

function fileLists({ client, parts, filesystems, list, ofKinds, qtrees }: Sources) {
  return {
    listFilesystems: list(filesystems, files.toFilesystems),
    listQtrees: list(qtrees, files.toQtrees),
    listShares: () => ofKinds(files.SHARE_KINDS, files.toShares),
    async listQuotas() {
      const trees = await parts.addedIfAny(qtrees);
      const limited = [
        ...withId(await filesystems(), (_, id) => ({ type: records.FILESYSTEM, id }), 'ID'),
        ...withId(trees ?? [], (_, id) => ({ type: files.QTREE, id }), 'ID'),
      ];
      const quotas = await parts.pairs(limited, ({ type, id }) =>
        childrenOf(client, '/FS_QUOTA', type, id),
      );
      return files.toQuotas(quotas.flatMap(([, found]) => found));
    },
  };
}

/** Kinds of groups: their collections, their object types and the collections of what may be in them. */
const GROUPS = {
  hosts: { path: '/hostgroup', type: '14', members: ['/host'] },
  volumes: { path: '/lungroup', type: '256', members: ['/lun'] },
  ports: { path: '/portgroup', type: '257', members: ['/eth_port', '/fc_port', '/fcoe_port', '/lif'] },
} as const; // prettier-ignore
type GroupKind = (typeof GROUPS)[keyof typeof GROUPS];

/** What is in front of the ids of a collection's objects. */
const prefixOf = (path: string) =>
  hardware.PORT_KINDS.find((port) => port.path === path)?.prefix ?? '';

function groupLists(client: Client) {
  const { withMembers, viewsOf } = createGroups(client);
  return {
    listStorageHostGroups: async () => toHostGroups(await withMembers(GROUPS.hosts)),
    listPortGroups: async () => toPortGroups(await withMembers(GROUPS.ports)),
    listVolumeGroups: async () => toVolumeGroups(await withMembers(GROUPS.volumes)),
    async listMaskingViews() {
      const views = await client.list('/mappingview');
      if (views.length === 0) return [];
      const hosts = await viewsOf(GROUPS.hosts);
      const volumes = await viewsOf(GROUPS.volumes);
      const ports = await viewsOf(GROUPS.ports);
      return records.toMaskingViews(views, (view) => ({
        hosts: hosts(view),
        volumes: volumes(view),
        ports: ports(view),
      }));
    },
  };
}

function createGroups({ parts, list }: Client) {
  /** What belongs to a group, as `path` lists it; of one without an id that can't be asked. */
  async function associated({ ID, TYPE }: Foreign, kind: GroupKind, path: string) {
    const id = identifier(ID);
    if (id === undefined) throw new InvalidResponse(`${kind.path}: a group without an id`);
    const group = `ASSOCIATEOBJTYPE=${text(TYPE) ?? kind.type}&ASSOCIATEOBJID=${queryValue(id)}`;
    return idsOf(await list(`${path}/associate`, group), 'ID');
  }
  return {
    /** Groups with the ids of their members; one whose members can't be read is left out. */
    async withMembers(kind: GroupKind): Promise<Group[]> {
      const found = await parts.pairs(await list(kind.path), async (group) => {
        const members = new Set<string>();
        for (const path of kind.members) {
          // A kind of members that this array lacks brings none.
          const ids = (await parts.ifAny(() => associated(group, kind, path))) ?? [];
          for (const id of ids) members.add(`${prefixOf(path)}${id}`);
        }
        return [...members];
      });
      return found.map(([{ ID, NAME, DESCRIPTION }, members]) => ({
        id: identifier(ID) ?? '',
        name: identifier(NAME),
        description: identifier(DESCRIPTION),
        members,
      }));
    },
    /** Gives the group of this kind that a view is of; null if that is not known. */
    async viewsOf(kind: GroupKind) {
      const groupOf = new Map<unknown, string>();
      const isComplete = await parts.added(async () => {
        const all = (await parts.ifAny(() => list(kind.path))) ?? [];
        const views = await parts.pairs(all, (group) => associated(group, kind, '/mappingview'));
        for (const [{ ID }, own] of views) {
          for (const view of own) groupOf.set(view, identifier(ID) ?? '');
        }
        return views.length === all.length;
      });
      return ({ ID }: Foreign) => groupOf.get(identifier(ID)) ?? (isComplete ? undefined : null);
    },
  };
}
