import driver from '../../drivers/dellemc-unity/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { simulator } from '../simulators/dellemc-unity/index.ts';

describeConformance({ driver, simulator });
