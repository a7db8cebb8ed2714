/** Pure Storage (Everpure) FlashArray: Purity's REST 2.x. */
import { allBut, defineDriver, TokenAccess, Type, type Session } from 'delfin-agent/driver';
import { listAlerts, parseAlert } from './alerts.ts';
import { connect } from './client.ts';
import { createCommands } from './commands.ts';
import { createInventory } from './inventory.ts';
import { CAPABILITIES, capabilitiesOf } from './metrics.ts';
import { collect, latest } from './performance.ts';

export default defineDriver({
  vendor: 'pure',
  model: 'flasharray',
  title: 'Pure Storage (Everpure) FlashArray',
  access: Type.Object({ rest: TokenAccess }),
  capabilities: () => CAPABILITIES,
  methods: allBut('listPortGroups'),
  parseAlert,

  async open(access, context) {
    const client = await connect(access.rest, context);
    return {
      ...createInventory(client, context),
      listAlerts: (query) => listAlerts(client, query),
      ...createCommands(client),
      getCapabilities: () => capabilitiesOf(client),
      collectPerfMetrics: (asked, start, end) => collect(client, context, asked, { start, end }),
      getLatestPerfTimestamp: () => latest(client),
      close: () => client.close(),
    } satisfies Session;
  },
});
