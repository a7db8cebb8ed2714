/** What a host shows of itself in a handshake, for the operator to compare and write down. */
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import ssh2 from 'ssh2';
import { BackendUnreachable } from './errors.ts';
import { connectionFailure } from './failures.ts';
import { fingerprintOf } from './http-connect.ts';
import { boundGroupExchange, KEX, LEGACY_KEX } from './ssh-kex.ts';
import { HOST_KEYS, openSocket } from './ssh-connect.ts';
import { keyFingerprint, keyLine } from './ssh-trust.ts';

const HANDSHAKE_MS = 10_000;

export interface ShownCertificate {
  /** `sha256:...` */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly validTo: string;
  /** The certificate that `ca` can name: of the authority if the host shows it, else its own. */
  readonly pem: string;
}

export interface ShownHostKey {
  /** `ssh-ed25519 AAAA...` */
  readonly line: string;
  /** `SHA256:...` */
  readonly fingerprint: string;
}

/** The certificate of a TLS server; nothing but the handshake is sent. @throws BackendUnreachable */
export async function showCertificate(host: string, port: number): Promise<ShownCertificate> {
  const where = `${host}:${port}`;
  const deadline = AbortSignal.timeout(HANDSHAKE_MS);
  const tcp = await openSocket(host, port, where, deadline).catch((error: unknown) => {
    throw deadline.aborted ? late(where, 'TLS') : error;
  });
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(late(where, 'TLS')), HANDSHAKE_MS);
    const settle = (result: ShownCertificate | BackendUnreachable) => {
      clearTimeout(timer);
      tcp.destroy();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    // Nobody is trusted here, nothing is sent: the point is to see.
    const socket = connectTls({
      socket: tcp,
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
      ...(/^[\d.:[\]]+$/.test(host) ? {} : { servername: host }),
    });
    socket.once('secureConnect', () => {
      const own = socket.getPeerCertificate(true);
      settle({
        fingerprint: fingerprintOf(socket) ?? '',
        subject: nameIn(own.subject),
        issuer: nameIn(own.issuer),
        validTo: own.valid_to,
        pem: toPem(rootOf(own).raw),
      });
    });
    socket.once('error', (error) =>
      settle(new BackendUnreachable(`${where}: ${connectionFailure(error)}`, { cause: error })),
    );
    socket.once('close', () =>
      settle(new BackendUnreachable(`${where}: closed during the TLS handshake`)),
    );
  });
}

/** The last certificate that the host shows above its own. */
function rootOf(own: PeerCertificate): PeerCertificate {
  let certificate = own;
  for (let depth = 0; depth < 10; depth += 1) {
    const { issuerCertificate: above } = certificate as { issuerCertificate?: PeerCertificate };
    if (!above || above.fingerprint256 === certificate.fingerprint256) break;
    certificate = above;
  }
  return certificate;
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function nameIn(subject: PeerCertificate['subject'] | undefined): string {
  const name = subject?.CN ?? subject?.O;
  return [name].flat().join(', ');
}

/**
 * Every host key of an SSH server, one connection for each type; no login is tried.
 * @throws BackendUnreachable if it shows none.
 */
export async function showHostKeys(host: string, port: number): Promise<ShownHostKey[]> {
  const found = new Map<string, ShownHostKey>();
  let failure: unknown;
  for (const types of [['ssh-ed25519'], ECDSA, RSA, ['ssh-dss']] as const) {
    try {
      const key = await showHostKey(host, port, types);
      found.set(keyLine(key), { line: keyLine(key), fingerprint: `SHA256:${keyFingerprint(key)}` });
    } catch (error) {
      failure ??= error;
      if (!NONE_OF_THIS_TYPE.test(String(error))) break;
    }
  }
  if (found.size === 0) throw failure;
  return [...found.values()];
}

const ECDSA = HOST_KEYS.filter((each) => each.startsWith('ecdsa'));
const RSA = HOST_KEYS.filter((each) => each.includes('rsa'));
const NONE_OF_THIS_TYPE = /no matching host key format/i;

async function showHostKey(
  host: string,
  port: number,
  types: readonly ServerHostKeyAlgorithm[],
): Promise<Buffer> {
  const where = `${host}:${port}`;
  const socket = await openSocket(host, port, where, AbortSignal.timeout(2 * HANDSHAKE_MS));
  const client = new ssh2.Client();
  return await new Promise((resolve, reject) => {
    const settle = (result: Buffer | BackendUnreachable) => {
      client.removeAllListeners();
      client.on('error', () => {});
      client.destroy();
      socket.destroy();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    let key: Buffer | undefined;
    client.once('error', (error) =>
      settle(
        key ?? new BackendUnreachable(`${where}: ${connectionFailure(error)}`, { cause: error }),
      ),
    );
    client.once('close', () =>
      settle(key ?? new BackendUnreachable(`${where}: closed during the SSH handshake`)),
    );
    client.connect({
      sock: socket,
      username: 'none',
      readyTimeout: HANDSHAKE_MS,
      algorithms: {
        kex: [...KEX, ...LEGACY_KEX],
        serverHostKey: [...types],
        cipher: { append: ['aes256-cbc', 'aes128-cbc', '3des-cbc'], prepend: [], remove: [] },
        hmac: { append: ['hmac-sha1', 'hmac-md5'], prepend: [], remove: [] },
      },
      // Refused once seen: no login follows.
      hostVerifier: (shown: Buffer) => {
        key = shown;
        return false;
      },
    });
    boundGroupExchange(client, true);
  });
}

function late(where: string, what: string): BackendUnreachable {
  return new BackendUnreachable(
    `${where}: no ${what} handshake within ${HANDSHAKE_MS / 1_000} s; check the port`,
  );
}
