/** What several lists of a round are made of, asked for once, and the blocks that put them together. */
import { InvalidResponse, number, withId, type Foreign, type Parts } from 'delfin-agent/driver';
import type { Asked, Client } from './client.ts';
import type { ResourceName } from './fields.ts';
import { isSnapshot } from './records.ts';

export const CLUSTER_ID = '0';
/** Before 3.0 what a volume holds takes a request each: of so many at most. */
const MOST_ASKED_SINGLY = 500;

export const VOLUMES: Asked = { filter: { type: 'neq.Snapshot' } };
const SNAPSHOTS: Asked = {
  filter: { type: 'eq.Snapshot' },
  select: 'id,type,appliance_id,protection_data',
};

export type Sources = ReturnType<typeof createSources>;

export function createSources(client: Client) {
  const { parts } = client;
  const shared = (resource: ResourceName, asked: Asked = {}) =>
    parts.shared((told) => client.all(resource, asked, told));
  const volumes = async (asked: Asked, wanted: boolean, told: Parts) =>
    (await client.all('volume', asked, told)).filter((one) => isSnapshot(one) === wanted);

  return {
    client,
    parts,
    cluster: parts.shared((told) => readCluster(client, told)),
    appliances: shared('appliance'),
    hardware: shared('hardware'),
    nodes: shared('node'),
    software: shared('software_installed'),
    addresses: shared('ip_pool_address'),
    filesystems: shared('file_system'),
    treeQuotas: shared('file_tree_quota'),
    volumes: parts.shared((told) => volumes(VOLUMES, false, told)),
    snapshots: parts.shared((told) => volumes(SNAPSHOTS, true, told)),
    all: (resource: ResourceName) => () => client.all(resource),
    records: async <T>(resource: ResourceName, make: (one: Foreign, id: string) => T) =>
      withId(await client.all(resource), make),
    added: parts.addedIfAny,
    /** One kind of several that make a list: undefined where the array says that it lacks it. */
    kind:
      <T>(read: () => Promise<readonly Foreign[]>, make: (one: Foreign, id: string) => T) =>
      () =>
        parts.ifAny(async () => withId(await read(), make)),
  };
}

async function readCluster(client: Client, told: Parts): Promise<Foreign> {
  const [one] = await client.all('cluster', {}, told);
  if (!one) throw new InvalidResponse('the array says nothing of itself (GET /cluster)');
  return one;
}

/** The last row is now; an object that is new has none. */
export async function newest(
  client: Client,
  entity: string,
  id: string,
): Promise<Foreign | undefined> {
  return (await client.metrics(entity, id)).at(-1);
}

/** What volumes hold, where they do not tell it themselves. */
export async function usedOf(
  client: Client,
  volumes: readonly Foreign[],
): Promise<ReadonlyMap<string, number>> {
  const silent = withId(volumes, (one, id) => ({ one, id })).filter(
    ({ one }) => !('logical_used' in one),
  );
  const used = new Map<string, number>();
  if (silent.length > MOST_ASKED_SINGLY) return used;
  const rows = await client.parts.children(silent, ({ id }) =>
    newest(client, 'space_metrics_by_volume', id),
  );
  for (const [index, { id }] of silent.entries()) {
    const amount = number(rows[index]?.['logical_used']);
    if (amount !== undefined) used.set(id, amount);
  }
  return used;
}
