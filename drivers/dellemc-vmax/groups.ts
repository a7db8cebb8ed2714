/** Groups of ports and of volumes, with their members. */
import {
  NotSupported,
  number,
  toPortGroups,
  toVolumeGroups,
  type PortGroups,
  type VolumeGroups,
} from 'delfin-agent/driver';
import { isMissing, listed } from './answers.ts';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';
import type { Paths } from './inventory.ts';
import { directorPorts, portId, portKeysOf, type PortKey } from './ports.ts';
import { HOST_VOLUMES } from './volumes.ts';

export async function readPortGroups(unisphere: Unisphere, paths: Paths): Promise<PortGroups> {
  const path = `${paths.slo}/portgroup`;
  const groups = await unisphere.details(path, await unisphere.ids(path, 'portGroupId'));
  const keyed = groups.map(({ id, fields }) => ({
    id,
    keys: portKeysOf(fields['symmetrixPortKey'], 'symmetrixPortKey'),
  }));
  const numberOf = await portNumbers(
    unisphere,
    paths,
    keyed.flatMap(({ keys }) => keys),
  );
  // A group of which one port can't be told is left out: it is not smaller.
  const known = keyed.flatMap(({ id, keys }) => {
    const ports = keys.map(numberOf).filter((port) => port !== undefined);
    return ports.length < keys.length ? [] : [{ id, name: id, members: ports }];
  });
  return toPortGroups(known);
}

/**
 * Port groups may pad the number of a virtual port (SE-1E:000 for SE-1E:0): such ones are looked up
 * among the director's ports; undefined where these can't be read.
 */
async function portNumbers(
  unisphere: Unisphere,
  paths: Paths,
  keys: readonly PortKey[],
): Promise<(key: PortKey) => string | undefined> {
  const isPadded = ({ port }: PortKey) => /^0\d/.test(port);
  const padded = [...new Set(keys.filter(isPadded).map(({ director }) => director))];
  const lists = await unisphere.parts.added(() =>
    unisphere.parts.children(padded, (director) =>
      paths.hardware((root) => directorPorts(unisphere, `${root}/director`, director)),
    ),
  );
  const known = new Map(padded.map((director, index) => [director, lists?.[index]?.map(portId)]));
  return (key) => {
    if (!isPadded(key)) return portId(key);
    const ports = known.get(key.director);
    if (!ports) return undefined;
    const plain = portId({ director: key.director, port: String(Number(key.port)) });
    return !ports.includes(portId(key)) && ports.includes(plain) ? plain : portId(key);
  };
}

export async function readVolumeGroups(unisphere: Unisphere, slo: string): Promise<VolumeGroups> {
  const groups = await unisphere.ids(`${slo}/storagegroup`, 'storageGroupId');
  const members = await unisphere.parts.children(groups, (id) => memberVolumes(unisphere, slo, id));
  const known = groups.flatMap((id, index) => {
    const volumes = members[index];
    return volumes ? [{ id, name: id, members: volumes }] : [];
  });
  return toVolumeGroups(known);
}

async function memberVolumes(unisphere: Unisphere, slo: string, group: string): Promise<string[]> {
  const query = { ...HOST_VOLUMES, storageGroupId: group };
  try {
    return await unisphere.ids(`${slo}/volume`, 'volumeId', query);
  } catch (error) {
    if (!isMissing(error) && !(error instanceof NotSupported)) throw error;
    // Some versions answer a filter that matches nothing so: the group itself says how many it has.
    const about = await listed(() => unisphere.get(`${slo}/storagegroup/${segment(group)}`));
    if (number(about['num_of_vols']) === 0) return [];
    return await listed(() => Promise.reject(error));
  }
}
