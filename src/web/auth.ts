/** Basic authentication: hashes of the exporter toolkit's format, checked in constant time, cached. */
import { createHash, randomBytes } from 'node:crypto';
import { compare } from 'bcryptjs';

const CACHE_SIZE = 100;
/** Checked when the user is unknown, so that a guess takes as long as for a known one. */
const NOBODY = '$2b$10$abcdefghijklmnopqrstuuCgAsLgoD1.FnWk4M6wXx3GRQhZ7v1Pq';

/** Whether an Authorization header may pass. */
export type Authenticator = (header: string | undefined) => Promise<boolean>;

export function createAuthenticator(users: Readonly<Record<string, string>>): Authenticator {
  if (Object.keys(users).length === 0) return async () => true;
  const salt = randomBytes(32);
  /** Digests of credentials that passed: a scrape each 15 s must not cost a bcrypt each. */
  const passed = new Set<string>();
  return async (header) => {
    const encoded = /^basic\s+([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
    if (encoded === undefined) return false;
    const credentials = Buffer.from(encoded, 'base64').toString('utf8');
    const digest = createHash('sha256').update(salt).update(credentials).digest('base64');
    if (passed.has(digest)) return true;
    const colon = credentials.indexOf(':');
    const user = credentials.slice(0, Math.max(colon, 0));
    const known = Object.hasOwn(users, user);
    const matches = await compare(
      credentials.slice(colon + 1),
      (known ? users[user] : undefined) ?? NOBODY,
    );
    if (!known || !matches || colon < 0) return false;
    if (passed.size >= CACHE_SIZE) passed.clear();
    passed.add(digest);
    return true;
  };
}
