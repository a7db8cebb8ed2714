/** HPE 3PAR, Primera, Alletra and H3C UniStor CF: WSAPI over HTTPS, InForm OS command line over SSH. */
import {
  allBut,
  ConfigurationError,
  defineDriver,
  inPeriod,
  RestAccess,
  SshAccess,
  Type,
  urlHost,
  type Session,
} from 'delfin-agent/driver';
import { listAlerts, parseAlert } from './alerts.ts';
import { createArray } from './array.ts';
import { openWsapi } from './client.ts';
import { createCommands } from './commands.ts';
import { createInventory } from './inventory.ts';
import { ALL_TYPES, capabilitiesOf } from './metrics.ts';
import { collect, latestTime } from './performance.ts';
import { openShell } from './shell.ts';

/** Primera and Alletra serve their own console; the consoles of others run elsewhere. */
const WITH_CONSOLE: ReadonlySet<string> = new Set(['primera', 'alletra']);

/** What the missing interface alone knows. */
const ABSENT = {
  ssh: 'names and hardware of controllers, health, performance of the whole array, clearing of alerts',
  rest: 'status of CPGs, descriptions',
  only_rest: 'only rest is configured: what the command line alone knows is absent',
  only_ssh: 'only ssh is configured: what the WSAPI alone knows is absent',
} as const;

const driver = defineDriver({
  vendor: 'hpe',
  model: ['3par', 'primera', 'alletra'],
  title: 'HPE 3PAR StoreServ, HPE Primera, HPE Alletra 9000 and Alletra Storage MP',
  access: Type.Object({ rest: Type.Optional(RestAccess), ssh: Type.Optional(SshAccess) }),
  methods: allBut('listQuotas', 'listFilesystems', 'listQtrees', 'listShares'),
  capabilities: () => capabilitiesOf(ALL_TYPES),
  parseAlert,

  async open(access, context) {
    const host = access.rest?.host ?? access.ssh?.host;
    if (host === undefined) {
      throw new ConfigurationError(
        'an HPE array needs a block "rest" (WSAPI), a block "ssh" (command line), or better both; both are missing',
      );
    }
    const rest = access.rest && (await openWsapi(access.rest, context));
    const shell = access.ssh && openShell(context, access.ssh, rest !== undefined);
    if (!rest) await shell?.connect();
    const array = createArray(rest, shell, context);
    if (!shell) context.log.warn({ missing: 'ssh', absent: ABSENT.ssh }, ABSENT.only_rest);
    if (!rest) context.log.warn({ missing: 'rest', absent: ABSENT.rest }, ABSENT.only_ssh);
    return {
      ...createInventory(array),
      listAlerts: async (query) => inPeriod(await listAlerts(array), query),
      ...(shell ? createCommands(shell) : {}),
      ...(WITH_CONSOLE.has(context.model)
        ? { getAccessUrl: () => Promise.resolve(`https://${urlHost(host)}/`) }
        : {}),
      getCapabilities: async () =>
        capabilitiesOf(ALL_TYPES.filter((type) => shell || type !== 'storage')),
      collectPerfMetrics: (asked, start, end) => collect(array, asked, { start, end }),
      getLatestPerfTimestamp: () => latestTime(array),
      async close() {
        await Promise.allSettled([rest?.close(), shell?.close()]);
      },
    } satisfies Session;
  },
});
export default driver;

/** The same array under H3C's name. */
export const unistor = defineDriver({
  ...driver,
  vendor: 'h3c',
  model: 'unistor_cf',
  title: 'H3C UniStor CF (HPE 3PAR)',
});
