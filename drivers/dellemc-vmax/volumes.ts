/** Volumes: one by one before Unisphere 10.1, in bulk since then. Their pool and compression. */
import { flag, identifier, isObject, text, type Foreign, type Volume } from 'delfin-agent/driver';
import type { Detail, Unisphere } from './client.ts';
import { segment } from './ids.ts';
import { groupsOf, isDataDevice, volumeOf, type Placement } from './records.ts';

/** Data devices are left out by the server: there are thousands of them, and hosts never see one. */
export const HOST_VOLUMES = { data_volume: false } as const;

/** What is asked for in bulk; `srp.id` is the id alone of the pool. */
const ATTRIBUTES = [
  'id', 'type', 'emulation', 'status', 'identifier', 'wwn', 'effective_wwn', 'has_effective_wwn',
  'cap_mb', 'cap_gb', 'effective_used_capacity_gb', 'data_reduction_enabled', 'storage_groups.id',
  'srp.id', 'data_reduction_ratio_to_one', 'num_of_snapshots',
] as const; // prettier-ignore

interface Source {
  readonly unisphere: Unisphere;
  readonly arrayId: string;
  /** Root of the provisioning resources of the array. */
  readonly slo: string;
  readonly provisioning: () => Promise<Foreign>;
}

export async function readVolumes(source: Source): Promise<Volume[]> {
  const { unisphere, provisioning } = source;
  const { parts } = unisphere;
  const one = { ask: () => oneByOne(source) };
  const read = unisphere.hasBulk
    ? await parts.either('volumes in bulk', [{ ask: () => inBulk(source) }, one])
    : await one.ask();
  const volumes = read.filter(({ fields }) => !isDataDevice(fields));
  const open = volumes.filter(({ fields }) => statedPool(fields) === undefined);
  if (open.length === 0) return volumes.map((volume) => volumeOf(volume, placed(volume.fields)));
  const defaults = await parts.added(provisioning);
  const groups = await readGroups(source, open);
  return volumes.map((volume) => {
    const { fields } = volume;
    const placement =
      statedPool(fields) === undefined ? placementOf(fields, groups, defaults) : placed(fields);
    return volumeOf(volume, placement);
  });
}

async function oneByOne({ unisphere, slo }: Source): Promise<readonly Detail[]> {
  const path = `${slo}/volume`;
  return await unisphere.details(path, await unisphere.ids(path, 'volumeId', HOST_VOLUMES));
}

async function inBulk({ unisphere, arrayId }: Source): Promise<readonly Detail[]> {
  const path = `/systems/${segment(arrayId)}/volumes`;
  const found = await unisphere.bulkList({ path, field: 'volumes', select: ATTRIBUTES });
  return found.flatMap((fields) => {
    const id = identifier(fields['id']);
    return id === undefined ? [] : [{ id, fields: asOneByOne(fields) }];
  });
}

/** Names as in the description of one volume. */
function asOneByOne(fields: Foreign): Foreign {
  const groups: readonly unknown[] = Array.isArray(fields['storage_groups'])
    ? fields['storage_groups']
    : [];
  return {
    ...fields,
    volume_identifier: fields['identifier'],
    storageGroupId: groups.map((group) => (isObject(group) ? group['id'] : group)),
  };
}

function statedPool({ srp }: Foreign): string | undefined {
  return isObject(srp) ? identifier(srp['id']) : undefined;
}

/** Where the volume itself says it. */
function placed(fields: Foreign): Placement {
  return { pool: statedPool(fields), compressed: flag(fields['data_reduction_enabled']) };
}

/** The storage groups that volumes are members of, each asked for once. */
async function readGroups(
  { unisphere, slo }: Source,
  volumes: readonly Detail[],
): Promise<ReadonlyMap<string, Foreign>> {
  const ids = [...new Set(volumes.flatMap(({ fields }) => groupsOf(fields)))];
  const groups = await unisphere.parts.added(() => unisphere.details(`${slo}/storagegroup`, ids));
  return new Map((groups ?? []).map(({ id, fields }) => [id, fields]));
}

/**
 * A volume is in the pool of its storage groups, or in the default one for its emulation. Unknown as
 * long as one of its groups is.
 */
function placementOf(
  volume: Foreign,
  groups: ReadonlyMap<string, Foreign>,
  provisioning: Foreign | undefined,
): Placement {
  const stated = flag(volume['data_reduction_enabled']);
  const ids = groupsOf(volume);
  const own = ids.map((id) => groups.get(id)).filter((group) => group !== undefined);
  if (own.length < ids.length) return { pool: undefined, compressed: stated };
  const pools = new Set(
    own.map((group) => text(group['srp'])).filter((pool) => pool !== undefined),
  );
  const [pool] = pools;
  const compression = own
    .map((group) => flag(group['compression']))
    .filter((value) => value !== undefined);
  return {
    pool: pools.size === 1 ? pool : defaultPool(text(volume['emulation']), provisioning ?? {}),
    compressed: stated ?? (compression.length === 0 ? undefined : compression.includes(true)),
  };
}

function defaultPool(emulation: string | undefined, provisioning: Foreign): string | undefined {
  const open = text(provisioning['default_fba_srp']);
  const mainframe = text(provisioning['default_ckd_srp']);
  if (emulation === undefined)
    return mainframe === undefined || mainframe === open ? open : undefined;
  return /^CKD/i.test(emulation) ? mainframe : open;
}
