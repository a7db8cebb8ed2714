/**
 * Lists made of several requests: kinds of objects, children of parents, data that only adds. What
 * fails is told as a problem of every call that lost it, and costs that part and nothing else.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mapConcurrent } from '../concurrency.ts';
import type { DriverContext } from '../driver.ts';
import {
  AccessDenied,
  BackendError,
  BackendTimeout,
  DriverError,
  NotSupported,
} from '../errors.ts';
import { runningRound } from '../scope.ts';
import { Gone, isRefusal, isVendorsWord } from './answers.ts';
import { createFacts } from './facts.ts';

/** Requests for children prepared at a time; the backend's budget bounds those under way. */
const CONCURRENCY = 8;

/** How children are asked for. */
export interface ChildrenOptions {
  /** Parents at a time, where one answer takes much memory; 8 if absent. */
  readonly concurrency?: number;
  /** What is told of those that failed: `files were not read`. */
  readonly lost?: string;
}

/** So many failures without one success, or in a row, mean that it is the same with all of them. */
const CONVINCING = { failures: 10, timeouts: 2 } as const;

type Ask<T> = () => Promise<T>;

/** A way to ask; the next one is taken only where the vendor refuses this one. */
export interface Way<T> {
  readonly ask: Ask<T>;
  /** What its answer lacks, told whenever it is used: `the type of snapshots`. */
  readonly lacks?: string | undefined;
}

export interface Parts {
  /** A part of the running call's answer is missing: a problem of the call. */
  tell(error: unknown, what?: string): void;
  /**
   * Several requests that make one list. Those that fail are told; what the others found is the answer.
   * A part that the array lacks is undefined (`ifAny`); of nothing asked nothing is found.
   * @throws if all fail, or if nothing was found and one failed: a fault is no empty list; NotSupported
   *   if the array lacks all.
   */
  union<T>(parts: readonly Ask<readonly T[] | undefined>[]): Promise<T[]>;
  /**
   * What belongs to each parent, in their order. Undefined: it could not be read (told), or the parent
   * has gone: the record it belongs to must be left out, it is not empty.
   * @throws if not one could be read.
   */
  children<P, C>(
    parents: readonly P[],
    ask: (parent: P) => Promise<C>,
    options?: ChildrenOptions,
  ): Promise<(C | undefined)[]>;
  /** The same as pairs of parent and children; what is undefined there is left out. */
  pairs<P, C>(
    parents: readonly P[],
    ask: (parent: P) => Promise<C>,
  ): Promise<(readonly [parent: P, children: C & {}])[]>;
  /** What arrays of this kind may lack: undefined where the vendor says so in its own words. */
  ifAny<T>(ask: Ask<T>): Promise<T | undefined>;
  /** Data that only adds to a list: undefined, and told, if it can't be read. */
  added<T>(ask: Ask<T>): Promise<T | undefined>;
  /** `added` of what arrays of this kind may lack (`ifAny`): that the array lacks it is not told. */
  addedIfAny<T>(ask: Ask<T>): Promise<T | undefined>;
  /**
   * The first way that the array does not refuse. What was refused twice is left out for an hour;
   * an undefined one is none: of an interface that is not there.
   * `refuses`: which errors say that another way may do; those that refuse this very question if absent.
   * @throws the first refusal if all refuse; anything that is no refusal.
   */
  either<T>(
    key: string,
    ways: readonly (Way<T> | undefined)[],
    refuses?: (error: unknown) => boolean,
  ): Promise<T>;
  /**
   * One answer for the lists of a round; what it, or one that it is made of, lost is a problem of each of
   * them. What is told while it is loaded is told to it, by whichever parts.
   */
  shared<T>(load: (parts: Parts) => Promise<T>): Ask<T>;
}

export function createParts(context: Pick<DriverContext, 'log'>): Parts {
  const told = (error: unknown, what: string) => context.log.warn({ err: error }, what);
  return partsOf(told, createFacts());
}

type Tell = (error: unknown, what: string) => void;

function partsOf(report: Tell, facts: ReturnType<typeof createFacts>): Parts {
  const tell: Parts['tell'] = (error, what = 'a part of the answer is missing') =>
    (making.getStore() ?? report)(error, what);

  /** A way that was refused once may have met a fault that looked like it. */
  async function either<T>(
    key: string,
    given: readonly (Way<T> | undefined)[],
    refuses: (error: unknown) => boolean = isRefusal,
  ): Promise<T> {
    const ways = given.filter((way) => way !== undefined);
    const known = Number(facts.get(key) ?? 0);
    let refusal: unknown;
    for (const [index, { ask, lacks }] of ways.entries()) {
      if (index < known && index < ways.length - 1) continue;
      try {
        const answer = await ask();
        if (lacks !== undefined)
          tell(new NotSupported(`${key}: the array refuses to tell ${lacks}`));
        return answer;
      } catch (error) {
        if (!refuses(error)) throw error;
        refusal ??= error;
        const once = `${key} refused ${index}`;
        if (facts.get(once) === undefined) facts.learn(once, 1);
        else if (index + 1 < ways.length) facts.learn(key, index + 1);
      }
    }
    throw refusal ?? new NotSupported(`${key}: there is no way to ask`);
  }

  async function added<T>(ask: Ask<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!isPartial(error)) throw error;
      tell(error);
      return undefined;
    }
  }

  return {
    tell,
    either,
    union: (parts) => unionOf(parts, tell),
    ifAny,
    children: (parents, ask, options) => childrenOf(parents, ask, tell, options),
    async pairs(parents, ask) {
      const found = await childrenOf(parents, ask, tell);
      return parents.flatMap((parent, at) => {
        const own = found[at];
        return own === undefined || own === null ? [] : [[parent, own] as const];
      });
    },
    added,
    addedIfAny: (ask) => added(() => ifAny(ask)),
    shared(load) {
      return sharedBy(async () => {
        const lost: [unknown, string][] = [];
        const keep: Tell = (error, what) => void lost.push([error, what]);
        const value = await making.run(keep, () => load(partsOf(keep, facts)));
        return { value, lost };
      }, tell);
    },
  };
}

async function ifAny<T>(ask: Ask<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!isVendorsWord(error)) throw error;
    return undefined;
  }
}

async function unionOf<T>(
  parts: readonly Ask<readonly T[] | undefined>[],
  tell: Parts['tell'],
): Promise<T[]> {
  if (parts.length === 0) return [];
  const found: (readonly T[])[] = [];
  const failures: unknown[] = [];
  for (const part of parts) {
    try {
      const records = await part();
      if (records) found.push(records);
    } catch (error) {
      if (!isPartial(error)) throw error;
      failures.push(error);
    }
  }
  const worst = failures.find((error) => !(error instanceof NotSupported));
  if (found.length === 0) {
    throw worst ?? failures[0] ?? new NotSupported('the array has nothing of the kind');
  }
  const all = found.flat();
  if (all.length === 0 && worst !== undefined) throw worst;
  for (const error of failures) tell(error);
  return all;
}

async function childrenOf<P, C>(
  parents: readonly P[],
  ask: (parent: P) => Promise<C>,
  tell: Parts['tell'],
  { concurrency = CONCURRENCY, lost = 'parts are missing' }: ChildrenOptions = {},
): Promise<(C | undefined)[]> {
  let answered = 0;
  let failed = 0;
  let row = { failures: 0, timeouts: 0 };
  let failure: DriverError | undefined;
  const hopeless = () => row.failures >= CONVINCING.failures || row.timeouts >= CONVINCING.timeouts;
  const answers = await mapConcurrent(parents, concurrency, async (parent) => {
    if (hopeless()) {
      failed += 1;
      return undefined;
    }
    try {
      const answer = await ask(parent);
      answered += 1;
      row = { failures: 0, timeouts: 0 };
      return answer;
    } catch (error) {
      if (error instanceof Gone) return undefined;
      if (!isPartial(error)) throw error;
      failure ??= error;
      failed += 1;
      row.failures += 1;
      if (error instanceof BackendTimeout) row.timeouts += 1;
      return undefined;
    }
  });
  if (!failure) return answers;
  if (answered === 0) throw failure;
  const told = `${failed} of ${parents.length} ${lost}: ${failure.message}`;
  // What others have is not what the array lacks: it has lost this one.
  if (failure instanceof NotSupported) tell(new BackendError('missing', told, { cause: failure }));
  else tell(withMessage(failure, told));
  return answers;
}

/** The shared answer that is being made: what another one that it is made of has lost, it has lost, too. */
const making = new AsyncLocalStorage<Tell>();

/** One load for the lists of a round, its answer or its failure shared; without a round one a call. */
function sharedBy<T>(
  load: () => Promise<{ readonly value: T; readonly lost: readonly [unknown, string][] }>,
  tell: Tell,
): Ask<T> {
  const loads = new WeakMap<object, ReturnType<typeof load>>();
  return async () => {
    const round = runningRound() ?? {};
    const loading = loads.get(round) ?? load();
    loads.set(round, loading);
    const { value, lost } = await loading;
    for (const [error, what] of lost) tell(error, what);
    return value;
  };
}

/** Costs what was asked for and nothing else: the array and its session live on. */
export function isPartial(error: unknown): error is DriverError {
  if (error instanceof AccessDenied) return true;
  return error instanceof DriverError && !WHOLE.has(error.type);
}

const WHOLE: ReadonlySet<string> = new Set([
  'authentication',
  'unreachable',
  'session_expired',
  'configuration',
]);

/** The same error, of the same class, that says more. */
function withMessage(error: DriverError, message: string): DriverError {
  return Object.create(error, { message: { value: message, enumerable: true } }) as DriverError;
}
