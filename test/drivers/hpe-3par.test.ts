import driver from '../../drivers/hpe-3par/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { simulator } from '../simulators/hpe-3par/index.ts';

describeConformance({ driver, simulator, maxSessions: 2 });
