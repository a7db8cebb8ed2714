/** Wear of drives: one request each, of something that changes in weeks. So it is asked for seldom. */
import { fraction } from 'delfin-agent/driver';
import type { Client } from './client.ts';

const LIVES_MS = 6 * 3_600_000;
/** In one round; the others come in the next ones. */
const MOST_ASKED = 100;
const ENTITY = 'wear_metrics_by_drive_daily';

interface Known {
  readonly share: number | undefined;
  readonly until: number;
}

/** Drive id -> what is left of its endurance, 0 to 1. */
export function createWear(client: Client, now: () => number = () => performance.now()) {
  const known = new Map<string, Known>();

  return async (ids: readonly string[]): Promise<ReadonlyMap<string, number>> => {
    const due = ids.filter((id) => (known.get(id)?.until ?? -Infinity) <= now());
    const asked = due.slice(0, MOST_ASKED);
    for (const id of asked) known.delete(id);
    const answers = await client.parts.children(asked, async (id) => {
      const row = (await client.metrics(ENTITY, id)).at(-1);
      return { share: fraction(row?.['percent_endurance_remaining']) };
    });
    for (const [index, id] of asked.entries()) {
      const answer = answers[index];
      if (answer) known.set(id, { ...answer, until: now() + LIVES_MS });
    }
    const present = new Set(ids);
    for (const id of known.keys()) if (!present.has(id)) known.delete(id);
    return new Map(
      Array.from(known).flatMap(([id, { share }]) => (share === undefined ? [] : [[id, share]])),
    );
  };
}
