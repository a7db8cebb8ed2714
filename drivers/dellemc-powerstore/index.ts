/** Dell PowerStore, T and X models: PowerStore REST API, PowerStoreOS 2.x to 4.x. */
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

const REQUESTS_PER_MINUTE = 300;

export default defineDriver({
  vendor: 'dellemc',
  model: 'powerstore',
  title: 'Dell PowerStore T and X',
  methods: allBut('listPortGroups'),
  access: Type.Object({
    rest: RestAccess,
    metrics_per_minute: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 100_000,
        default: REQUESTS_PER_MINUTE,
        description: 'Requests for measures a minute at most: the array tells one object a request',
      }),
    ),
  }),
  capabilities: capabilitiesOf,
  parseAlert,

  async open(access, context) {
    const client = await connect(access.rest, context);
    const perMinute = access.metrics_per_minute ?? REQUESTS_PER_MINUTE;
    const performance = createPerformance(client, context, perMinute);
    return {
      ...createInventory(client),
      listAlerts: async (query) => inPeriod(toAlerts(await client.all('alert')), query),
      ...createCommands(client),
      getCapabilities: () => Promise.resolve({ ...capabilitiesOf(), turns: performance.waits() }),
      collectPerfMetrics: (asked, start, end) => performance.collect(asked, { start, end }),
      getLatestPerfTimestamp: () => performance.latest(),
      close: () => client.close(),
    } satisfies Session;
  },
});
