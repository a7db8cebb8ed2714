/** Entity events: every object and relationship of two arrays in a real Collector, and what goes. */
import { describe, expect, it } from 'vitest';
import { createInventoryStore } from '../../src/backend/inventory-store.ts';
import type { Inventory, Snapshot } from '../../src/backend/snapshot.ts';
import { createEntityExport } from '../../src/telemetry/entities/export.ts';
import { otlpOf, type OtlpSettings } from '../../src/telemetry/otlp/config.ts';
import type { BatchSink } from '../../src/telemetry/otlp/delegate.ts';
import { createOutgoing } from '../../src/telemetry/otlp/outgoing.ts';
import { createSelfMetrics } from '../../src/telemetry/self.ts';
import { startAgent, workspace } from '../kit/agent.ts';
import { buildCollector, COLLECTOR_BUILD_MS, startCollector } from '../kit/collector.ts';
import { entityEventOf, keyOf, type EntityEvent } from '../kit/entities.ts';
import { eventually } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';
import { sinkInto, startReceiver } from '../kit/receiver.ts';
import { fakeSnapshot, quietLog } from '../kit/snapshot.ts';

type Fields = Readonly<Record<string, string | undefined>>;

type Named = readonly [word: string, id?: string | undefined];

const NOW = 1_790_000_000_000;
const FAKE = { volumes: 7, hosts: 4, replications: 3, drop_last_volume_after: NOW + 1 };

/** List -> word of the type, field with the id. */
const OBJECTS: readonly (readonly [keyof Inventory, string, string])[] = [
  ['storage_pools', 'pool', 'native_storage_pool_id'],
  ['volumes', 'volume', 'native_volume_id'],
  ['controllers', 'controller', 'native_controller_id'],
  ['ports', 'port', 'native_port_id'],
  ['disks', 'disk', 'native_disk_id'],
  ['filesystems', 'filesystem', 'native_filesystem_id'],
  ['qtrees', 'qtree', 'native_qtree_id'],
  ['quotas', 'quota', 'native_quota_id'],
  ['shares', 'share', 'native_share_id'],
  ['storage_hosts', 'host', 'native_storage_host_id'],
  ['storage_host_initiators', 'initiator', 'native_storage_host_initiator_id'],
  ['storage_host_groups', 'host_group', 'native_storage_host_group_id'],
  ['port_groups', 'port_group', 'native_port_group_id'],
  ['volume_groups', 'volume_group', 'native_volume_group_id'],
  ['components', 'component', 'native_component_id'],
  ['replications', 'replication', 'native_replication_id'],
];

function key(system: string, word: string, id?: string): string {
  const attribute = word === 'component' ? 'hw.id' : `storage.${word}.id`;
  const own = id === undefined ? {} : { [attribute]: id };
  return keyOf(`storage.${word}`, { 'storage.system.name': system, ...own });
}

function keysOf({ system, inventory }: Snapshot): string[] {
  const all = OBJECTS.flatMap(([list, word, field]) =>
    ((inventory[list] ?? []) as readonly Fields[]).map((record) =>
      key(system, word, record[field]),
    ),
  );
  return [key(system, 'system'), ...all].toSorted();
}

/** `FROM RELATION TO` that the lists state by the ids of others. */
function statedIn({ system, inventory }: Snapshot): string[] {
  const of = (list: keyof Inventory) => (inventory[list] ?? []) as readonly Fields[];
  const link = (from: Named, relation: string, to: Named) =>
    `${key(system, ...from)} ${relation} ${key(system, ...to)}`;
  const each = (list: keyof Inventory, word: string, id: string, field: string, to: string) =>
    of(list).flatMap((record) =>
      record[field] ? [link([word, record[id]], 'part_of', [to, record[field]])] : [],
    );
  const hostsOf = (view: Fields) => [
    ...(view['native_storage_host_id'] ? [view['native_storage_host_id']] : []),
    ...of('storage_host_grp_host_rels')
      .filter((rel) => rel['native_storage_host_group_id'] === view['native_storage_host_group_id'])
      .map((rel) => rel['native_storage_host_id'] ?? ''),
  ];
  const volumesOf = (view: Fields) => [
    ...(view['native_volume_id'] ? [view['native_volume_id']] : []),
    ...of('vol_grp_vol_rels')
      .filter((rel) => rel['native_volume_group_id'] === view['native_volume_group_id'])
      .map((rel) => rel['native_volume_id'] ?? ''),
  ];
  return [
    ...of('storage_pools').map((pool) => link(['pool', pool['native_storage_pool_id']], 'part_of', ['system'])),
    ...each('volumes', 'volume', 'native_volume_id', 'native_storage_pool_id', 'pool'),
    ...of('disks').map((disk) => {
      const group = disk['native_disk_group_id'];
      const isPool = of('storage_pools').some((pool) => pool['native_storage_pool_id'] === group);
      const holder: Named = isPool ? ['pool', group] : ['system'];
      return link(['disk', disk['native_disk_id']], 'part_of', holder);
    }),
    ...each('storage_host_initiators', 'initiator', 'native_storage_host_initiator_id', 'native_storage_host_id', 'host'),
    ...each('filesystems', 'filesystem', 'native_filesystem_id', 'native_pool_id', 'pool'),
    ...each('vol_grp_vol_rels', 'volume', 'native_volume_id', 'native_volume_group_id', 'volume_group'),
    ...each('storage_host_grp_host_rels', 'host', 'native_storage_host_id', 'native_storage_host_group_id', 'host_group'),
    ...of('masking_views').flatMap((view) =>
      volumesOf(view).flatMap((volume) =>
        hostsOf(view).map((host) => link(['volume', volume], 'exposed_to', ['host', host])),
      ),
    ),
    ...of('replications').flatMap((one) =>
      one['native_volume_id'] ? [link(['replication', one['native_replication_id']], 'replicates', ['volume', one['native_volume_id']])] : [],
    ),
  ];
} // prettier-ignore

/** An export of entities, and what a backend does with the lists of a round. */
function exporting(otlp: OtlpSettings, sink: BatchSink) {
  let now = 0;
  const self = createSelfMetrics();
  const agent = { version: '1' };
  const options = { otlp, log: quietLog, self, agent, sink, clock: () => now };
  const entities = createEntityExport(options);
  const store = createInventoryStore();
  return {
    pass: (ms: number) => void (now += ms),
    async round({ inventory, ...snapshot }: Snapshot, incomplete: readonly string[] = []) {
      now += 1_000;
      const settled = new Set(Object.keys(inventory));
      const moment = { wall: NOW + now, steady: now };
      store.add({ inventory, settled, incomplete: new Set(incomplete) } as never, moment);
      const wholeLists = store.wholeLists();
      entities.snapshot({ ...snapshot, inventory: store.current(now, 1_000), wholeLists });
      await entities.settled();
    },
    close: () => entities.close(),
  };
}

/** The made-up array; with an even seed its disks stand in pools and not in groups of their own. */
async function arrayOf(system: string, seed: number, now: number): Promise<Snapshot> {
  const { snapshot } = await fakeSnapshot({ system, fake: { ...FAKE, seed }, now });
  if (seed % 2 === 1) return snapshot;
  const { disks = [], storage_pools: pools = [] } = snapshot.inventory;
  const pooled = disks.map((disk, at) => {
    const pool = pools[at % pools.length]?.native_storage_pool_id;
    return pool === undefined ? disk : { ...disk, native_disk_group_id: pool };
  });
  return { ...snapshot, inventory: { ...snapshot.inventory, disks: pooled } };
}

function settingsOf(block: Parameters<typeof otlpOf>[0]): OtlpSettings {
  const otlp = otlpOf(block, {});
  if (!otlp) throw new Error('no settings');
  return otlp;
}

describe.skipIf(!hasProgram('go'))('the entities of two arrays in a Collector', () => {
  it('are every object and every relationship, and go within a round', async () => {
    await buildCollector();
    await using collector = await startCollector();
    const events = () =>
      collector.logs().flatMap(({ record }) => entityEventOf(record) ?? ([] as EntityEvent[]));
    const systems = ['one', 'two'];
    const before = await Promise.all(
      systems.map(async (system, at) => ({ snapshot: await arrayOf(system, at + 1, NOW) })),
    );
    const after = { snapshot: await arrayOf('two', 2, NOW + 60_000) };
    const otlp = settingsOf({ endpoint: collector.endpoint });
    const exports = systems.map(() => {
      const options = { signal: 'logs', otlp, log: quietLog, self: createSelfMetrics() } as const;
      return exporting(otlp, createOutgoing(options));
    });
    for (const [at, { snapshot }] of before.entries()) await exports[at]?.round(snapshot);
    const all = before.flatMap(({ snapshot }) => keysOf(snapshot));
    const told = await eventually('all states', () => (events().length >= all.length ? events() : undefined));
    expect(told.map(({ name, key: one }) => `${name} ${one}`).toSorted()).toEqual(
      all.map((one) => `entity.state ${one}`).toSorted(),
    );
    expect(new Set(told.map(({ interval }) => interval))).toEqual(new Set([3_600]));
    const related = new Set(told.flatMap(({ key: from, relations }) => relations.map((to) => `${from} ${to}`)));
    const stated = before.flatMap(({ snapshot }) => statedIn(snapshot));
    for (const kind of ['exposed_to', 'replicates', 'part_of']) {
      expect(stated.some((one) => one.includes(` ${kind} `))).toBe(true);
    }
    expect(stated.filter((one) => !related.has(one))).toEqual([]);
    // Each relationship leads to an object that is there.
    const targets = told.flatMap(({ relations }) => relations.map((to) => to.slice(to.indexOf(' ') + 1)));
    expect(targets.filter((target) => !all.includes(target))).toEqual([]);

    // The last volume of the second array is deleted.
    await exports[1]?.round(after.snapshot);
    const gone = key('two', 'volume', before[1]?.snapshot.inventory.volumes?.at(-1)?.native_volume_id);
    const deletion = await eventually('a deletion', () => events().find(({ name }) => name === 'entity.delete'));
    expect(deletion.key).toBe(gone);
    expect(events().filter(({ name }) => name === 'entity.delete')).toHaveLength(1);
    for (const one of exports) await one.close();
  }, COLLECTOR_BUILD_MS); // prettier-ignore
});

describe('entity events', () => {
  it('come once, when something changes, and every hour; no list that failed takes any away', async () => {
    const { snapshot } = await fakeSnapshot({ fake: FAKE, now: NOW });
    const count = keysOf(snapshot).length;
    const { inventory } = snapshot;
    const { volumes = [], ...others } = inventory;
    const seen: string[] = [];
    const sent = exporting(settingsOf({ protocol: 'http/json' }), sinkInto((body) => {
      for (const record of recordsIn(JSON.parse(Buffer.from(body).toString('utf8')))) {
        const event = entityEventOf(record);
        if (event) seen.push(`${event.name} ${event.key}`);
      }
    }));
    const round = async (lists: Inventory, incomplete: readonly string[] = []) => {
      seen.length = 0;
      await sent.round({ ...snapshot, inventory: lists }, incomplete);
      return [...seen];
    };
    expect(await round(inventory)).toHaveLength(count);
    expect(await round({ ...inventory })).toEqual([]);
    // The list fails until it is withdrawn, then comes in part: nothing is deleted.
    for (let failed = 0; failed < 5; failed += 1) expect(await round(others)).toEqual([]);
    for (let part = 0; part < 5; part += 1) {
      expect(await round({ ...others, volumes: volumes.slice(0, 2) }, ['volumes'])).toEqual([]);
    }
    const [first, second] = volumes;
    if (!first || !second) throw new Error('no volumes');
    const renamed = { ...first, name: 'renamed' };
    expect(await round({ ...inventory, volumes: [renamed, ...volumes.slice(1)] })).toEqual([
      `entity.state ${key('fake-1', 'volume', first.native_volume_id)}`,
    ]);
    expect(await round({ ...inventory, volumes: [renamed, ...volumes.slice(2)] })).toEqual([
      `entity.delete ${key('fake-1', 'volume', second.native_volume_id)}`,
    ]);
    sent.pass(3_600_000);
    expect(await round({ ...inventory, volumes: [renamed, ...volumes.slice(2)] })).toHaveLength(count - 1);
    await sent.close();
  }); // prettier-ignore

  it('leave a running agent, with its alerts', async () => {
    using space = workspace();
    await using receiver = await startReceiver();
    const config = space.write(
      'config.yaml',
      `otlp: { endpoint: "${receiver.endpoint}", protocol: http/json, entities: true }
backends: [ { name: one, vendor: fake_storage, model: fake_driver, fake: { volumes: 3 } } ]
`,
    );
    await using agent = await startAgent(config);
    const events = () =>
      receiver.logBodies().flatMap((body) => recordsIn(body).flatMap((record) => entityEventOf(record) ?? []));
    await eventually('a volume and a component', () => {
      const types = new Set(events().map(({ type }) => type));
      return types.has('storage.volume') && types.has('storage.component') ? true : undefined;
    });
    const volumes = events().filter(({ type }) => type === 'storage.volume');
    expect(volumes.map(({ key: one }) => one).toSorted()).toEqual(
      [0, 1, 2].map((at) => key('one', 'volume', `volume_${at}`)),
    );
    expect(volumes[0]?.description).toMatchObject({ 'storage.volume.type': expect.any(String) as string });
    expect(agent.output()).not.toMatch(/level=error/);
  }); // prettier-ignore
});

function recordsIn(body: unknown): Record<string, unknown>[] {
  const { resourceLogs = [] } = body as {
    resourceLogs?: { scopeLogs: { logRecords: Record<string, unknown>[] }[] }[];
  };
  return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
}
