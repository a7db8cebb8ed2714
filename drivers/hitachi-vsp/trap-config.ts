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
import type { ArrayClient } from './client.ts';

const PATH = '/snmp-settings/instance';
/** The settings have no port. */
const TRAP_PORT = 162;

interface Target {
  readonly community: string;
  readonly sendTrapTo: readonly string[];
}

export async function addTrapConfig(client: ArrayClient, config: TrapConfig): Promise<void> {
  const community = config.community?.reveal();
  if (config.version === 'v3' || community === undefined) {
    throw new ConfigurationError(
      'v3 receivers need the passwords of all SNMP users of the array again: set them in its management software; here v1 and v2c with a community can be set',
    );
  }
  if (config.port !== TRAP_PORT) {
    throw new ConfigurationError(`the array sends its traps to port ${TRAP_PORT} only`);
  }
  const settings = await client.get(PATH);
  const version = text(settings['snmpVersion']);
  if (flag(settings['isSNMPAgentEnabled']) && version !== config.version) {
    throw new ConfigurationError(
      `the array sends traps as ${version} and knows one version at a time; use that version`,
    );
  }
  const targets = targetsOf(settings);
  const known = targets.find((target) => target.community === community);
  if (known?.sendTrapTo.includes(config.host)) return;
  const others = targets.filter((target) => target !== known);
  const extended = { community, sendTrapTo: [...(known?.sendTrapTo ?? []), config.host] };
  await write(client, settings, config.version, [...others, extended]);
}

export async function removeTrapConfig(client: ArrayClient, config: TrapConfig): Promise<void> {
  const settings = await client.get(PATH);
  const targets = targetsOf(settings);
  if (!targets.some((target) => target.sendTrapTo.includes(config.host))) return;
  const left = targets
    .map(({ community, sendTrapTo }) => ({
      community,
      sendTrapTo: sendTrapTo.filter((host) => host !== config.host),
    }))
    .filter((target) => target.sendTrapTo.length > 0);
  await write(client, settings, text(settings['snmpVersion']) ?? config.version, left);
}

function targetsOf(settings: Foreign): Target[] {
  return v1v2cOf(settings['sendingTrapSetting']).flatMap((entry) => {
    const community = text(entry['community']);
    const hosts = entry['sendTrapTo'];
    if (community === undefined || !Array.isArray(hosts)) return [];
    return [{ community, sendTrapTo: hosts.flatMap((host) => text(host) ?? []) }];
  });
}

function v1v2cOf(section: unknown): readonly Foreign[] {
  return objects(pick(section, 'snmpv1v2cSettings'));
}

/** The settings are written as a whole: what is not about receivers goes back as it came. */
async function write(
  client: ArrayClient,
  settings: Foreign,
  snmpVersion: string,
  targets: readonly Target[],
): Promise<void> {
  await client.change(PATH, {
    isSNMPAgentEnabled: true,
    snmpVersion,
    sendingTrapSetting: { snmpv1v2cSettings: targets },
    requestAuthenticationSetting: {
      snmpv1v2cSettings: v1v2cOf(settings['requestAuthenticationSetting']),
    },
    systemGroupInformation: settings['systemGroupInformation'],
  });
}
