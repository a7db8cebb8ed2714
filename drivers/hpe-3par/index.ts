/** HPE 3PAR StoreServ and HPE Primera: WSAPI over HTTPS and the InForm OS command line over SSH. */
import {
  ConfigurationError,
  defineDriver,
  inPeriod,
  RestAccess,
  SshAccess,
  Type,
  type Session,
} from 'delfin-agent/driver';
import { alertsOf, alertsOfLog, parseAlert } from './alerts.ts';
import { createCli } from './cli.ts';
import { connectRest } from './client.ts';
import { addTrapConfig, clearAlert, removeTrapConfig } from './commands.ts';
import { createLists } from './inventory.ts';
import { createZone, either, poolIds, volumeIds, type Clients } from './lookups.ts';
import { ALL_TYPES, capabilitiesOf } from './metrics.ts';
import { collect, latestTime } from './performance.ts';
import { sourcesOf } from './sources.ts';

export default defineDriver({
  vendor: 'hpe',
  model: ['3par', 'primera'],
  title: 'HPE 3PAR StoreServ, HPE Primera',
  access: Type.Object({ rest: Type.Optional(RestAccess), ssh: Type.Optional(SshAccess) }),
  capabilities: () => capabilitiesOf(ALL_TYPES),
  parseAlert,

  async open(access, context) {
    if (!access.rest && !access.ssh) {
      throw new ConfigurationError(
        'an HPE array needs a block "rest" (WSAPI), a block "ssh" (command line), or better both; both are missing',
      );
    }
    const cli = access.ssh && createCli(access.ssh, context);
    const rest = access.rest && (await connectRest(access.rest, context));
    const clients: Clients = { rest, cli, context };
    if (!rest) await cli?.connect();
    warnOfMissing(clients);

    const zone = createZone(clients);
    const reports = async () => {
      const timezone = await zone.get();
      return sourcesOf({
        rest,
        cli,
        timezone,
        pools: () => poolIds(clients),
        volumes: () => volumeIds(clients),
      });
    };
    return {
      ...createLists(clients, zone),
      async listAlerts(query) {
        const timezone = await zone.get();
        const alerts = await either([
          cli && (async () => alertsOf(await cli.run('showalert -d'), timezone)),
          rest && (async () => alertsOfLog(await rest.members('/eventlog', '"category EQ 2"'))),
        ]);
        return inPeriod(alerts, query);
      },
      ...(cli ? operatorCommands(cli) : {}),
      getCapabilities: async () =>
        capabilitiesOf(ALL_TYPES.filter((type) => cli || type !== 'storage')),
      collectPerfMetrics: async (resourceMetrics, startTime, endTime) =>
        collect(await reports(), resourceMetrics, { startTime, endTime }, context),
      getLatestPerfTimestamp: async () => latestTime(await reports()),
      async close() {
        await Promise.allSettled([rest?.close(), cli?.close()]);
      },
    } satisfies Session;
  },
});

type Cli = NonNullable<Clients['cli']>;

function operatorCommands(
  cli: Cli,
): Pick<Session, 'clearAlert' | 'addTrapConfig' | 'removeTrapConfig'> {
  return {
    clearAlert: (sequenceNumber) => clearAlert(cli, sequenceNumber),
    addTrapConfig: (config) => addTrapConfig(cli, config),
    removeTrapConfig: (config) => removeTrapConfig(cli, config),
  };
}

function warnOfMissing({ rest, cli, context }: Clients): void {
  if (!cli) {
    context.log.warn(
      {
        missing: 'ssh',
        absent: 'controllers, disks, health, performance of the whole array, clearing of alerts',
      },
      'only rest is configured: what the command line alone knows is absent',
    );
  }
  if (!rest) {
    context.log.warn(
      { missing: 'rest', absent: 'status and subscribed capacity of CPGs, descriptions' },
      'only ssh is configured: what the WSAPI alone knows is absent',
    );
  }
}
