/** Hitachi VSP with one answer at a time damaged. */
import driver from '../../drivers/hitachi-vsp/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { simulator } from '../simulators/hitachi-vsp/index.ts';

const generations =
  process.env['FAULT_MATRIX'] === 'all' ? (simulator.generations ?? []) : ['g900'];
for (const generation of generations) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    isLogin: (request) => /\/sessions|\/objects\/storages$/.test(request),
  });
}
