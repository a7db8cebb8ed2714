/** Hitachi VSP with one answer at a time damaged. */
import driver from '../../drivers/hitachi-vsp/index.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { simulator } from '../simulators/hitachi-vsp/index.ts';

describeFaultMatrix({
  driver,
  simulator,
  isLogin: (request) => /\/sessions|\/objects\/storages$/.test(request),
});
