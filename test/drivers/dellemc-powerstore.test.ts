/** Dell PowerStore: conformance, and what is special to it. */
import driver from '../../drivers/dellemc-powerstore/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { simulator } from '../simulators/dellemc-powerstore/index.ts';

describeConformance({ driver, simulator, windowMs: 6 * 60_000 });
