/** What the command line says of serving: an address or a file that can't be right is told before anything starts. */
import { addressFault } from '../config/hosts.ts';
import { ADDRESS_PATTERN } from '../config/patterns.ts';
import { parseAddress } from '../config/quantities.ts';
import { UsageError } from './context.ts';

export interface ServingOptions {
  readonly listen: readonly string[];
  readonly webConfig: string | undefined;
}

/** @throws UsageError with everything that is wrong, one a line. */
export async function checkServing({ listen, webConfig }: ServingOptions): Promise<void> {
  const faults = listen.flatMap((address) => {
    const fault = new RegExp(ADDRESS_PATTERN).test(address)
      ? addressFault(parseAddress(address))
      : 'must be host:port, [v6]:port or :port';
    return fault === undefined ? [] : [`--web.listen-address: ${address} ${fault}`];
  });
  if (webConfig !== undefined) {
    const { checkWebConfig } = await import('../web/web-config.ts');
    faults.push(...checkWebConfig(webConfig).map((fault) => `--web.config.file: ${fault}`));
  }
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
}
