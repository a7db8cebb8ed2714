/** The lists of the contract: which requests make each of them. */
import {
  identifier,
  InvalidResponse,
  type DriverContext,
  type Foreign,
  type Session,
} from 'delfin-agent/driver';
import { queryValue, type Client } from './client.ts';
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
import { PORT_KINDS, toPort, uniqueIds } from './ports.ts';
import {
  needsPools,
  SECTOR,
  sectorSizeOf,
  toController,
  toDisk,
  toPool,
  toStorage,
  toVolume,
  written,
  type PoolIds,
} from './records.ts';
import { createSources, idsOf, isRefusal, readSystem, type Sources } from './sources.ts';

type Lists = Pick<
  Session,
  | 'getStorage' | 'listStoragePools' | 'listVolumes' | 'listControllers' | 'listPorts'
  | 'listDisks' | 'listFilesystems' | 'listQtrees' | 'listQuotas' | 'listShares'
  | 'listStorageHostInitiators' | 'listStorageHosts' | 'listStorageHostGroups'
  | 'listPortGroups' | 'listVolumeGroups' | 'listMaskingViews'
>; // prettier-ignore

export function createLists(client: Client, context: DriverContext): Lists {
  const sources = createSources(client, context);
  let sectorSize: Promise<number> | undefined;

  /** A fact of the array: asked once a session. */
  function poolSector(): Promise<number> {
    sectorSize ??= readSystem(client).then(sectorSizeOf);
    sectorSize.catch(() => {
      sectorSize = undefined;
    });
    return sectorSize.catch((error: unknown) => {
      if (isRefusal(error) || error instanceof InvalidResponse) return SECTOR;
      throw error;
    });
  }

  async function qtrees(): Promise<readonly Foreign[]> {
    const filesystems = await client.list('/filesystem');
    return await sources.children(idsOf(filesystems), async (PARENTID) => {
      const query = `PARENTTYPE=${FILESYSTEM_TYPE}&PARENTID=${queryValue(PARENTID)}`;
      // A dtree need not say again what it was asked for by.
      return (await client.list('/quotatree', query)).map((qtree) => ({ PARENTID, ...qtree }));
    });
  }

  return {
    async getStorage() {
      const system = await readSystem(client);
      return toStorage(system, await sources.optional('/controller'));
    },
    async listStoragePools() {
      const sector = await poolSector();
      return (await client.list('/storagepool')).map((pool) => toPool(pool, sector));
    },
    async listVolumes() {
      const luns = await client.list('/lun');
      const pools = luns.some(needsPools) ? await poolIds(sources) : new Map<string, string>();
      return luns.map((lun) => toVolume(lun, pools));
    },
    listControllers: async () => (await client.list('/controller')).map(toController),
    listDisks: async () => (await client.list('/disk')).map(toDisk),
    async listPorts() {
      const ports = await sources.kinds(PORT_KINDS);
      return uniqueIds(
        ports.map(({ source, kind }) => ({ record: toPort(source, kind), type: kind.type })),
        'native_port_id',
      );
    },
    listFilesystems: async () => (await client.list('/filesystem')).map(toFilesystem),
    listQtrees: async () => (await qtrees()).map(toQtree),
    async listQuotas() {
      const parents = [
        ...idsOf(await client.list('/filesystem')).map((id) => ({ type: FILESYSTEM_TYPE, id })),
        ...idsOf(await sources.part(qtrees)).map((id) => ({ type: QTREE_TYPE, id })),
      ];
      return await sources.children(parents, async ({ type, id }) => {
        const query = `PARENTTYPE=${type}&PARENTID=${queryValue(id)}`;
        const quotas = await client.list('/FS_QUOTA', query);
        return quotas.map((quota) => toQuota(quota, { type, id }));
      });
    },
    async listShares() {
      const shares = await sources.kinds(SHARE_KINDS);
      return uniqueIds(
        shares.map(({ source, kind }) => ({ record: toShare(source, kind), type: kind.protocol })),
        'native_share_id',
      );
    },
    async listStorageHostInitiators() {
      const initiators = await sources.kinds(INITIATOR_KINDS);
      return initiators.map(({ source, kind }) => toInitiator(source, kind));
    },
    listStorageHosts: async () => (await client.list('/host')).map(toHost),
    ...createGroupLists(client, sources),
  };
}

async function poolIds(sources: Sources): Promise<PoolIds> {
  const pools = await sources.optional('/storagepool');
  return new Map(
    pools.flatMap((pool) => {
      const [id, name] = [identifier(pool['ID']), written(pool['NAME'])];
      return id !== undefined && name !== undefined ? [[name, id] as const] : [];
    }),
  );
}
