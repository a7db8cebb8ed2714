/** Dell EMC Unity, Unity XT and UnityVSA: Unisphere Management REST API. */
import { defineDriver, inPeriod, RestAccess, Type, type Session } from 'delfin-agent/driver';
import { parseAlert, toAlert } from './alerts.ts';
import { connect } from './client.ts';
import { addTrapConfig, clearAlert, removeTrapConfig } from './commands.ts';
import { createInventory, readNames } from './inventory.ts';
import { capabilitiesOf } from './metrics.ts';
import { createPerformance } from './performance.ts';
import { createReader } from './reader.ts';

export default defineDriver({
  vendor: 'dellemc',
  model: 'unity',
  title: 'Dell EMC Unity, Unity XT, UnityVSA',
  access: Type.Object({ rest: RestAccess }),
  capabilities: () => capabilitiesOf(new Map()),
  parseAlert,

  async open(access, context) {
    const client = await connect(access.rest, context);
    const reader = createReader(client, context.log);
    const performance = createPerformance({
      client,
      reader,
      context,
      names: (type) => readNames(reader, type),
    });
    return {
      ...createInventory(reader),
      async listAlerts(query) {
        const alerts = (await reader.all('alert')).flatMap((content) => toAlert(content) ?? []);
        return inPeriod(alerts, query);
      },
      clearAlert: (sequenceNumber) => clearAlert(client, sequenceNumber),
      addTrapConfig: (config) => addTrapConfig(client, reader, config),
      removeTrapConfig: (config) => removeTrapConfig(client, reader, config),
      getCapabilities: async () => capabilitiesOf(await performance.units()),
      collectPerfMetrics: (asked, startTime, endTime) =>
        performance.collect(asked, startTime, endTime),
      getLatestPerfTimestamp: () => performance.latest(),
      close: () => client.close(),
    } satisfies Session;
  },
});
