import driver from '../../drivers/pure-flasharray/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { simulator } from '../simulators/pure-flasharray/index.ts';

/** Seven samples of each object: several pages. */
describeConformance({ driver, simulator, windowMs: 3 * 60_000 });
