/** The lists of the contract: which requests make each of them. */
import {
  byId,
  collectionsOf,
  identifier,
  idsOf,
  object,
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
  let sectorSize: number | undefined;
  return {
    ...collections,
    client,
    parts,
    controllers: shared('/controller'),
    filesystems,
    qtrees: parts.shared(async (told) => {
      const trees = await told.pairs([...idsOf(await filesystems(), 'ID')], (id) =>
        client.list('/quotatree', childrenOf(records.FILESYSTEM, id)),
      );
      // A dtree need not say again what it was asked for by.
      return trees.flatMap(([PARENTID, found]) => found.map((tree) => ({ PARENTID, ...tree })));
    }),
    /** The records of several collections, each of which an array may lack. */
    ofKinds: <K extends { readonly path: string }, T>(
      kinds: readonly K[],
      make: (kind: K) => (objects: readonly Foreign[]) => readonly T[],
    ) => parts.union(kinds.map((one) => kind(one.path, make(one)))),
    /** A fact of the array: asked once a session. Without it the sizes of pools are not known. */
    async sectorSize(): Promise<number | undefined> {
      sectorSize ??= await parts.added(async () => records.sectorSizeOf(await readSystem(client)));
      return sectorSize;
    },
  };
}

const childrenOf = (type: string, id: string): string =>
  `PARENTTYPE=${type}&PARENTID=${queryValue(id)}`;

export async function readSystem(client: Client): Promise<Foreign> {
  const data = await client.get('/system/');
  return object(Array.isArray(data) ? data[0] : data, '/system');
}

function blockLists(sources: Sources, now: () => number) {
  const { client, parts, all, list, ofKinds } = sources;
  return {
    async getStorage() {
      const system = await readSystem(client);
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

function hardwareLists({ client, parts, controllers, kind, list, ofKinds }: Sources) {
  const managing = async (path: string, field: string, role: string) =>
    (await client.list(path)).filter((port) => text(port[field]) === role);
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
        () => managing('/eth_port', 'LOGICTYPE', '2'),
        () => parts.ifAny(() => managing('/lif', 'ROLE', '1')),
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
        client.list('/FS_QUOTA', childrenOf(type, id)),
      );
      return quotas.flatMap(([asked, found]) => files.toQuotas(asked)(found));
    },
  };
}

/** Kinds of groups: their collections, their object types and what may be in them. */
const GROUPS = {
  hosts: { path: '/hostgroup', type: '14', members: [{ path: '/host', prefix: '' }] },
  volumes: { path: '/lungroup', type: '256', members: [{ path: '/lun', prefix: '' }] },
  ports: {
    path: '/portgroup',
    type: '257',
    members: [
      { path: '/eth_port', prefix: '' },
      { path: '/fc_port', prefix: '' },
      { path: '/fcoe_port', prefix: '' },
      { path: '/lif', prefix: hardware.LOGICAL },
    ],
  },
} as const;
type GroupKind = (typeof GROUPS)[keyof typeof GROUPS];

function groupLists(client: Client) {
  const { withMembers, groupsOf } = createGroups(client);
  return {
    listStorageHostGroups: async () => toHostGroups(await withMembers(GROUPS.hosts)),
    listPortGroups: async () => toPortGroups(await withMembers(GROUPS.ports)),
    listVolumeGroups: async () => toVolumeGroups(await withMembers(GROUPS.volumes)),
    async listMaskingViews() {
      const views = await client.list('/mappingview');
      if (views.length === 0) return [];
      const hosts = await groupsOf(GROUPS.hosts);
      const volumes = await groupsOf(GROUPS.volumes);
      const ports = await groupsOf(GROUPS.ports);
      return records.toMaskingViews(views, (view) => ({
        hosts: hosts(view),
        volumes: volumes(view),
        ports: ports(view),
      }));
    },
  };
}

function createGroups(client: Client) {
  const { parts } = client;
  const groups = async ({ path, type }: GroupKind) =>
    withId(
      await client.list(path),
      (group, id) => ({
        id,
        associated: `ASSOCIATEOBJTYPE=${text(group['TYPE']) ?? type}&ASSOCIATEOBJID=${queryValue(id)}`,
        name: identifier(group['NAME']),
        description: identifier(group['DESCRIPTION']),
      }),
      'ID',
    );
  return {
    /** Groups with the ids of their members; one whose members can't be read is left out. */
    async withMembers(kind: GroupKind): Promise<Group[]> {
      const found = await parts.pairs(await groups(kind), async ({ associated }) => {
        const members: string[] = [];
        for (const { path, prefix } of kind.members) {
          // A kind of members that this array lacks brings none.
          const objects = await parts.ifAny(() => client.list(`${path}/associate`, associated));
          members.push(...withId(objects ?? [], (_, id) => `${prefix}${id}`, 'ID'));
        }
        return [...new Set(members)];
      });
      return found.map(([group, members]) => ({ ...group, members }));
    },
    /** Gives the group of this kind that a view is of; null if that is not known. */
    async groupsOf(kind: GroupKind) {
      const known = await parts.added(async () => {
        const all = (await parts.ifAny(() => groups(kind))) ?? [];
        const views = await parts.pairs(all, ({ associated }) =>
          client.list('/mappingview/associate', associated),
        );
        const pairs = views.flatMap(([{ id }, of]) =>
          withId(of, (_, view) => [view, id] as const, 'ID'),
        );
        return { groups: new Map(pairs), complete: views.length === all.length };
      });
      const none = known?.complete ? undefined : null;
      return (view: Foreign) => known?.groups.get(identifier(view['ID']) ?? '') ?? none;
    },
  };
}
