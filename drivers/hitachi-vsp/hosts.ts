/** Host groups and everything below them: one request per group, shared by the lists of one run. */
import {
  BackendError,
  InvalidResponse,
  mapConcurrent,
  NotSupported,
  text,
  type DriverContext,
  type Foreign,
  type Session,
} from 'delfin-agent/driver';
import type { ArrayClient } from './client.ts';
import {
  isIscsi,
  toGroup,
  toHostGroup,
  toHosts,
  toInitiator,
  toInitiators,
  toMaskingView,
  toRelations,
  type Group,
  type Initiator,
} from './host-records.ts';
import { listLoggedIn } from './logins.ts';

const PARALLEL = 4;
/** Initiators, hosts and groups are asked for one after another; a run later starts afresh. */
const SHARED_MS = 10_000;

export type HostLists = Required<
  Pick<
    Session,
    'listStorageHostInitiators' | 'listStorageHosts' | 'listStorageHostGroups' | 'listMaskingViews'
  >
>;

export function createHostLists(client: ArrayClient, context: DriverContext): HostLists {
  const groupsOnly = shared(context, () => listGroups(client, context));
  const groups = shared(context, async () => {
    const known = await groupsOnly();
    const members = await children(context, known, (one) => listMembers(client, one));
    return known.map(({ group }, index) => ({ ...group, initiators: members[index] ?? [] }));
  });
  const loggedIn = shared(context, () => listLoggedIn(client));

  return {
    listStorageHostInitiators: async () => toInitiators(await groups(), await loggedIn()),
    async listStorageHosts() {
      const [known, logins] = [await groups(), await loggedIn()];
      return known.flatMap((group) => toHosts(group, logins));
    },
    async listStorageHostGroups() {
      const known = await groups();
      return {
        storage_host_groups: known.map(toHostGroup),
        storage_host_grp_host_rels: known.flatMap(toRelations),
      };
    },
    async listMaskingViews() {
      const known = (await groupsOnly()).map(({ group }) => group);
      const paths = await children(context, known, (group) =>
        client.list('/luns', { ...address(group), isBasicLunInformation: true }),
      );
      return known.flatMap((group, index) =>
        (paths[index] ?? []).map((path) => toMaskingView(path, group)),
      );
    },
  };
}

interface KnownGroup {
  readonly group: Group;
  readonly kind: 'fc' | 'iscsi';
  /** The port is of a kind that may know neither WWNs nor iSCSI names. */
  readonly exotic: boolean;
}

const USUAL_PORTS = new Set(['FIBRE', 'FCoE', 'ISCSI', undefined]);

async function listGroups(client: ArrayClient, context: DriverContext): Promise<KnownGroup[]> {
  const ports = new Map((await knownPorts(client)).map((port) => [text(port['portId']), port]));
  const groups = await allGroups(client, context, ports);
  return groups.flatMap((foreign) => {
    const group = toGroup(foreign);
    if (!group) return [];
    const port = ports.get(group.portId);
    const kind = isIscsi(foreign, port) ? 'iscsi' : 'fc';
    return [{ group, kind, exotic: !USUAL_PORTS.has(text(port?.['portType'])) }];
  });
}

/** The ports only tell iSCSI from Fibre Channel; without them the groups of each port do. */
async function knownPorts(client: ArrayClient): Promise<readonly Foreign[]> {
  try {
    return await client.list('/ports');
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}

type Ports = ReadonlyMap<string | undefined, Foreign>;

/**
 * One request gives the groups of all ports, without the targets' names; older arrays insist on a
 * port. Ports whose type is not known, or whose groups came without host mode, are asked singly.
 */
async function allGroups(
  client: ArrayClient,
  context: DriverContext,
  ports: Ports,
): Promise<Foreign[]> {
  let groups: readonly Foreign[] = [];
  let vague = new Set<string>();
  try {
    groups = await client.list('/host-groups');
    const portIds = groups.filter((group) => isVague(group, ports));
    vague = new Set(portIds.flatMap((group) => text(group['portId']) ?? []));
  } catch (error) {
    const all = [...ports.keys()].filter((port) => port !== undefined);
    if (!isRefusal(error) || all.length === 0) throw error;
    vague = new Set(all);
  }
  const asked = [...vague];
  const single = await children(context, asked, (portId) =>
    client.list('/host-groups', { portId }),
  );
  const detailed = new Map<string, Foreign>();
  for (const group of [...groups, ...single.flatMap((answer) => answer ?? [])]) {
    const id = toGroup(group)?.id;
    if (id !== undefined) detailed.set(id, { ...detailed.get(id), ...group });
  }
  return [...detailed.values()];
}

function isVague(group: Foreign, ports: Ports): boolean {
  const typed = ports.get(text(group['portId']))?.['portType'] !== undefined;
  return (!typed && group['iscsiName'] === undefined) || group['hostMode'] === undefined;
}

const COLLECTION = { fc: '/host-wwns', iscsi: '/host-iscsis' } as const;

async function listMembers(
  client: ArrayClient,
  { group, kind, exotic }: KnownGroup,
): Promise<Initiator[]> {
  try {
    const members = await client.list(COLLECTION[kind], address(group));
    return members.flatMap((member) => toInitiator(member, kind, group) ?? []);
  } catch (error) {
    if (exotic && isRefusal(error)) return [];
    throw error;
  }
}

const address = (group: Group) => ({ portId: group.portId, hostGroupNumber: group.number });

/** So many refusals, or failures, without one answer mean that it is the same with all of them. */
const CONVINCING = { refusals: 3, failures: 10 } as const;

/**
 * What belongs to each parent. A parent that was deleted in the meantime has nothing, and one that
 * the array fails over costs its own part; if not one parent can be asked, that is an error.
 */
async function children<P, T>(
  context: DriverContext,
  parents: readonly P[],
  ask: (parent: P) => Promise<T>,
): Promise<(T | undefined)[]> {
  let answered = 0;
  let refused = 0;
  let failure: unknown;
  const answers = await mapConcurrent(parents, PARALLEL, async (parent) => {
    try {
      const answer = await ask(parent);
      answered += 1;
      return answer;
    } catch (error) {
      if (!isRefusal(error) && !(error instanceof InvalidResponse)) throw error;
      const isFailure = !(error instanceof NotSupported);
      refused += 1;
      const needed = isFailure ? CONVINCING.failures : CONVINCING.refusals;
      if (answered === 0 && refused >= Math.min(needed, parents.length)) throw error;
      if (isFailure) failure ??= error;
      return undefined;
    }
  });
  if (failure !== undefined) {
    context.log.warn({ err: failure }, 'some host groups could not be read');
  }
  return answers;
}

function isRefusal(error: unknown): boolean {
  return error instanceof NotSupported || error instanceof BackendError;
}

/** One call at a time, its answer shared for a moment; a failure is not kept. */
function shared<T>(context: DriverContext, load: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let known: { readonly value: T; readonly at: number } | undefined;
  return () => {
    if (known && context.now() - known.at < SHARED_MS) return Promise.resolve(known.value);
    running ??= load()
      .then((value) => {
        known = { value, at: context.now() };
        return value;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };
}
