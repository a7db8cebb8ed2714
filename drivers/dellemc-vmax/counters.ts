/**
 * Which counters a server has. One that it does not know makes it refuse the whole request: then it is
 * asked once which ones there are, and what it lacks costs itself alone, for an hour.
 */
import {
  createFacts,
  isPartial,
  NotSupported,
  Refused,
  text,
  type Parts,
} from 'delfin-agent/driver';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';
import type { Category } from './metrics.ts';

export interface Counters {
  /** Asks for counters of a category, for fewer if the server refuses these. */
  ask<T>(category: Category, request: (counters: readonly string[]) => Promise<T>): Promise<T>;
  /** Tells what the server lacks of a category. */
  tellLacking(category: Category): void;
}

export function createCounters(unisphere: Unisphere, arrayId: string): Counters {
  const { parts } = unisphere;
  const facts = createFacts();
  const keyOf = ({ category }: Category) => `counters of ${category}`;
  const helping = new Map<string, Promise<ReadonlySet<string> | undefined>>();

  function known(category: Category): readonly string[] {
    const fewer = facts.get(keyOf(category));
    return fewer === undefined ? fieldsOf(category) : String(fewer).split(' ');
  }

  /** Requests of a category that are refused at the same time ask together. */
  function help(category: Category): Promise<ReadonlySet<string> | undefined> {
    const asking = helping.get(category.category) ?? readHelp(unisphere, arrayId, category, parts);
    helping.set(category.category, asking);
    const done = () => void helping.delete(category.category);
    return asking.finally(done);
  }

  return {
    async ask(category, request) {
      for (;;) {
        const wanted = known(category);
        try {
          return await request(wanted);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          const now = known(category);
          // Another request has learned something meanwhile.
          if (now.length < wanted.length) continue;
          const offered = await help(category);
          const fewer = remaining(category, { wanted, offered, said: error.message });
          if (fewer.length === 0 || fewer.length >= wanted.length) throw error;
          facts.learn(keyOf(category), fewer.join(' '));
        }
      }
    },
    tellLacking(category) {
      const there = new Set(known(category));
      const lacking = fieldsOf(category).filter((field) => !there.has(field));
      if (lacking.length === 0) return;
      parts.tell(
        new NotSupported(`${category.category}: the server has no counters ${lacking.join(', ')}`),
      );
    },
  };
}

function fieldsOf({ counters }: Category): readonly string[] {
  return counters.flatMap(({ fields }) => fields);
}

/** All counters of a category; undefined where the server can't say. */
async function readHelp(
  unisphere: Unisphere,
  arrayId: string,
  { category }: Category,
  parts: Parts,
): Promise<ReadonlySet<string> | undefined> {
  const path = `/performance/Array/help/${segment(arrayId)}/${category}/metrics/All`;
  try {
    const names = (await unisphere.get(path))['metricName'];
    return Array.isArray(names)
      ? new Set(names.map(text).filter((name) => name !== undefined))
      : undefined;
  } catch (error) {
    if (!isPartial(error)) throw error;
    if (!(error instanceof NotSupported)) parts.tell(error);
    return undefined;
  }
}

interface Refusal {
  readonly wanted: readonly string[];
  readonly offered: ReadonlySet<string> | undefined;
  readonly said: string;
}

/**
 * Those the server offers; where it does not say, or offers all of them, those that its refusal does
 * not name; where that says nothing either, those that every version has.
 */
function remaining(category: Category, { wanted, offered, said }: Refusal): readonly string[] {
  const there = wanted.filter((field) => offered?.has(field) ?? true);
  if (there.length < wanted.length) return there;
  const words = new Set(said.split(/\W+/));
  const unnamed = wanted.filter((field) => !words.has(field));
  if (unnamed.length < wanted.length || offered) return unnamed;
  const basic = new Set(
    category.counters.filter((counter) => counter.basic).flatMap(({ fields }) => fields),
  );
  return wanted.filter((field) => basic.has(field));
}
