/** Keys of the User-based Security Model: RFC 3414, RFC 3826, RFC 7860, and both AES extensions. */
import { createHash, hash } from 'node:crypto';

export const AUTH = {
  md5: { hash: 'md5', blockBytes: 64, digestBytes: 12 },
  sha: { hash: 'sha1', blockBytes: 64, digestBytes: 12 },
  sha224: { hash: 'sha224', blockBytes: 64, digestBytes: 16 },
  sha256: { hash: 'sha256', blockBytes: 64, digestBytes: 24 },
  sha384: { hash: 'sha384', blockBytes: 128, digestBytes: 32 },
  sha512: { hash: 'sha512', blockBytes: 128, digestBytes: 48 },
} as const;
export type AuthProtocol = keyof typeof AUTH;

/**
 * OpenSSL 3 no longer offers DES; triple DES with three equal keys is the same function, and is there.
 * `extend`: how a digest that is shorter than the key is made longer (b: Blumenthal, r: Reeder).
 */
export const PRIV = {
  des: { cipher: 'des-ede3-cbc', keyBytes: 16, extend: 'none' },
  aes: { cipher: 'aes-128-cfb', keyBytes: 16, extend: 'none' },
  aes192b: { cipher: 'aes-192-cfb', keyBytes: 24, extend: 'blumenthal' },
  aes256b: { cipher: 'aes-256-cfb', keyBytes: 32, extend: 'blumenthal' },
  aes192r: { cipher: 'aes-192-cfb', keyBytes: 24, extend: 'reeder' },
  aes256r: { cipher: 'aes-256-cfb', keyBytes: 32, extend: 'reeder' },
} as const;
export type PrivProtocol = keyof typeof PRIV;

/** RFC 3414 appendix A.2: this much of the repeated pass phrase is hashed. */
const EXPANDED_BYTES = 1_048_576;

/** The key of a pass phrase, before it is bound to an engine. Costs milliseconds: done once. */
export function passphraseKey(passphrase: Uint8Array, auth: AuthProtocol): Buffer {
  if (passphrase.length === 0) throw new RangeError('an empty pass phrase makes no key');
  const repeats = Math.ceil(EXPANDED_BYTES / passphrase.length);
  const expanded = Buffer.alloc(repeats * passphrase.length, passphrase);
  return createHash(AUTH[auth].hash).update(expanded.subarray(0, EXPANDED_BYTES)).digest();
}

/** The key of one user on one engine. */
export function localKey(key: Uint8Array, engineId: Uint8Array, auth: AuthProtocol): Buffer {
  return createHash(AUTH[auth].hash).update(key).update(engineId).update(key).digest();
}

/** The privacy key of one user on one engine, made as long as the cipher needs. */
export function localPrivKey(
  key: Uint8Array,
  engineId: Uint8Array,
  auth: AuthProtocol,
  priv: PrivProtocol,
): Buffer {
  const { keyBytes, extend } = PRIV[priv];
  let local = localKey(key, engineId, auth);
  let last: Buffer = local;
  while (local.length < keyBytes) {
    last =
      extend === 'reeder'
        ? localKey(passphraseKey(last, auth), engineId, auth)
        : createHash(AUTH[auth].hash).update(local).digest();
    local = Buffer.concat([local, last]);
  }
  return local.subarray(0, keyBytes);
}

/** An HMAC key (RFC 2104), padded once. */
export interface HmacKey {
  readonly hash: string;
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

export function hmacKey(key: Uint8Array, auth: AuthProtocol): HmacKey {
  const { hash: name, blockBytes } = AUTH[auth];
  const block = new Uint8Array(blockBytes);
  block.set(key);
  return {
    hash: name,
    inner: block.map((byte) => byte ^ INNER_PAD),
    outer: block.map((byte) => byte ^ OUTER_PAD),
  };
}

/** Two plain hashes: node's Hmac is an object that the garbage collector must finalise, per message. */
export function hmac({ hash: name, inner, outer }: HmacKey, parts: readonly Uint8Array[]): Buffer {
  const digest = hash(name, Buffer.concat([inner, ...parts]), 'buffer');
  return hash(name, Buffer.concat([outer, digest]), 'buffer');
}
