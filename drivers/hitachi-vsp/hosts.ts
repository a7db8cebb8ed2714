/** Host groups and everything below them: one request per group, shared by the lists of one round. */
import {
  byId,
  byPath,
  flag,
  identifier,
  idsOf,
  InvalidResponse,
  MaskingViewSchema,
  objects,
  pick,
  recordsOf,
  StorageHostInitiatorSchema,
  StorageHostSchema,
  text,
  toHostGroups,
  withId,
  type Foreign,
  type Parts,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { ldevName } from './records.ts';

type Ask<T> = () => Promise<T>;

export function createHostLists(
  client: Client,
  ports: Ask<readonly Foreign[]>,
  loggedIn: Ask<LoggedIn>,
) {
  const { parts } = client;
  const groups = parts.shared((told) => listGroups(client, ports, told));
  const members = parts.shared(async (told) => {
    const { known, isWhole } = await groups();
    const read = await told.pairs(known, (group) => listMembers(client, group));
    return { read, complete: isWhole && read.length === known.length };
  });
  const registered = async () => {
    const { read, complete } = await members();
    const logins = await loggedIn();
    const isOnline = (portId: string, name: string) => logins.get(portId)?.has(name.toLowerCase());
    const all = read.flatMap(([, own]) => own);
    return {
      all: all.map((one) => ({ ...one, online: isOnline(one.portId, one.name) })),
      complete,
    };
  };
  return {
    listStorageHosts: async () => toHosts((await registered()).all),
    async listStorageHostInitiators() {
      const { all, complete } = await registered();
      return toInitiators(all, complete);
    },
    async listStorageHostGroups() {
      const { read } = await members();
      return toHostGroups(
        read.map(([{ id, name }, own]) => ({ id, name, members: own.map(({ hostId }) => hostId) })),
      );
    },
    async listMaskingViews() {
      const { known } = await groups();
      const paths = await parts.pairs(known, ({ portId, hostGroupNumber }) =>
        client.list('/luns', { portId, hostGroupNumber, isBasicLunInformation: true }),
      );
      return paths.flatMap(([group, own]) => toMaskingViews(own, () => ({ group })));
    },
  };
}

/** Port id -> initiators (WWN or iSCSI name, lower case); a port without entry is not known. */
export type LoggedIn = ReadonlyMap<string, ReadonlySet<string>>;

const NAMES = ['loginWwn', 'loginIscsiName', 'wwn', 'iscsiName'] as const;

/** Which initiators are logged in to which port: extra data that not every server gives. */
export async function listLoggedIn(client: Client, told: Parts): Promise<LoggedIn> {
  const ports = await told.addedIfAny(() => client.list('/ports', { detailInfoType: 'logins' }));
  const telling = (ports ?? []).filter(({ logins }) => Array.isArray(logins));
  const namesIn = (logins: unknown) =>
    objects(logins)
      // Newer versions also list who was logged in once.
      .filter(({ isLogin }) => flag(isLogin) !== false)
      .flatMap((login) => NAMES.flatMap((field) => text(login[field])?.toLowerCase() ?? []));
  return new Map(
    withId(telling, ({ logins }, id) => [id, new Set(namesIn(logins))] as const, 'portId'),
  );
}

const USUAL_PORTS = new Set(['FIBRE', 'FCoE', 'ISCSI', undefined]);

/**
 * One request gives the groups of all ports, without the targets' names; older arrays insist on a
 * port. Ports whose type is not known, or whose groups came without host mode, are asked singly; what
 * then can't be read is left out: of what kind it is, or what runs on it, is not known.
 */
async function listGroups(client: Client, readPorts: Ask<readonly Foreign[]>, told: Parts) {
  const listed = await told.ifAny(() => client.list('/host-groups'));
  // Beside the list they only tell iSCSI from Fibre Channel; without them the groups of each port do.
  const ports = listed ? ((await told.added(readPorts)) ?? []) : await readPorts();
  const portAt = byId(ports, 'portId');
  const typeOf = ({ portId }: Foreign) => portAt(portId)?.['portType'];
  const isVague = (group: Foreign) =>
    (typeOf(group) === undefined && group['iscsiName'] === undefined) ||
    group['hostMode'] === undefined;
  const asked = idsOf(listed ? listed.filter(isVague) : ports, 'portId');
  const single = new Map(
    await told.pairs([...asked], (portId) => client.list('/host-groups', { portId })),
  );
  const found = [...(listed ?? []), ...[...single.values()].flat()].filter(isUsed);
  const nameless = found.filter((group) => groupIdOf(group) === undefined).length;
  if (nameless > 0) {
    told.tell(new InvalidResponse(`/host-groups: ${nameless} without port or number`));
  }
  const groups = new Map<string, Foreign>();
  for (const group of found) {
    const [id, portId] = [groupIdOf(group), String(group['portId'])];
    const isLost = asked.has(portId) && !single.has(portId);
    if (id !== undefined && !isLost) groups.set(id, { ...groups.get(id), ...group });
  }
  return {
    known: withId([...groups.values()], (one, id) => toGroup(one, id, typeOf(one)), groupIdOf),
    /** No group is missing. */
    isWhole: nameless === 0 && single.size === asked.size,
  };
}

/** Not a group number that nobody uses. */
const isUsed = ({ isDefined }: Foreign) => flag(isDefined) !== false;

function groupIdOf(group: Foreign): string | undefined {
  const [portId, number] = [group['portId'], group['hostGroupNumber']].map(identifier);
  if (portId === undefined || number === undefined) return undefined;
  return joined(group['hostGroupId']) ?? `${portId}_${number}`;
}

/** A host group of a Fibre Channel port or a target of an iSCSI port. */
function toGroup(group: Foreign, id: string, portType: unknown) {
  // iSCSI targets have a name of their own.
  const isIscsi = text(group['iscsiName']) !== undefined || portType === 'ISCSI';
  return {
    id,
    name: identifier(group['hostGroupName']),
    hostMode: text(group['hostMode']),
    kind: isIscsi ? 'iscsi' : 'fc',
    // The port is of a kind that may know neither WWNs nor iSCSI names.
    exotic: !USUAL_PORTS.has(text(portType)),
    portId: String(group['portId']),
    hostGroupNumber: String(group['hostGroupNumber']),
  } as const;
}

type Group = ReturnType<typeof toGroup>;

/** The API joins ids by commas, which lists of ids are separated by: CL1-A,0 becomes CL1-A_0. */
function joined(id: unknown): string | undefined {
  return identifier(id)?.replaceAll(',', '_');
}

const MEMBERS = { fc: '/host-wwns', iscsi: '/host-iscsis' } as const;
const initiatorIn = byPath('hostWwn|iscsiName', text);
const hostIdIn = byPath('hostWwnId|hostIscsiId', joined);
const nicknameIn = byPath('wwnNickname|iscsiNickname', (written) =>
  written === '-' ? undefined : identifier(written),
);

/** Registrations of initiators in a group: the array's notion of hosts. */
async function listMembers(client: Client, group: Group) {
  const { id, portId, hostGroupNumber, hostMode, kind, exotic } = group;
  const ask = () => client.list(MEMBERS[kind], { portId, hostGroupNumber });
  const members = exotic ? ((await client.parts.ifAny(ask)) ?? []) : await ask();
  const register = (member: Foreign, name: string) => {
    const hostId = hostIdIn(member) ?? `${id}_${name}`;
    return { hostId, name, nickname: nicknameIn(member), kind, portId, hostMode };
  };
  return withId(members, register, initiatorIn);
}

/** Host modes as people call the systems; the array's own list is longer. */
const SYSTEMS: Readonly<Record<string, string>> = {
  'HP-UX': 'HP-UX', SOLARIS: 'Solaris', AIX: 'AIX', WIN: 'Windows', WIN_EX: 'Windows',
  'LINUX/IRIX': 'Linux', OVMS: 'Open VMS', VMWARE: 'VMware ESX', VMWARE_EX: 'VMware ESX',
}; // prettier-ignore

const toHosts = recordsOf(StorageHostSchema, {
  native_storage_host_id: 'hostId',
  name: 'nickname|name',
  os_type: ({ hostMode }) => text(hostMode) && (SYSTEMS[String(hostMode)] ?? 'Unknown'),
  status: ['online', { true: 'normal', false: 'offline' }],
});

const toInitiatorRecords = recordsOf(StorageHostInitiatorSchema, {
  native_storage_host_initiator_id: 'name',
  native_storage_host_id: 'hostId',
  name: 'name',
  alias: 'nickname',
  type: ['kind', { fc: 'fc', iscsi: 'iscsi' }],
  status: ['online', { true: 'online', false: 'offline' }],
  wwn: 'name',
});

/**
 * An initiator is registered once per port it uses; it is one initiator all the same. `complete`: the
 * registrations of every group are known; else nothing is said that another one might change.
 */
function toInitiators(registered: readonly Foreign[], complete: boolean) {
  const initiators = Map.groupBy(registered, ({ name }) => name);
  return toInitiatorRecords(
    Array.from(initiators, ([name, own]) => {
      const [first] = own;
      if (!complete) return { name, kind: first?.['kind'] };
      const states = own.flatMap(({ online }) => online ?? []);
      const online = states.includes(true) || states[0];
      const [nickname] = own.flatMap((one) => one['nickname'] ?? []);
      return { ...first, nickname, online };
    }),
  );
}

/** LU paths, each with its group. */
const toMaskingViews = recordsOf(MaskingViewSchema, {
  name: (one) => identifier(one['lunId']) ?? pathName(one),
  native_masking_view_id: (_, { name }) => joined(name),
  native_storage_host_group_id: 'group.id',
  native_volume_id: ({ ldevId }) => ldevName(ldevId),
});

function pathName({ lun, group }: Foreign): string | undefined {
  const words = [pick(group, 'portId'), pick(group, 'hostGroupNumber'), lun].map(identifier);
  return words.includes(undefined) ? undefined : words.join(',');
}
