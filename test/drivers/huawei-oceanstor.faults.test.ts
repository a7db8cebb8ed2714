/** Huawei OceanStor with one answer at a time damaged. */
import driver from '../../drivers/huawei-oceanstor/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { simulator, start } from '../simulators/huawei-oceanstor/index.ts';

/** V3 asks once for each object: its matrix takes minutes. */
const generations = process.env['FAULT_MATRIX'] === 'all' ? ['dorado-v6', 'v3'] : ['dorado-v6'];

for (const generation of generations) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    start: () => start({ generation, volumes: 12, seed: 42 }),
    isLogin: (request) => request.includes('/sessions'),
  });
}
