/** NetApp ONTAP with one answer at a time damaged. */
import driver from '../../drivers/netapp-ontap/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { simulator, start } from '../simulators/netapp-ontap/index.ts';

const generations = process.env['FAULT_MATRIX'] === 'all' ? simulator.generations : ['9.14.1'];

/** Pages and times of a window make no other request; collections do. */
const classOf = (request: string) => request.replaceAll(/[0-9a-f-]{36}|\?.*/g, '#');

for (const generation of generations) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    start: () => start({ generation, volumes: 4, luns: 10, seed: 42, ailing: false, whole: true }),
    classOf,
    // Samples were missed.
    windowMs: 6 * 60_000,
    isLogin: (request) => request.endsWith('/api/cluster?fields=version'),
  });
}
