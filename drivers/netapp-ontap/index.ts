/** NetApp ONTAP: FAS, AFF, ASA, ONTAP Select and Cloud Volumes ONTAP, by its REST API. */
import {
  allBut,
  CertifiedRestAccess,
  defineDriver,
  inPeriod,
  Type,
  type Session,
} from 'delfin-agent/driver';
import { parseAlert, readAlerts } from './alerts.ts';
import { connect } from './client.ts';
import { createCommands } from './commands.ts';
import { createInventory } from './inventory.ts';
import { capabilities } from './metrics.ts';
import { createPerformance } from './performance.ts';

export default defineDriver({
  vendor: 'netapp',
  model: ['ontap', 'cmode'],
  title: 'NetApp ONTAP 9.8 and later (FAS, AFF, ASA, Select, Cloud Volumes)',
  access: Type.Object({ rest: CertifiedRestAccess }),
  methods: allBut('clearAlert', 'getCapabilities', 'getLatestPerfTimestamp'),
  capabilities,
  parseAlert,

  async open(access, context) {
    const client = await connect(access.rest, context);
    const performance = createPerformance(client, context);
    return {
      ...createInventory(client),
      async listAlerts(query) {
        return inPeriod(await readAlerts(client, query, context.now()), query);
      },
      ...createCommands(client),
      collectPerfMetrics: (asked, startTime, endTime) =>
        performance.collect(asked, startTime, endTime),
      close: () => client.close(),
    } satisfies Session;
  },
});
