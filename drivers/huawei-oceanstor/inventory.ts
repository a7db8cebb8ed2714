/** The lists of the contract: which requests make each of them. */
import {
  identifier,
  object,
  text,
  type DriverContext,
  type Foreign,
  type Session,
} from 'delfin-agent/driver';
import { idsOf, queryValue, type Client } from './client.ts';
import { PART_KINDS, toComponent, toSensor } from './components.ts';
import {
  FILESYSTEM_TYPE,
  QTREE_TYPE,
  SHARE_KINDS,
  toFilesystem,
  toQtree,
  toQuota,
  toShare,
} from './files.ts';
import { createGroupLists } from './groups.ts';
import { INITIATOR_KINDS, toHost, toInitiator } from './hosts.ts';
import { PORT_KINDS, toPort } from './ports.ts';
import {
  needsPools,
  sectorSizeOf,
  toController,
  toDisk,
  toPool,
  toStorage,
  toVolume,
  written,
  type PoolIds,
} from './records.ts';
import { PAIR_KINDS, toReplication } from './replications.ts';

type Lists = Pick<
  Session,
  | 'getStorage' | 'listStoragePools' | 'listVolumes' | 'listControllers' | 'listPorts'
  | 'listDisks' | 'listFilesystems' | 'listQtrees' | 'listQuotas' | 'listShares'
  | 'listStorageHostInitiators' | 'listStorageHosts' | 'listStorageHostGroups'
  | 'listPortGroups' | 'listVolumeGroups' | 'listMaskingViews'
  | 'listComponents' | 'listReplications' | 'listAlertSources'
>; // prettier-ignore

export function createLists(client: Client, { now }: Pick<DriverContext, 'now'>): Lists {
  const { parts } = client;
  let sectorSize: number | undefined;

  /** A fact of the array: asked once a session. Without it the sizes of pools are not known. */
  async function poolSector(): Promise<number | undefined> {
    sectorSize ??= await parts.added(async () => sectorSizeOf(await readSystem(client)));
    return sectorSize;
  }

  /** The objects of several collections, each of which an array may lack. */
  function ofKinds<K extends { readonly path: string }, T>(
    kinds: readonly K[],
    to: (source: Foreign, kind: K) => T,
  ): Promise<T[]> {
    const ask = (kind: K) => async () =>
      (await client.list(kind.path)).map((source) => to(source, kind));
    return parts.union(kinds.map((kind) => () => parts.ifAny(ask(kind))));
  }

  const controllers = parts.shared(() => client.list('/controller'));
  const filesystems = parts.shared(() => client.list('/filesystem'));
  const qtrees = parts.shared(async (told) => {
    const trees = await told.children(idsOf(await filesystems()), async (PARENTID) => {
      const query = `PARENTTYPE=${FILESYSTEM_TYPE}&PARENTID=${queryValue(PARENTID)}`;
      // A dtree need not say again what it was asked for by.
      return (await client.list('/quotatree', query)).map((qtree) => ({ PARENTID, ...qtree }));
    });
    return trees.flatMap((found): readonly Foreign[] => found ?? []);
  });

  return {
    async getStorage() {
      const system = await readSystem(client);
      return toStorage(system, await parts.added(controllers));
    },
    async listStoragePools() {
      const sector = await poolSector();
      return (await client.list('/storagepool')).map((pool) => toPool(pool, sector));
    },
    async listVolumes() {
      const luns = await client.list('/lun');
      const pools = luns.some(needsPools) ? await parts.added(() => poolIds(client)) : undefined;
      return luns.map((lun) => toVolume(lun, pools ?? new Map<string, string>()));
    },
    listControllers: async () => (await controllers()).map(toController),
    listDisks: async () => (await client.list('/disk')).map(toDisk),
    listPorts: () => ofKinds(PORT_KINDS, toPort),
    listFilesystems: async () => (await filesystems()).map(toFilesystem),
    listQtrees: async () => (await qtrees()).map(toQtree),
    async listQuotas() {
      const trees = await parts.addedIfAny(qtrees);
      const parents = [
        ...idsOf(await filesystems()).map((id) => ({ type: FILESYSTEM_TYPE, id })),
        ...idsOf(trees ?? []).map((id) => ({ type: QTREE_TYPE, id })),
      ];
      const quotas = await parts.children(parents, async ({ type, id }) => {
        const query = `PARENTTYPE=${type}&PARENTID=${queryValue(id)}`;
        return (await client.list('/FS_QUOTA', query)).map((quota) => toQuota(quota, { type, id }));
      });
      return quotas.flatMap((found) => found ?? []);
    },
    listShares: () => ofKinds(SHARE_KINDS, toShare),
    listStorageHostInitiators: () => ofKinds(INITIATOR_KINDS, toInitiator),
    listStorageHosts: async () => (await client.list('/host')).map(toHost),
    async listComponents() {
      const kinds = PART_KINDS.map(
        (kind) => async () =>
          (await client.list(kind.path)).map((source) => toComponent(source, kind)),
      );
      const sensors = async () => (await controllers()).flatMap(toSensor);
      return await parts.union([...kinds, sensors].map((kind) => () => parts.ifAny(kind)));
    },
    listReplications: () => ofKinds(PAIR_KINDS, (pair, kind) => toReplication(pair, kind, now())),
    /** Of the management ports, real and logical. */
    async listAlertSources() {
      const ports = await parts.union([
        async () => managing(await client.list('/eth_port'), 'LOGICTYPE', '2'),
        () => parts.ifAny(async () => managing(await client.list('/lif'), 'ROLE', '1')),
      ]);
      const addresses = ports.flatMap((port) => [port['IPV4ADDR'], port['IPV6ADDR']]);
      return [...new Set(addresses.map(text).filter((address) => address !== undefined))];
    },
    ...createGroupLists(client),
  };
}

const managing = (ports: readonly Foreign[], field: string, role: string) =>
  ports.filter((port) => text(port[field]) === role);

export async function readSystem(client: Client): Promise<Foreign> {
  const data = await client.get('/system/');
  return object(Array.isArray(data) ? data[0] : data, '/system');
}

async function poolIds(client: Client): Promise<PoolIds> {
  return new Map(
    (await client.list('/storagepool')).flatMap((pool) => {
      const [id, name] = [identifier(pool['ID']), written(pool['NAME'])];
      return id !== undefined && name !== undefined ? [[name, id] as const] : [];
    }),
  );
}
