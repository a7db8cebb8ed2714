/** Parts of answers that are missing: gathered while calls run, taken when their round ends. */
import { toProblem, type CallProblem } from './collect.ts';
import type { CollectionKind } from './status.ts';

/** Problems of one round that are kept; more of them say nothing new. */
const MAX_PROBLEMS = 50;

const PERFORMANCE_CALLS = new Set(['collectPerfMetrics', 'getLatestPerfTimestamp']);

export interface PartialAnswers {
  add(call: string, error: Error): void;
  /** The call is asked anew: what was said of its earlier answer no longer counts. */
  begin(call: string): void;
  /** Whether a part of this call's answer could not be read; one that the array lacks is no loss. */
  incomplete(call: string): boolean;
  /** Those of one kind of collection, or all; they are forgotten then. */
  take(kind?: CollectionKind): CallProblem[];
}

export function createPartialAnswers(): PartialAnswers {
  let problems = new Map<string, CallProblem>();
  const lost = new Set<string>();
  return {
    add(call, error) {
      const problem = toProblem(call, error);
      // Beside the list of problems, which is bounded.
      if (problem.error_type !== 'not_supported') lost.add(call);
      const key = `${call} ${problem.error_type} ${problem.message}`;
      if (problems.size < MAX_PROBLEMS || problems.has(key)) problems.set(key, problem);
    },
    begin(call) {
      lost.delete(call);
      for (const [key, problem] of problems) if (problem.call === call) problems.delete(key);
    },
    incomplete: (call) => lost.has(call),
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
