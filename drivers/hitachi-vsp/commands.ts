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
      const known = receiversIn(settings);
      if (known.some((one) => one.host === host && one.community === community)) return;
      const receivers = [...known, { community, host }];
      await client.change(PATH, written(settings, version, receivers));
    },
    async removeTrapConfig({ host, version }) {
      const settings = await client.get(PATH);
      const known = receiversIn(settings);
      const left = known.filter((one) => one.host !== host);
      if (left.length === known.length) return;
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

/** One for each community and address. */
const receiversIn = (settings: Foreign) =>
  settingsIn(settings, 'sendingTrapSetting').flatMap(({ community, sendTrapTo = [] }) =>
    [sendTrapTo].flat().map((host: unknown) => ({ community, host })),
  );

/** The settings are written as a whole: what is not about receivers goes back as it came. */
function written(
  settings: Foreign,
  snmpVersion: string,
  receivers: ReturnType<typeof receiversIn>,
): Foreign {
  const targets = Map.groupBy(receivers, ({ community }) => community);
  const sending = Array.from(targets, ([community, own]) => ({
    community,
    sendTrapTo: own.map(({ host }) => host),
  }));
  const readers = settingsIn(settings, 'requestAuthenticationSetting');
  return {
    isSNMPAgentEnabled: true,
    snmpVersion,
    sendingTrapSetting: { snmpv1v2cSettings: sending },
    requestAuthenticationSetting: { snmpv1v2cSettings: readers },
    systemGroupInformation: settings['systemGroupInformation'],
  };
}
