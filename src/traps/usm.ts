/** User-based Security Model, the receiving side (RFC 3414 section 3.2). */
import { timingSafeEqual } from 'node:crypto';
import { decrypt } from './cipher.ts';
import { createEngines, type OwnEngine } from './engines.ts';
import { AUTH, hmac, type HmacKey } from './keys.ts';
import { parseEncrypted, parseScopedPdu, type ScopedPdu, type SecureMessage } from './message.ts';
import { Refused, type DropReason } from './refused.ts';
import { createReplayGuard } from './replay.ts';
import { reportPdu, scoped, seal, type Secrets } from './seal.ts';
import { createTokens } from './tokens.ts';
import type { User, Users } from './users.ts';

/** A message that passed every check. */
export interface OpenedMessage {
  readonly pdu: Uint8Array;
  /** The very same message was taken before. */
  readonly replayed: boolean;
  /** Wraps a response PDU as this message was wrapped. */
  readonly answer: (pdu: Uint8Array) => Buffer;
}

export interface Usm {
  /** @throws Refused */
  open(message: SecureMessage, datagram: Uint8Array, source: string): OpenedMessage;
  /** The report that RFC 3414 wants for a refusal; undefined where it wants none. */
  report(message: SecureMessage, reason: DropReason): Buffer | undefined;
}

interface UsmOptions {
  readonly users: Users;
  readonly own: OwnEngine;
  /** Monotonic clock, ms. */
  readonly clock: () => number;
}

/**
 * Engine ids never heard before, per source. The slow part of a key is made at start, so deriving and
 * checking costs some 10 us: this holds a flood to a few percent of a core, and still lets a new
 * engine in among forged ones.
 */
const NEW_ENGINES = { perSecond: 2_000, burst: 4_000 } as const;

/** usmStats counters (RFC 3414 section 5) by what we call the refusal. */
const USM_STATS: { readonly [Reason in DropReason]?: number } = {
  security_level: 1,
  old_boots: 2,
  old_time: 2,
  unknown_user: 3,
  empty_user: 3,
  unknown_engine: 4,
  wrong_digest: 5,
  decryption: 6,
};

export function createUsm({ users, own, clock }: UsmOptions): Usm {
  const engines = createEngines(own, clock);
  const replays = createReplayGuard();
  const newEngines = createTokens(NEW_ENGINES, clock);
  const reported = new Map<number, number>();

  function candidatesFor(message: SecureMessage, engineId: string): readonly User[] {
    // Whoever wants a report takes us for the authority, or sets the flag on traps by mistake.
    const known = engines.heard(engineId) || users.knows(engineId);
    if (message.reportable && !known) throw new Refused('unknown_engine');
    if (engineId === '') throw new Refused('unknown_engine');
    if (message.userName.length === 0) throw new Refused('empty_user');
    const named = users.find(nameOf(message), engineId);
    if (named.length === 0) throw new Refused('unknown_user');
    const fitting = named.filter(({ level }) => level === message.level);
    if (fitting.length === 0) throw new Refused('security_level');
    return fitting;
  }

  /** The user whose key made the digest. */
  function authenticate(
    candidates: readonly User[],
    engineId: string,
    message: SecureMessage,
    datagram: Uint8Array,
  ): Secrets {
    for (const user of candidates) {
      const keys = users.keys(user, engineId, message.engineId);
      if (!keys || !user.auth) continue;
      const { digestBytes } = AUTH[user.auth.protocol];
      if (message.digest.length !== digestBytes) continue;
      const expected = digestOf(keys.auth, datagram, message.digest);
      if (!timingSafeEqual(expected, message.digest)) continue;
      users.keep(user, engineId, keys);
      return { user, keys };
    }
    throw new Refused('wrong_digest');
  }

  function answering(
    message: SecureMessage,
    { contextEngineId, contextName }: ScopedPdu,
    secrets?: Secrets,
  ): OpenedMessage['answer'] {
    return (pdu) =>
      seal(
        message,
        message.level,
        scoped(contextEngineId, contextName, pdu),
        { own, engines },
        secrets,
      );
  }

  return {
    open(message, datagram, source) {
      const engineId = Buffer.from(message.engineId).toString('hex');
      const candidates = candidatesFor(message, engineId);
      if (message.level === 'noAuthNoPriv') {
        const plain = parseScopedPdu(message.data);
        return { pdu: plain.pdu, replayed: false, answer: answering(message, plain) };
      }
      const configured = candidates.every((user) => user.engineId !== undefined);
      if (!configured && !engines.heard(engineId) && !newEngines.take(source)) {
        throw new Refused('rate_limited');
      }
      const secrets = authenticate(candidates, engineId, message, datagram);
      engines.checkTime(engineId, message);
      const replayed = replays.seen(message.digest, clock());
      const plain = plainData(message, secrets);
      return { pdu: plain.pdu, replayed, answer: answering(message, plain, secrets) };
    },
    report(message, reason) {
      const counter = USM_STATS[reason];
      if (counter === undefined || !message.reportable) return undefined;
      const value = (reported.get(counter) ?? 0) + 1;
      reported.set(counter, value);
      const pdu = reportPdu(own.id, counter, value);
      if (counter !== USM_STATS.old_time) {
        return seal(message, 'noAuthNoPriv', pdu, { own, engines });
      }
      // The sender sets its clock by it, so it must be able to trust it.
      const user = users
        .find(nameOf(message), engines.ownId)
        .find(({ level }) => level === message.level);
      const keys = user && users.keys(user, engines.ownId, own.id);
      if (!user || !keys) return undefined;
      return seal(message, 'authNoPriv', pdu, { own, engines }, { user, keys });
    },
  };
}

function plainData(message: SecureMessage, { keys }: Secrets): ScopedPdu {
  if (message.level !== 'authPriv') return parseScopedPdu(message.data);
  const key = keys.priv();
  const plain = key && decrypt(key, message, parseEncrypted(message.data));
  if (!plain) throw new Refused('decryption');
  try {
    return parseScopedPdu(plain);
  } catch {
    // With a wrong key the text is noise.
    throw new Refused('decryption');
  }
}

/** The digest is made over the whole message with zeros in its place. */
function digestOf(key: HmacKey, datagram: Uint8Array, digest: Uint8Array): Uint8Array {
  const start = digest.byteOffset - datagram.byteOffset;
  const before = datagram.subarray(0, start);
  const after = datagram.subarray(start + digest.length);
  return hmac(key, [before, new Uint8Array(digest.length), after]).subarray(0, digest.length);
}

function nameOf({ userName }: SecureMessage): string {
  return Buffer.from(userName).toString('utf8');
}
