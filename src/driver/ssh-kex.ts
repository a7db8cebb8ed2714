/**
 * Key exchange: what is cheap first, group exchange last and bounded. In a group exchange the server
 * names the prime, and the runtime's Diffie-Hellman tests each one that it does not know: one second
 * for 2048 bits, half a minute for 8192, on the thread that serves other arrays as well. The test
 * protects nobody here: the server signs the prime with its host key, and one that wants to betray its
 * own session can. OpenSSH makes none either.
 */
import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Client, KexAlgorithm } from 'ssh2';

const GROUP_EXCHANGE = { min: 2048, legacyMin: 1024, preferred: 2048, max: 4096 } as const;

export const KEX: readonly KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group15-sha512',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group17-sha512',
  'diffie-hellman-group18-sha512',
  'diffie-hellman-group-exchange-sha256',
];

export const LEGACY_KEX: readonly KexAlgorithm[] = [
  'diffie-hellman-group14-sha1',
  'diffie-hellman-group-exchange-sha1',
  'diffie-hellman-group1-sha1',
];

/** The library's own object; its first fields are part of what both sides sign. */
interface GroupExchange {
  readonly type: string;
  _minBits: number;
  _prefBits: number;
  _maxBits: number;
  readonly _prime: Buffer | null;
  readonly _generator: Buffer | null;
  _dh: Exchange | null;
  _public: Buffer | null;
  generateKeys(): void;
}

interface Exchange {
  readonly publicKey: Buffer;
  getPrime(): Buffer;
  getGenerator(): Buffer;
  computeSecret(other: Buffer): Buffer;
}

/**
 * Bounds every group exchange of a connection, also those that the server asks for later. The library
 * has no option for it; without its internals the handshake fails, it is not left unbounded.
 */
export function boundGroupExchange(client: Client, legacy: boolean): void {
  const { _protocol: protocol } = client as unknown as { _protocol: { _kex: unknown } };
  let current: unknown = protocol._kex;
  Object.defineProperty(protocol, '_kex', {
    get: () => current,
    set(next: Partial<GroupExchange> | undefined) {
      current = next;
      if (next?.type === 'groupex') bound(next as GroupExchange, legacy);
    },
  });
}

function bound(kex: GroupExchange, legacy: boolean): void {
  kex._minBits = legacy ? GROUP_EXCHANGE.legacyMin : GROUP_EXCHANGE.min;
  kex._prefBits = GROUP_EXCHANGE.preferred;
  kex._maxBits = GROUP_EXCHANGE.max;
  kex.generateKeys = () => {
    if (kex._dh || !kex._prime || !kex._generator) return;
    const bits = bitsOf(kex._prime);
    if (bits < kex._minBits || bits > kex._maxBits) {
      throw new Error(`the server names a prime of ${bits} bits, not ${kex._minBits} to ${kex._maxBits}`); // prettier-ignore
    }
    kex._dh = exchange(kex._prime, kex._generator);
    kex._public = kex._dh.publicKey;
  };
}

function bitsOf(number: Buffer): number {
  const first = number.findIndex((octet) => octet !== 0);
  if (first < 0) return 0;
  return (number.length - first - 1) * 8 + 32 - Math.clz32(number[first] ?? 0);
}

/** The types of the runtime lack this documented form. */
const generateDhKeyPair = generateKeyPairSync as unknown as (
  type: 'dh',
  group: { readonly prime: Buffer; readonly generator: number },
) => { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

/** Diffie-Hellman in a group that is taken as it is. */
function exchange(prime: Buffer, generator: Buffer): Exchange {
  // It takes the generator as a number only, and small ones are all there are.
  const { privateKey, publicKey } = generateDhKeyPair('dh', {
    prime,
    generator: generator.readUIntBE(0, Math.min(generator.length, 4)),
  });
  return {
    publicKey: publicValue(publicKey),
    getPrime: () => prime,
    getGenerator: () => generator,
    computeSecret: (other) => diffieHellman({ privateKey, publicKey: withValue(publicKey, other) }),
  };
}

// A public key as DER: SEQUENCE { SEQUENCE algorithm and group, BIT STRING { 0, INTEGER value } }.
const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
const INTEGER = 0x02;

function publicValue(key: KeyObject): Buffer {
  const [, bits] = children(content(key.export({ type: 'spki', format: 'der' })));
  return content(content(bits ?? Buffer.alloc(0)).subarray(1));
}

/** A key of the same group with another value. */
function withValue(key: KeyObject, value: Buffer): KeyObject {
  const [group] = children(content(key.export({ type: 'spki', format: 'der' })));
  const positive = Buffer.concat([Buffer.from([0]), value]);
  const bits = element(BIT_STRING, Buffer.from([0]), element(INTEGER, minimal(positive)));
  const der = element(SEQUENCE, group ?? Buffer.alloc(0), bits);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

/** Without the zeros in front that say nothing. */
function minimal(integer: Buffer): Buffer {
  let at = 0;
  while (at + 1 < integer.length && integer[at] === 0 && (integer[at + 1] ?? 0) < 0x80) at += 1;
  return integer.subarray(at);
}

function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** Where the content of the element at `at` begins and ends. */
function extent(der: Buffer, at: number): { readonly from: number; readonly to: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { from: at + 2, to: at + 2 + first };
  const octets = first & 0x7f;
  const from = at + 2 + octets;
  return { from, to: from + der.readUIntBE(at + 2, octets) };
}

function content(der: Buffer): Buffer {
  const { from, to } = extent(der, 0);
  return der.subarray(from, to);
}

/** The elements that follow one another, whole. */
function children(der: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < der.length;) {
    const { to } = extent(der, at);
    found.push(der.subarray(at, to));
    at = to;
  }
  return found;
}
