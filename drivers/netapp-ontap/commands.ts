/** What an operator's explicit command changes on the array: who gets its traps. */
import { ConfigurationError, identifier, trapTargets, type TrapConfig } from 'delfin-agent/driver';
import type { Client } from './client.ts';

const HOSTS = '/api/support/snmp/traphosts';
/** The array sends to this port only. */
const TRAP_PORT = 162;

export const createCommands = (client: Client) =>
  trapTargets({
    make: targetOf,
    async find({ host }) {
      const hosts = await client.all('trapHosts');
      return hosts.some((one) => identifier(one['host']) === host) ? [host] : [];
    },
    add: (target) => client.send('POST', HOSTS, target),
    remove: (host) => client.send('DELETE', `${HOSTS}/${encodeURIComponent(host)}`),
  });

/** Communities and users are those of the array (`system snmp`): a target names the user alone. */
function targetOf({ host, port, version, user }: TrapConfig) {
  if (port !== TRAP_PORT) {
    throw new ConfigurationError(
      `ONTAP sends traps to port ${TRAP_PORT} only, not ${port}; let the agent listen there, or redirect that port`,
    );
  }
  if (version !== 'v3') return { host };
  if (!user) throw new ConfigurationError('SNMP v3 needs a user');
  return { host, user: { name: user.name } };
}
