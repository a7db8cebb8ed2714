/** Parts of answers that are missing: gathered while calls run, taken when their round ends. */
import { toProblem, type CallProblem } from './collect.ts';
import type { CollectionKind } from './status.ts';

/** Problems of one round that are kept; more of them say nothing new. */
const MAX_PROBLEMS = 50;

/** A part that has been there and is said to be lacking is taken for a fault this long. */
const BELIEVED_AFTER_MS = 3_600_000;
const MAX_LACKS = 1_000;

const PERFORMANCE_CALLS = new Set(['collectPerfMetrics', 'getLatestPerfTimestamp']);

export interface PartialAnswers {
  add(call: string, error: Error): void;
  /** The call is asked anew: what was said of its earlier answer no longer counts. */
  begin(call: string): void;
  /** The call has answered: what its answer lacks now because the array does is no loss later. */
  answered(call: string): void;
  /**
   * Whether a part of this call's answer could not be read. One that the array lacks is no loss; one
   * that was there before and is said to be lacking now is, for an hour.
   */
  incomplete(call: string): boolean;
  /** Those of one kind of collection, or all; they are forgotten then. */
  take(kind?: CollectionKind): CallProblem[];
}

export function createPartialAnswers(): PartialAnswers {
  let problems = new Map<string, CallProblem>();
  const lost = new Set<string>();
  /** Calls that have answered, and what they lacked: when that was said first. */
  const whole = new Set<string>();
  const lacks = new Map<string, number>();

  function isNewLack(call: string, { message }: CallProblem): boolean {
    // Numbers in a text may change from one round to the next.
    const key = `${call} ${message.replaceAll(/\d+/g, '0')}`;
    const now = performance.now();
    const since = lacks.get(key) ?? (whole.has(call) ? now : -Infinity);
    if (lacks.size < MAX_LACKS) lacks.set(key, since);
    return now - since < BELIEVED_AFTER_MS;
  }

  return {
    add(call, error) {
      const problem = toProblem(call, error);
      // Beside the list of problems, which is bounded.
      if (problem.error_type !== 'not_supported' || isNewLack(call, problem)) lost.add(call);
      const key = `${call} ${problem.error_type} ${problem.message}`;
      if (problems.size < MAX_PROBLEMS || problems.has(key)) problems.set(key, problem);
    },
    begin(call) {
      lost.delete(call);
      for (const [key, problem] of problems) if (problem.call === call) problems.delete(key);
    },
    answered: (call) => void whole.add(call),
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
