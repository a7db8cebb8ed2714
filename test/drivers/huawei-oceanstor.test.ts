import driver from '../../drivers/huawei-oceanstor/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { simulator } from '../simulators/huawei-oceanstor/index.ts';

describeConformance({ driver, simulator });
