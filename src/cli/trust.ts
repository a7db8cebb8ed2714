/** `trust HOST[:PORT]`: what the host shows, in the form the configuration takes; no login is tried. */
import { showCertificate, showHostKeys } from '../driver/fingerprints.ts';
import { UsageError } from './context.ts';

export async function trust(target: string): Promise<void> {
  const { host, port } = parse(target);
  const [certificate, keys] = await Promise.allSettled([
    port === 22 ? Promise.reject(new Error('')) : showCertificate(host, port ?? 443),
    showHostKeys(host, port ?? 22),
  ]);
  const parts: string[] = [];
  if (certificate.status === 'fulfilled') parts.push(certificateText(certificate.value));
  if (keys.status === 'fulfilled') parts.push(keysText(keys.value));
  if (parts.length === 0) {
    const reasons = [certificate, keys].flatMap((each) =>
      each.status === 'rejected' && each.reason instanceof Error ? [each.reason.message] : [],
    );
    throw new UsageError([...new Set(reasons)].filter((reason) => reason !== '').join('\n'));
  }
  process.stdout.write(
    `# Shown by ${target} just now. Compare it with the array's own console before you trust it.\n${parts.join('\n')}`,
  );
}

function parse(target: string): { host: string; port: number | undefined } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(target);
  const simple = /^([^:/\s]+)(?::(\d+))?$/.exec(target);
  const [, host, written] =
    bracketed ?? simple ?? (target.split(':').length > 2 ? [target, target] : []);
  const port = written === undefined ? undefined : Number(written);
  if (!host || /[/\s]/.test(host) || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new UsageError(`"${target}" is no host or host:port (write no https://)`);
  }
  return { host, port };
}

function certificateText(shown: Awaited<ReturnType<typeof showCertificate>>): string {
  return [
    `# TLS certificate: ${plain(shown.subject)}, issued by ${plain(shown.issuer)}, valid to ${shown.validTo}`,
    'rest:',
    `  fingerprint: "${shown.fingerprint}"`,
    '  # or, from a file with the following lines: ca: ./array-ca.pem',
    shown.pem,
  ].join('\n');
}

function keysText(keys: Awaited<ReturnType<typeof showHostKeys>>): string {
  const lines = keys.map(
    ({ line, fingerprint }, index) =>
      `  ${index === 0 ? '' : '# '}host_key: "${line}"  # ${fingerprint}`,
  );
  const more = keys.length > 1 ? ', the strongest first; one is enough' : '';
  return `# SSH host keys${more}\nssh:\n${lines.join('\n')}\n`;
}

/** Words of a stranger, for a terminal. */
function plain(words: string): string {
  return words.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
