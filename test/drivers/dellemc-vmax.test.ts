import driver from '../../drivers/dellemc-vmax/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { simulator } from '../simulators/dellemc-vmax/index.ts';

describeConformance({ driver, simulator });
