/** IBM Storwize, FlashSystem and SAN Volume Controller: Spectrum Virtualize's command line over SSH. */
import {
  allBut,
  createParts,
  defineDriver,
  InvalidResponse,
  number,
  SshAccess,
  Type,
  type Session,
} from 'delfin-agent/driver';
import { createAlertList, parseAlert } from './alerts.ts';
import { createCli } from './client.ts';
import { clearAlert, trapCommands } from './commands.ts';
import { createNodeFiles } from './dumps.ts';
import { createInventory, type Reader } from './inventory.ts';
import { capabilitiesOf } from './metrics.ts';
import { createPerformance } from './performance.ts';
import { firstOf, type Row } from './table.ts';

const { host, port, host_key } = SshAccess.properties;

const driver = defineDriver({
  vendor: 'ibm',
  model: 'storwize_svc',
  title: 'IBM Storwize, FlashSystem, SAN Volume Controller',
  access: Type.Object({
    ssh: SshAccess,
    copy_statistics: Type.Optional(
      Type.Boolean({
        description:
          'Have the configuration node copy the statistics of the other nodes (cpdumps) before they are read',
      }),
    ),
    nodes: Type.Optional(
      Type.Array(Type.Object({ host, port, host_key }, { additionalProperties: false }), {
        description:
          'Addresses of the other nodes: their statistics are read there, with the account of ssh',
      }),
    ),
  }),
  methods: allBut('listQuotas', 'listFilesystems', 'listQtrees', 'listShares', 'listPortGroups'),
  capabilities: () => capabilitiesOf(),
  parseAlert,

  async open(access, context) {
    const parts = createParts(context);
    const cli = createCli(access.ssh, context, parts);
    const system = parts.shared(async (): Promise<Row> => {
      const own = firstOf(await cli.detail('lssystem'));
      if (own['id'] || own['name'] !== undefined) return own;
      throw new InvalidResponse(
        'lssystem: neither id nor name; is this a Spectrum Virtualize system?',
      );
    });
    const reader: Reader = { cli, parts, context, system };
    const others = (access.nodes ?? []).map((node) => createNodeFiles(node, access.ssh, context));
    await cli.connect();
    return {
      ...createInventory(reader, access.ssh.host),
      listAlerts: createAlertList(reader),
      clearAlert: (sequenceNumber) => clearAlert(cli, sequenceNumber),
      ...trapCommands(cli),
      getCapabilities: async () => capabilitiesOf(number((await system())['statistics_frequency'])),
      ...createPerformance(reader, others, access.copy_statistics ?? false),
      async close() {
        await Promise.all([cli, ...others].map((one) => one.close()));
      },
    } satisfies Session;
  },
});

export default driver;

/** The same system under the name of another vendor. */
export const inspur = defineDriver({
  ...driver,
  vendor: 'inspur',
  model: 'as5500',
  title: 'Inspur AS5500 (Spectrum Virtualize)',
});
