import driver from '../../drivers/ibm-storwize_svc/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { COMMAND_FAULTS, type Fault } from '../kit/faults.ts';
import { simulator } from '../simulators/ibm-storwize_svc/index.ts';

const ALL: readonly Fault[] = [...COMMAND_FAULTS, '403', 'busy'];
/** Other tables and other commands, the same answers: what looks whole and is not. */
const SOME: readonly Fault[] = ['cut_line', 'empty', 'error'];

for (const [index, generation] of simulator.generations.entries()) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    faults: index === 0 || process.env['FAULT_MATRIX'] === 'all' ? ALL : SOME,
    isLogin: () => false,
    windowMs: 3 * 60_000,
  });
}
