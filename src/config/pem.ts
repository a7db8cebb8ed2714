/** Certificates and keys: whether a file holds what its key in the configuration says. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createRequire } from 'node:module';
import type ssh2 from 'ssh2';
import { readBounded } from './files.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** @throws Error with what is wrong and what to do. */
export function readCertificates(file: string): X509Certificate[] {
  const text = readBounded(file).toString('latin1');
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    const what = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)
      ? 'it holds a private key, no certificate'
      : 'it holds no certificate in PEM form, -----BEGIN CERTIFICATE-----';
    throw new Error(`${what}: name the right file, or convert it with openssl x509`);
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      const message = `certificate ${index + 1} in it is broken: write the file anew`;
      throw new Error(message, { cause: error });
    }
  });
}

/** A sentence if nothing in the file is valid now. */
export function expiry(certificates: readonly X509Certificate[], now: number): string | undefined {
  const last = Math.max(...certificates.map(({ validTo }) => Date.parse(validTo)));
  if (last >= now) return undefined;
  return `holds certificates that expired ${new Date(last).toISOString().slice(0, 10)} only`;
}

/** @throws Error with what is wrong; nothing of the key is in it. */
export function checkKeyPair(certFile: string, keyFile: string): void {
  const [certificate] = readCertificates(certFile);
  if (certificate?.checkPrivateKey(readTlsKey(keyFile))) return;
  throw new Error('it does not fit the certificate: name the key that belongs to it');
}

/** @throws Error with what is wrong; nothing of the key is in it. */
export function readTlsKey(file: string): ReturnType<typeof createPrivateKey> {
  const text = readBounded(file);
  try {
    return createPrivateKey(text);
  } catch {
    const what = /ENCRYPTED/.test(text.toString('latin1'))
      ? 'the key in it has a pass phrase: write it without, with openssl pkey'
      : 'it holds no private key in PEM form: name the right file';
    // Not as the cause: the library's error may quote.
    throw new Error(what);
  }
}

/** @throws Error with what is wrong; nothing of the key is in it. */
export function checkSshKey(file: string, passphrase: string | undefined): void {
  // The library is large: it is loaded where a key is to be read only.
  const { utils } = createRequire(import.meta.url)('ssh2') as typeof ssh2;
  const parsed = utils.parseKey(readBounded(file), passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key && !(key instanceof Error)) {
    if (key.isPrivateKey()) return;
    throw new Error('it is the public key: name the private one');
  }
  const message = key?.message ?? '';
  if (/no passphrase/i.test(message)) throw new Error('it has a pass phrase: set passphrase');
  if (passphrase !== undefined && /bad passphrase|integrity|decrypt|checksum/i.test(message)) {
    throw new Error('the pass phrase does not open it: correct passphrase');
  }
  throw new Error('it holds no private key that SSH takes: name the right file');
}
