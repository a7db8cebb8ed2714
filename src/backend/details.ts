/** What one array's page says beyond its status. Plain data: it crosses threads. Made when asked for. */
import type { ListName } from '../config/schema.ts';
import type { Budget, BudgetUse } from '../driver/budget.ts';
import type { Driver } from '../driver/driver.ts';
import type { ServerIdentity } from '../driver/identity.ts';
import {
  METRIC_NAMES,
  RESOURCE_TYPES,
  type Capabilities,
  type MetricName,
  type ResourceType,
} from '../driver/metrics.ts';
import type { Connection } from './connection.ts';
import type { Knowledge } from './knowledge.ts';
import { LISTS, type Fields, type ListDefinition } from './lists.ts';
import type { BackendSettings } from './settings.ts';
import type { Inventory } from './snapshot.ts';
import type { CollectionKind } from './status.ts';

/**
 * `read`: whole. `partial`: some of it could not be read. `kept`: the last answer, the newest try
 * failed. `failed`: nothing is there. `absent`: this array does not give it. `excluded`: not asked
 * for, as configured. `unknown`: not asked yet.
 */
export type ListState = 'read' | 'partial' | 'kept' | 'failed' | 'absent' | 'excluded' | 'unknown';

export interface ListDetails {
  readonly list: ListName;
  /** Whether the driver can read it; absent: it does not say. */
  readonly offered?: boolean;
  readonly state: ListState;
  readonly records?: number;
  /** Epoch ms. */
  readonly read_at?: number;
}

export interface ResourceDetails {
  readonly resource_type: ResourceType;
  /** Not asked for, as configured. */
  readonly excluded: boolean;
  /** Measures of the driver at most. */
  readonly offered: readonly MetricName[];
  /** Measures of this array; absent: not known yet. */
  readonly given?: readonly MetricName[];
  /** Measures of which there are samples that are not stale. */
  readonly sampled: readonly MetricName[];
  readonly series: number;
  /** By the array's clock, epoch ms; also of samples that are stale. */
  readonly newest_sample_at?: number;
  /** How often each object has its turn, where they are asked in turns, s. */
  readonly turn?: number;
}

/** An object whose state is neither well nor unknown. */
export interface Ailing {
  readonly list: ListName;
  readonly id: string;
  readonly name?: string;
  readonly location?: string;
  readonly status: string;
}

export interface BackendDetails {
  /** How often each kind is collected, ms; absent: it is not. */
  readonly intervals: { readonly [K in CollectionKind]?: number };
  readonly lists: readonly ListDetails[];
  readonly resources: readonly ResourceDetails[];
  /** Type -> state -> how many. */
  readonly components: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The first of them; `ailing_total` are all. */
  readonly ailing: readonly Ailing[];
  readonly ailing_total: number;
  /** Shared by all backends that reach the same server. */
  readonly budget: BudgetUse;
  readonly servers: readonly ServerIdentity[];
}

/** Objects that are not well and are named. */
const MAX_AILING = 100;

const WELL: ReadonlySet<unknown> = new Set(['normal', 'available', 'ok', 'syncing', 'unknown']);

/** Lists of what the array consists of, and where their state is. Hosts are not part of it. */
const STATES: readonly (readonly [ListName & keyof Inventory, string])[] = [
  ['controllers', 'status'],
  ['components', 'status'],
  ['disks', 'status'],
  ['ports', 'health_status'],
  ['storage_pools', 'status'],
  ['volumes', 'status'],
  ['filesystems', 'status'],
  ['replications', 'status'],
];

export interface DetailsOptions {
  readonly settings: BackendSettings;
  readonly driver: Driver;
  readonly budget: Budget;
  readonly connection: Connection;
  readonly knowledge: Knowledge;
  readonly intervals: BackendDetails['intervals'];
  /** What this array measures, as far as it is wanted. */
  readonly capabilities: Capabilities | undefined;
}

export function detailsOf(options: DetailsOptions): BackendDetails {
  const { budget, connection, knowledge, intervals } = options;
  const records = knowledge.records();
  const ailing = ailingIn(records);
  return {
    intervals,
    lists: LISTS.map((list) => listDetails(list, records, options)),
    resources: resourcesOf(options),
    components: componentsOf(records),
    ailing: ailing.slice(0, MAX_AILING),
    ailing_total: ailing.length,
    budget: budget.use(),
    servers: connection.servers(),
  };
}

function listDetails(
  list: ListDefinition,
  records: Inventory,
  { driver, settings, knowledge }: DetailsOptions,
): ListDetails {
  const part = list.parts[0].name;
  const held = knowledge.readAt(part);
  const { methods } = driver;
  const isAlways = list.method === 'listStoragePools' || list.method === 'listVolumes';
  const offered = isAlways || methods?.some((method) => method === list.method);
  return {
    list: list.name,
    ...(offered === undefined ? {} : { offered }),
    state: settings.exclude.has(list.name) ? 'excluded' : stateOf(list, held?.whole, knowledge),
    ...(held ? { records: records[part]?.length ?? 0, read_at: held.at } : {}),
  };
}

/** `whole`: undefined if the list is not there. */
function stateOf(
  { method }: ListDefinition,
  whole: boolean | undefined,
  knowledge: Knowledge,
): ListState {
  const problems = knowledge.problems('inventory');
  const problem = problems.find(({ call }) => call === method);
  if (problem?.error_type === 'not_supported') return 'absent';
  if (whole !== undefined) {
    if (!problem) return 'read';
    return whole ? 'kept' : 'partial';
  }
  if (problem) return 'failed';
  // A round that ended early has asked for some only.
  const isAsked = knowledge.lastRun('inventory')?.ok && !problems.some(({ call }) => call === 'inventory'); // prettier-ignore
  return isAsked ? 'absent' : 'unknown';
}

function resourcesOf({ driver, settings, knowledge, capabilities }: DetailsOptions) {
  const offered = driver.capabilities?.().resource_metrics ?? {};
  const current = Map.groupBy(knowledge.samples(), (columns) => columns.resource_type);
  return RESOURCE_TYPES.flatMap((type): ResourceDetails[] => {
    const columns = current.get(type) ?? [];
    const newest = knowledge.newestOf(type);
    const turn = capabilities?.turns?.[type];
    const given = capabilities && measuresIn(capabilities.resource_metrics[type]);
    const known = measuresIn(offered[type]);
    if (known.length === 0 && !given?.length && columns.length === 0) return [];
    return [
      {
        resource_type: type,
        excluded: settings.resources !== undefined && !settings.resources.has(type),
        offered: known,
        ...(given ? { given } : {}),
        sampled: columns.map(({ name }) => name),
        series: columns.reduce((sum, { times }) => sum + times.length, 0),
        ...(newest === undefined ? {} : { newest_sample_at: newest }),
        ...(turn === undefined ? {} : { turn }),
      },
    ];
  });
}

/** In the order of the contract. */
function measuresIn(metrics: object = {}): MetricName[] {
  return METRIC_NAMES.filter((name) => Object.hasOwn(metrics, name));
}

function componentsOf({ components = [] }: Inventory): BackendDetails['components'] {
  const counts: Record<string, Record<string, number>> = {};
  for (const { type, status = 'unknown' } of components) {
    const ofType = (counts[type] ??= {});
    ofType[status] = (ofType[status] ?? 0) + 1;
  }
  return counts;
}

function ailingIn(records: Inventory): Ailing[] {
  return STATES.flatMap(([list, field]) => {
    const definition = LISTS.find(({ name }) => name === list);
    const [idField = ''] = definition?.parts[0].identity ?? [];
    return ((records[list] ?? []) as readonly Fields[]).flatMap((record): Ailing[] => {
      const status = record[field];
      if (typeof status !== 'string' || WELL.has(status)) return [];
      const { name, location } = record;
      return [
        {
          list,
          id: String(record[idField]),
          ...(typeof name === 'string' ? { name } : {}),
          ...(typeof location === 'string' ? { location } : {}),
          status,
        },
      ];
    });
  });
}
