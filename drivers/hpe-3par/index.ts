/** HPE 3PAR, Primera, Alletra and H3C UniStor CF: WSAPI over HTTPS, InForm OS command line over SSH. */
import {
  allBut,
  ConfigurationError,
  createParts,
  defineDriver,
  inPeriod,
  RestAccess,
  SshAccess,
  Type,
  urlHost,
  type Alert,
  type Session,
} from 'delfin-agent/driver';
import { alertBlocksOf, alertsOfLog, parseAlert, toAlerts } from './alerts.ts';
import { createArray, shellFirst, type ArrayData, type Interfaces } from './array.ts';
import { openWsapi } from './client.ts';
import { addTrapConfig, clearAlert, removeTrapConfig } from './commands.ts';
import { createLists } from './inventory.ts';
import { ALL_TYPES, capabilitiesOf } from './metrics.ts';
import { collect, latestTime } from './performance.ts';
import { openShell, type Shell } from './shell.ts';

const driver = defineDriver({
  vendor: 'hpe',
  model: ['3par', 'primera', 'alletra'],
  title: 'HPE 3PAR StoreServ, HPE Primera, HPE Alletra 9000 and Alletra Storage MP',
  access: Type.Object({ rest: Type.Optional(RestAccess), ssh: Type.Optional(SshAccess) }),
  methods: allBut('listQuotas', 'listFilesystems', 'listQtrees', 'listShares'),
  capabilities: () => capabilitiesOf(ALL_TYPES),
  parseAlert,

  async open(access, context) {
    if (!access.rest && !access.ssh) {
      throw new ConfigurationError(
        'an HPE array needs a block "rest" (WSAPI), a block "ssh" (command line), or better both; both are missing',
      );
    }
    const rest = access.rest && (await openWsapi(access.rest, context));
    const shell = access.ssh && openShell(context, access.ssh, rest !== undefined);
    if (!rest) await shell?.connect();
    const interfaces: Interfaces = { rest, shell, context, parts: createParts(context) };
    const array = createArray(interfaces);
    tellWhatIsAbsent(interfaces);
    const host = access.rest?.host ?? access.ssh?.host;
    return {
      ...createLists(interfaces, array),
      listAlerts: async (query) => inPeriod(await listAlerts(interfaces, array), query),
      ...(shell ? operatorCommands(shell) : {}),
      // The consoles of others run elsewhere.
      ...(WITH_CONSOLE.has(context.model) && host !== undefined
        ? { getAccessUrl: () => Promise.resolve(consoleOn(host)) }
        : {}),
      getCapabilities: async () =>
        capabilitiesOf(ALL_TYPES.filter((type) => shell || type !== 'storage')),
      collectPerfMetrics: (asked, startTime, endTime) =>
        collect(interfaces, array, asked, { startTime, endTime }),
      getLatestPerfTimestamp: () => latestTime(interfaces, array),
      async close() {
        await Promise.allSettled([rest?.close(), shell?.close()]);
      },
    } satisfies Session;
  },
});
export default driver;

/** Primera and Alletra serve their own console. */
const WITH_CONSOLE: ReadonlySet<string> = new Set(['primera', 'alletra']);

const consoleOn = (host: string) => `https://${urlHost(host)}/`;

/** The same array under H3C's name. */
export const unistor = defineDriver({
  ...driver,
  vendor: 'h3c',
  model: 'unistor_cf',
  title: 'H3C UniStor CF (HPE 3PAR)',
});

function listAlerts(interfaces: Interfaces, array: ArrayData): Promise<Alert[]> {
  return shellFirst(
    interfaces,
    'alerts',
    async (shell) => {
      const found = await shell.text('showalert -d', (lines) => {
        const blocks = alertBlocksOf(lines);
        return { said: blocks, size: blocks.blocks.length, closed: blocks.counted };
      });
      return toAlerts(found, await array.zone());
    },
    async (rest) =>
      alertsOfLog(await rest.members('/eventlog', interfaces.parts, '"category EQ 2"')),
  );
}

function operatorCommands(
  shell: Shell,
): Pick<Session, 'clearAlert' | 'addTrapConfig' | 'removeTrapConfig'> {
  return {
    clearAlert: (sequenceNumber) => clearAlert(shell, sequenceNumber),
    addTrapConfig: (config) => addTrapConfig(shell, config),
    removeTrapConfig: (config) => removeTrapConfig(shell, config),
  };
}

function tellWhatIsAbsent({ rest, shell, context }: Interfaces): void {
  if (!shell) {
    const absent =
      'names and hardware of controllers, health, performance of the whole array, clearing of alerts';
    context.log.warn(
      { missing: 'ssh', absent },
      'only rest is configured: what the command line alone knows is absent',
    );
  }
  if (!rest) {
    context.log.warn(
      { missing: 'rest', absent: 'status of CPGs, descriptions' },
      'only ssh is configured: what the WSAPI alone knows is absent',
    );
  }
}
