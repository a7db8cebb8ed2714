/** IBM Storwize, FlashSystem and SAN Volume Controller: Spectrum Virtualize's command line over SSH. */
import { allBut, defineDriver, number, SshAccess, Type, type Session } from 'delfin-agent/driver';
import { createAlertList, parseAlert } from './alerts.ts';
import { createClient } from './client.ts';
import { createCommands } from './commands.ts';
import { createInventory } from './inventory.ts';
import { capabilitiesOf } from './metrics.ts';
import { createPerformance } from './performance.ts';

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
    const client = createClient(access.ssh, context);
    const nodes = (access.nodes ?? []).map((node) =>
      createClient({ ...access.ssh, port: 22, ...node }, context),
    );
    await client.connect();
    return {
      ...createInventory(client),
      listAlerts: createAlertList(client),
      ...createCommands(client),
      getCapabilities: async () =>
        capabilitiesOf(number((await client.system())['statistics_frequency'])),
      ...createPerformance(client, nodes, access.copy_statistics ?? false),
      async close() {
        await Promise.all([client, ...nodes].map((one) => one.close()));
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
