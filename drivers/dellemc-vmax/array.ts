/** Which of the arrays behind the server a backend is about. */
import { ConfigurationError, flag, mapConcurrent, type DriverContext } from 'delfin-agent/driver';
import { segment, type Unisphere } from './client.ts';

/** @throws ConfigurationError listing the local arrays if `wanted` is none of the server's. */
export async function chooseArray(
  unisphere: Unisphere,
  wanted: string | undefined,
  context: DriverContext,
): Promise<string> {
  if (wanted !== undefined && unisphere.arrays.includes(wanted)) return wanted;
  const local = await localArrays(unisphere, context);
  const known = local.length === 0 ? 'it has none' : `its local arrays are ${local.join(', ')}`;
  throw new ConfigurationError(
    wanted === undefined
      ? `array_id is missing: name the array of ${unisphere.origin} to read; ${known}`
      : `array_id "${wanted}" is unknown to ${unisphere.origin}; ${known}`,
  );
}

/** Arrays connected to the server itself, not seen through replication links. */
async function localArrays(unisphere: Unisphere, context: DriverContext): Promise<string[]> {
  const checked = await mapConcurrent(unisphere.arrays, 4, async (id) => {
    try {
      const array = await unisphere.get(`/${unisphere.version}/system/symmetrix/${segment(id)}`);
      return { id, local: flag(array['local']) !== false };
    } catch (error) {
      context.log.debug({ array: id, err: error }, 'array not readable');
      return { id, local: true };
    }
  });
  return checked.filter(({ local }) => local).map(({ id }) => id);
}
