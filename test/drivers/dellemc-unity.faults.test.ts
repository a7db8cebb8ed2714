/** Dell EMC Unity with one answer at a time damaged. */
import driver from '../../drivers/dellemc-unity/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { simulator, start } from '../simulators/dellemc-unity/index.ts';

/** Numbers of pages and names of attributes make no other request; paths of the history do. */
const classOf = (request: string) => request.replaceAll(/[?&]page=\d+|\d+/g, '#');

const generations = process.env['FAULT_MATRIX'] === 'all' ? ['oe5', 'vsa'] : ['oe5'];

for (const generation of generations) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    start: () => start({ generation, luns: 12, seed: 42 }),
    classOf,
    // Two pages of each path.
    windowMs: 6 * 60_000,
    isLogin: (request) => request.includes('loginSessionInfo'),
  });
}
