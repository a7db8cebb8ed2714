/** Dell EMC Unity, Unity XT and UnityVSA: Unisphere Management REST API. */
import {
  allBut,
  defineDriver,
  inPeriod,
  RestAccess,
  Type,
  type Session,
} from 'delfin-agent/driver';
import { parseAlert, toAlerts } from './alerts.ts';
import { connect } from './client.ts';
import { createCommands } from './commands.ts';
import { createInventory } from './inventory.ts';
import { capabilitiesOf } from './metrics.ts';
import { createPerformance } from './performance.ts';

export default defineDriver({
  vendor: 'dellemc',
  model: 'unity',
  title: 'Dell EMC Unity, Unity XT, UnityVSA',
  access: Type.Object({ rest: RestAccess }),
  methods: allBut('listPortGroups'),
  capabilities: () => capabilitiesOf(new Map()),
  parseAlert,

  async open(access, context) {
    const client = await connect(access.rest, context);
    return {
      ...createInventory(client, context),
      ...createPerformance(client, context),
      listAlerts: async (query) => inPeriod(toAlerts(await client.all('alert')), query),
      ...createCommands(client),
      close: () => client.close(),
    } satisfies Session;
  },
});
