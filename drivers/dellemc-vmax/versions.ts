/** Which versions of the API a server has, and which arrays are behind it. */
import { BackendError, NotSupported, number, text, type Foreign } from 'delfin-agent/driver';
import { isMissing } from './answers.ts';
import { idsOf } from './ids.ts';

/** API versions whose resources this driver knows, newest first. */
const KNOWN = [100, 92, 91, 90, 84] as const;
/** The first version with bulk requests. */
const BULK_SINCE = 101;

export interface Discovered {
  /** API version that stands in the paths, for example 92. */
  readonly version: number;
  /** The server says that it has the interface for bulk requests. */
  readonly hasBulk: boolean;
  /** Serial numbers of all arrays the server knows, remote ones included. */
  readonly arrays: readonly string[];
}

/** `anyone`: the answer proves nothing about the credentials. */
type Get = (path: string, anyone?: true) => Promise<Foreign>;

/** The newest API version that the server serves and this driver knows, and the arrays behind it. */
export async function discover(get: Get): Promise<Discovered> {
  const about = await stated(get);
  const { own, candidates } = candidatesOf(about);
  const read = async (version: number): Promise<Discovered> => {
    const answer = await get(`/${version}/system/symmetrix`);
    const arrays = idsOf(answer['symmetrixId'], 'symmetrixId');
    return { version, hasBulk: own !== undefined && own >= BULK_SINCE, arrays };
  };
  for (const version of candidates.slice(0, -1)) {
    try {
      return await read(version);
    } catch (error) {
      if (!(error instanceof NotSupported)) throw error;
    }
  }
  try {
    return await read(candidates.at(-1) ?? KNOWN[0]);
  } catch (error) {
    // A server without its own list of arrays is none that lacks a feature.
    if (!isMissing(error)) throw error;
    throw new BackendError('404', error.message, { cause: error });
  }
}

/** What the server says of itself: since 9.0 at /version, before at /system/version. */
async function stated(get: Get): Promise<Foreign> {
  for (const path of ['/version', '/system/version']) {
    try {
      return await get(path, true);
    } catch (error) {
      if (!(error instanceof NotSupported)) throw error;
    }
  }
  return {};
}

/** What is stated is not tried out: only a server that states nothing is asked for one after the other. */
function candidatesOf(about: Foreign): {
  own: number | undefined;
  candidates: readonly number[];
} {
  const offered = Array.isArray(about['supported_api_versions'])
    ? about['supported_api_versions'].map(number).filter((version) => version !== undefined)
    : [];
  const own = number(about['api_version']) ?? versionOf(text(about['version']));
  const common = KNOWN.find((version) => offered.includes(version)) ?? offered[0] ?? own;
  return { own, candidates: common === undefined ? KNOWN : [common] };
}

/** V9.2.1.5 is API version 92, V10.0.1.3 is 100. */
function versionOf(release: string | undefined): number | undefined {
  const match = /^\D*(\d+)\.(\d)/.exec(release ?? '');
  return match ? Number(`${match[1]}${match[2]}`) : undefined;
}
