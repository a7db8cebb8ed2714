/** Which of the arrays behind the server a backend is about. */
import {
  ConfigurationError,
  flag,
  isPartial,
  mapConcurrent,
  type DriverContext,
  type Foreign,
} from 'delfin-agent/driver';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';

export interface ChosenArray {
  readonly id: string;
  /** What the server says of it. */
  readonly system: Foreign | undefined;
}

/** @throws ConfigurationError listing the local arrays if `wanted` is none of them. */
export async function chooseArray(
  unisphere: Unisphere,
  wanted: string | undefined,
  context: DriverContext,
): Promise<ChosenArray> {
  const seen = async (id: string): Promise<Foreign | undefined> => {
    try {
      return await unisphere.get(`/${unisphere.version}/system/symmetrix/${segment(id)}`);
    } catch (error) {
      // An array that can't be described now may be described later.
      if (!isPartial(error)) throw error;
      context.log.debug({ array: id, err: error }, 'array not readable');
      return undefined;
    }
  };
  const known = wanted !== undefined && unisphere.arrays.includes(wanted);
  if (known) {
    const system = await seen(wanted);
    if (isLocal(system)) return { id: wanted, system };
  }
  const others = unisphere.arrays.filter((id) => id !== wanted);
  const checked = await mapConcurrent(others, 4, async (id) => ({ id, system: await seen(id) }));
  const local = checked.filter(({ system }) => isLocal(system)).map(({ id }) => id);
  const there = local.length === 0 ? 'it has none' : `its local arrays are ${local.join(', ')}`;
  throw new ConfigurationError(
    wanted === undefined
      ? `array_id is missing: name the array of ${unisphere.origin} to read; ${there}`
      : `array_id "${wanted}" ${known ? 'is a remote array' : 'is unknown'} to ${unisphere.origin}; ${there}`,
  );
}

/** Connected to the server itself, not seen through replication links. */
function isLocal(system: Foreign | undefined): boolean {
  return flag(system?.['local']) !== false;
}
