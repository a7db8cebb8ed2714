/**
 * Which counters a server has. One that it does not know makes it refuse the whole request: then it is
 * asked once which ones there are, and what it lacks costs itself alone, for an hour.
 */
import { createFacts, isPartial, NotSupported, Refused } from 'delfin-agent/driver';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';
import { countersOf, type Category } from './metrics.ts';
import { textsIn } from './records.ts';

type Offered = ReadonlySet<string> | undefined;

export type Counters = ReturnType<typeof createCounters>;

export function createCounters(client: Unisphere) {
  const facts = createFacts();
  const helping = new Map<string, Promise<Offered>>();

  const known = (category: Category): readonly string[] =>
    facts.get(category.name)?.toString().split(' ') ?? Object.values(countersOf(category));

  /** Requests of a category that are refused at the same time ask together. */
  function help(category: Category): Promise<Offered> {
    const asking = helping.get(category.name) ?? readHelp(client, category);
    helping.set(category.name, asking);
    return asking.finally(() => helping.delete(category.name));
  }

  return {
    /** Asks for counters of a category, for fewer if the server refuses these. */
    async ask<T>(
      category: Category,
      request: (counters: readonly string[]) => Promise<T>,
    ): Promise<T> {
      for (;;) {
        const wanted = known(category);
        try {
          return await request(wanted);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          // Another request has learned something meanwhile.
          if (known(category).length < wanted.length) continue;
          const offered = await help(category);
          const fewer = remaining(category, wanted, offered, error.message);
          if (fewer.length === 0 || fewer.length >= wanted.length) throw error;
          facts.learn(category.name, fewer.join(' '));
        }
      }
    },
    /** Tells what the server lacks of a category. */
    tellLacking(category: Category): void {
      const there = known(category);
      const lacking = Object.values(countersOf(category)).filter((one) => !there.includes(one));
      const told = `${category.name}: the server has no counters ${lacking.join(', ')}`;
      if (lacking.length > 0) client.parts.tell(new NotSupported(told));
    },
  };
}

/** All counters of a category; undefined where the server can't say. */
async function readHelp({ get, arrayId, parts }: Unisphere, { name }: Category): Promise<Offered> {
  try {
    const path = `/performance/Array/help/${segment(arrayId)}/${name}/metrics/All`;
    const { metricName: names } = await get(path);
    return Array.isArray(names) ? new Set(textsIn(names)) : undefined;
  } catch (error) {
    if (!isPartial(error)) throw error;
    if (!(error instanceof NotSupported)) parts.tell(error);
    return undefined;
  }
}

/**
 * Those the server offers; where it does not say, or offers all of them, those that its refusal does
 * not name; where that says nothing either, those that every version has.
 */
function remaining(
  { basic }: Category,
  wanted: readonly string[],
  offered: Offered,
  said: string,
): readonly string[] {
  const there = wanted.filter((counter) => offered?.has(counter) ?? true);
  if (there.length < wanted.length) return there;
  const words = new Set(said.split(/\W+/));
  const unnamed = wanted.filter((counter) => !words.has(counter));
  if (unnamed.length < wanted.length || offered) return unnamed;
  const everywhere = Object.values(basic);
  return wanted.filter((counter) => everywhere.includes(counter));
}
