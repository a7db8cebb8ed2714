/** The interface for bulk requests of Unisphere 10.1: lists by token, samples of a whole category. */
import type { ServedRequest } from '../../kit/http-server.ts';
import * as answers from './answers.ts';
import { bulkGroupsOf } from './copies.ts';
import { ARRAY_ID } from './data.ts';
import { available, countersOf, measuredOf, sampleOf, timesIn } from './performance.ts';
import {
  BULK_PREFIX,
  NOT_FOUND,
  PAGE_SIZE,
  VOLUME_HOURS_MS,
  type Answer,
  type UnisphereOptions,
} from './protocol.ts';

export function bulk(options: UnisphereOptions, request: ServedRequest): Answer {
  const { model } = options;
  const [array, kind, category] = request.path.slice(BULK_PREFIX.length).split('/');
  if (array !== ARRAY_ID) return [404, { message: `System ${array} not found.` }];
  if (kind === 'performance-categories') return bulkSamples(options, category ?? '', request);
  if (kind === 'storage-groups') {
    const filtered = request.query.get('filter') === 'num_of_rdf_infos gt 0';
    return listed(options, request, kind, bulkGroupsOf(model, filtered));
  }
  if (kind !== 'volumes') return NOT_FOUND;
  const data = model.dataDevices.map((id) => ({ id, type: 'TDAT' }));
  const all = [...model.volumes.map((volume) => answers.bulkVolumeOf(model, volume)), ...data];
  return listed(options, request, kind, all);
}

/** One page, and the token for the next. */
function listed(
  { pageSize = PAGE_SIZE }: UnisphereOptions,
  request: ServedRequest,
  kind: string,
  all: readonly Readonly<Record<string, unknown>>[],
): Answer {
  const size = Math.min(Number(request.query.get('limit') ?? pageSize), pageSize);
  const from = Number(request.query.get('resume_token')?.replace('after-', '') ?? 0);
  const select = request.query.get('select')?.split(',') ?? ['id'];
  const page = all.slice(from, from + size).map((volume) => selected(volume, select));
  const left = Math.max(all.length - from - size, 0);
  const paging = { total_instances: all.length, remaining_instances: left };
  const token = left > 0 ? { resume_token: `after-${from + size}` } : {};
  return [200, { [kind.replace('-', '_')]: page, paging: { ...paging, ...token } }];
}

/** The id always, else what was asked for; `srp.id` is an object with the id alone. */
function selected(volume: Readonly<Record<string, unknown>>, select: readonly string[]): unknown {
  const names = new Set(['id', ...select.map((name) => name.split('.')[0])]);
  return Object.fromEntries(Object.entries(volume).filter(([name]) => names.has(name)));
}

function bulkSamples(
  { model, newestOnly }: UnisphereOptions,
  category: string,
  request: ServedRequest,
): Answer {
  if (category !== 'StorageGroup') return NOT_FOUND;
  const now = Date.now();
  const { first, last } = available(now);
  const hours = /^time_range eq (1|2|4|8|12|24)$/.exec(request.query.get('filter') ?? '')?.[1];
  const start = newestOnly || hours === undefined ? last : now - Number(hours) * VOLUME_HOURS_MS;
  const times = timesIn(start, now, { first, last });
  const metric_instances = measuredOf(model, category).map((one) => ({
    id: one.selection['storageGroupId'],
    metrics: times.map((timestamp) => ({
      ...Object.fromEntries(
        countersOf(model, category).map((name) => [name, sampleOf(model, one, name, timestamp)]),
      ),
      timestamp,
    })),
  }));
  return [
    200,
    { id: category, resource_type: 'performance-categories', system: ARRAY_ID, metric_instances },
  ];
}
