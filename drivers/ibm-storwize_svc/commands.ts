/** The commands that write, run only when the operator says so. */
import {
  BackendError,
  ConfigurationError,
  InvalidResponse,
  NotSupported,
  shellQuote,
  trapTargets,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Client } from './client.ts';

/** The entry does not exist, or is not one to be fixed. */
const NO_SUCH_EVENT = 'CMMVC8275E';

export const createCommands = (client: Client) => ({
  /** Marks an event as fixed; one that the log no longer holds is as good. */
  async clearAlert(number: string): Promise<void> {
    if (!/^\d+$/.test(number)) {
      throw new InvalidResponse(`"${number.slice(0, 40)}" is no sequence number of an event`);
    }
    try {
      await client.run(`cheventlog -fix ${number}`, { writes: true });
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== NO_SUCH_EVENT) throw error;
    }
  },
  /** The system is given receivers one by one. */
  ...trapTargets({
    make: serverOf,
    async find(config) {
      const host = hostOf(config);
      const servers = (await client.rows('lssnmpserver')).filter(
        (server) => server['IP_address'] === host && Number(server['port'] || 162) === config.port,
      );
      return servers.flatMap(({ id = '' }) => (/^\d+$/.test(id) ? id : []));
    },
    async add({ server, community }) {
      try {
        await client.run(`mksnmpserver ${server}`, { writes: true });
      } catch (error) {
        // The system may repeat what it does not like.
        if (!(error instanceof BackendError) || !error.message.includes(community)) throw error;
        throw new BackendError(error.code, error.message.replaceAll(community, '***'));
      }
    },
    remove: (id) => client.run(`rmsnmpserver ${id}`, { writes: true }),
  }),
});

function serverOf(config: TrapConfig) {
  if (config.version === 'v3') {
    throw new NotSupported('the system is given v1 and v2c trap receivers only: set version: v2c');
  }
  const community = config.community?.reveal() ?? 'public';
  const quoted = /^[\w.-]+$/.test(community) ? community : shellQuote(community);
  const receiver = `-ip ${hostOf(config)} -port ${config.port} -error on -warning on -info on`;
  // The community comes last: messages quote the beginning of a command.
  return { community, server: `${receiver} -community ${quoted}` };
}

function hostOf({ host }: TrapConfig): string {
  if (/^[\w.:-]+$/.test(host)) return host;
  throw new ConfigurationError(`"${host.slice(0, 60)}" is no address of a trap receiver`);
}
