/** v3 messages of ours: answers to informs, and reports (RFC 3414 section 3.1). */
import { randomBytes } from 'node:crypto';
import { element, identifier, integer, TAG } from './ber.ts';
import { encrypt, SALT_BYTES } from './cipher.ts';
import type { Engines, OwnEngine } from './engines.ts';
import { AUTH, hmac } from './keys.ts';
import type { SecureMessage, SecurityLevel } from './message.ts';
import type { User, UserKeys } from './users.ts';

export interface Secrets {
  readonly user: User;
  readonly keys: UserKeys;
}

const MAX_MESSAGE = 65_507;
const USM = 3;
const NO_BYTES = Buffer.alloc(0);

/** A message in answer to another: its id and user, our engine. */
export function seal(
  question: SecureMessage,
  level: SecurityLevel,
  scopedPdu: Uint8Array,
  engine: { readonly own: OwnEngine; readonly engines: Engines },
  secrets?: Secrets,
): Buffer {
  const { own, engines } = engine;
  const fresh = { boots: own.boots, time: engines.ownTime(), salt: randomBytes(SALT_BYTES) };
  const auth = level === 'noAuthNoPriv' ? undefined : secrets?.user.auth;
  const privKey = level === 'authPriv' ? secrets?.keys.priv() : undefined;
  const digestBytes = auth ? AUTH[auth.protocol].digestBytes : 0;
  const data = privKey ? element(TAG.octetString, encrypt(privKey, fresh, scopedPdu)) : scopedPdu;
  const security = element(
    TAG.sequence,
    element(TAG.octetString, own.id),
    integer(fresh.boots),
    integer(fresh.time),
    element(TAG.octetString, question.userName),
    element(TAG.octetString, Buffer.alloc(digestBytes)),
    element(TAG.octetString, privKey ? fresh.salt : NO_BYTES),
  );
  const header = element(
    TAG.sequence,
    integer(question.messageId),
    integer(MAX_MESSAGE),
    element(TAG.octetString, Buffer.from([(auth ? 1 : 0) + (privKey ? 2 : 0)])),
    integer(USM),
  );
  const whole = element(
    TAG.sequence,
    integer(USM),
    header,
    element(TAG.octetString, security),
    data,
  );
  if (auth && secrets) {
    // The salt, with its header, lies between the digest and the data.
    const end = whole.length - data.length - (privKey ? SALT_BYTES : 0) - 2;
    const digest = hmac(secrets.keys.auth, [whole]);
    whole.set(digest.subarray(0, digestBytes), end - digestBytes);
  }
  return whole;
}

/** The scoped PDU of a report: one of the usmStats counters (RFC 3414 section 5). */
export function reportPdu(engineId: Uint8Array, counter: number, value: number): Buffer {
  const varbind = element(
    TAG.sequence,
    identifier(`1.3.6.1.6.3.15.1.1.${counter}.0`),
    integer(value, TAG.counter32),
  );
  const pdu = element(
    TAG.report,
    integer(0),
    integer(0),
    integer(0),
    element(TAG.sequence, varbind),
  );
  return scoped(engineId, NO_BYTES, pdu);
}

export function scoped(engineId: Uint8Array, name: Uint8Array, pdu: Uint8Array): Buffer {
  return element(
    TAG.sequence,
    element(TAG.octetString, engineId),
    element(TAG.octetString, name),
    pdu,
  );
}
