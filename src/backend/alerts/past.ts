/** Alerts of the last minutes that ended or happened: their echo on the other road is no news. */
import type { Alert } from '../../driver/alerts.ts';
import { createMatcher } from './matching.ts';

export interface Past {
  readonly alert: Alert;
  readonly at: number;
}

export interface Pasts {
  find(alert: Alert): Past | undefined;
  add(alert: Alert): void;
  forget(alert: Alert): void;
}

const MAX_PAST = 10_000;
/** Long enough for a poll to see what a trap said, and the other way round. */
const PAST_MS = 600_000;

/** Bounded, the oldest forgotten first. `now`: a monotonic clock, ms. */
export function createPast(now: () => number, pastMs = PAST_MS): Pasts {
  const past = createMatcher<Past>();

  function find(alert: Alert): Past | undefined {
    const found = past.find(alert);
    return found && now() - found.at <= pastMs ? found : undefined;
  }

  return {
    find,
    add(alert: Alert): void {
      const known = past.find(alert);
      if (known) past.remove(known);
      past.add({ alert: withoutTexts(alert), at: now() });
      if (past.size <= MAX_PAST) return;
      const { value: oldest } = past.entries().next();
      if (oldest) past.remove(oldest);
    },
    forget(alert: Alert): void {
      const known = past.find(alert);
      if (known) past.remove(known);
    },
  };
}

/** What it is found by: the rest may be long. */
function withoutTexts(alert: Alert): Alert {
  const { description: _, recovery_advice: __, ...rest } = alert;
  return rest;
}
