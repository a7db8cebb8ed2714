/** Privacy of the User-based Security Model: DES-CBC (RFC 3414 section 8), AES-CFB (RFC 3826). */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { PRIV, type PrivProtocol } from './keys.ts';

const DES_BLOCK = 8;
export const SALT_BYTES = 8;

/** What the initialisation vector is made of. */
export interface Freshness {
  readonly boots: number;
  readonly time: number;
  readonly salt: Uint8Array;
}

/** Undefined where the data can't be a cipher text of this protocol. */
export function decrypt(
  protocol: PrivProtocol,
  key: Uint8Array,
  fresh: Freshness,
  data: Uint8Array,
): Buffer | undefined {
  if (fresh.salt.length !== SALT_BYTES || data.length === 0) return undefined;
  if (protocol === 'des' && data.length % DES_BLOCK !== 0) return undefined;
  const { cipherKey, iv } = inputs(protocol, key, fresh);
  const decipher = createDecipheriv(PRIV[protocol].cipher, cipherKey, iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(data), decipher.final()]);
}

export function encrypt(
  protocol: PrivProtocol,
  key: Uint8Array,
  fresh: Freshness,
  data: Uint8Array,
): Buffer {
  const { cipherKey, iv } = inputs(protocol, key, fresh);
  const cipher = createCipheriv(PRIV[protocol].cipher, cipherKey, iv).setAutoPadding(false);
  const surplus = protocol === 'des' ? data.length % DES_BLOCK : 0;
  const padding = Buffer.alloc(surplus === 0 ? 0 : DES_BLOCK - surplus);
  return Buffer.concat([cipher.update(data), cipher.update(padding), cipher.final()]);
}

function inputs(protocol: PrivProtocol, key: Uint8Array, { boots, time, salt }: Freshness) {
  if (protocol === 'des') {
    const des = key.subarray(0, DES_BLOCK);
    const iv = salt.map((byte, index) => byte ^ (key[DES_BLOCK + index] ?? 0));
    return { cipherKey: Buffer.concat([des, des, des]), iv };
  }
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(boots, 0);
  iv.writeUInt32BE(time, 4);
  iv.set(salt, 8);
  return { cipherKey: key, iv };
}
