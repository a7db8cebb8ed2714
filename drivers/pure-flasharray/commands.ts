/** What an operator's explicit command changes on the array. */
import { createHash } from 'node:crypto';
import {
  idsOf,
  isTrapAddress,
  trapAccount,
  trapAddress,
  trapTargets,
  type RestRequest,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';
import { TRAP_ABILITIES } from './words-table.ts';

const MANAGERS = '/snmp-managers';

export function createCommands(client: Client) {
  const send = (request: RestRequest) => client.send({ ...request, silent: true });
  return {
    /** The only acknowledgement there is: the flag goes, the alert stays open until its cause has gone. */
    async clearAlert(names: string) {
      const json = { flagged: false };
      await send({ method: 'PATCH', path: '/alerts', query: { names }, json });
    },
    ...trapTargets({
      make: managerOf,
      find: (config) => managers(client, config),
      add: (json) =>
        send({ method: 'POST', path: MANAGERS, query: { names: nameOf(json.host) }, json }),
      remove: (names) => send({ method: 'DELETE', path: MANAGERS, query: { names } }),
    }),
  };
}

const nameOf = (address: string) =>
  `delfin-${createHash('md5').update(address).digest('hex').slice(0, 12)}`;

function managerOf(config: TrapConfig) {
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
  return [...idsOf(own, 'name')];
}
