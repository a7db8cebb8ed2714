/** Groups of hosts, ports and LUNs with their members, and the mapping views that tie them together. */
import {
  compact,
  toHostGroups,
  identifier,
  toPortGroups,
  toVolumeGroups,
  type Foreign,
  type Session,
} from 'delfin-agent/driver';
import { idsOf, queryValue, type Client } from './client.ts';
import {
  HOST_GROUP_TYPE,
  PORT_GROUP_TYPE,
  toGroup,
  toMaskingView,
  VOLUME_GROUP_TYPE,
  type Group,
  type ViewGroups,
} from './hosts.ts';
import { PORT_KINDS, portId } from './ports.ts';

type GroupLists = Pick<
  Session,
  'listStorageHostGroups' | 'listPortGroups' | 'listVolumeGroups' | 'listMaskingViews'
>;

type Members = (objects: readonly Foreign[]) => readonly string[];

/** Which kinds of ports a port group may hold, and their ids. */
const MEMBER_PORTS = ['/eth_port', '/fc_port', '/fcoe_port', '/lif']
  .flatMap((path) => PORT_KINDS.filter((kind) => kind.path === path))
  .map((kind) => ({
    path: kind.path,
    ids: (ports: readonly Foreign[]) => ports.map((port) => portId(port, kind)),
  }));
const MEMBER_HOSTS = [{ path: '/host', ids: idsOf }];
const MEMBER_VOLUMES = [{ path: '/lun', ids: idsOf }];

export function createGroupLists(client: Client): GroupLists {
  const { views, withMembers } = createQueries(client);
  return {
    listStorageHostGroups: async () =>
      toHostGroups(await withMembers('/hostgroup', HOST_GROUP_TYPE, MEMBER_HOSTS)),
    listPortGroups: async () =>
      toPortGroups(await withMembers('/portgroup', PORT_GROUP_TYPE, MEMBER_PORTS)),
    listVolumeGroups: async () =>
      toVolumeGroups(await withMembers('/lungroup', VOLUME_GROUP_TYPE, MEMBER_VOLUMES)),
    listMaskingViews: () => views(),
  };
}

function createQueries(client: Client) {
  const { parts } = client;
  const associated = (path: string, { type, id }: Group) =>
    client.list(`${path}/associate`, `ASSOCIATEOBJTYPE=${type}&ASSOCIATEOBJID=${queryValue(id)}`);

  const groups = async (path: string, type: string): Promise<readonly Group[]> =>
    (await client.list(path))
      .map((group) => toGroup(group, type))
      .filter((group) => group !== undefined);

  /** View id -> group id, of one kind of groups; whether the views of every group are known. */
  async function viewsOf(path: string, type: string) {
    const known = await parts.added(async () => {
      const all = (await parts.ifAny(() => groups(path, type))) ?? [];
      const views = await parts.children(all, async (group) =>
        idsOf(await associated('/mappingview', group)).map((view) => [view, group.id] as const),
      );
      const complete = views.every((found) => found !== undefined);
      return { views: new Map(views.flatMap((found) => found ?? [])), complete };
    });
    return known ?? { views: new Map<string, string>(), complete: false };
  }

  return {
    /** Groups with the ids of their members; one whose members can't be read is left out. */
    async withMembers(
      path: string,
      type: string,
      kinds: readonly { readonly path: string; readonly ids: Members }[],
    ) {
      const all = await groups(path, type);
      const members = await parts.children(all, async (group) => {
        const found: string[] = [];
        // A kind of members that this array lacks brings none.
        for (const kind of kinds) {
          const objects = await parts.ifAny(() => associated(kind.path, group));
          found.push(...kind.ids(objects ?? []));
        }
        return [...new Set(found)];
      });
      return all.flatMap((group, index) => {
        const known = members[index];
        return known ? [{ ...group, members: known }] : [];
      });
    },
    /** A view whose groups are not all known is left out: it is not mapped to nobody. */
    async views() {
      const views: readonly Foreign[] = await client.list('/mappingview');
      if (views.length === 0) return [];
      const hosts = await viewsOf('/hostgroup', HOST_GROUP_TYPE);
      const volumes = await viewsOf('/lungroup', VOLUME_GROUP_TYPE);
      const ports = await viewsOf('/portgroup', PORT_GROUP_TYPE);
      return views.flatMap((view) => {
        const id = identifier(view['ID']) ?? '';
        const kinds = [hosts, volumes, ports];
        if (!kinds.every((kind) => kind.complete || kind.views.has(id))) return [];
        const [host, volume, port] = kinds.map((kind) => kind.views.get(id));
        return [
          toMaskingView(view, compact<ViewGroups>({ hosts: host, volumes: volume, ports: port })),
        ];
      });
    },
  };
}
