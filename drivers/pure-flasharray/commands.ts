/** What an operator's explicit command changes on the array. */
import { createHash } from 'node:crypto';
import {
  isTrapAddress,
  trapAccount,
  trapAddress,
  withId,
  type Foreign,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { TRAP_ABILITIES } from './words-table.ts';

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
  const { version } = config;
  const common = { host: addressOf(config), notification: 'trap', version };
  const account = trapAccount(config, TRAP_ABILITIES);
  if (account.version === 'v2c') return { ...common, v2c: { community: account.community } };
  const { user, auth, priv } = account;
  return {
    ...common,
    v3: {
      user,
      ...(auth && { auth_protocol: auth.protocol, auth_passphrase: auth.key }),
      ...(priv && { privacy_protocol: priv.protocol, privacy_passphrase: priv.key }),
    },
  };
}

/** Without a port the array sends to 162. */
const addressOf = (config: TrapConfig) => (config.port === 162 ? config.host : trapAddress(config));

/** Names of the managers with this address. */
async function managers(client: Client, config: TrapConfig): Promise<string[]> {
  const all = await client.all('snmp-managers');
  const own = all.filter(({ host }) => isTrapAddress(host, config));
  return withId(own, (_, name) => name, 'name');
}
