/** Parts of answers that are missing: gathered while calls run, taken when their round ends. */
import { toProblem, type CallProblem } from './collect.ts';
import type { CollectionKind } from './status.ts';

/** Problems of one round that are kept; more of them say nothing new. */
const MAX_PROBLEMS = 50;

const PERFORMANCE_CALLS = new Set(['collectPerfMetrics', 'getLatestPerfTimestamp']);

export interface PartialAnswers {
  add(call: string, error: Error): void;
  /** Whether a part of this call's answer is missing. */
  has(call: string): boolean;
  /** Those of one kind of collection, or all; they are forgotten then. */
  take(kind?: CollectionKind): CallProblem[];
}

export function createPartialAnswers(): PartialAnswers {
  let problems = new Map<string, CallProblem>();
  return {
    add(call, error) {
      const problem = toProblem(call, error);
      const key = `${call} ${problem.error_type} ${problem.message}`;
      if (problems.size < MAX_PROBLEMS || problems.has(key)) problems.set(key, problem);
    },
    has: (call) => [...problems.values()].some((problem) => problem.call === call),
    take(kind) {
      const taken = [...problems].filter(
        ([, { call }]) => kind === undefined || kindOf(call) === kind,
      );
      problems = new Map([...problems].filter(([key]) => !taken.some(([other]) => other === key)));
      return taken.map(([, problem]) => problem);
    },
  };
}

function kindOf(call: string): CollectionKind {
  if (call === 'listAlerts') return 'alerts';
  return PERFORMANCE_CALLS.has(call) ? 'performance' : 'inventory';
}
