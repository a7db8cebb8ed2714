/** A snapshot as series of the catalog: the one reading of it, for text and OTLP alike. */
import type { PerfColumns, PerfResource, Snapshot } from '../backend/snapshot.ts';
import { countRows } from '../backend/columns.ts';
import { SEVERITIES } from '../driver/alerts.ts';
import type { ResourceType } from '../driver/metrics.ts';
import { ALERT_SEVERITY, familyOf, performanceFamily, WORDS, type Family } from './catalog.ts';
import { QUANTITIES } from './quantities.ts';
import { labelValue, type Identities, type Identity, type Label } from './labels.ts';
import { INFOS, MEMBERS, STATUSES, type InfoTable, type ResourceWord } from './tables.ts';
import { fromRecord, msToSeconds, type RecordUnit } from './units.ts';

/** Takes one series. `extra` come after the identity's labels. */
export type Visit = (
  family: Family,
  identity: Identity,
  extra: readonly Label[],
  value: number,
) => void;

type Fields = Readonly<Record<string, unknown>>;

const NONE: readonly Label[] = [];
const UP = familyOf('storage.system.up');
const INVENTORY_TIME = familyOf('storage.system.inventory.sample_timestamp');
export const PERFORMANCE_TIME = familyOf('storage.system.performance.sample_timestamp');
const ALERTS = familyOf('storage.alert.active');

const ALERT_LABELS = SEVERITIES.map(
  (severity) => [severity, [[ALERT_SEVERITY, severityWord(severity)]] as const] as const,
);

/** One record's families, found once. */
export interface Rules {
  readonly table: InfoTable;
  readonly info: Family;
  readonly quantities: readonly { field: string; family: Family; from: RecordUnit | undefined }[];
  readonly states: readonly {
    field: string;
    family: Family;
    labels: readonly (readonly [state: string, labels: readonly Label[]])[];
  }[];
}

export const RULES: readonly Rules[] = INFOS.map((table) => ({
  table,
  info: familyOf(`storage.${table.word}.info`),
  quantities: QUANTITIES.filter(({ word }) => word === table.word).map((quantity) => ({
    field: quantity.field,
    family: familyOf(quantity.instrument),
    from: quantity.from,
  })),
  states: STATUSES.filter(({ word }) => word === table.word).map((status) => ({
    field: status.field,
    family: familyOf(status.instrument),
    labels: status.states.map((state) => [state, [[status.attribute, state]]] as const),
  })),
}));

const NOTHING: ReadonlySet<number> = new Set();

/**
 * State, inventory and capacity. Returns how many series were left out as duplicates. `left`: families
 * that are of no interest; a list of which none is is not read.
 */
export function visitInventory(
  snapshot: Snapshot,
  identities: Identities,
  visit: Visit,
  left: ReadonlySet<number> = NOTHING,
): number {
  const { inventory } = snapshot;
  visitSystem(snapshot, identities.system, visit);
  let duplicates = 0;
  const count = (visited: number) => {
    duplicates += visited;
  };
  for (const rules of RULES) {
    if (rules.table.id === undefined || isLeft(rules, left)) continue;
    const records = (inventory[rules.table.list] ?? []) as readonly Fields[];
    count(visitList(rules, records, snapshot, identities, visit));
  }
  count(visitMembers(snapshot, identities, visit, left));
  return duplicates;
}

function isLeft({ info, quantities, states }: Rules, left: ReadonlySet<number>): boolean {
  if (left.size === 0) return false;
  return [info, ...[...quantities, ...states].map(({ family }) => family)].every(({ index }) =>
    left.has(index),
  );
}

/** State, inventory and capacity of the array itself. */
export function visitSystem(snapshot: Snapshot, identity: Identity, visit: Visit): void {
  const { inventory, inventoryTime, activeAlerts, up } = snapshot;
  visit(UP, identity, NONE, up ? 1 : 0);
  if (inventoryTime !== undefined)
    visit(INVENTORY_TIME, identity, NONE, msToSeconds(inventoryTime));
  for (const [severity, labels] of activeAlerts ? ALERT_LABELS : []) {
    visit(ALERTS, identity, labels, activeAlerts?.[severity] ?? 0);
  }
  if (!inventory.storage) return;
  const record = systemFields(snapshot);
  for (const rules of RULES) {
    if (rules.table.id !== undefined) continue;
    const labels = withOwn(infoLabels(rules.table, record), snapshot);
    visitFamilies(rules, [{ identity, record }], () => labels, visit);
  }
}

function visitList(
  rules: Rules,
  records: readonly Fields[],
  snapshot: Snapshot,
  identities: Identities,
  visit: Visit,
): number {
  const { word, id: idField = '' } = rules.table;
  const poolNames = word === 'volume' ? poolNamesOf(snapshot) : undefined;
  const own = (record: Fields): readonly Label[] => {
    const storage_pool_name = poolNames?.get(record['native_storage_pool_id']);
    return infoLabels(
      rules.table,
      storage_pool_name === undefined ? record : { ...record, storage_pool_name },
    );
  };
  const seen = new Set<string>();
  const known = records.flatMap((record): Known | [] => {
    const id = String(record[idField]);
    const identity = identities.of(word, id, furtherOf(word, id, record));
    // A masking view is its id and all it refers to: arrays repeat the id per volume.
    const key = word === 'masking_view' ? JSON.stringify(infoLabels(rules.table, record)) + id : id;
    if (!identity || seen.has(key)) return [];
    seen.add(key);
    return { identity, record };
  });
  visitFamilies(rules, known, own, visit);
  return records.length - known.length;
}

interface Known {
  readonly identity: Identity;
  readonly record: Fields;
}

/** One family after the other, so that the text of one is gone before that of the next is made. */
function visitFamilies(
  { info, quantities, states }: Rules,
  records: readonly Known[],
  infoOf: (record: Fields) => readonly Label[],
  visit: Visit,
): void {
  for (const { identity, record } of records) visit(info, identity, infoOf(record), 1);
  for (const { field, family, from } of quantities) {
    for (const { identity, record } of records) {
      const value = record[field];
      if (typeof value === 'number' && Number.isFinite(value)) {
        visit(family, identity, NONE, fromRecord(value, from));
      }
    }
  }
  for (const { field, family, labels: all } of states) {
    for (const { identity, record } of records) {
      const current = record[field];
      if (typeof current !== 'string') continue;
      for (const [state, label] of all) visit(family, identity, label, state === current ? 1 : 0);
    }
  }
}

function visitMembers(
  { inventory }: Snapshot,
  identities: Identities,
  visit: Visit,
  left: ReadonlySet<number>,
): number {
  let duplicates = 0;
  for (const { list, group, groupId, member, memberId } of MEMBERS) {
    const family = familyOf(`storage.${group}.member.info`);
    if (left.has(family.index)) continue;
    const seen = new Set<string>();
    for (const relation of (inventory[list] ?? []) as readonly Fields[]) {
      const ids = [labelValue(String(relation[groupId])), labelValue(String(relation[memberId]))];
      const key = JSON.stringify(ids);
      if (seen.has(key)) {
        duplicates += 1;
        continue;
      }
      seen.add(key);
      visit(
        family,
        identities.system,
        [
          [`storage.${group}.id`, ids[0] ?? ''],
          [`storage.${member}.id`, ids[1] ?? ''],
        ],
        1,
      );
    }
  }
  return duplicates;
}

/** The samples of one measure: their family, and whom each row is about. */
export interface Placed {
  readonly family: Family;
  /** undefined: another resource has these labels. */
  readonly identities: readonly (Identity | undefined)[];
  readonly columns: PerfColumns;
}

/** Families and identities of samples. Those that the catalog has no family for are left out. */
export function placesOf(
  performance: readonly PerfColumns[],
  identities: Identities,
  left: ReadonlySet<number> = NOTHING,
): Placed[] {
  // Measures of the same resources share their list.
  const found = new Map<readonly PerfResource[], readonly (Identity | undefined)[]>();
  return performance.flatMap((columns) => {
    const { resource_type: type, name, resources } = columns;
    const family = performanceFamily(type, name);
    if (!family || left.has(family.index)) return [];
    let own = found.get(resources);
    if (!own) {
      own = resources.map((resource) => identityOf(type, resource, identities));
      found.set(resources, own);
    }
    return [{ family, identities: own, columns }];
  });
}

function identityOf(
  type: ResourceType,
  { id, name }: PerfResource,
  identities: Identities,
): Identity | undefined {
  if (type === 'storage') return identities.system;
  const word = WORDS[type];
  // The inventory's name comes first: all series of a resource carry the same labels.
  return identities.known(word, id) ?? identities.of(word, id, [named(name, id)]);
}

/** The time of the newest sample; 0: there is none. */
export function visitNewest(placed: readonly Placed[], identities: Identities, visit: Visit): void {
  let newest = 0;
  for (const { columns, identities: own } of placed) {
    for (const [row, time] of columns.times.entries()) {
      if (time > newest && own[row]) newest = time;
    }
  }
  if (newest > 0) visit(PERFORMANCE_TIME, identities.system, NONE, msToSeconds(newest));
}

/** The samples themselves. */
export function visitPlaced({ family, identities, columns }: Placed, visit: Visit): void {
  for (const [row, value] of columns.values.entries()) {
    const identity = identities[row];
    if (identity && Number.isFinite(value)) visit(family, identity, NONE, value);
  }
}

/** Samples that the catalog has no family for. */
export function countUnnamed(performance: readonly PerfColumns[]): number {
  return countRows(
    performance.filter(({ resource_type, name }) => !performanceFamily(resource_type, name)),
  );
}

/** Labels after the id. */
function furtherOf(word: ResourceWord, id: string, record: Fields): readonly string[] {
  if (word === 'component') return [named(record['name'], id), text(record['type'])];
  if (word !== 'quota') return [named(record['name'], id)];
  const subject = text(record['user_group_name']) || text(record['native_qtree_id']);
  return [text(record['type']), subject];
}

function named(name: unknown, id: string): string {
  return text(name) || id;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function poolNamesOf({ inventory }: Snapshot): ReadonlyMap<unknown, string | undefined> {
  return new Map(inventory.storage_pools?.map((pool) => [pool.native_storage_pool_id, pool.name]));
}

/** What the array says of itself, and where it is silent what the operator said. */
function systemFields({ inventory, system, vendor, model }: Snapshot): Fields {
  return { vendor, model, ...inventory.storage, storage_id: system };
}

function infoLabels({ extra }: InfoTable, record: Fields): Label[] {
  const labels: Label[] = [];
  for (const { field, attribute } of extra) {
    const value = record[field];
    if (value === undefined || value === '') continue;
    labels.push([attribute, labelValue(typeof value === 'string' ? value : JSON.stringify(value))]);
  }
  return labels;
}

/** The operator's labels; they can't hide one of ours. */
function withOwn(labels: readonly Label[], { labels: own }: Snapshot): readonly Label[] {
  const taken = new Set(labels.map(([key]) => key.replaceAll('.', '_')));
  taken.add('storage_system_name');
  const added = Object.entries(own).filter(([key, value]) => !taken.has(key) && value !== '');
  return [...labels, ...added.map(([key, value]): Label => [key, labelValue(value)])];
}

/** `NotSpecified` -> `not_specified`. */
export function severityWord(severity: string): string {
  return severity.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
