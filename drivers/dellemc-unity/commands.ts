/** What an operator's explicit command changes on the array. */
import {
  isTrapAddress,
  Refused,
  trapAccount,
  trapAddress,
  withId,
  type Foreign,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';

const TARGETS = '/api/types/alertConfigSNMPTarget/instances';
/** AlertStateEnum. */
const INACTIVE = 2;
/** SNMPAuthProtocolEnum, SNMPPrivacyProtocolEnum. */
const ABILITIES = { array: 'Unity', auth: { md5: 1, sha: 2 }, priv: { aes: 1, des: 2 } };

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
  return withId(own, (_, id) => id);
}
