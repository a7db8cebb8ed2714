/** What an operator's explicit command changes on the array. */
import { createHash } from 'node:crypto';
import {
  ConfigurationError,
  identifier,
  text,
  type Foreign,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { AUTH_PROTOCOLS, PRIV_PROTOCOLS } from './words-table.ts';

const MANAGERS = '/snmp-managers';

/** The only acknowledgement there is: the flag goes, the alert stays open until its cause has gone. */
export async function clearAlert(client: Client, name: string): Promise<void> {
  await client.send({
    method: 'PATCH',
    path: '/alerts',
    query: { names: name },
    json: { flagged: false },
    silent: true,
  });
}

export async function addTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  const json = managerOf(config);
  if ((await managers(client, config)).length > 0) return;
  const names = `delfin-${createHash('md5').update(addressOf(config)).digest('hex').slice(0, 12)}`;
  await client.send({ method: 'POST', path: MANAGERS, query: { names }, json, silent: true });
}

export async function removeTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  for (const names of await managers(client, config)) {
    await client.send({ method: 'DELETE', path: MANAGERS, query: { names }, silent: true });
  }
}

function managerOf(config: TrapConfig): Foreign {
  const common = { host: addressOf(config), notification: 'trap', version: config.version };
  if (config.version === 'v1') {
    throw new ConfigurationError('a FlashArray sends traps as SNMP v2c or v3, not v1');
  }
  if (config.version === 'v2c') {
    if (!config.community) throw new ConfigurationError('SNMP v2c needs a community');
    return { ...common, v2c: { community: config.community.reveal() } };
  }
  const { user } = config;
  if (!user) throw new ConfigurationError('SNMP v3 needs a user');
  const { auth, priv } = user;
  return {
    ...common,
    v3: {
      user: user.name,
      ...(auth && {
        auth_protocol: protocol(AUTH_PROTOCOLS, auth.protocol, 'authentication'),
        auth_passphrase: auth.key.reveal(),
      }),
      ...(priv && {
        privacy_protocol: protocol(PRIV_PROTOCOLS, priv.protocol, 'privacy'),
        privacy_passphrase: priv.key.reveal(),
      }),
    },
  };
}

function protocol(table: Readonly<Record<string, string>>, name: string, what: string): string {
  const known = table[name.toLowerCase()];
  if (known !== undefined) return known;
  throw new ConfigurationError(
    `a FlashArray knows no SNMP ${what} protocol ${name}; it knows ${Object.keys(table).join(', ')}`,
  );
}

/** Without a port the array sends to 162. */
function addressOf({ host, port }: TrapConfig): string {
  if (port === 162) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Names of the managers with this address. */
async function managers(client: Client, config: TrapConfig): Promise<string[]> {
  const wanted = new Set([
    addressOf(config),
    ...(config.port === 162 ? [`${config.host}:162`] : []),
  ]);
  const all = await client.all('snmp-managers');
  return all.flatMap((manager) => {
    const name = identifier(manager['name']);
    return name !== undefined && wanted.has(text(manager['host']) ?? '') ? [name] : [];
  });
}
