/** What an operator's explicit command changes on the array. */
import {
  ConfigurationError,
  identifier,
  number,
  text,
  type Foreign,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';

/** SNMPAuthProtocolEnum, SNMPPrivacyProtocolEnum. */
const AUTH_PROTOCOLS: Readonly<Record<string, string>> = { md5: 'MD5', sha256: 'SHA256' };
const PRIV_PROTOCOLS: Readonly<Record<string, string>> = {
  aes256: 'AES256',
  aes256b: 'AES256',
  aes256r: 'AES256',
  tdes: 'TDES',
};
const TARGETS = '/snmp_server';

/** The array alone ends an alert, when what it is about has ended. */
export async function clearAlert(client: Client, id: string): Promise<string> {
  const path = `/alert/${encodeURIComponent(id)}`;
  await client.send({ method: 'PATCH', path, json: { is_acknowledged: true } });
  return 'acknowledged; it stays active until the array ends it';
}

export async function addTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  const target = targetOf(config);
  if ((await targets(client, config)).length > 0) return;
  await client.send({ method: 'POST', path: TARGETS, json: target });
}

export async function removeTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  for (const id of await targets(client, config)) {
    await client.send({ method: 'DELETE', path: `${TARGETS}/${encodeURIComponent(id)}` });
  }
}

function targetOf(config: TrapConfig): Foreign {
  const common = { ip_address: config.host, port: portOf(config), alert_severity: 'Info' };
  if (config.version === 'v1') {
    throw new ConfigurationError('PowerStore sends traps as SNMP v2c or v3, not v1');
  }
  if (config.version === 'v2c') {
    if (!config.community) throw new ConfigurationError('SNMP v2c needs a community');
    return { ...common, version: 'V2c', trap_community: config.community.reveal() };
  }
  const { user } = config;
  if (!user) throw new ConfigurationError('SNMP v3 needs a user');
  const { auth, priv } = user;
  if (auth && priv && auth.key.reveal() !== priv.key.reveal()) {
    throw new ConfigurationError(
      'PowerStore has one pass phrase for authentication and privacy: give both the same',
    );
  }
  return {
    ...common,
    version: 'V3',
    user_name: user.name,
    auth_protocol: auth ? protocol(AUTH_PROTOCOLS, auth.protocol, 'authentication') : 'None',
    privacy_protocol: priv ? protocol(PRIV_PROTOCOLS, priv.protocol, 'privacy') : 'None',
    ...(auth && { authpass: auth.key.reveal() }),
  };
}

/** The array takes no other ports. */
function portOf({ port }: TrapConfig): number {
  if (port === 162 || (port >= 1_024 && port <= 49_151)) return port;
  throw new ConfigurationError(
    `PowerStore sends traps to port 162 or to one of 1024 to 49151, not to ${port}`,
  );
}

function protocol(table: Readonly<Record<string, string>>, name: string, what: string): string {
  const known = table[name.toLowerCase()];
  if (known !== undefined) return known;
  throw new ConfigurationError(
    `PowerStore knows no SNMP ${what} protocol ${name}; it knows ${Object.keys(table).join(', ')}`,
  );
}

/** Ids of the targets with this address and version. */
async function targets(client: Client, { host, port, version }: TrapConfig): Promise<string[]> {
  return (await client.all('snmp_server')).flatMap((target) => {
    const isIt =
      text(target['ip_address'])?.toLowerCase() === host.toLowerCase() &&
      (number(target['port']) ?? 162) === port &&
      text(target['version'])?.toLowerCase() === version;
    const id = identifier(target['id']);
    return isIt && id !== undefined ? [id] : [];
  });
}
