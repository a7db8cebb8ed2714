/** What is behind one address: a server of some API versions, and the arrays that it manages. */
import {
  ConfigurationError,
  flag,
  isPartial,
  mapConcurrent,
  number,
  text,
  type Foreign,
  type Log,
} from 'delfin-agent/driver';
import { listed } from './answers.ts';
import type { Requests } from './client.ts';
import { idsOf, segment } from './ids.ts';

/** API versions whose resources this driver knows, newest first. */
const KNOWN = [100, 92, 91, 90, 84] as const;
/** The first version with bulk requests. */
const BULK_SINCE = 101;

/**
 * The array that the backend is about: what the server says of it, and where its resources are in the
 * newest API version that both know. `hasBulk`: the server says that it takes bulk requests.
 * @throws ConfigurationError listing the local arrays if `wanted` is none of them.
 */
export async function findArray(requests: Requests, wanted: string | undefined, log: Log) {
  const { version, hasBulk, arrays } = await discover(requests);
  const { get, origin } = requests;
  const root = (area: string, id: string) => `/${version}/${area}/symmetrix/${segment(id)}`;
  const seen = async (id: string) => {
    try {
      return await get(root('system', id));
    } catch (err) {
      // An array that can't be described now may be described later.
      if (!isPartial(err)) throw err;
      log.debug({ array: id, err }, 'array not readable');
      return undefined;
    }
  };
  const known = wanted !== undefined && arrays.includes(wanted);
  const about = known ? await seen(wanted) : undefined;
  if (known && isLocal(about)) {
    const [system, slo] = [root('system', wanted), root('sloprovisioning', wanted)];
    const [replication, bulkRoot] = [root('replication', wanted), `/systems/${segment(wanted)}`];
    return { version, hasBulk, arrayId: wanted, about, system, slo, replication, bulkRoot };
  }
  const others = arrays.filter((id) => id !== wanted);
  const checked = await mapConcurrent(others, 4, async (id) => (isLocal(await seen(id)) ? id : []));
  const local = checked.flat();
  const there = local.length === 0 ? 'it has none' : `its local arrays are ${local.join(', ')}`;
  throw new ConfigurationError(
    wanted === undefined
      ? `array_id is missing: name the array of ${origin} to read; ${there}`
      : `array_id "${wanted}" ${known ? 'is a remote array' : 'is unknown'} to ${origin}; ${there}`,
  );
}

/** Connected to the server itself, not seen through replication links. */
function isLocal(about: Foreign | undefined): boolean {
  return flag(about?.['local']) !== false;
}

/** The newest API version that the server serves and this driver knows, and the arrays behind it. */
async function discover({ get, parts }: Requests) {
  // What the server says of itself: since 9.0 at the first path, before at the second, or nothing.
  const about = await parts.either('the version', [
    { ask: () => get('/version', {}, true) },
    { ask: () => get('/system/version', {}, true) },
    { ask: () => Promise.resolve<Foreign>({}) },
  ]);
  const own = number(about['api_version']) ?? versionOf(text(about['version']));
  const hasBulk = own !== undefined && own >= BULK_SINCE;
  const read = async (version: number) => {
    const { symmetrixId } = await get(`/${version}/system/symmetrix`);
    return { version, hasBulk, arrays: idsOf(symmetrixId, 'symmetrixId') };
  };
  const ways = candidatesOf(about, own).map((version) => ({ ask: () => read(version) }));
  // A server without its own list of arrays is none that lacks a feature.
  return await listed(() => parts.either('API versions', ways));
}

/** What is stated is not tried out: only a server that states nothing is asked for one after the other. */
function candidatesOf(about: Foreign, own: number | undefined): readonly number[] {
  const offered = [about['supported_api_versions']].flat().flatMap((one) => number(one) ?? []);
  const common = KNOWN.find((version) => offered.includes(version)) ?? offered[0] ?? own;
  return common === undefined ? KNOWN : [common];
}

/** V9.2.1.5 is API version 92, V10.0.1.3 is 100. */
function versionOf(release: string | undefined): number | undefined {
  const match = /^\D*(\d+)\.(\d)/.exec(release ?? '');
  return match ? Number(`${match[1]}${match[2]}`) : undefined;
}
