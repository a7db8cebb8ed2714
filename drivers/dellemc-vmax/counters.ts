/**
 * What a server measures: which categories, and which of their counters. One counter that it does not
 * know makes it refuse the whole request: then it is asked once which ones there are, and what it lacks
 * costs itself alone. What is learned holds for an hour.
 */
import {
  Absent,
  createFacts,
  NotSupported,
  Refused,
  type Foreign,
  type Log,
  type SampleWindow,
} from 'delfin-agent/driver';
import type { Category } from './categories-table.ts';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';
import { countersOf } from './metrics.ts';
import { textsIn } from './records.ts';

/** Names of counters. */
type Names = readonly string[];
type Offered = ReadonlySet<string> | undefined;

export type Counters = ReturnType<typeof createCounters>;

export function createCounters(client: Unisphere, log: Log) {
  const facts = createFacts();
  const helping = new Map<string, Promise<Offered>>();

  const known = (category: Category): Names =>
    facts.get(category.name)?.toString().split(' ') ?? countersOf(category);

  /** Requests of a category that are refused at the same time ask together. */
  function help({ name }: Category): Promise<Offered> {
    const asking = helping.get(name) ?? readHelp(client, name);
    helping.set(name, asking);
    return asking.finally(() => helping.delete(name));
  }

  /** Tells what the server lacks of a category. */
  function tellLacking(category: Category): void {
    const there = known(category);
    const lacking = countersOf(category).filter((one) => !there.includes(one));
    const told = `${category.name}: the server has no counters ${lacking.join(', ')}`;
    if (lacking.length > 0) client.parts.tell(new NotSupported(told));
  }

  return {
    tellLacking,
    /** Samples of what is selected, of fewer counters if the server refuses these. */
    async samples(category: Category, selected: Foreign, { start, end }: SampleWindow) {
      const path = `/performance/${category.name}/metrics`;
      const asked = { ...selected, startDate: start, endDate: end, dataFormat: 'Average' };
      for (;;) {
        const metrics = known(category);
        try {
          return await client.samples(path, { ...asked, metrics });
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          // Another request has learned something meanwhile.
          if (known(category).length < metrics.length) continue;
          const offered = await help(category);
          const fewer = remaining(metrics, category.basic, offered, error.message);
          if (fewer.length === 0) throw error;
          facts.learn(category.name, fewer.join(' '));
        }
      }
    },
    /** Reads a category; one that the server says that it lacks is not asked for: undefined. */
    async unlessLacking(category: Category, read: () => Promise<void>) {
      const { name } = category;
      const lacking = `no ${name}`;
      if (facts.get(lacking) !== undefined) return undefined;
      try {
        await read();
        tellLacking(category);
        return [name];
      } catch (error) {
        if (!(error instanceof NotSupported) || error instanceof Absent) throw error;
        facts.learn(lacking, 1);
        log.info({ category: name }, 'the server does not measure this category');
        return undefined;
      }
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
function remaining(wanted: Names, basic: Names, offered: Offered, said: string): Names {
  const words = new Set(said.split(/\W+/));
  const ways = [
    wanted.filter((counter) => offered?.has(counter) ?? true),
    wanted.filter((counter) => !words.has(counter)),
    wanted.filter((counter) => !offered && basic.includes(counter)),
  ];
  return ways.find((some) => some.length < wanted.length) ?? [];
}
