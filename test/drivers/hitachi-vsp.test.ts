import driver from '../../drivers/hitachi-vsp/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { simulator } from '../simulators/hitachi-vsp/index.ts';

describeConformance({ driver, simulator });
