/**
 * The alerts of one backend: what polls list and what traps say becomes one set, and each change of
 * it one transition. Polls are authoritative; traps adjust the set in between.
 */
import { SEVERITIES, type Alert, type Severity, type Trap } from '../../driver/alerts.ts';
import { steadyMs } from '../clock.ts';
import { costOf } from './bounds.ts';
import { createMatcher } from './matching.ts';
import { createPast } from './past.ts';
import type { AlertSource, AlertState, Transition } from './transition.ts';
import { alertUid, trapUid } from './uid.ts';
import { uniqueAlerts } from './unique.ts';

export type { AlertState, AlertTransition, Transition, TrapTransition } from './transition.ts';

export interface AlertTrackerOptions {
  readonly system: string;
  readonly onTransition: (transition: Transition) => void;
  /** An alert beyond the limit was left out. */
  readonly onOverflow?: () => void;
  /** Wall clock, epoch ms. */
  readonly now?: () => number;
  /** Monotonic clock, ms: order and age. */
  readonly steady?: () => number;
  /** Alerts tracked at most; what is beyond is counted and not reported. */
  readonly maxAlerts?: number;
  /** The same in bytes of their texts. */
  readonly maxBytes?: number;
  /** Where no poll works: how long a trap's alert is active without being heard of again. */
  readonly ttlMs?: number;
}

/** What a backend tells of its alerts. The tracker may be in another thread. */
export interface AlertInlet extends Pick<AlertTracker, 'trap' | 'unparsed' | 'counts'> {
  /** Resolves when the counts are those of this poll. */
  poll(...told: Parameters<AlertTracker['poll']>): void | Promise<void>;
  /** Resolves when all that was told is in the tracker's hands. */
  told?(): Promise<void>;
}

export interface AlertTracker {
  /**
   * All current alerts. `startedAt`: when the array was asked, by the steady clock. What traps said since then
   * is newer than the list. `complete`: false if the array could not show some of them: then none
   * is taken for cleared.
   */
  poll(alerts: readonly Alert[], startedAt?: number, complete?: boolean): void;
  /** What a driver read from a trap. */
  trap(trap: Trap, alerts: readonly Alert[]): void;
  /** A trap that the driver could not read. */
  unparsed(trap: Trap, reason: string): void;
  /** Active alerts by severity; undefined where neither polls nor traps have said anything. */
  counts(): Readonly<Record<Severity, number>> | undefined;
  active(): readonly Alert[];
  readonly stats: AlertTrackerStats;
}

export interface AlertTrackerStats {
  /** Alerts beyond the limit. */
  readonly overflow: number;
  /** Alerts of traps that were not heard of for their time to live. */
  readonly expired: number;
}

interface Entry {
  /** What it was found by; never changes. */
  readonly alert: Alert;
  /** As the last word has it. */
  current: Alert;
  /** The last word by source: the two may spell the same fault differently. */
  readonly last: { [Source in AlertSource]?: Alert };
  /** An event that the array keeps in its list: it has no end. */
  readonly event: boolean;
  /** When it began, as far as it is known; tells this fault from the one that was there before. */
  readonly since: number | undefined;
  updates: number;
  /** Bytes. */
  cost: number;
  heardAt: number;
  trapAt?: number;
}

const MAX_ALERTS = 20_000;
const MAX_BYTES = 32 * 2 ** 20;
const TTL_MS = 7 * 86_400_000;

export function createAlertTracker(options: AlertTrackerOptions): AlertTracker {
  const { system, onTransition } = options;
  const now = options.now ?? Date.now;
  const steady = options.steady ?? steadyMs;
  const maxAlerts = options.maxAlerts ?? MAX_ALERTS;
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const entries = createMatcher<Entry>();
  const cleared = createPast(steady);
  const events = createPast(steady);
  /** Faults that were over once: one that comes again without a time of its own is another. */
  const over = createPast(steady, Number.POSITIVE_INFINITY);
  const stats = { overflow: 0, expired: 0 };
  let bytes = 0;
  let spoken = false;
  let polled = false;

  function emit(
    state: AlertState,
    source: AlertSource,
    alert: Alert,
    details: {
      readonly trap?: Trap | undefined;
      readonly since?: number | undefined;
      readonly repetition?: number;
    } = {},
  ): void {
    const { trap, since = alert.occur_time, repetition } = details;
    onTransition({
      kind: 'alert',
      system,
      state,
      source,
      alert,
      observedAt: now(),
      uid: alertUid(system, alert, state, since, repetition),
      ...(trap ? { trap } : {}),
    });
  }

  /** undefined: there was no room. */
  function add(alert: Alert, source: AlertSource, event: boolean): Entry | undefined {
    const cost = costOf(alert);
    if (entries.size >= maxAlerts || bytes + cost > maxBytes) {
      stats.overflow += 1;
      options.onOverflow?.();
      return undefined;
    }
    const at = steady();
    const since = alert.occur_time ?? (over.find(alert) ? now() : undefined);
    const entry: Entry = {
      alert,
      current: alert,
      last: { [source]: alert },
      event,
      since,
      updates: 0,
      cost,
      heardAt: at,
    };
    if (source === 'trap') entry.trapAt = at;
    entries.add(entry);
    bytes += entry.cost;
    return entry;
  }

  function remove(entry: Entry): void {
    entries.remove(entry);
    bytes -= entry.cost;
  }

  /** It may say more than before: what is kept of it is what counts. */
  function weigh(entry: Entry): void {
    const kept = new Set([entry.alert, entry.current, entry.last.poll, entry.last.trap]);
    let cost = 0;
    for (const alert of kept) if (alert) cost += costOf(alert);
    bytes += cost - entry.cost;
    entry.cost = cost;
  }

  function raise(alert: Alert, source: AlertSource, trap?: Trap): void {
    const entry = entries.find(alert);
    if (!entry) {
      cleared.forget(alert);
      const added = add(alert, source, false);
      if (added) emit('raised', source, alert, { trap, since: added.since });
      return;
    }
    if (source === 'poll') entries.learn(entry, alert);
    const changed = differs(entry, alert, source);
    entry.last[source] = alert;
    entry.heardAt = steady();
    if (source === 'trap') entry.trapAt = entry.heardAt;
    if (changed || source === 'poll') entry.current = alert;
    weigh(entry);
    if (!changed || entry.event) return;
    emit('updated', source, alert, { trap, since: entry.since, repetition: entry.updates });
    entry.updates += 1;
  }

  function clear(entry: Entry, source: AlertSource, alert: Alert, trap?: Trap): void {
    remove(entry);
    if (entry.event) return;
    cleared.add(entry.alert);
    over.add(entry.alert);
    emit('cleared', source, alert, { trap, since: entry.since });
  }

  function listed(alert: Alert, startedAt: number): Entry | undefined {
    if (alert.category === 'Recovery') return undefined;
    // It ended after the list was made.
    if ((cleared.find(alert)?.at ?? Number.NEGATIVE_INFINITY) >= startedAt) return undefined;
    if (alert.category === 'Event' && !entries.find(alert)) {
      const told = events.find(alert) !== undefined;
      if (add(alert, 'poll', true) && !told) emit('event', 'poll', alert);
    } else {
      raise(alert, 'poll');
    }
    return entries.find(alert);
  }

  /** The fault of this key; without key and number, all that is wrong with the place. */
  function endedBy(alert: Alert): Entry[] {
    const entry = entries.find(alert);
    if (entry && !entry.event) return [entry];
    const { match_key: key, sequence_number: sequence, location } = alert;
    if (key !== undefined || sequence !== undefined || location === undefined) return [];
    return Array.from(entries.entries()).filter(
      (other) => !other.event && other.alert.location === location,
    );
  }

  function fromTrap(trap: Trap, alert: Alert): void {
    if (alert.category === 'Fault') return raise(alert, 'trap', trap);
    if (alert.category === 'Recovery') {
      const faults = endedBy(alert);
      for (const entry of faults) clear(entry, 'trap', ending(entry, alert), trap);
      if (faults.length > 0) return;
      // A poll was faster, or the trap came twice.
      if (cleared.find(alert)) return;
    }
    events.add(alert);
    emit('event', 'trap', alert, { trap, since: alert.occur_time ?? trap.received_at });
  }

  function expire(): void {
    if (polled) return;
    const deadline = steady() - (options.ttlMs ?? TTL_MS);
    for (const entry of entries.entries()) {
      if (entry.heardAt >= deadline) continue;
      remove(entry);
      over.add(entry.alert);
      stats.expired += 1;
    }
  }

  return {
    stats,
    poll(alerts, startedAt = steady() + 1, complete = true) {
      spoken = true;
      polled = true;
      const seen = new Set<Entry | undefined>();
      for (const alert of uniqueAlerts(alerts)) {
        // Two that are not the same may still be the same as what was known: one of them is enough.
        const known = entries.find(alert);
        if (!known || !seen.has(known)) seen.add(listed(alert, startedAt));
      }
      if (!complete) return;
      for (const entry of Array.from(entries.entries())) {
        if (seen.has(entry) || (entry.trapAt ?? Number.NEGATIVE_INFINITY) >= startedAt) continue;
        clear(entry, 'poll', ended(entry));
      }
    },
    trap(trap, alerts) {
      spoken = true;
      expire();
      for (const alert of alerts) fromTrap(trap, alert);
    },
    unparsed(trap, reason) {
      onTransition({
        kind: 'trap',
        system,
        trap,
        reason,
        observedAt: now(),
        uid: trapUid(system, trap),
      });
    },
    counts() {
      if (!spoken) return undefined;
      expire();
      return bySeverity(entries.entries());
    },
    active() {
      expire();
      return Array.from(entries.entries(), ({ current }) => current);
    },
  };
}

function bySeverity(entries: Iterable<Entry>): Record<Severity, number> {
  const counts = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<
    Severity,
    number
  >;
  for (const { current } of entries) counts[current.severity] += 1;
  return counts;
}

/**
 * Worth a record: another severity, name, place or text. A poll and a trap may spell the same fault
 * differently, so a text is compared with what the same source said before; a number in a text may
 * change with each poll.
 */
function differs(entry: Entry, alert: Alert, source: AlertSource): boolean {
  const before = entry.last[source];
  if (!before) return source === 'poll' && entry.current.severity !== alert.severity;
  return (
    before.severity !== alert.severity ||
    before.alert_name !== alert.alert_name ||
    before.location !== alert.location ||
    withoutNumbers(before.description) !== withoutNumbers(alert.description)
  );
}

function withoutNumbers(text: string | undefined): string | undefined {
  return text?.replaceAll(/\d+(?:[.,]\d+)*/g, '0');
}

/** The alert as it was, ended by a trap that may say less about it. */
function ending({ alert, current }: Entry, recovery: Alert): Alert {
  const { occur_time: _, ...rest } = current;
  return { ...rest, ...recovery, ...identityOf(alert), severity: current.severity };
}

/** The alert as it was, no longer listed; when it ended is not known. */
function ended({ alert, current }: Entry): Alert {
  const { occur_time: _, ...rest } = current;
  return { ...rest, ...identityOf(alert), category: 'Recovery' };
}

function identityOf({ alert_id, match_key, sequence_number }: Alert) {
  return {
    alert_id,
    ...(match_key === undefined ? {} : { match_key }),
    ...(sequence_number === undefined ? {} : { sequence_number }),
  };
}
