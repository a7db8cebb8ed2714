import driver from '../../drivers/ibm-storwize_svc/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { COMMAND_FAULTS } from '../kit/faults.ts';
import { simulator } from '../simulators/ibm-storwize_svc/index.ts';

for (const generation of simulator.generations) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    faults: [...COMMAND_FAULTS, '403', 'busy'],
    isLogin: () => false,
    windowMs: 3 * 60_000,
  });
}
