/** What an operator's explicit command changes on the array. */
import {
  BackendError,
  ConfigurationError,
  identifier,
  text,
  type Foreign,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { UnityClient } from './client.ts';
import type { Reader } from './reader.ts';

const TARGETS = '/api/types/alertConfigSNMPTarget/instances';
/** AlertStateEnum. */
const INACTIVE = 2;
/** SNMPAuthProtocolEnum, SNMPPrivacyProtocolEnum. */
const AUTH_PROTOCOLS: Readonly<Record<string, number>> = { md5: 1, sha: 2 };
const PRIV_PROTOCOLS: Readonly<Record<string, number>> = { aes: 1, des: 2 };

/** Deactivates the alert; software older than 5.0 knows only that someone has seen it. */
export async function clearAlert(client: UnityClient, id: string): Promise<void> {
  const path = `/api/instances/alert/${encodeURIComponent(id)}/action/modify`;
  try {
    await client.post(path, { state: INACTIVE });
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    await client.post(path, { isAcknowledged: true });
  }
}

export async function addTrapConfig(
  client: UnityClient,
  reader: Reader,
  config: TrapConfig,
): Promise<void> {
  const target = targetOf(config);
  if ((await targets(reader, config)).length > 0) return;
  await client.post(TARGETS, target);
}

export async function removeTrapConfig(
  client: UnityClient,
  reader: Reader,
  config: TrapConfig,
): Promise<void> {
  for (const id of await targets(reader, config)) {
    await client.remove(`/api/instances/alertConfigSNMPTarget/${encodeURIComponent(id)}`);
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
async function targets(reader: Reader, config: TrapConfig): Promise<string[]> {
  const wanted = new Set([addressOf(config), ...(config.port === 162 ? [config.host] : [])]);
  const all = await reader.all('alertConfigSNMPTarget');
  return all.flatMap((target) => {
    const id = identifier(target['id']);
    return id !== undefined && wanted.has(text(target['address']) ?? '') ? [id] : [];
  });
}
