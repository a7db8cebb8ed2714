/** Huawei OceanStor V3, V5 and Dorado: DeviceManager REST over HTTPS. */
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
import { addTrapConfig, clearAlert, removeTrapConfig } from './commands.ts';
import { createInventory } from './inventory.ts';
import { capabilities } from './metrics.ts';
import { createPerformance } from './performance.ts';

export default defineDriver({
  vendor: 'huawei',
  model: 'oceanstor',
  title: 'Huawei OceanStor V3, V5, OceanStor Dorado V3, V6',
  access: Type.Object({
    rest: RestAccess,
    account_scope: Type.Optional(
      Type.Unsafe<'local' | 'ldap'>({
        type: 'string',
        enum: ['local', 'ldap'],
        default: 'local',
        description: 'Where the account lives: on the array or in its LDAP domain',
      }),
    ),
  }),
  // There is no history, and all generations measure the same at most.
  methods: allBut('getCapabilities', 'getLatestPerfTimestamp'),
  capabilities,
  parseAlert,

  async open(access, context) {
    const client = await connect(access.rest, access.account_scope ?? 'local', context);
    return {
      ...createInventory(client, context),
      listAlerts: async (query) =>
        inPeriod(toAlerts(await client.list('/alarm/currentalarm')), query),
      clearAlert: (sequenceNumber) => clearAlert(client, sequenceNumber),
      addTrapConfig: (config) => addTrapConfig(client, config),
      removeTrapConfig: (config) => removeTrapConfig(client, config),
      collectPerfMetrics: createPerformance(client, context),
      close: () => client.close(),
    } satisfies Session;
  },
});
