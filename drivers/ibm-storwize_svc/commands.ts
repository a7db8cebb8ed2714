/** The commands that write, run only when the operator says so. */
import {
  BackendError,
  ConfigurationError,
  InvalidResponse,
  NotSupported,
  shellQuote,
  type TrapConfig,
} from 'delfin-agent/driver';
import type { Cli } from './client.ts';
import type { Row } from './table.ts';

/** The entry does not exist, or is not one to be fixed. */
const NO_SUCH_EVENT = 'CMMVC8275E';

/** Marks an event as fixed; one that the log no longer holds is as good. */
export async function clearAlert(cli: Cli, sequenceNumber: string): Promise<void> {
  if (!/^\d+$/.test(sequenceNumber)) {
    throw new InvalidResponse(`"${sequenceNumber.slice(0, 40)}" is no sequence number of an event`);
  }
  try {
    await cli.run(`cheventlog -fix ${sequenceNumber}`, { writes: true });
  } catch (error) {
    if (!(error instanceof BackendError) || error.code !== NO_SUCH_EVENT) throw error;
  }
}

export async function addTrapConfig(cli: Cli, config: TrapConfig): Promise<void> {
  if (config.version === 'v3') {
    throw new NotSupported('the system is given v1 and v2c trap receivers only: set version: v2c');
  }
  if ((await serversOf(cli, config)).length > 0) return;
  const community = config.community?.reveal() ?? 'public';
  const quoted = /^[\w.-]+$/.test(community) ? community : shellQuote(community);
  const server = `-ip ${hostOf(config)} -port ${config.port} -error on -warning on -info on`;
  try {
    // The community comes last: messages quote the beginning of a command.
    await cli.run(`mksnmpserver ${server} -community ${quoted}`, { writes: true });
  } catch (error) {
    // The system may repeat what it does not like.
    if (!(error instanceof BackendError) || !error.message.includes(community)) throw error;
    throw new BackendError(error.code, error.message.replaceAll(community, '***'));
  }
}

export async function removeTrapConfig(cli: Cli, config: TrapConfig): Promise<void> {
  for (const server of await serversOf(cli, config)) {
    await cli.run(`rmsnmpserver ${server['id'] ?? ''}`, { writes: true });
  }
}

async function serversOf(cli: Cli, config: TrapConfig): Promise<readonly Row[]> {
  const host = hostOf(config);
  return (await cli.rows('lssnmpserver')).filter(
    (server) =>
      server['IP_address'] === host &&
      Number(server['port'] || 162) === config.port &&
      /^\d+$/.test(server['id'] ?? ''),
  );
}

function hostOf({ host }: TrapConfig): string {
  if (/^[\w.:-]+$/.test(host)) return host;
  throw new ConfigurationError(`"${host.slice(0, 60)}" is no address of a trap receiver`);
}
