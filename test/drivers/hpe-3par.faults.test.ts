/** HPE 3PAR with one answer or one output at a time damaged. */
import driver from '../../drivers/hpe-3par/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { HTTP_FAULTS } from '../kit/faults.ts';
import { simulator } from '../simulators/hpe-3par/index.ts';

for (const generation of ['3par', 'alletra']) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    faults: [...HTTP_FAULTS, 'error', 'cut_line', 'no_status'],
    isLogin: (request) => request.includes('/credentials'),
  });
}
