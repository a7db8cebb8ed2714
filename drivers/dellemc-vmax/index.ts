/** Dell EMC VMAX and PowerMax: the REST API of Unisphere, which serves one or many arrays. */
import {
  allBut,
  defineDriver,
  inPeriod,
  RestAccess,
  Type,
  type Session,
} from 'delfin-agent/driver';
import { parseAlert, readAlerts } from './alerts.ts';
import { connect } from './client.ts';
import { createCommands } from './commands.ts';
import { createInventory } from './inventory.ts';
import { capabilitiesOf } from './metrics.ts';
import { createPerformance } from './performance.ts';

export default defineDriver({
  vendor: 'dellemc',
  model: ['vmax', 'pmax'],
  title: 'Dell EMC VMAX3, VMAX All Flash, PowerMax (Unisphere)',
  access: Type.Object({
    rest: RestAccess,
    array_id: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Serial number of the array behind the Unisphere server, 12 digits in quotes',
      }),
    ),
  }),
  methods: allBut('listQuotas', 'listFilesystems', 'listQtrees', 'listShares', 'listAlertSources'),
  capabilities: () => capabilitiesOf(),
  parseAlert,

  async open(access, context) {
    const client = await connect(access.rest, access.array_id, context);
    const volumeNames = new Map<string, string>();
    return {
      ...createInventory(client, volumeNames, context.now),
      ...createPerformance(client, context, volumeNames),
      ...createCommands(client),
      listAlerts: async (query) => inPeriod(await readAlerts(client, context.timezone), query),
      close: () => client.close(),
    } satisfies Session;
  },
});
