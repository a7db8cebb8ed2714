/** Dell EMC VMAX and PowerMax: the REST API of Unisphere, which serves one or many arrays. */
import {
  allBut,
  defineDriver,
  inPeriod,
  RestAccess,
  Type,
  type Session,
} from 'delfin-agent/driver';
import { alertOf, isCurrent, parseAlert } from './alerts.ts';
import { chooseArray } from './array.ts';
import { connect } from './client.ts';
import { addTrapConfig, clearAlert, removeTrapConfig } from './commands.ts';
import { segment } from './ids.ts';
import { createLists, type Names } from './inventory.ts';
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
    const unisphere = await connect(access.rest, context);
    try {
      const array = await chooseArray(unisphere, access.array_id, context);
      const { id: arrayId } = array;
      const names: Names = { volumes: new Map() };
      const performance = createPerformance({ unisphere, arrayId, names, context });
      const alerts = `/${unisphere.version}/system/symmetrix/${segment(arrayId)}/alert`;
      return {
        ...createLists(unisphere, array, names, () => context.now()),
        async listAlerts(query) {
          const ids = await unisphere.ids(alerts, 'alertId', { acknowledged: false });
          const details = await unisphere.details(alerts, ids);
          const current = details
            .filter(({ fields }) => isCurrent(fields))
            .map((detail) => alertOf(detail, arrayId, context.timezone))
            .toSorted((a, b) => (a.occur_time ?? 0) - (b.occur_time ?? 0));
          return inPeriod(current, query);
        },
        clearAlert: (sequenceNumber) => clearAlert(unisphere, arrayId, sequenceNumber),
        addTrapConfig: (config) => addTrapConfig(unisphere, config),
        removeTrapConfig: (config) => removeTrapConfig(unisphere, config),
        getCapabilities: () => performance.capabilities(),
        collectPerfMetrics: (asked, start, end) => performance.collect(asked, { start, end }),
        getLatestPerfTimestamp: () => performance.latest(),
        close: () => unisphere.close(),
      } satisfies Session;
    } catch (error) {
      await unisphere.close();
      throw error;
    }
  },
});
