/** The CLI sample of the driver developer guide: tables of command output that prove they are whole. */
import {
  commandAnswers,
  compact,
  defineDriver,
  InvalidResponse,
  lookup,
  nameOf,
  openCli,
  readTable,
  scaled,
  SshAccess,
  text,
  Type,
  type Session,
  type StoragePool,
  type Table,
  type TableShape,
  type Volume,
} from 'delfin-agent/driver';

const MIB = 2 ** 20;
const HEALTH = { normal: 'normal', degraded: 'degraded', failed: 'abnormal' } as const;

/** What the first line of an output says instead of a result. */
const answers = commandAnswers({
  texts: {
    busy: /^system is busy/i,
    denied: /^permission denied/i,
    unsupported: /^(unknown command|not licensed)/i,
    fault: /^error\b/i,
  },
});

const POOLS: TableShape = {
  titles: ['id', 'name', 'state'],
  rowStart: /^\d+$/,
  // A line of dashes and "2 total" follow the rows.
  closing: true,
  wordy: ['name'],
  nothing: /^no pools listed$/i,
  // The title is `Size(MiB)`.
  unit: /\(mib\)$/,
};
const VOLUMES: TableShape = { ...POOLS, titles: ['id', 'name', 'pool'], nothing: /^no volumes listed$/i }; // prettier-ignore

export default defineDriver({
  vendor: 'sample_vendor',
  model: 'sample_cli',
  title: 'Sample arrays with a command line',
  access: Type.Object({ ssh: SshAccess }),

  async open(access, context) {
    const cli = openCli(context, access.ssh, { answers });
    await cli.connect();
    const table = (command: string, shape: TableShape): Promise<Table> =>
      cli.run(command, { read: (output) => readTable(output, shape, nameOf(command)) });
    return {
      async getStorage() {
        const output = await cli.run('showsystem');
        const [, serial] = /^serial: (\S+)$/m.exec(output) ?? [];
        if (serial === undefined) throw new InvalidResponse('"showsystem": no serial number');
        return { serial_number: serial };
      },
      async listStoragePools() {
        const { rows } = await table('showpools', POOLS);
        return rows.map(({ cells }) =>
          compact<StoragePool>({
            native_storage_pool_id: cells['id'] ?? '',
            name: text(cells['name']),
            status: lookup(HEALTH, cells['state']),
            total_capacity: scaled(cells['size'], MIB),
          }),
        );
      },
      async listVolumes() {
        const { rows } = await table('showvolumes', VOLUMES);
        return rows.map(({ cells }) =>
          compact<Volume>({
            native_volume_id: cells['id'] ?? '',
            name: text(cells['name']),
            native_storage_pool_id: cells['pool'],
            total_capacity: scaled(cells['size'], MIB),
          }),
        );
      },
      close: () => cli.close(),
    } satisfies Session;
  },
});
