/** Clocks of the engines that were heard: the time window of RFC 3414 section 3.2 step 7. */
import { createLru } from './lru.ts';
import { Refused } from './refused.ts';

/** The engine that we are, for informs. */
export interface OwnEngine {
  readonly id: Uint8Array;
  readonly boots: number;
  /** Monotonic clock reading at which its time was 0, ms. */
  readonly startedMs: number;
}

export interface Engines {
  readonly ownId: string;
  ownTime(): number;
  /** A message of this engine was taken before. */
  heard(engineId: string): boolean;
  /** For authentic messages only. @throws Refused */
  checkTime(engineId: string, stated: { readonly boots: number; readonly time: number }): void;
}

interface EngineTime {
  boots: number;
  latestTime: number;
  receivedMs: number;
}

const MAX_ENGINES = 10_000;
const MAX_BOOTS = 0x7fff_ffff;
const WINDOW_S = 150;

export function createEngines(own: OwnEngine, clock: () => number): Engines {
  const ownId = Buffer.from(own.id).toString('hex');
  const known = createLru<string, EngineTime>(MAX_ENGINES);
  const ownTime = () => Math.floor((clock() - own.startedMs) / 1_000);

  function checkOwn(boots: number, time: number): void {
    if (boots !== own.boots || boots === MAX_BOOTS) throw new Refused('old_boots');
    if (Math.abs(ownTime() - time) > WINDOW_S) throw new Refused('old_time');
  }

  return {
    ownId,
    ownTime,
    heard: (engineId) => engineId === ownId || known.get(engineId) !== undefined,
    checkTime(engineId, { boots, time }) {
      if (engineId === ownId) return checkOwn(boots, time);
      if (boots === MAX_BOOTS) throw new Refused('old_boots');
      const engine = known.get(engineId);
      if (engine && boots < engine.boots) throw new Refused('old_boots');
      if (engine && boots === engine.boots && time <= engine.latestTime) {
        const expected = engine.latestTime + (clock() - engine.receivedMs) / 1_000;
        if (time < expected - WINDOW_S) throw new Refused('old_time');
        return;
      }
      known.set(engineId, { boots, latestTime: time, receivedMs: clock() });
    },
  };
}
