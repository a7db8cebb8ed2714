/** IBM Storwize, FlashSystem and SAN Volume Controller: Spectrum Virtualize's command line over SSH. */
import { defineDriver, InvalidResponse, SshAccess, Type, type Session } from 'delfin-agent/driver';
import { listAlerts, parseAlert } from './alerts.ts';
import { createCli } from './client.ts';
import { addTrapConfig, clearAlert, removeTrapConfig } from './commands.ts';
import { createLists } from './inventory.ts';
import { capabilitiesOf } from './metrics.ts';
import { collectionOf, latestTime, warnOfAbsentNodes } from './dumps.ts';
import { collect } from './performance.ts';
import { storageOf } from './records.ts';
import { firstOf } from './table.ts';

export default defineDriver({
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
  }),
  capabilities: () => capabilitiesOf(undefined),
  parseAlert,

  async open(access, context) {
    const cli = createCli(access.ssh, context);
    await cli.connect();
    let checked = false;
    return {
      async getStorage() {
        const system = firstOf(await cli.detail('lssystem', undefined, { exact: true }));
        if (!system['id'] && system['name'] === undefined) {
          throw new InvalidResponse(
            'lssystem: neither id nor name; is this a Spectrum Virtualize system?',
          );
        }
        return storageOf(system);
      },
      ...createLists(cli, context),
      listAlerts: (query) =>
        listAlerts(cli, query, async () => (await collectionOf(cli, context)).timezone),
      clearAlert: (sequenceNumber) => clearAlert(cli, sequenceNumber),
      addTrapConfig: (config) => addTrapConfig(cli, config),
      removeTrapConfig: (config) => removeTrapConfig(cli, config),
      getCapabilities: async () =>
        capabilitiesOf((await collectionOf(cli, context)).intervalMinutes),
      async collectPerfMetrics(resourceMetrics, startTime, endTime) {
        const copy = access.copy_statistics ?? false;
        const window = { startTime, endTime };
        const metrics = await collect(cli, resourceMetrics, window, context, { copy });
        if (!checked) await warnOfAbsentNodes(cli, context);
        checked = true;
        return metrics;
      },
      getLatestPerfTimestamp: () => latestTime(cli, context),
      close: () => cli.close(),
    } satisfies Session;
  },
});
