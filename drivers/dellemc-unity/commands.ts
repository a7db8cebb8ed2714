/** What an operator's explicit command changes on the array. */
import {
  ConfigurationError,
  identifier,
  Refused,
  text,
  type Foreign,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';

const TARGETS = '/api/types/alertConfigSNMPTarget/instances';
/** AlertStateEnum. */
const INACTIVE = 2;
/** SNMPAuthProtocolEnum, SNMPPrivacyProtocolEnum. */
const AUTH_PROTOCOLS: Readonly<Record<string, number>> = { md5: 1, sha: 2 };
const PRIV_PROTOCOLS: Readonly<Record<string, number>> = { aes: 1, des: 2 };

/** Deactivates the alert. Software older than 5.0 refuses: there what is acknowledged is over. */
export async function clearAlert(client: Client, id: string): Promise<void> {
  const path = `/api/instances/alert/${encodeURIComponent(id)}/action/modify`;
  try {
    await client.send('POST', path, { state: INACTIVE });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await client.send('POST', path, { isAcknowledged: true });
  }
}

export async function addTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  const target = targetOf(config);
  if ((await targets(client, config)).length > 0) return;
  await client.send('POST', TARGETS, target);
}

export async function removeTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  for (const id of await targets(client, config)) {
    const path = `/api/instances/alertConfigSNMPTarget/${encodeURIComponent(id)}`;
    await client.send('DELETE', path);
  }
}

/** The array tells v2c by its community, v3 by its user. */
function targetOf(config: TrapConfig): Foreign {
  const targetAddress = addressOf(config);
  if (config.version === 'v1') {
    throw new ConfigurationError('Unity sends traps as SNMP v2c or v3, not v1');
  }
  if (config.version === 'v2c') {
    if (!config.community) throw new ConfigurationError('SNMP v2c needs a community');
    return { targetAddress, community: config.community.reveal() };
  }
  const { user } = config;
  if (!user) throw new ConfigurationError('SNMP v3 needs a user');
  const { auth, priv } = user;
  return {
    targetAddress,
    username: user.name,
    ...(auth && {
      authProtocol: protocol(AUTH_PROTOCOLS, auth.protocol, 'authentication'),
      authPassword: auth.key.reveal(),
    }),
    ...(priv && {
      privProtocol: protocol(PRIV_PROTOCOLS, priv.protocol, 'privacy'),
      privPassword: priv.key.reveal(),
    }),
  };
}

function protocol(table: Readonly<Record<string, number>>, name: string, what: string): number {
  const code = table[name.toLowerCase()];
  if (code === undefined) {
    throw new ConfigurationError(
      `Unity knows no SNMP ${what} protocol ${name}; it knows ${Object.keys(table).join(', ')}`,
    );
  }
  return code;
}

function addressOf({ host, port }: TrapConfig): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Ids of the targets with this address; without a port it is 162. */
async function targets(client: Client, config: TrapConfig): Promise<string[]> {
  const wanted = new Set([addressOf(config), ...(config.port === 162 ? [config.host] : [])]);
  const all = await client.all('alertConfigSNMPTarget');
  return all.flatMap((target) => {
    const id = identifier(target['id']);
    return id !== undefined && wanted.has(text(target['address']) ?? '') ? [id] : [];
  });
}
