/** NetApp ONTAP against its simulator. */
import driver from '../../drivers/netapp-ontap/index.ts';
import { describeConformance } from '../kit/conformance.ts';
import { simulator } from '../simulators/netapp-ontap/index.ts';

// Longer than usual: samples were missed.
describeConformance({ driver, simulator, windowMs: 6 * 60_000 });
