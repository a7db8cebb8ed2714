/** Notifications as bytes: for floods, mutations and packets that no tool would send. */
import { createHmac, randomBytes } from 'node:crypto';
import { element, identifier, integer, TAG } from '../../src/traps/ber.ts';
import { cipherKey, encrypt, type CipherKey } from '../../src/traps/cipher.ts';
import {
  AUTH,
  localKey,
  localPrivKey,
  passphraseKey,
  type AuthProtocol,
  type PrivProtocol,
} from '../../src/traps/keys.ts';

export interface EncodedVarbind {
  readonly oid: string;
  /** Encoded value. */
  readonly value: Uint8Array;
}

export const text = (written: string) => element(TAG.octetString, Buffer.from(written));

export function varbindList(varbinds: readonly EncodedVarbind[]): Buffer {
  return element(
    TAG.sequence,
    ...varbinds.map(({ oid, value }) => element(TAG.sequence, identifier(oid), value)),
  );
}

/** SNMPv2-Trap or InformRequest. */
export function notification(
  trapOid: string,
  varbinds: readonly EncodedVarbind[],
  options: { readonly requestId?: number; readonly tag?: number; readonly uptime?: number } = {},
): Buffer {
  const { requestId = 1, tag = TAG.trap, uptime = 100 } = options;
  return element(
    tag,
    integer(requestId),
    integer(0),
    integer(0),
    varbindList([
      { oid: '1.3.6.1.2.1.1.3.0', value: integer(uptime, TAG.timeTicks) },
      { oid: '1.3.6.1.6.3.1.1.4.1.0', value: identifier(trapOid) },
      ...varbinds,
    ]),
  );
}

export function trapV1(
  enterprise: string,
  generic: number,
  specific: number,
  varbinds: readonly EncodedVarbind[],
  agent: readonly number[] = [10, 0, 0, 1],
): Buffer {
  return element(
    TAG.trapV1,
    identifier(enterprise),
    element(TAG.ipAddress, Buffer.from(agent)),
    integer(generic),
    integer(specific),
    integer(100, TAG.timeTicks),
    varbindList(varbinds),
  );
}

export function community(version: 0 | 1, name: string, pdu: Uint8Array): Buffer {
  return element(TAG.sequence, integer(version), text(name), pdu);
}

export interface Sender {
  readonly user: string;
  readonly engineId: Buffer;
  readonly auth?: { readonly protocol: AuthProtocol; readonly key: Buffer };
  readonly priv?: CipherKey;
}

/** A v3 sender with its keys made; slow, so made once. */
export function sender(options: {
  readonly user: string;
  readonly engineId: string;
  readonly auth?: { readonly protocol: AuthProtocol; readonly key: string };
  readonly priv?: { readonly protocol: PrivProtocol; readonly key: string };
}): Sender {
  const engineId = Buffer.from(options.engineId, 'hex');
  const { auth, priv } = options;
  if (!auth) return { user: options.user, engineId };
  const master = (key: string) => passphraseKey(Buffer.from(key), auth.protocol);
  return {
    user: options.user,
    engineId,
    auth: { protocol: auth.protocol, key: localKey(master(auth.key), engineId, auth.protocol) },
    ...(priv && {
      priv: cipherKey(
        priv.protocol,
        localPrivKey(master(priv.key), engineId, auth.protocol, priv.protocol),
      ),
    }),
  };
}

export interface SecureOptions {
  readonly messageId?: number;
  readonly boots?: number;
  readonly time?: number;
  readonly reportable?: boolean;
  /** Overrides what the keys would give. */
  readonly flags?: number;
  readonly salt?: Buffer;
}

export function secure(from: Sender, pdu: Uint8Array, options: SecureOptions = {}): Buffer {
  const { auth, priv } = from;
  const fresh = {
    boots: options.boots ?? 1,
    time: options.time ?? 1_000,
    salt: options.salt ?? randomBytes(8),
  };
  const scoped = element(TAG.sequence, element(TAG.octetString, from.engineId), text(''), pdu);
  const digestBytes = auth ? AUTH[auth.protocol].digestBytes : 0;
  const data = priv ? element(TAG.octetString, encrypt(priv, fresh, scoped)) : scoped;
  const flags = (auth ? 1 : 0) + (priv ? 2 : 0) + (options.reportable ? 4 : 0);
  const whole = element(
    TAG.sequence,
    integer(3),
    element(
      TAG.sequence,
      integer(options.messageId ?? 1),
      integer(65_507),
      element(TAG.octetString, Buffer.from([options.flags ?? flags])),
      integer(3),
    ),
    element(
      TAG.octetString,
      element(
        TAG.sequence,
        element(TAG.octetString, from.engineId),
        integer(fresh.boots),
        integer(fresh.time),
        text(from.user),
        element(TAG.octetString, Buffer.alloc(digestBytes)),
        element(TAG.octetString, priv ? fresh.salt : Buffer.alloc(0)),
      ),
    ),
    data,
  );
  if (auth) {
    const end = whole.length - data.length - (priv ? 8 : 0) - 2;
    const digest = createHmac(AUTH[auth.protocol].hash, auth.key).update(whole).digest();
    whole.set(digest.subarray(0, digestBytes), end - digestBytes);
  }
  return whole;
}
