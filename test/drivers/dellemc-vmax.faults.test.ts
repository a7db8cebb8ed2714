/** Unisphere with one answer at a time damaged. */
import driver from '../../drivers/dellemc-vmax/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { simulator, startUnisphere } from '../simulators/dellemc-vmax/index.ts';

/** Pages of few volumes: the end of an iterator and a second page are requests, too. */
const generations =
  process.env['FAULT_MATRIX'] === 'all' ? (simulator.generations ?? []) : ['92', '101'];
for (const generation of generations) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    start: () => startUnisphere({ generation, seed: 42 }, { volumes: 5, pageSize: 3 }),
    classOf: (request) => request.replaceAll(/[0-9A-F]{5}\b|[0-9a-f-]{8,}|\d+/gi, '#'),
    isLogin: (request) => request.endsWith('/version'),
  });
}
