/** Basic authentication: hashes of the exporter toolkit's format, checked in constant time, cached. */
import { createHash, randomBytes } from 'node:crypto';
import { compare as bcryptCompare, getRounds } from 'bcryptjs';

const CACHE_SIZE = 100;
/** Salt and digest of a hash that no password is known for. */
const NOBODY = 'abcdefghijklmnopqrstuuCgAsLgoD1.FnWk4M6wXx3GRQhZ7v1Pq';
const DEFAULT_COST = 10;

/** Whether an Authorization header may pass. */
export type Authenticator = (header: string | undefined) => Promise<boolean>;

export type Compare = (password: string, hash: string) => Promise<boolean>;

export function createAuthenticator(
  users: Readonly<Record<string, string>>,
  compare: Compare = bcryptCompare,
): Authenticator {
  if (Object.keys(users).length === 0) return async () => true;
  const salt = randomBytes(32);
  const nobody = decoyFor(Object.values(users));
  /** Digests of credentials that passed: a scrape each 15 s must not cost a bcrypt each. */
  const passed = new Set<string>();
  /** One check at a time: it keeps the thread busy, several at once would only delay each other. */
  let last: Promise<unknown> = Promise.resolve();

  function check(password: string, hash: string): Promise<boolean> {
    const checked = last.then(() => compare(password, hash));
    last = checked.catch(() => {});
    return checked;
  }

  return async (header) => {
    const encoded = /^basic\s+([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
    if (encoded === undefined) return false;
    const credentials = Buffer.from(encoded, 'base64').toString('utf8');
    const digest = createHash('sha256').update(salt).update(credentials).digest('base64');
    if (passed.has(digest)) return true;
    const colon = credentials.indexOf(':');
    const user = credentials.slice(0, Math.max(colon, 0));
    const hash = colon >= 0 && Object.hasOwn(users, user) ? users[user] : undefined;
    const matches = await check(credentials.slice(colon + 1), hash ?? nobody);
    if (hash === undefined || !matches) return false;
    if (passed.size >= CACHE_SIZE) passed.clear();
    passed.add(digest);
    return true;
  };
}

/** Checked for a user that is unknown, so that a guess takes as long as for a known one. */
export function decoyFor(hashes: readonly string[]): string {
  const cost = Math.max(...hashes.map((hash) => getRounds(hash)));
  return `$2b$${String(Number.isFinite(cost) ? cost : DEFAULT_COST).padStart(2, '0')}$${NOBODY}`;
}
