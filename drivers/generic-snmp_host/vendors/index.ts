/** The vendors whose own tables are read, and their notifications. */
import { dell } from './dell.ts';
import { hpe } from './hpe.ts';
import { eseries, eseriesTraps, netapp } from './netapp.ts';
import { qnap, qnapTraps } from './qnap.ts';
import type { Vendor, VendorTrap } from './shape.ts';
import { synology } from './synology.ts';
import { truenas, truenasTraps } from './truenas.ts';
import { wd } from './wd.ts';

export const VENDORS: readonly Vendor[] = [
  synology,
  ...qnap,
  ...truenas,
  ...wd,
  dell,
  hpe,
  netapp,
  eseries,
];

export const VENDOR_TRAPS: readonly VendorTrap[] = [...qnapTraps, ...truenasTraps, ...eseriesTraps];

export { LM_SENSORS } from './sensors.ts';
