/** Resources below one array: path and query to an answer, with the API's limits and refusals. */
import type { ServedRequest } from '../../kit/http-server.ts';
import type { Scenario } from '../../kit/simulator.ts';
import { clonePairObject, keptPairObject, remotePairObject } from './copies.ts';
import { GENERATIONS, type ArrayModel } from './data.ts';
import { hardwareObject } from './hardware.ts';
import {
  alertObject,
  driveObject,
  efficiencyObject,
  groupObject,
  ldevObject,
  memberObject,
  pathObject,
  poolObject,
  portDetail,
  portObject,
  systemObject,
  undefinedLdev,
  type Body,
} from './objects.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiOptions {
  readonly model: ArrayModel;
  readonly scenario: Scenario;
  /** Address that the array calls its first controller's. */
  readonly host: string;
  /** Most LDEVs of one answer, whatever is asked for. */
  readonly ldevPage: number;
  /** HUS VM and VSP: groups are listed by port only. */
  readonly groupsByPort: boolean;
  /** The account may read, but is no administrator. */
  readonly reader: boolean;
}

const DEFAULT_LDEVS = 100;
const MOST_LDEVS = 16_384;
const DEFAULT_ALERTS = 10;

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const data = (objects: readonly Body[]): Answer => ok({ data: objects });

/** Error objects as the API writes them; ids only where they are publicly known. */
export function refuse(status: number, message: string, messageId?: string): Answer {
  return {
    status,
    body: {
      errorSource: '/ConfigurationManager',
      messageId,
      message,
      cause: 'see the message',
      solution: 'Check the request.',
    },
  };
}

const notFound = (path: string) =>
  refuse(404, `The specified object ${path} does not exist.`, 'KART30013-E');

type Handler = (options: ApiOptions, query: URLSearchParams) => Answer;

const RESOURCES: Readonly<Record<string, Handler>> = {
  '': ({ model, host }, query) =>
    ok(
      systemObject(
        model,
        host,
        true,
        query.get('detailInfoType') === 'version' && !model.options.sparse,
      ),
    ),
  '/total-capacities/instance': ({ model }) => {
    const { totalKib, freeKib } = model.capacity;
    if (model.options.sparse) return refuse(400, 'The function is not supported by the storage system.'); // prettier-ignore
    return ok({
      internal: { freeSpace: freeKib, totalCapacity: totalKib - 1024 },
      external: { freeSpace: 0, totalCapacity: 1024 },
      total: { freeSpace: freeKib, totalCapacity: totalKib },
    });
  },
  // Newer arrays state the zone of their clock.
  '/date-times/instance': ({ model }) => {
    const { zone } = GENERATIONS[model.options.generation];
    return zone === undefined
      ? notFound('date-times')
      : ok({ isNtpEnabled: false, timeZoneId: zone, systemTime: '2026-11-20T12:00:00' });
  },
  '/pools': ({ model }, query) =>
    withDetail(query, 'efficiency', GENERATIONS[model.options.generation].efficient, (detailed) =>
      data(model.pools.map((pool) => poolObject(pool, detailed))),
    ),
  '/total-efficiencies/instance': ({ model }) =>
    GENERATIONS[model.options.generation].efficient
      ? ok(efficiencyObject(model))
      : refuse(400, 'The API is not supported for the specified storage system.'),
  '/remote-copypairs': remotePairs,
  '/remote-replications': ({ model }) =>
    GENERATIONS[model.options.generation].keeps
      ? data(model.remotePairs.map((pair) => keptPairObject(model, pair)))
      : refuse(400, 'The API is not supported for the specified storage system.'),
  '/local-clone-copygroups': ({ model, scenario }) =>
    scenario === 'unlicensed'
      ? refuse(400, 'The program product is not installed.')
      : data(
          [...new Set(model.clones.map(({ group }) => group))].map((group) => ({
            localCloneCopygroupId: `${group},${group}P_,${group}S_`,
            copyGroupName: group,
          })),
        ),
  '/local-clone-copypairs': ({ model }, query) => {
    const [group] = query.get('localCloneCopyGroupId')?.split(',') ?? [];
    return data(model.clones.filter((pair) => pair.group === group).map(clonePairObject));
  },
  '/ldevs': ldevs,
  '/components/instance': ({ model, scenario }) => {
    const { components } = GENERATIONS[model.options.generation];
    if (!components || scenario === 'unlicensed') return notFound('components');
    return ok(hardwareObject(model));
  },
  '/drives': ({ model, scenario }, query) =>
    scenario === 'unlicensed'
      ? refuse(400, 'The function is not supported by the storage system.')
      : withDetail(
          query,
          'usedEnduranceIndicator',
          GENERATIONS[model.options.generation].wear,
          (detailed) => data(model.drives.map((drive) => driveObject(drive, detailed))),
        ),
  '/ports': ({ model }, query) => {
    const logins = query.get('detailInfoType') === 'logins';
    if (logins && model.options.sparse) return refuse(400, 'A query parameter is invalid.');
    return data(model.ports.map((port) => portObject(port, logins)));
  },
  '/host-groups': groups,
  '/host-wwns': ({ model }, query) => members(model, query, false),
  '/host-iscsis': ({ model }, query) => members(model, query, true),
  '/luns': ({ model, scenario }, query) => {
    if (scenario === 'unlicensed')
      return refuse(403, 'You do not have the permission required for the operation.');
    const group = groupOf(model, query);
    return group
      ? data(group.paths.map((path) => pathObject(group, path)))
      : notFound('host group');
  },
  '/alerts': alerts,
};

function withDetail(
  query: URLSearchParams,
  detail: string,
  has: boolean,
  give: (detailed: boolean) => Answer,
): Answer {
  const asked = query.get('detailInfoType');
  if (asked === null) return give(false);
  if (asked !== detail || !has) {
    return refuse(400, 'The value of detailInfoType is not supported by the storage system.');
  }
  return give(true);
}

const MOST_PAIRS = 500;

/** For administrators only; from an LDEV on. */
function remotePairs({ model, scenario, reader }: ApiOptions, query: URLSearchParams): Answer {
  if (scenario === 'unlicensed') return refuse(400, 'The program product is not installed.');
  if (reader) return refuse(403, 'You do not have the permission required for the operation.');
  const type = query.get('replicationType');
  if (type === null) return refuse(400, 'The replicationType parameter is required.');
  if (GENERATIONS[model.options.generation].remote === 0)
    return refuse(400, 'The program product is not installed.');
  const head = Number(query.get('headLdevId') ?? 0);
  const count = Math.min(Number(query.get('count') ?? MOST_PAIRS), MOST_PAIRS);
  const pairs = model.remotePairs
    .filter((pair) => pair.type === type && pair.ldev >= head)
    .toSorted((a, b) => a.ldev - b.ldev || a.mu - b.mu);
  return data(pairs.slice(0, count).map(remotePairObject));
}

export function answer(options: ApiOptions, path: string, request: ServedRequest): Answer {
  const handler = RESOURCES[path];
  if (handler) return handler(options, request.query);
  const portId = /^\/ports\/([^/]+)$/.exec(path)?.[1];
  const port = options.model.ports.find((candidate) => candidate.id === portId);
  return port ? ok(portDetail(port, options.model.options.sparse)) : notFound(path);
}

function ldevs({ model, ldevPage }: ApiOptions, query: URLSearchParams): Answer {
  const head = Number(query.get('headLdevId') ?? 0);
  const count = Number(query.get('count') ?? DEFAULT_LDEVS);
  if (!Number.isInteger(count) || count < 1 || count > MOST_LDEVS)
    return refuse(400, 'The value of count is invalid.');
  if (!Number.isInteger(head) || head < 0 || head > 65_279)
    return refuse(400, 'The value of headLdevId is invalid.');
  const page = Math.min(count, ldevPage);
  const defined = model.ldevs.filter((ldev) => ldev.id >= head);
  if (query.get('ldevOption') === 'defined') return data(defined.slice(0, page).map(ldevObject));
  const known = new Map(defined.map((ldev) => [ldev.id, ldev]));
  return data(
    Array.from({ length: page }, (_, index) => {
      const ldev = known.get(head + index);
      return ldev ? ldevObject(ldev) : undefinedLdev(head + index);
    }),
  );
}

function groups({ model, groupsByPort }: ApiOptions, query: URLSearchParams): Answer {
  const portId = query.get('portId');
  if (portId === null && groupsByPort) return refuse(400, 'The portId parameter is required.');
  const found = model.groups.filter((group) => portId === null || group.portId === portId);
  return data(found.map((group) => groupObject(group, portId !== null)));
}

function groupOf(model: ArrayModel, query: URLSearchParams) {
  return model.groups.find(
    (group) =>
      group.portId === query.get('portId') && String(group.number) === query.get('hostGroupNumber'),
  );
}

function members(model: ArrayModel, query: URLSearchParams, iscsi: boolean): Answer {
  const group = groupOf(model, query);
  if (!group) return notFound('host group');
  if (iscsi !== (group.iscsiName !== undefined))
    return refuse(400, 'The port type does not fit the request.');
  return data(group.members.map((member) => memberObject(group, member)));
}

function alerts({ model, scenario }: ApiOptions, query: URLSearchParams): Answer {
  if (scenario === 'unlicensed')
    return refuse(403, 'You do not have the permission required for the operation.');
  const logs: readonly string[] = GENERATIONS[model.options.generation].logs;
  const type = query.get('type') ?? '';
  if (logs.length === 0) return notFound('alerts');
  if (!logs.includes(type)) return refuse(400, 'The value of type is invalid.');
  const most = type === 'DKC' ? 10_240 : 256;
  const start = Number(query.get('start') ?? 1);
  const count = Number(query.get('count') ?? DEFAULT_ALERTS);
  if (start < 1 || start > most || count < 1 || count > most)
    return refuse(400, 'A query parameter is out of range.');
  const log = model.alerts.filter((alert) => alert.log === type);
  return data(log.slice(start - 1, start - 1 + count).map(alertObject));
}
