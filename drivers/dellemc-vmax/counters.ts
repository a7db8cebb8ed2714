/**
 * Which counters a server has. One that it does not know makes it refuse the whole request: then it is
 * asked once which ones there are, and what it lacks costs itself alone, for an hour.
 */
import { createFacts, NotSupported, Refused } from 'delfin-agent/driver';
import type { Category } from './categories-table.ts';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';
import { countersOf } from './metrics.ts';
import { textsIn } from './records.ts';

type Offered = ReadonlySet<string> | undefined;

export type Counters = ReturnType<typeof createCounters>;

export function createCounters(client: Unisphere) {
  const facts = createFacts();
  const helping = new Map<string, Promise<Offered>>();

  const known = (category: Category): readonly string[] =>
    facts.get(category.name)?.toString().split(' ') ?? countersOf(category);

  /** Requests of a category that are refused at the same time ask together. */
  function help({ name }: Category): Promise<Offered> {
    const asking = helping.get(name) ?? readHelp(client, name);
    helping.set(name, asking);
    return asking.finally(() => helping.delete(name));
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
          const fewer = remaining(category, wanted, await help(category), error.message);
          if (fewer.length === 0) throw error;
          facts.learn(category.name, fewer.join(' '));
        }
      }
    },
    /** Tells what the server lacks of a category. */
    tellLacking(category: Category): void {
      const there = known(category);
      const lacking = countersOf(category).filter((one) => !there.includes(one));
      const told = `${category.name}: the server has no counters ${lacking.join(', ')}`;
      if (lacking.length > 0) client.parts.tell(new NotSupported(told));
    },
  };
}

/** All counters of a category; undefined where the server can't say. */
async function readHelp({ get, arrayId, parts }: Unisphere, name: string): Promise<Offered> {
  const path = `/performance/Array/help/${segment(arrayId)}/${name}/metrics/All`;
  const names = (await parts.addedIfAny(() => get(path)))?.['metricName'];
  return Array.isArray(names) ? new Set(textsIn(names)) : undefined;
}

/**
 * Those the server offers; where it does not say, or offers all of them, those that its refusal does
 * not name; where that says nothing either, those that every version has. None: nothing can be left out.
 */
function remaining(
  { basic }: Category,
  wanted: readonly string[],
  offered: Offered,
  said: string,
): readonly string[] {
  const words = new Set(said.split(/\W+/));
  const everywhere: readonly string[] = offered ? [] : basic;
  const ways = [
    wanted.filter((counter) => offered?.has(counter) ?? true),
    wanted.filter((counter) => !words.has(counter)),
    wanted.filter((counter) => everywhere.includes(counter)),
  ];
  return ways.find((some) => some.length < wanted.length) ?? [];
}
