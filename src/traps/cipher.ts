/** Privacy of the User-based Security Model: DES-CBC (RFC 3414 section 8), AES-CFB (RFC 3826). */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { PRIV, type PrivProtocol } from './keys.ts';

const DES_BLOCK = 8;
const NO_BYTES = new Uint8Array(0);
export const SALT_BYTES = 8;

/** What the initialisation vector is made of. */
export interface Freshness {
  readonly boots: number;
  readonly time: number;
  readonly salt: Uint8Array;
}

/** A privacy key, ready for use. */
export interface CipherKey {
  readonly protocol: PrivProtocol;
  /** A key object: plain bytes are checked and copied each time, which costs more than the cipher. */
  readonly key: KeyObject;
  /** DES: what the salt is mixed with. */
  readonly preIv: Uint8Array;
}

export function cipherKey(protocol: PrivProtocol, local: Uint8Array): CipherKey {
  if (protocol !== 'des') return { protocol, key: createSecretKey(local), preIv: NO_BYTES };
  const des = local.subarray(0, DES_BLOCK);
  return {
    protocol,
    key: createSecretKey(Buffer.concat([des, des, des])),
    preIv: local.subarray(DES_BLOCK, 2 * DES_BLOCK),
  };
}

/** Undefined where the data can't be a cipher text of this protocol. */
export function decrypt(key: CipherKey, fresh: Freshness, data: Uint8Array): Buffer | undefined {
  if (fresh.salt.length !== SALT_BYTES || data.length === 0) return undefined;
  if (key.protocol === 'des' && data.length % DES_BLOCK !== 0) return undefined;
  const decipher = createDecipheriv(PRIV[key.protocol].cipher, key.key, ivOf(key, fresh));
  // Whole blocks or a stream: nothing is left for final().
  return decipher.setAutoPadding(false).update(data);
}

export function encrypt(key: CipherKey, fresh: Freshness, data: Uint8Array): Buffer {
  const cipher = createCipheriv(PRIV[key.protocol].cipher, key.key, ivOf(key, fresh));
  const surplus = key.protocol === 'des' ? data.length % DES_BLOCK : 0;
  const padding = Buffer.alloc(surplus === 0 ? 0 : DES_BLOCK - surplus);
  return cipher.setAutoPadding(false).update(Buffer.concat([data, padding]));
}

function ivOf({ protocol, preIv }: CipherKey, { boots, time, salt }: Freshness): Uint8Array {
  if (protocol === 'des') return salt.map((byte, index) => byte ^ (preIv[index] ?? 0));
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(boots, 0);
  iv.writeUInt32BE(time, 4);
  iv.set(salt, 8);
  return iv;
}
