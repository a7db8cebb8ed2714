/** Trap receivers in the array's SNMP settings. Written for an operator's command only. */
import {
  ConfigurationError,
  flag,
  objects,
  pick,
  text,
  type Foreign,
  type Session,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';

const PATH = '/snmp-settings/instance';
/** The settings have no port. */
const TRAP_PORT = 162;

export function createCommands(client: Client) {
  return {
    async addTrapConfig(config) {
      const { host, version } = config;
      const community = communityOf(config);
      const settings = await client.get(PATH);
      const used = text(settings['snmpVersion']);
      if (flag(settings['isSNMPAgentEnabled']) && used !== version) {
        throw new ConfigurationError(
          `the array sends traps as ${used} and knows one version at a time; use that version`,
        );
      }
      const targets = targetsIn(settings);
      const own = targets.find((target) => target.community === community);
      const hosts = own?.sendTrapTo ?? [];
      if (hosts.includes(host)) return;
      const extended = { community, sendTrapTo: [...hosts, host] };
      const others = targets.filter((target) => target !== own);
      await client.change(PATH, written(settings, version, [...others, extended]));
    },
    async removeTrapConfig({ host, version }) {
      const settings = await client.get(PATH);
      const targets = targetsIn(settings);
      if (!targets.some(({ sendTrapTo }) => sendTrapTo.includes(host))) return;
      const left = targets.flatMap(({ community, sendTrapTo }) => {
        const others = sendTrapTo.filter((one) => one !== host);
        // A community that has lost its last receiver goes with it.
        const isOver = others.length === 0 && sendTrapTo.length > 0;
        return isOver ? [] : { community, sendTrapTo: others };
      });
      const used = text(settings['snmpVersion']) ?? version;
      await client.change(PATH, written(settings, used, left));
    },
  } satisfies Partial<Session>;
}

/** @throws ConfigurationError for a receiver that the array can't have. */
function communityOf({ port, version, community }: TrapConfig): string {
  if (version === 'v3' || community === undefined) {
    throw new ConfigurationError(
      'v3 receivers need the passwords of all SNMP users of the array again: set them in its management software; here v1 and v2c with a community can be set',
    );
  }
  if (port === TRAP_PORT) return community.reveal();
  throw new ConfigurationError(`the array sends its traps to port ${TRAP_PORT} only`);
}

const settingsIn = (settings: Foreign, section: string) =>
  objects(pick(settings, `${section}.snmpv1v2cSettings`));

/** Communities with their receivers; some have none. */
const targetsIn = (settings: Foreign) =>
  settingsIn(settings, 'sendingTrapSetting').map(({ community, sendTrapTo }) => ({
    community,
    sendTrapTo: [sendTrapTo ?? []].flat() as readonly unknown[],
  }));

/** The settings are written as a whole: what is not about receivers goes back as it came. */
function written(
  settings: Foreign,
  snmpVersion: string,
  targets: ReturnType<typeof targetsIn>,
): Foreign {
  const readers = settingsIn(settings, 'requestAuthenticationSetting');
  return {
    isSNMPAgentEnabled: true,
    snmpVersion,
    sendingTrapSetting: { snmpv1v2cSettings: targets },
    requestAuthenticationSetting: { snmpv1v2cSettings: readers },
    systemGroupInformation: settings['systemGroupInformation'],
  };
}
