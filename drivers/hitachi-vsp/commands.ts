/** Trap receivers in the array's SNMP settings. Written for an operator's command only. */
import {
  ConfigurationError,
  flag,
  objects,
  pick,
  text,
  type Foreign,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';

const PATH = '/snmp-settings/instance';
/** The settings have no port. */
const TRAP_PORT = 162;

export async function addTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  const { host, port, version } = config;
  const community = config.community?.reveal();
  if (version === 'v3' || community === undefined) {
    throw new ConfigurationError(
      'v3 receivers need the passwords of all SNMP users of the array again: set them in its management software; here v1 and v2c with a community can be set',
    );
  }
  if (port !== TRAP_PORT) {
    throw new ConfigurationError(`the array sends its traps to port ${TRAP_PORT} only`);
  }
  const settings = await client.get(PATH);
  const used = text(settings['snmpVersion']);
  if (flag(settings['isSNMPAgentEnabled']) && used !== version) {
    throw new ConfigurationError(
      `the array sends traps as ${used} and knows one version at a time; use that version`,
    );
  }
  const targets = targetsOf(settings);
  const own = targets.find((target) => target.community === community);
  if (own?.sendTrapTo.includes(host)) return;
  const extended = { community, sendTrapTo: [...(own?.sendTrapTo ?? []), host] };
  await write(client, settings, version, [...targets.filter((one) => one !== own), extended]);
}

export async function removeTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  const settings = await client.get(PATH);
  const targets = targetsOf(settings);
  const isOther = (host: string) => host !== config.host;
  if (targets.every(({ sendTrapTo }) => sendTrapTo.every(isOther))) return;
  const left = targets
    .map((target) => ({ ...target, sendTrapTo: target.sendTrapTo.filter(isOther) }))
    .filter(({ sendTrapTo }) => sendTrapTo.length > 0);
  await write(client, settings, text(settings['snmpVersion']) ?? config.version, left);
}

const settingsIn = (settings: Foreign, section: string) =>
  objects(pick(settings, `${section}.snmpv1v2cSettings`));

function targetsOf(settings: Foreign) {
  return settingsIn(settings, 'sendingTrapSetting').flatMap(({ sendTrapTo, ...entry }) => {
    const community = text(entry['community']);
    if (community === undefined || !Array.isArray(sendTrapTo)) return [];
    return [{ community, sendTrapTo: sendTrapTo.flatMap((host) => text(host) ?? []) }];
  });
}

/** The settings are written as a whole: what is not about receivers goes back as it came. */
async function write(
  client: Client,
  settings: Foreign,
  snmpVersion: string,
  targets: ReturnType<typeof targetsOf>,
): Promise<void> {
  const readers = settingsIn(settings, 'requestAuthenticationSetting');
  await client.change(PATH, {
    isSNMPAgentEnabled: true,
    snmpVersion,
    sendingTrapSetting: { snmpv1v2cSettings: targets },
    requestAuthenticationSetting: { snmpv1v2cSettings: readers },
    systemGroupInformation: settings['systemGroupInformation'],
  });
}
