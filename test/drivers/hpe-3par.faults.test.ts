/** HPE 3PAR with one answer or one output at a time damaged. */
import driver from '../../drivers/hpe-3par/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { HTTP_FAULTS, type Fault } from '../kit/faults.ts';
import { simulator } from '../simulators/hpe-3par/index.ts';

/** What may happen to the output of a command alone. */
const OUTPUT_FAULTS = ['error', 'cut_line', 'no_status'] as const;

const ALL: readonly Fault[] = [...HTTP_FAULTS, ...OUTPUT_FAULTS];

const GENERATIONS: Readonly<Record<string, readonly Fault[]>> =
  process.env['FAULT_MATRIX'] === 'all'
    ? Object.fromEntries(simulator.generations.map((generation) => [generation, ALL]))
    : // Other tables, the same answers.
      { '3par': ALL, alletra: ['cut', 'empty', ...OUTPUT_FAULTS] };

for (const [generation, faults] of Object.entries(GENERATIONS)) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    faults,
    isLogin: (request) => request.includes('/credentials'),
  });
}
