import driver from '../../drivers/ibm-storwize_svc/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { simulator } from '../simulators/ibm-storwize_svc/index.ts';

describeConformance({ driver, simulator });
