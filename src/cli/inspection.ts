import type { CallProblem } from '../backend/collect.ts';

/** The JSON document, in the order of the design. */
export type Inspection = Readonly<Record<string, unknown>> & {
  readonly backend: string;
  readonly problems: readonly CallProblem[];
  readonly requests: number;
};
