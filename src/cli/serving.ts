/** What the command line says of serving: an address or a file that can't be right is told before anything starts. */
import { listenFault } from '../config/listen.ts';
import { UsageError } from './context.ts';

export interface ServingOptions {
  readonly listen: readonly string[];
  readonly webConfig: string | undefined;
  /** At the sockets that systemd hands over, and nowhere else. */
  readonly systemdSocket: boolean;
}

/** @throws UsageError with everything that is wrong, one a line. */
export async function checkServing({ listen, webConfig }: ServingOptions): Promise<void> {
  const faults = listen.flatMap((address) => {
    const fault = listenFault(address);
    return fault === undefined ? [] : [`--web.listen-address: ${address} ${fault}`];
  });
  if (webConfig !== undefined) {
    const { checkWebConfig } = await import('../web/web-config.ts');
    faults.push(...checkWebConfig(webConfig).map((fault) => `--web.config.file: ${fault}`));
  }
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
}

/** The first one that systemd hands over (sd_listen_fds(3)). */
const FIRST_FD = 3;

/**
 * The sockets that systemd has opened, as addresses to listen at. The variables that name them are
 * taken out of the environment: they are not meant for a child. @throws UsageError if there is none
 */
export function systemdSockets(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = env;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name];
  const sockets = pid === String(process.pid) && /^\d{1,3}$/.test(count ?? '') ? Number(count) : 0;
  if (sockets > 0) return Array.from({ length: sockets }, (_, index) => `fd:${FIRST_FD + index}`);
  throw new UsageError(
    '--web.systemd-socket: systemd has handed over no socket (a .socket unit of the same name starts the agent with one)',
  );
}
