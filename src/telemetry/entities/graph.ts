/** The inventory of an array as OpenTelemetry entities with their relationships. */
import type { Inventory, Snapshot } from '../../backend/snapshot.ts';
import type { MaskingView } from '../../driver/records.ts';
import { labelValue } from '../labels.ts';
import { INFOS, MEMBERS, type InfoTable, type ResourceWord } from '../tables.ts';

/** Attributes that tell one entity from all others. */
export type EntityId = Readonly<Record<string, string>>;

export interface Relationship {
  readonly type: 'part_of' | 'registered_at' | 'exposed_to' | 'replicates';
  readonly target: Target;
}

export interface Target {
  readonly type: string;
  readonly id: EntityId;
}

export interface Entity extends Target {
  readonly list: keyof Inventory;
  readonly description: Readonly<Record<string, string>>;
  readonly relationships: readonly Relationship[];
}

type Fields = Readonly<Record<string, unknown>>;

/** A field that names what holds an object; `known`: only if that is in its list, for it may name something else. */
type Holder = readonly [field: string, word: ResourceWord, how?: 'known'];

/** The first that is there counts; else the array holds it. */
const HOLDERS: Readonly<Partial<Record<ResourceWord, readonly Holder[]>>> = {
  volume: [['native_storage_pool_id', 'pool']],
  disk: [['native_disk_group_id', 'pool', 'known']],
  port: [['native_parent_id', 'controller', 'known']],
  filesystem: [['native_pool_id', 'pool']],
  qtree: [['native_filesystem_id', 'filesystem']],
  share: [['native_qtree_id', 'qtree'], ['native_filesystem_id', 'filesystem']],
  quota: [['native_qtree_id', 'qtree'], ['native_filesystem_id', 'filesystem']],
  component: [['native_parent_id', 'component', 'known'], ['native_parent_id', 'controller', 'known']],
  initiator: [['native_storage_host_id', 'host']],
}; // prettier-ignore

/** What is no part of the array, but known to it. */
const OUTSIDE: ReadonlySet<ResourceWord> = new Set(['host', 'host_group', 'initiator']);

const REPLICATED: readonly Holder[] = [
  ['native_volume_id', 'volume'],
  ['native_volume_group_id', 'volume_group'],
  ['native_filesystem_id', 'filesystem'],
];

/** Masking views are relationships, and no entities of their own. */
const TABLES = INFOS.filter(({ word }) => word !== 'masking_view');

/** Every object once; what nobody has listed is left out. */
export function* entitiesOf({ system, inventory }: Snapshot): Generator<Entity> {
  const relate = createRelations(system, inventory);
  for (const table of TABLES) {
    const records = inventory[table.list] ?? [];
    const seen = new Set<string>();
    for (const record of (Array.isArray(records) ? records : [records]) as readonly Fields[]) {
      const id = table.id === undefined ? system : textOf(record[table.id]);
      if (id === '' || seen.has(id)) continue;
      seen.add(id);
      yield {
        ...targetOf(system, table.word, id),
        list: table.list,
        description: descriptionOf(table, record),
        relationships: relate(table.word, id, record),
      };
    }
  }
}

function targetOf(system: string, word: ResourceWord, id: string): Target {
  const type = `storage.${word}`;
  const whole = { 'storage.system.name': system };
  if (word === 'system') return { type, id: whole };
  const attribute = word === 'component' ? 'hw.id' : `${type}.id`;
  return { type, id: { ...whole, [attribute]: labelValue(id) } };
}

/** Facts, and no measures or states: those are metrics. */
function descriptionOf({ word, extra }: InfoTable, record: Fields): Record<string, string> {
  const name = word === 'component' ? 'hw.name' : `storage.${word}.name`;
  const facts: [string, unknown][] = [
    // The array goes by its configured name.
    ...(word === 'system' ? [] : [[name, record['name']] as [string, unknown]]),
    ...(word === 'component' ? [['hw.type', record['type']] as [string, unknown]] : []),
    ...extra.map(({ field, attribute }): [string, unknown] => [attribute, record[field]]),
  ];
  return Object.fromEntries(
    facts.flatMap(([key, value]) => {
      const text = textOf(value);
      return text === '' ? [] : [[key, labelValue(text)]];
    }),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
    ? String(value)
    : '';
}

type Relate = (word: ResourceWord, id: string, record: Fields) => Relationship[];

function createRelations(system: string, inventory: Inventory): Relate {
  const whole = targetOf(system, 'system', system);
  const known = knownIds(inventory);
  const memberships = new Map(
    MEMBERS.map((members) => [members.member, groupsOf(inventory[members.list], members)]),
  );
  const exposures = createExposures(inventory);

  function holderOf(word: ResourceWord, record: Fields): Target {
    for (const [field, holder, how] of HOLDERS[word] ?? []) {
      const id = textOf(record[field]);
      if (id === '' || (how === 'known' && !known(holder).has(id))) continue;
      return targetOf(system, holder, id);
    }
    return whole;
  }

  return (word, id, record) => {
    if (word === 'system') return [];
    const holder = holderOf(word, record);
    const isGuest = holder === whole && OUTSIDE.has(word);
    const found: Relationship[] = [{ type: isGuest ? 'registered_at' : 'part_of', target: holder }];
    const membership = MEMBERS.find(({ member }) => member === word);
    for (const group of memberships.get(word)?.get(id) ?? []) {
      if (membership) {
        found.push({ type: 'part_of', target: targetOf(system, membership.group, group) });
      }
    }
    if (word === 'volume' || word === 'volume_group') {
      const groups = word === 'volume' ? (memberships.get('volume')?.get(id) ?? []) : [];
      for (const [seer, seerId] of exposures(word, id, groups)) {
        found.push({ type: 'exposed_to', target: targetOf(system, seer, seerId) });
      }
    }
    if (word === 'replication') {
      for (const [field, of] of REPLICATED) {
        const copied = textOf(record[field]);
        if (copied !== '') found.push({ type: 'replicates', target: targetOf(system, of, copied) });
      }
    }
    return found;
  };
}

/** Ids of a list, read when they are asked for. */
function knownIds(inventory: Inventory): (word: ResourceWord) => ReadonlySet<string> {
  const known = new Map<ResourceWord, ReadonlySet<string>>();
  return (word) => {
    let ids = known.get(word);
    if (!ids) {
      const { list, id = '' } = INFOS.find((table) => table.word === word) ?? {};
      const records = (list ? (inventory[list] ?? []) : []) as readonly Fields[];
      ids = new Set(records.map((record) => textOf(record[id])));
      known.set(word, ids);
    }
    return ids;
  };
}

/** Member -> its groups. */
function groupsOf(
  relations: unknown,
  { groupId, memberId }: { readonly groupId: string; readonly memberId: string },
): ReadonlyMap<string, ReadonlySet<string>> {
  const groups = new Map<string, Set<string>>();
  for (const relation of (relations ?? []) as readonly Fields[]) {
    addTo(groups, textOf(relation[memberId]), textOf(relation[groupId]));
  }
  return groups;
}

type Seer = readonly [word: 'host' | 'host_group', id: string];

/** Who sees a volume or a group of them, by the masking views: hosts, or a group whose hosts nobody has listed. */
function createExposures(inventory: Inventory) {
  const hosts = new Map<string, Set<string>>();
  for (const relation of inventory.storage_host_grp_host_rels ?? []) {
    addTo(hosts, relation.native_storage_host_group_id, relation.native_storage_host_id);
  }
  const ofVolume = new Map<string, Set<MaskingView>>();
  const ofGroup = new Map<string, Set<MaskingView>>();
  for (const view of inventory.masking_views ?? []) {
    if (view.native_volume_id) addTo(ofVolume, view.native_volume_id, view);
    if (view.native_volume_group_id) addTo(ofGroup, view.native_volume_group_id, view);
  }
  const seersOf = (view: MaskingView): Seer[] => {
    const group = view.native_storage_host_group_id;
    const members = group ? hosts.get(group) : undefined;
    return [
      ...(view.native_storage_host_id ? [['host', view.native_storage_host_id] as const] : []),
      ...Array.from(members ?? [], (id) => ['host', id] as const),
      ...(group && !members ? [['host_group', group] as const] : []),
    ];
  };
  return (word: 'volume' | 'volume_group', id: string, groups: Iterable<string>): Seer[] => {
    const own = word === 'volume' ? ofVolume.get(id) : ofGroup.get(id);
    const views = [...(own ?? []), ...Array.from(groups, (group) => [...(ofGroup.get(group) ?? [])]).flat()];
    const seers = views.flatMap(seersOf);
    return [...new Map(seers.map((seer) => [seer.join(' '), seer])).values()];
  }; // prettier-ignore
}

function addTo<T>(sets: Map<string, Set<T>>, key: string, value: T): void {
  const known = sets.get(key);
  if (known) known.add(value);
  else sets.set(key, new Set([value]));
}
