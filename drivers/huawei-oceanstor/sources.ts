/** Several requests to one list: kinds of objects, children of parents, and what to do where one is refused. */
import {
  BackendError,
  identifier,
  InvalidResponse,
  mapConcurrent,
  NotSupported,
  object,
  type DriverContext,
  type Foreign,
} from 'delfin-agent/driver';
import { isFault } from './answers.ts';
import type { Client } from './client.ts';

/** Requests for children under way at once; the backend's budget bounds them further. */
const CHILDREN = 4;

/** Lists that are made of several requests: kinds of objects, and children of parents. */
export interface Sources {
  /** A collection that others can do without; empty if the array can't answer it. */
  optional(path: string): Promise<readonly Foreign[]>;
  /**
   * The objects of several collections. One that this array refuses or fails to show is left out;
   * if it refuses all, so is the list, and nothing for a fault is a fault.
   */
  kinds<K extends { readonly path: string; readonly optional?: boolean }>(
    kinds: readonly K[],
  ): Promise<{ readonly source: Foreign; readonly kind: K }[]>;
  /** A part that only adds to a list; empty if the array refuses or fails to show it. */
  part<T>(list: () => Promise<readonly T[]>): Promise<readonly T[]>;
  /** The children of all parents. A parent that fails costs its own children only. */
  children<P, C>(
    parents: readonly P[],
    list: (parent: P) => Promise<readonly C[]>,
  ): Promise<readonly C[]>;
}

export function createSources(client: Client, { log }: DriverContext): Sources {
  return {
    async optional(path) {
      try {
        return await client.list(path);
      } catch (error) {
        if (!isRefusal(error) && !(error instanceof InvalidResponse)) throw error;
        log.debug({ path, err: error }, 'left out: the array refuses it');
        return [];
      }
    },
    async kinds(kinds) {
      const found: { source: Foreign; kind: (typeof kinds)[number] }[] = [];
      let refusal: Error | undefined;
      let fault: Error | undefined;
      let answered = false;
      for (const kind of kinds) {
        try {
          const sources = await client.list(kind.path);
          found.push(...sources.map((source) => ({ source, kind })));
          answered = true;
        } catch (error) {
          if (!isRefusal(error)) throw error;
          if (isDenial(error)) {
            log.debug({ path: kind.path, err: error }, 'left out: the array refuses it');
            refusal ??= error;
          } else {
            log.warn({ path: kind.path, err: error }, 'left out: the array fails to show it');
            if (!kind.optional) fault = error;
          }
        }
      }
      // A fault is no empty list.
      if (fault && found.length === 0) throw fault;
      if (!answered && refusal) throw refusal;
      return found;
    },
    async part(list) {
      try {
        return await list();
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (isDenial(error)) log.debug({ err: error }, 'a part of a list is left out');
        else log.warn({ err: error }, 'a part of a list is left out');
        return [];
      }
    },
    async children(parents, list) {
      let failure: Error | undefined;
      let failed = 0;
      const lists = await mapConcurrent(parents, CHILDREN, async (parent) => {
        try {
          return await list(parent);
        } catch (error) {
          if (!isRefusal(error)) throw error;
          failure = error;
          failed += 1;
          return [];
        }
      });
      if (failure && failed === parents.length) throw failure;
      if (failure) log.warn({ parents: failed, err: failure }, 'the children of some objects are missing: the array refuses them'); // prettier-ignore
      return lists.flat();
    },
  };
}

/** The array understood and said no: not a fault of the connection or the session. */
export function isRefusal(error: unknown): error is BackendError | NotSupported {
  return error instanceof BackendError || error instanceof NotSupported;
}

/** A refusal that is no fault: it would be the same the next time. */
function isDenial(error: unknown): error is BackendError | NotSupported {
  return isRefusal(error) && !(error instanceof BackendError && isFault(error));
}

export async function readSystem(client: Client): Promise<Foreign> {
  const data = await client.get('/system/');
  return object(Array.isArray(data) ? data[0] : data, '/system');
}

export function idsOf(objects: readonly Foreign[]): string[] {
  return objects.map((one) => identifier(one['ID'])).filter((id) => id !== undefined);
}
