/**
 * The published conformance checks, for vitest. A driver's own test calls it and adds its specials:
 *
 *   describeConformance({ driver, simulator });
 */
import * as vitest from 'vitest';
import { defineChecks, type TestRunner } from '../../src/testing/check.ts';
import { conformance, type ConformanceOptions } from '../../src/testing/conformance.ts';

export const RUNNER: TestRunner = {
  describe: vitest.describe,
  it: vitest.it,
  before: vitest.beforeAll,
  after: vitest.afterAll,
};

export function describeConformance(options: ConformanceOptions): void {
  const { vendor, model } = options.simulator;
  vitest.describe(`conformance of ${vendor} ${model}`, () => {
    defineChecks(conformance(options), RUNNER, (group, _name, result) => {
      // What it costs: the READMEs of the drivers state it.
      if (group === 'huge' && 'note' in result) console.log(`${vendor} ${model}: ${result.note}`);
    });
  });
}
