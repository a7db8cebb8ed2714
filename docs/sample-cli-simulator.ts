/** The array of the CLI sample: three commands, and what is true of it. */
import {
  CANARY_PASSWORD,
  COMMAND_FAULTS,
  newStats,
  serveSsh,
  type CommandOutput,
  type SimulatorDefinition,
} from 'delfin-agent/testing';

const MIB = 2 ** 20;
const SAID = {
  error: 'Error: the system does not answer\n',
  denied: 'Permission denied\n',
  busy: 'System is busy\n',
};

type Row = readonly string[];

const POOLS: readonly Row[] = [
  ['0', 'gold', 'normal', '4096'],
  ['1', 'tin pot', 'degraded', '2048'],
];

const volumesOf = (count: number): readonly Row[] =>
  Array.from({ length: count }, (_, index) => [
    String(index),
    `vol ${index}`,
    String(index % 2),
    String(index + 1),
  ]);

export const simulator: SimulatorDefinition = {
  vendor: 'sample_vendor',
  model: 'sample_cli',
  generations: ['v1'],
  scenarios: ['normal', 'expired', 'badpassword', 'locked', 'busy', 'hang', 'garbage', 'huge'],
  // Logging in is no command.
  damage: { kinds: COMMAND_FAULTS, isLogin: () => false },

  async start({ scenario = 'normal', port } = {}) {
    const stats = newStats();
    const volumes = volumesOf(scenario === 'huge' ? 20_000 : 5);
    const outputs: Readonly<Record<string, string>> = {
      showsystem: 'name: sample\nserial: S-42\n',
      showpools: tableOf(['Id', 'Name', 'State', 'Size(MiB)'], POOLS),
      showvolumes: tableOf(['Id', 'Name', 'Pool', 'Size(MiB)'], volumes),
    };
    const run = (command: string): CommandOutput => {
      const out = outputs[command];
      return out === undefined ? { out: 'Unknown command\n', code: 1 } : { out, code: 0 };
    };
    const server = await serveSsh({
      username: 'monitor',
      scenario,
      stats,
      run,
      isWrite: (command) => !command.startsWith('show'),
      said: SAID,
      ...(port === undefined ? {} : { port }),
    });
    const ssh = { host: '127.0.0.1', port: server.port, host_key: server.hostKey };
    return {
      access: { ssh: { ...ssh, username: 'monitor', password: CANARY_PASSWORD } },
      stats,
      expireSessions: () => server.disconnect(),
      truth: {
        storage: { serial_number: 'S-42' },
        lists: {
          listStoragePools: POOLS.map(([id, name, status, size]) => ({
            native_storage_pool_id: id,
            name,
            status,
            total_capacity: Number(size) * MIB,
          })),
          listVolumes: volumes.map(([id, name, pool, size]) => ({
            native_volume_id: id,
            name,
            native_storage_pool_id: pool,
            total_capacity: Number(size) * MIB,
          })),
        },
        alerts: [],
        samples: () => [],
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

/** Columns of equal width, a line of dashes, and how many rows there were. */
function tableOf(titles: Row, rows: readonly Row[]): string {
  const line = (cells: Row) =>
    cells.map((cell, index) => (index === 1 ? cell.padEnd(12) : cell.padStart(9))).join(' ');
  const lines = [titles, ...rows].map(line);
  return `${lines.join('\n')}\n${'-'.repeat(42)}\n${String(rows.length).padStart(9)} total\n`;
}
