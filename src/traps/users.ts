/** The users of the configuration, with keys bound to the engines they are heard on. */
import { cipherKey, type CipherKey } from './cipher.ts';
import {
  hmacKey,
  localKey,
  localPrivKey,
  passphraseKey,
  type AuthProtocol,
  type HmacKey,
  type PrivProtocol,
} from './keys.ts';
import type { SecurityLevel } from './message.ts';
import { createLru } from './lru.ts';

/** A user as the thread is given it: secrets revealed. */
export interface PlainUser {
  readonly name: string;
  readonly auth?: { readonly protocol: AuthProtocol; readonly key: string };
  readonly priv?: { readonly protocol: PrivProtocol; readonly key: string };
  /** Hex: only on this engine. */
  readonly engineId?: string;
}

export interface User {
  readonly level: SecurityLevel;
  readonly engineId: string | undefined;
  readonly auth?: { readonly protocol: AuthProtocol; readonly key: Buffer };
  readonly priv?: { readonly protocol: PrivProtocol; readonly key: Buffer };
}

/** Keys of one user on one engine. The privacy key is made when it is first needed. */
export interface UserKeys {
  readonly auth: HmacKey;
  priv(): CipherKey | undefined;
}

export interface Users {
  /** Those of this name that may speak for this engine: its own first. */
  find(name: string, engineId: string): readonly User[];
  /** A user is configured for this very engine. */
  knows(engineId: string): boolean;
  keys(user: User, engineId: string, engineBytes: Uint8Array): UserKeys | undefined;
  /** To be called once a message of this engine was authentic: until then its keys are not kept. */
  keep(user: User, engineId: string, keys: UserKeys): void;
}

/** Keys kept. One pair per user and engine, so this is about the number of engines. */
const MAX_KEYS = 10_000;
const MIN_PASSPHRASE = 8;

/** @throws RangeError for a pass phrase that is too short, or privacy without authentication. */
export function createUsers(plain: readonly PlainUser[]): Users {
  const byName = new Map<string, User[]>();
  for (const one of plain) {
    const list = byName.get(one.name) ?? [];
    byName.set(one.name, [...list, prepare(one)]);
  }
  const engineIds = new Set([...byName.values()].flat().map(({ engineId }) => engineId));
  const kept = new Map<User, ReturnType<typeof createLru<string, UserKeys>>>();
  return {
    find(name, engineId) {
      const named = byName.get(name) ?? [];
      const own = named.filter((user) => user.engineId === engineId);
      return own.length > 0 ? own : named.filter((user) => user.engineId === undefined);
    },
    knows: (engineId) => engineIds.has(engineId),
    keys(user, engineId, engineBytes) {
      if (!user.auth) return undefined;
      return kept.get(user)?.get(engineId) ?? bind(user, user.auth, engineBytes);
    },
    keep(user, engineId, keys) {
      let own = kept.get(user);
      if (!own) {
        own = createLru(MAX_KEYS);
        kept.set(user, own);
      }
      own.set(engineId, keys);
    },
  };
}

function prepare({ name, auth, priv, engineId }: PlainUser): User {
  if (priv && !auth) throw new RangeError(`user ${name}: privacy needs authentication (add auth)`);
  for (const part of [auth, priv]) {
    if (part && Buffer.byteLength(part.key) < MIN_PASSPHRASE) {
      throw new RangeError(`user ${name}: a pass phrase has at least ${MIN_PASSPHRASE} characters`);
    }
  }
  const plainLevel = auth ? 'authNoPriv' : 'noAuthNoPriv';
  return {
    level: priv ? 'authPriv' : plainLevel,
    engineId: engineId === undefined ? undefined : normaliseEngineId(engineId),
    ...(auth && {
      auth: { protocol: auth.protocol, key: passphraseKey(Buffer.from(auth.key), auth.protocol) },
    }),
    ...(auth &&
      priv && {
        priv: { protocol: priv.protocol, key: passphraseKey(Buffer.from(priv.key), auth.protocol) },
      }),
  };
}

function bind(user: User, auth: NonNullable<User['auth']>, engineBytes: Uint8Array): UserKeys {
  const engine = Buffer.from(engineBytes);
  let priv: CipherKey | undefined;
  return {
    auth: hmacKey(localKey(auth.key, engine, auth.protocol), auth.protocol),
    priv() {
      if (!user.priv) return undefined;
      priv ??= cipherKey(
        user.priv.protocol,
        localPrivKey(user.priv.key, engine, auth.protocol, user.priv.protocol),
      );
      return priv;
    },
  };
}

/** `0x8000AB` and `8000ab` are the same engine. */
export function normaliseEngineId(written: string): string {
  return written.replace(/^0x/i, '').toLowerCase();
}
