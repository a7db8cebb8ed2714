/** Dell PowerStore with one answer at a time damaged. */
import driver from '../../drivers/dellemc-powerstore/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { simulator, start } from '../simulators/dellemc-powerstore/index.ts';

/** Offsets and page sizes make no other request; resources and filters do. */
const classOf = (request: string) => request.replaceAll(/[?&](offset|limit)=\d+/g, '');

const generations = process.env['FAULT_MATRIX'] === 'all' ? ['v4', 'v2'] : ['v4'];

for (const generation of generations) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    start: () => start({ generation, volumes: 6, snapshots: 4, seed: 42 }),
    classOf,
    windowMs: 3 * 60_000,
    isLogin: (request) => /login_session|logout/.test(request),
  });
}
