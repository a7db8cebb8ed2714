/**
 * Basic authentication: hashes of the exporter toolkit's format, checked in constant time, cached. A
 * check is dear by design: so many wait, of one connection, of one source and in all; and a thread of
 * its own makes it, so that those who have passed are served as if nobody guessed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { compareInThread } from './passwords.ts';

const CACHE_SIZE = 100;
/** Salt and digest of a hash that no password is known for. */
const NOBODY = 'abcdefghijklmnopqrstuuCgAsLgoD1.FnWk4M6wXx3GRQhZ7v1Pq';
const DEFAULT_COST = 10;
/** Checks that wait or run. A client that sends requests ahead of their answers has one. */
const MAX_CHECKS = 32;
const MAX_CHECKS_OF_SOURCE = 8;
const MAX_CHECKS_OF_CONNECTION = 1;

/** Who asks. */
export interface Client {
  /** The same object for all requests of a connection. */
  readonly connection: { readonly destroyed: boolean };
  /** Its address. */
  readonly source: string;
}

/** `busy`: too many checks wait already, ask again later. */
export type Admission = 'passed' | 'refused' | 'busy';

/** Whether an Authorization header may pass. */
export type Authenticator = (header: string | undefined, client: Client) => Promise<Admission>;

export type Compare = (password: string, hash: string) => Promise<boolean>;

/** A check that waits or runs, and all who sent the same credentials meanwhile. */
interface Check {
  readonly password: string;
  readonly hash: string;
  readonly asker: Client;
  readonly clients: Set<Client['connection']>;
  readonly result: PromiseWithResolvers<boolean>;
}

export function createAuthenticator(
  users: Readonly<Record<string, string>>,
  compare: Compare = compareInThread(),
): Authenticator {
  if (Object.keys(users).length === 0) return async () => 'passed';
  const salt = randomBytes(32);
  const nobody = decoyFor(Object.values(users));
  /** Digests of credentials that passed: a scrape each 15 s must not cost a bcrypt each. */
  const passed = new Set<string>();
  /** By digest of the credentials, in the order they came. One is made at a time. */
  const checks = new Map<string, Check>();
  let working = false;

  function isFull({ connection, source }: Client): boolean {
    const waiting = [...checks.values()].map(({ asker }) => asker);
    const ofSource = waiting.filter((asker) => asker.source === source);
    const ofConnection = ofSource.filter((asker) => asker.connection === connection);
    return (
      waiting.length >= MAX_CHECKS ||
      ofSource.length >= MAX_CHECKS_OF_SOURCE ||
      ofConnection.length >= MAX_CHECKS_OF_CONNECTION
    );
  }

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    for (const [digest, { clients, password, hash, result }] of checks) {
      const wanted = [...clients].some(({ destroyed }) => !destroyed);
      // Nobody waits for it any more: no work is done for the gone.
      const matches = wanted && compare(password, hash);
      await Promise.resolve(matches).then(result.resolve, result.reject);
      checks.delete(digest);
    }
    working = false;
  }

  return async (header, client) => {
    const encoded = /^basic\s+([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
    if (encoded === undefined) return 'refused';
    const credentials = Buffer.from(encoded, 'base64').toString('utf8');
    const digest = createHash('sha256').update(salt).update(credentials).digest('base64');
    if (passed.has(digest)) return 'passed';
    const colon = credentials.indexOf(':');
    const user = credentials.slice(0, Math.max(colon, 0));
    const hash = colon >= 0 && Object.hasOwn(users, user) ? users[user] : undefined;
    let check = checks.get(digest);
    if (!check) {
      if (isFull(client)) return 'busy';
      check = {
        password: credentials.slice(colon + 1),
        hash: hash ?? nobody,
        asker: client,
        clients: new Set(),
        result: Promise.withResolvers<boolean>(),
      };
      checks.set(digest, check);
    }
    check.clients.add(client.connection);
    void work();
    const matches = await check.result.promise;
    if (hash === undefined || !matches) return 'refused';
    if (passed.size >= CACHE_SIZE) passed.clear();
    passed.add(digest);
    return 'passed';
  };
}

/** Checked for a user that is unknown, so that a guess takes as long as for a known one. */
export function decoyFor(hashes: readonly string[]): string {
  // `$2b$10$...`: the cost is the second field.
  const cost = Math.max(...hashes.map((hash) => Number(hash.split('$')[2])));
  return `$2b$${String(Number.isFinite(cost) ? cost : DEFAULT_COST).padStart(2, '0')}$${NOBODY}`;
}
