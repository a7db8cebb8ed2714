/** An SNMP agent with one answer at a time damaged: the driver of any NAS, and the guide's sample. */
import sample from '../../docs/sample-snmp-driver.ts';
import { simulator as sampleArray } from '../../docs/sample-snmp-simulator.ts';
import driver from '../../drivers/generic-snmp_host/index.ts';
import { LISTS } from '../../src/backend/lists.ts';
import { SNMP_FAULTS } from '../../src/testing/faults.ts';
import { newStats, type SimulatorDefinition } from '../../src/testing/simulator.ts';
import { startMibAgent, tableOf, type Mib } from '../../src/testing/snmp-mib.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { NAS } from '../recording/nas.ts';

const SYNOLOGY = '1.3.6.1.4.1.6574';
const MIB: Mib = {
  ...NAS,
  ...tableOf('1.3.6.1.2.1.25.3.3', { 1: { 1: { oid: '0.0' } }, 2: { 1: 7 } }),
  ...tableOf('1.3.6.1.4.1.2021.13.15.1', { 2: { 1: 'sda' }, 5: { 1: 1 }, 6: { 1: 1 } }),
  [`${SYNOLOGY}.1.1.0`]: 1,
  [`${SYNOLOGY}.1.2.0`]: 44,
  [`${SYNOLOGY}.1.3.0`]: 1,
  [`${SYNOLOGY}.1.5.1.0`]: 'DS920+',
  ...tableOf(`${SYNOLOGY}.2.1`, { 2: { 0: 'Disk 1' }, 5: { 0: 5 }, 6: { 0: 31 } }),
};

const nas: SimulatorDefinition = {
  vendor: 'generic',
  model: 'snmp_host',
  generations: ['v2c'],
  async start() {
    const agent = await startMibAgent(MIB);
    return {
      access: { snmp: { host: '127.0.0.1', port: agent.port, community: 'c' } },
      stats: newStats(),
      expireSessions() {},
      // Each list is held against what it is without damage.
      truth: {
        storage: {},
        lists: Object.fromEntries(LISTS.map(({ method }) => [method, []])),
        alerts: [],
        samples: () => [],
      },
      [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
    };
  },
};

/** Rates are of two polls: they are other ones each time. */
const { capabilities: _rates, ...lists } = driver;
const isLogin = () => false;
const faults = SNMP_FAULTS;
describeFaultMatrix({ driver: lists, simulator: nas, faults, isLogin });
describeFaultMatrix({ driver: sample, simulator: sampleArray, faults, isLogin });
