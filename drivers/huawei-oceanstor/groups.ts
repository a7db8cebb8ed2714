/** Groups of hosts, ports and LUNs with their members, and the mapping views that tie them together. */
import {
  compact,
  identifier,
  mapConcurrent,
  type Foreign,
  type PortGroup,
  type Session,
  type StorageHostGroup,
  type VolumeGroup,
} from 'delfin-agent/driver';
import { queryValue, type Client } from './client.ts';
import {
  HOST_GROUP_TYPE,
  joined,
  PORT_GROUP_TYPE,
  toGroup,
  toMaskingView,
  VOLUME_GROUP_TYPE,
  type Group,
  type ViewGroups,
} from './hosts.ts';
import { idsOf, type Sources } from './sources.ts';

type GroupLists = Pick<
  Session,
  'listStorageHostGroups' | 'listPortGroups' | 'listVolumeGroups' | 'listMaskingViews'
>;

/** Which kinds of ports a port group may hold. */
const MEMBER_PORTS = ['/eth_port', '/fc_port', '/fcoe_port', '/lif'] as const;

interface Found {
  readonly group: Group;
  readonly members: readonly string[];
}

export function createGroupLists(client: Client, sources: Sources): GroupLists {
  const queries = createQueries(client, sources);
  return {
    async listStorageHostGroups() {
      const found = await queries.withMembers('/hostgroup', HOST_GROUP_TYPE, ['/host']);
      return {
        storage_host_groups: found.map(({ group, members }) =>
          compact<StorageHostGroup>({
            native_storage_host_group_id: group.id,
            name: group.name,
            description: group.description,
            storage_hosts: joined(members),
          }),
        ),
        storage_host_grp_host_rels: relations(
          found,
          'native_storage_host_group_id',
          'native_storage_host_id',
        ),
      };
    },
    async listPortGroups() {
      const found = await queries.withMembers('/portgroup', PORT_GROUP_TYPE, MEMBER_PORTS);
      return {
        port_groups: found.map(({ group, members }) =>
          compact<PortGroup>({
            native_port_group_id: group.id,
            name: group.name,
            description: group.description,
            ports: joined(members),
          }),
        ),
        port_grp_port_rels: relations(found, 'native_port_group_id', 'native_port_id'),
      };
    },
    async listVolumeGroups() {
      const found = await queries.withMembers('/lungroup', VOLUME_GROUP_TYPE, ['/lun']);
      return {
        volume_groups: found.map(({ group, members }) =>
          compact<VolumeGroup>({
            native_volume_group_id: group.id,
            name: group.name,
            description: group.description,
            volumes: joined(members),
          }),
        ),
        vol_grp_vol_rels: relations(found, 'native_volume_group_id', 'native_volume_id'),
      };
    },
    listMaskingViews: () => queries.views(),
  };
}

function createQueries(client: Client, sources: Sources) {
  const associated = (path: string, { type, id }: Group) =>
    client.list(`${path}/associate`, `ASSOCIATEOBJTYPE=${type}&ASSOCIATEOBJID=${queryValue(id)}`);

  const groups = async (path: string, type: string): Promise<readonly Group[]> =>
    (await client.list(path))
      .map((group) => toGroup(group, type))
      .filter((group) => group !== undefined);

  /** Members of one group; kinds of members that this array lacks bring none. */
  async function membersOf(group: Group, paths: readonly string[]): Promise<readonly string[]> {
    const lists = await mapConcurrent(paths, paths.length, async (path) => {
      const members = () => associated(path, group);
      return paths.length === 1 ? await members() : await sources.part(members);
    });
    return [...new Set(idsOf(lists.flat()))];
  }

  /** View id -> group id, for the views of one kind of groups. */
  async function viewsOf(path: string, type: string): Promise<ReadonlyMap<string, string>> {
    const pairs = await sources.part(async () =>
      sources.children(await groups(path, type), async (group) =>
        idsOf(await associated('/mappingview', group)).map((view) => [view, group.id] as const),
      ),
    );
    return new Map(pairs);
  }

  return {
    /** Groups with the ids of their members; a group whose members are refused has none. */
    async withMembers(path: string, type: string, members: readonly string[]): Promise<Found[]> {
      const parents = await groups(path, type);
      const found = await sources.children(parents, async (group) => [
        [group.id, await membersOf(group, members)] as const,
      ]);
      const known = new Map(found);
      return parents.map((group) => ({ group, members: known.get(group.id) ?? [] }));
    },
    async views() {
      const views: readonly Foreign[] = await client.list('/mappingview');
      if (views.length === 0) return [];
      const hosts = await viewsOf('/hostgroup', HOST_GROUP_TYPE);
      const volumes = await viewsOf('/lungroup', VOLUME_GROUP_TYPE);
      const ports = await viewsOf('/portgroup', PORT_GROUP_TYPE);
      return views.map((view) => {
        const id = identifier(view['ID']) ?? '';
        const tied = { hosts: hosts.get(id), volumes: volumes.get(id), ports: ports.get(id) };
        return toMaskingView(view, compact<ViewGroups>(tied));
      });
    },
  };
}

function relations<G extends string, M extends string>(
  found: readonly Found[],
  groupField: G,
  memberField: M,
): Record<G | M, string>[] {
  return found.flatMap(({ group, members }) =>
    members.map(
      (member) => ({ [groupField]: group.id, [memberField]: member }) as Record<G | M, string>,
    ),
  );
}
