/** Host groups and everything below them: one request per group, shared by the lists of one round. */
import {
  flag,
  objects,
  text,
  toHostGroups,
  type Foreign,
  type Parts,
  type Session,
} from 'delfin-agent/driver';
import type { ArrayClient } from './client.ts';
import {
  isIscsi,
  toGroup,
  membersOf,
  toHosts,
  toInitiator,
  toInitiators,
  toMaskingView,
  type Group,
  type Initiator,
} from './host-records.ts';

/** Port id -> initiators (WWN or iSCSI name, lower case); a port without entry is not known. */
export type LoggedIn = ReadonlyMap<string, ReadonlySet<string>>;

export type HostLists = Required<
  Pick<
    Session,
    'listStorageHostInitiators' | 'listStorageHosts' | 'listStorageHostGroups' | 'listMaskingViews'
  >
>;

interface Groups {
  readonly groups: readonly Group[];
  /** The members of every group are known. */
  readonly complete: boolean;
}

export function createHostLists(client: ArrayClient): HostLists {
  const { parts } = client;
  const groupsOnly = parts.shared((shared) => listGroups(client, shared));
  const groups = parts.shared(async (shared): Promise<Groups> => {
    const known = await groupsOnly();
    const members = await shared.children(known, (one) => listMembers(client, one));
    const whole = known.flatMap(({ group }, index) => {
      const initiators = members[index];
      return initiators ? [{ ...group, initiators }] : [];
    });
    return { groups: whole, complete: whole.length === known.length };
  });
  const loggedIn = parts.shared((shared) => listLoggedIn(client, shared));

  return {
    async listStorageHostInitiators() {
      const known = await groups();
      return toInitiators(known.groups, await loggedIn(), known.complete);
    },
    async listStorageHosts() {
      const [known, logins] = [await groups(), await loggedIn()];
      return known.groups.flatMap((group) => toHosts(group, logins));
    },
    listStorageHostGroups: async () => toHostGroups((await groups()).groups.map(membersOf)),
    async listMaskingViews() {
      const known = (await groupsOnly()).map(({ group }) => group);
      const paths = await parts.children(known, (group) =>
        client.list('/luns', { ...address(group), isBasicLunInformation: true }),
      );
      return known.flatMap((group, index) =>
        (paths[index] ?? []).map((path) => toMaskingView(path, group)),
      );
    },
  };
}

const NAMES = ['loginWwn', 'loginIscsiName', 'wwn', 'iscsiName'] as const;

/** Which initiators are logged in to which port: extra data that not every server gives. */
export async function listLoggedIn(client: ArrayClient, parts: Parts): Promise<LoggedIn> {
  const ports = await parts.addedIfAny(() => client.list('/ports', { detailInfoType: 'logins' }));
  return new Map((ports ?? []).flatMap(toLogins));
}

function toLogins(port: Foreign): [string, ReadonlySet<string>][] {
  const id = text(port['portId']);
  if (id === undefined || !Array.isArray(port['logins'])) return [];
  const names = objects(port['logins'])
    // Newer versions also list who was logged in once.
    .filter((login) => flag(login['isLogin']) !== false)
    .flatMap((login) => NAMES.flatMap((field) => text(login[field])?.toLowerCase() ?? []));
  return [[id, new Set(names)]];
}

interface KnownGroup {
  readonly group: Group;
  readonly kind: 'fc' | 'iscsi';
  /** The port is of a kind that may know neither WWNs nor iSCSI names. */
  readonly exotic: boolean;
}

const USUAL_PORTS = new Set(['FIBRE', 'FCoE', 'ISCSI', undefined]);

type Ports = ReadonlyMap<string | undefined, Foreign>;

/** The ports only tell iSCSI from Fibre Channel; without them the groups of each port do. */
async function listGroups(client: ArrayClient, parts: Parts): Promise<KnownGroup[]> {
  const listed = await parts.added(() => client.list('/ports'));
  const ports: Ports = new Map((listed ?? []).map((port) => [text(port['portId']), port]));
  const groups = await allGroups(client, parts, ports);
  return groups.flatMap((foreign) => {
    const group = toGroup(foreign);
    if (!group) return [];
    const port = ports.get(group.portId);
    const kind = isIscsi(foreign, port) ? 'iscsi' : 'fc';
    return [{ group, kind, exotic: !USUAL_PORTS.has(text(port?.['portType'])) }];
  });
}

/**
 * One request gives the groups of all ports, without the targets' names; older arrays insist on a
 * port. Ports whose type is not known, or whose groups came without host mode, are asked singly; what
 * then can't be read is left out: of what kind it is, or what runs on it, is not known.
 */
async function allGroups(client: ArrayClient, parts: Parts, ports: Ports): Promise<Foreign[]> {
  const groups = await parts.ifAny(() => client.list('/host-groups'));
  const vague = groups
    ? groups.filter((group) => isVague(group, ports)).map((group) => text(group['portId']))
    : [...ports.keys()];
  const asked = [...new Set(vague)].filter((port) => port !== undefined);
  const single = await parts.children(asked, (portId) => client.list('/host-groups', { portId }));
  const failed = new Set(asked.filter((_, index) => single[index] === undefined));
  const detailed = new Map<string, Foreign>();
  for (const group of [...(groups ?? []), ...single.flatMap((answer) => answer ?? [])]) {
    const id = toGroup(group)?.id;
    if (id === undefined || failed.has(text(group['portId']) ?? '')) continue;
    detailed.set(id, { ...detailed.get(id), ...group });
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
  const ask = () => client.list(COLLECTION[kind], address(group));
  const members = exotic ? ((await client.parts.ifAny(ask)) ?? []) : await ask();
  return members.flatMap((member) => toInitiator(member, kind, group) ?? []);
}

const address = (group: Group) => ({ portId: group.portId, hostGroupNumber: group.number });
