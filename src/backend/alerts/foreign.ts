/**
 * Traps that a driver says are about another array. Backends that share a server all get its traps:
 * one that none of them takes is told, once.
 */
import type { Trap } from '../../driver/alerts.ts';
import { trapUid } from './uid.ts';

/** Longer than the copies of a trap take to reach all backends. */
const WAIT_MS = 1_000;
/** Traps that are remembered; beyond it they are told at once. */
const MAX_WAITING = 10_000;

export interface ForeignTraps {
  /** A backend is there that gets the traps of these sources. Call the result when it is gone. */
  join(sources: readonly string[]): () => void;
  /** A backend has taken it. */
  taken(trap: Trap): void;
  /** `tell` is called unless another backend takes it. */
  foreign(trap: Trap, tell: () => void): void;
}

export function createForeignTraps(): ForeignTraps {
  const backends = new Map<string, number>();
  const taken = new Map<string, NodeJS.Timeout>();
  const waiting = new Map<string, NodeJS.Timeout>();
  // Whose trap it is is only a question where backends share a source.
  const isShared = ({ source, agent_address: agent = source }: Trap) =>
    (backends.get(source) ?? 0) > 1 || (backends.get(agent) ?? 0) > 1;
  return {
    join(sources) {
      for (const source of sources) backends.set(source, (backends.get(source) ?? 0) + 1);
      return () => {
        for (const source of sources) backends.set(source, (backends.get(source) ?? 1) - 1);
      };
    },
    taken(trap) {
      if (!isShared(trap) || taken.size >= MAX_WAITING) return;
      const key = trapUid(undefined, trap);
      clearTimeout(waiting.get(key));
      waiting.delete(key);
      clearTimeout(taken.get(key));
      taken.set(
        key,
        setTimeout(() => taken.delete(key), WAIT_MS),
      );
    },
    foreign(trap, tell) {
      if (!isShared(trap) || waiting.size >= MAX_WAITING) return tell();
      const key = trapUid(undefined, trap);
      if (taken.has(key) || waiting.has(key)) return;
      const timer = setTimeout(() => {
        waiting.delete(key);
        tell();
      }, WAIT_MS);
      waiting.set(key, timer);
    },
  };
}
