/** What an operator's explicit command changes on the array: who gets its traps. */
import { ConfigurationError, identifier, type TrapConfig } from 'delfin-agent/driver';
import type { Client } from './client.ts';

const HOSTS = '/api/support/snmp/traphosts';
/** The array sends to this port only. */
const TRAP_PORT = 162;

export async function addTrapConfig(client: Client, config: TrapConfig): Promise<void> {
  if (config.port !== TRAP_PORT) {
    throw new ConfigurationError(
      `ONTAP sends traps to port ${TRAP_PORT} only, not ${config.port}; let the agent listen there, or redirect that port`,
    );
  }
  const user = config.version === 'v3' ? config.user : undefined;
  if (config.version === 'v3' && !user) throw new ConfigurationError('SNMP v3 needs a user');
  if (await isSentTo(client, config.host)) return;
  // Communities and users are those of the array (`system snmp`): a target names the user alone.
  await client.send('POST', HOSTS, {
    host: config.host,
    ...(user ? { user: { name: user.name } } : {}),
  });
}

export async function removeTrapConfig(client: Client, { host }: TrapConfig): Promise<void> {
  if (!(await isSentTo(client, host))) return;
  await client.send('DELETE', `${HOSTS}/${encodeURIComponent(host)}`);
}

async function isSentTo(client: Client, host: string): Promise<boolean> {
  const hosts = await client.all('trapHosts');
  return hosts.some((one) => identifier(one['host']) === host);
}
