/** A FlashArray with one answer at a time damaged. */
import driver from '../../drivers/pure-flasharray/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { simulator, start } from '../simulators/pure-flasharray/index.ts';

/** Tokens and numbers of pages and times make no other request; a version is a digit or two. */
const classOf = (request: string) =>
  request.replaceAll(/[?&](offset|continuation_token)=[^&]*/g, '').replaceAll(/\d{3,}/g, '#');

const generations = process.env['FAULT_MATRIX'] === 'all' ? ['2.36', '2.2', '2.51'] : ['2.36'];

for (const generation of generations) {
  describeFaultMatrix({
    driver,
    simulator,
    generation,
    start: () => start({ generation, volumes: 30, seed: 42 }),
    classOf,
    windowMs: 60_000,
    isLogin: (request) => /\/api_version|\/log(in|out)$/.test(request),
  });
}
