/** What an operator's explicit command changes on the array. */
import {
  idsOf,
  isTrapAddress,
  Refused,
  trapAccount,
  trapAddress,
  trapTargets,
  type Foreign,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';

/** AlertStateEnum. */
const INACTIVE = 2;
/** SNMPAuthProtocolEnum, SNMPPrivacyProtocolEnum. */
const ABILITIES = { array: 'Unity', auth: { md5: 1, sha: 2 }, priv: { aes: 1, des: 2 } };

export const createCommands = (client: Client) => ({
  /** Deactivates the alert. Software older than 5.0 refuses: there what is acknowledged is over. */
  async clearAlert(id: string): Promise<void> {
    const path = `/api/instances/alert/${encodeURIComponent(id)}/action/modify`;
    try {
      await client.send('POST', path, { state: INACTIVE });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      await client.send('POST', path, { isAcknowledged: true });
    }
  },
  ...trapTargets({
    make: targetOf,
    find: (config) => targets(client, config),
    add: (target) => client.send('POST', '/api/types/alertConfigSNMPTarget/instances', target),
    remove: (id) =>
      client.send('DELETE', `/api/instances/alertConfigSNMPTarget/${encodeURIComponent(id)}`),
  }),
});

/** The array tells v2c by its community, v3 by its user. */
function targetOf(config: TrapConfig): Foreign {
  const targetAddress = trapAddress(config);
  const account = trapAccount(config, ABILITIES);
  if (account.version === 'v2c') return { targetAddress, community: account.community };
  const { user, auth, priv } = account;
  return {
    targetAddress,
    username: user,
    ...(auth && { authProtocol: auth.protocol, authPassword: auth.key }),
    ...(priv && { privProtocol: priv.protocol, privPassword: priv.key }),
  };
}

async function targets(client: Client, config: TrapConfig): Promise<string[]> {
  const all = await client.all('alertConfigSNMPTarget');
  const own = all.filter((target) => isTrapAddress(target['address'], config));
  return [...idsOf(own)];
}
