/** The alert trackers of all arrays: they outlive the workers that host the arrays. */
import { createAlertTracker, type AlertTracker } from '../backend/alerts/tracker.ts';
import type { Snapshot } from '../backend/snapshot.ts';
import { SEVERITIES, type Alert } from '../driver/alerts.ts';
import type { Log } from '../driver/driver.ts';
import type { Storage } from '../driver/records.ts';
import type { ArrayIdentity } from '../telemetry/logs/resource.ts';
import type { AlertOutput } from '../telemetry/logs/output.ts';
import type { SelfMetrics } from '../telemetry/self.ts';
import type { AlertCounts, AlertWord, FromEgress } from './messages.ts';

/** Alerts that are shown of one array. */
const MAX_ACTIVE = 100;

export interface Trackers {
  /** An array has a home (again): what is known of it goes there, and what becomes known. */
  array(array: ArrayIdentity, tell: (message: FromEgress) => void): void;
  storage(system: string, storage: Storage): void;
  say(word: AlertWord): void;
  /** Tells the homes of the arrays what has changed by what was said. */
  tellChanged(): void;
  /** The worst and newest active alerts; undefined where nothing is known of them. */
  active(system: string): readonly Alert[] | undefined;
  /** Forgets the arrays that are not among these. */
  retain(systems: ReadonlySet<string>): void;
}

export interface TrackersOptions {
  readonly log: Log;
  readonly self: SelfMetrics;
  output(): Pick<AlertOutput, 'emit'> | undefined;
  onCounts(system: string, counts: AlertCounts | undefined): void;
}

interface Held {
  array: ArrayIdentity;
  tracker: AlertTracker;
  /** What records of the array say of it; the same object as long as it says the same. */
  snapshot: Snapshot | undefined;
  tell: (message: FromEgress) => void;
}

export function createTrackers(options: TrackersOptions): Trackers {
  const arrays = new Map<string, Held>();
  /** Arrays whose counts are to be told. */
  const changed = new Set<string>();

  function trackerOf(system: string): AlertTracker {
    return createAlertTracker({
      system,
      onOverflow: () => options.self.add('delfin_alert_dropped_total', ['tracker_full']),
      onTransition(transition) {
        const held = arrays.get(system);
        if (held) options.output()?.emit(transition, held.snapshot, held.array);
      },
    });
  }

  function tellChanged(): void {
    for (const system of changed) {
      const held = arrays.get(system);
      if (!held) continue;
      const counts = held.tracker.counts();
      held.tell({ type: 'known', system, ...(counts ? { counts } : {}) });
      options.onCounts(system, counts);
    }
    changed.clear();
  }

  return {
    array(array, tell) {
      const { name: system, vendor, model } = array;
      const known = arrays.get(system);
      const same = known?.array.vendor === vendor && known.array.model === model;
      const held = same
        ? known
        : { array, tracker: trackerOf(system), snapshot: undefined, tell: () => {} };
      held.array = array;
      held.tell = tell;
      if (held.snapshot?.inventory.storage) {
        held.snapshot = snapshotOf(array, held.snapshot.inventory.storage);
      }
      arrays.set(system, held);
      const counts = held.tracker.counts();
      const storage = held.snapshot?.inventory.storage;
      tell({
        type: 'known',
        system,
        ...(counts ? { counts } : {}),
        ...(storage ? { storage } : {}),
      });
    },
    storage(system, storage) {
      const held = arrays.get(system);
      if (held) held.snapshot = snapshotOf(held.array, storage);
    },
    say(word) {
      const held = arrays.get(word.system);
      if (!held) return options.self.add('delfin_alert_dropped_total', ['backend_gone']);
      try {
        pass(word, held.tracker);
      } catch (error) {
        options.log.error({ err: error, backend: word.system }, 'alerts could not be taken');
      }
      changed.add(word.system);
    },
    tellChanged,
    active(system) {
      const tracker = arrays.get(system)?.tracker;
      if (!tracker?.counts()) return undefined;
      const worst = [...tracker.active()].sort(
        (a, b) =>
          SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
          (b.occur_time ?? 0) - (a.occur_time ?? 0),
      );
      return worst.slice(0, MAX_ACTIVE);
    },
    retain(systems) {
      for (const system of arrays.keys()) {
        if (!systems.has(system)) arrays.delete(system);
      }
    },
  };
}

function pass(word: AlertWord, tracker: AlertTracker): void {
  switch (word.method) {
    case 'poll':
      return tracker.poll(...word.args);
    case 'trap':
      return tracker.trap(...word.args);
    case 'unparsed':
      return tracker.unparsed(...word.args);
  }
}

function snapshotOf({ name, vendor, model, labels }: ArrayIdentity, storage: Storage): Snapshot {
  return {
    system: name,
    vendor,
    model,
    labels,
    up: true,
    inventory: { storage },
    performance: [],
  };
}
