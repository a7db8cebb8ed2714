/** What an operator's explicit command changes on the array. */
import {
  ConfigurationError,
  idsOf,
  number,
  text,
  trapAccount,
  trapTargets,
  type Foreign,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';

/** SNMPAuthProtocolEnum, SNMPPrivacyProtocolEnum. */
const ABILITIES = {
  array: 'PowerStore',
  auth: { md5: 'MD5', sha256: 'SHA256' },
  priv: { aes256: 'AES256', aes256b: 'AES256', aes256r: 'AES256', tdes: 'TDES' },
} as const;
const TARGETS = '/snmp_server';

export const createCommands = (client: Client) => ({
  /** The array alone ends an alert, when what it is about has ended. */
  async clearAlert(id: string) {
    const path = `/alert/${encodeURIComponent(id)}`;
    await client.send({ method: 'PATCH', path, json: { is_acknowledged: true } });
    return 'acknowledged; it stays active until the array ends it';
  },
  ...trapTargets({
    make: targetOf,
    find: (config) => targets(client, config),
    add: (json) => client.send({ method: 'POST', path: TARGETS, json }),
    remove: (id) => client.send({ method: 'DELETE', path: `${TARGETS}/${encodeURIComponent(id)}` }),
  }),
});

function targetOf(config: TrapConfig): Foreign {
  const common = { ip_address: config.host, port: portOf(config), alert_severity: 'Info' };
  const account = trapAccount(config, ABILITIES);
  if (account.version === 'v2c') {
    return { ...common, version: 'V2c', trap_community: account.community };
  }
  const { user, auth, priv } = account;
  if (auth && priv && auth.key !== priv.key) {
    throw new ConfigurationError(
      'PowerStore has one pass phrase for authentication and privacy: give both the same',
    );
  }
  return {
    ...common,
    version: 'V3',
    user_name: user,
    auth_protocol: auth?.protocol ?? 'None',
    privacy_protocol: priv?.protocol ?? 'None',
    ...(auth && { authpass: auth.key }),
  };
}

/** The array takes no other ports. */
function portOf({ port }: TrapConfig): number {
  if (port === 162 || (port >= 1_024 && port <= 49_151)) return port;
  throw new ConfigurationError(
    `PowerStore sends traps to port 162 or to one of 1024 to 49151, not to ${port}`,
  );
}

/** Ids of the targets with this address and version. */
async function targets(client: Client, { host, port, version }: TrapConfig): Promise<string[]> {
  const same = (value: unknown, wanted: string) => text(value)?.toLowerCase() === wanted;
  const own = (await client.all('snmp_server')).filter(
    (target) =>
      same(target['ip_address'], host.toLowerCase()) &&
      (number(target['port']) ?? 162) === port &&
      same(target['version'], version),
  );
  return [...idsOf(own)];
}
