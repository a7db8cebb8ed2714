/** A NAS behind SNMP whose every text, address and number plate is somebody's own. */
import { tableOf, type Mib } from '../../src/testing/snmp-mib.ts';

const FIXED = { oid: '1.3.6.1.2.1.25.2.1.4' };
const MAC = '3c22fb0a1b2c';

export const NAS: Mib = {
  '1.3.6.1.2.1.1.1.0': 'Linux filer-berlin-7 6.1.0-13-amd64 #1 SMP x86_64',
  '1.3.6.1.2.1.1.2.0': { oid: '1.3.6.1.4.1.8072.3.2.10' },
  '1.3.6.1.2.1.1.3.0': 4_711,
  '1.3.6.1.2.1.1.4.0': 'erika.mustermann@customer.example',
  '1.3.6.1.2.1.1.5.0': 'filer-berlin-7',
  '1.3.6.1.2.1.1.6.0': 'Chausseestrasse 5, second cellar',
  ...tableOf('1.3.6.1.2.1.25.2.3', {
    2: { 1: FIXED, 2: FIXED },
    3: { 1: '/', 2: '/export/payroll-2026' },
    4: { 1: 4_096, 2: 4_096 },
    5: { 1: 1_000_000, 2: 2_000_000 },
    6: { 1: 250_000, 2: 1_250_000 },
  }),
  ...tableOf('1.3.6.1.2.1.2.2', {
    2: { 1: 'eth0' },
    3: { 1: 6 },
    5: { 1: 1_000_000_000 },
    6: { 1: Buffer.from(MAC, 'hex') },
    7: { 1: 1 },
    8: { 1: 1 },
    10: { 1: 100 },
    16: { 1: 200 },
  }),
  ...tableOf('1.3.6.1.2.1.31.1.1', { 1: { 1: 'eth0' }, 18: { 1: 'uplink to core-switch-b' } }),
  ...tableOf('1.3.6.1.2.1.4.20', {
    2: { '10.20.30.40': 1 },
    3: { '10.20.30.40': { ip: '255.255.255.0' } },
  }),
};

export const NAS_PLANTED: readonly string[] = [
  'filer-berlin-7', 'erika.mustermann@customer.example', 'Chausseestrasse 5, second cellar', 'payroll-2026',
  MAC, '3c:22:fb:0a:1b:2c', '10.20.30.40', 'uplink to core-switch-b',
]; // prettier-ignore
