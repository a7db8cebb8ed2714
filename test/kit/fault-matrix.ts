/** The published fault matrix, for vitest, of the kinds of damage and the size that a test wants. */
import { describe } from 'vitest';
import { defineChecks } from '../../src/testing/check.ts';
import { faultMatrix, type FaultMatrixOptions } from '../../src/testing/fault-matrix.ts';
import { HTTP_FAULTS, type Fault } from '../../src/testing/faults.ts';
import { RUNNER } from './conformance.ts';

export interface MatrixOptions extends Omit<FaultMatrixOptions, 'damage' | 'mostCases'> {
  /** Kinds of damage; those of HTTP if absent. */
  readonly faults?: readonly Fault[];
  /** The class of a request: what differs between objects and times left out. */
  readonly classOf?: (request: string) => string;
  /** Requests that log in or out: a refusal there is one of the account. */
  readonly isLogin: (request: string) => boolean;
}

/** The tests try so many cases of each kind of damage, other ones of each; FAULT_MATRIX=all tries all. */
const MOST_CASES = process.env['FAULT_MATRIX'] === 'all' ? Infinity : 6;

export function describeFaultMatrix(options: MatrixOptions): void {
  const { faults: kinds = HTTP_FAULTS, classOf, isLogin, ...rest } = options;
  const { vendor, model } = options.simulator;
  describe(`fault matrix of ${vendor} ${model}`, () => {
    const damage = { kinds, isLogin, ...(classOf ? { classOf } : {}) };
    defineChecks(faultMatrix({ ...rest, damage, mostCases: MOST_CASES }), RUNNER);
  });
}
