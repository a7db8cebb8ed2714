/** The array of the SNMP sample: its MIB, and what is true of it. An agent has no sessions. */
import {
  CANARY_PASSWORD,
  newStats,
  serveSnmp,
  SNMP_FAULTS,
  tableOf,
  type Mib,
  type SimulatorDefinition,
} from 'delfin-agent/testing';

const OID = '1.3.6.1.4.1.99999.2';
const MEBIBYTE = 2 ** 20;

export const simulator: SimulatorDefinition = {
  vendor: 'sample_vendor',
  model: 'sample_snmp',
  generations: ['v1'],
  scenarios: ['normal', 'sparse', 'hang'],
  damage: { kinds: SNMP_FAULTS, isLogin: () => false },

  async start({ scenario = 'normal' } = {}) {
    const sparse = scenario === 'sparse';
    const stats = newStats();
    const mib: Mib = {
      '1.3.6.1.2.1.1.5.0': 'sample',
      [`${OID}.1.1.0`]: 'S-42',
      ...tableOf(`${OID}.2`, {
        1: { 1: 'gold', 2: 'tin' },
        2: { 1: 1, 2: 7 },
        ...(sparse ? {} : { 3: { 1: 4096, 2: 2048 }, 4: { 1: 1024, 2: 0 } }),
      }),
      ...tableOf(`${OID}.3`, {
        1: { 1: 'vol 1', 2: 'ünï "2"' },
        2: { 1: 1, 2: 2 },
        ...(sparse ? {} : { 3: { 1: 1024, 2: 512 } }),
      }),
    };
    const agent = await serveSnmp(mib);
    agent.damage = () => {
      stats.requests += 1;
      return scenario === 'hang' ? 'nothing' : undefined;
    };
    const size = (name: string, mebibytes: number) =>
      sparse ? {} : { [name]: mebibytes * MEBIBYTE };
    const trap = {
      version: 'v2c',
      pdu_type: 'trap',
      trap_oid: `${OID}.0.5`,
      varbinds: ['disk 3', '2'].map((value, index) => ({
        oid: `${OID}.4.${index + 1}`,
        type: 'OctetString' as const,
        value: Buffer.from(value),
      })),
      source: '192.0.2.1',
      received_at: Date.now(),
    } as const;
    return {
      access: { snmp: { host: '127.0.0.1', port: agent.port, community: CANARY_PASSWORD } },
      stats,
      expireSessions: () => {},
      truth: {
        storage: { name: 'sample', serial_number: 'S-42' },
        lists: {
          listStoragePools: [
            { native_storage_pool_id: '1', name: 'gold', status: 'normal', ...size('total_capacity', 4096), ...size('used_capacity', 1024) },
            { native_storage_pool_id: '2', name: 'tin', status: 'unknown', ...size('total_capacity', 2048), ...size('used_capacity', 0) },
          ],
          listVolumes: [
            { native_volume_id: '1', name: 'vol 1', native_storage_pool_id: '1', ...size('total_capacity', 1024) },
            { native_volume_id: '2', name: 'ünï "2"', native_storage_pool_id: '2', ...size('total_capacity', 512) },
          ],
        }, // prettier-ignore
        alerts: [],
        traps: [{ trap, alert: { alert_id: '0.5', severity: 'Major', match_key: '0.5/disk 3' } }],
        samples: () => [],
      },
      [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
    };
  },
};
