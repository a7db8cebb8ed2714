/**
 * Names to addresses without the C library: its `getaddrinfo` occupies one of the process's few pool
 * threads until the name server answers, so that one silent zone holds up every other name, the files
 * and the exit. This one asks by sockets of the event loop, ends by a deadline, and shares its answers.
 */
import { readFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';

const DEADLINE_MS = 5_000;
/** A server that does not answer is asked again, or the next one is, after this long. */
const TRY_MS = 1_000;
const TRIES = 3;
/** When one family has answered, the other is waited for this long. */
const OTHER_FAMILY_MS = 250;
const FRESH_MS = 30_000;
/** A name that failed is not asked for again at once. */
const FAILED_MS = 5_000;
/** If the name servers are silent, an old answer is better than none. */
const STALE_MS = 3_600_000;
const MAX_NAMES = 2_000;

/** The name has no address, or nobody said which. */
export class NameError extends Error {
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN';

  constructor(code: 'ENOTFOUND' | 'EAI_AGAIN', message: string) {
    super(message);
    this.name = 'NameError';
    this.code = code;
  }
}

export interface NameResolver {
  /** Every address of a name; the configured order of families is kept: IPv4 first. @throws NameError */
  resolve(name: string): Promise<readonly LookupAddress[]>;
  /** The shape of `dns.lookup`, for `net`, `tls`, `dgram` and undici. */
  lookup: Lookup;
}

export type Lookup = (
  name: string,
  options: LookupOptions | number | null | undefined,
  callback: (
    error: NodeJS.ErrnoException | null,
    address: string | LookupAddress[],
    family?: number,
  ) => void,
) => void;

export interface ResolverOptions {
  /** Name servers, `address:port`; those of resolv.conf if absent. */
  readonly servers?: readonly string[];
  readonly resolvConf?: string;
  readonly hostsFile?: string;
  readonly deadlineMs?: number;
  /** Monotonic, ms. */
  readonly clock?: () => number;
}

interface Known {
  answer?: Promise<readonly LookupAddress[]>;
  /** Asked again after this. */
  until: number;
  /** The last good answer, and when it came. */
  good?: { readonly addresses: readonly LookupAddress[]; readonly at: number } | undefined;
}

export function createResolver(options: ResolverOptions = {}): NameResolver {
  const clock = options.clock ?? (() => performance.now());
  const known = new Map<string, Known>();

  function ask(name: string): Promise<readonly LookupAddress[]> {
    const before = known.get(name);
    if (before?.answer && clock() < before.until) return before.answer;
    // Whoever asks meanwhile waits for the same answer.
    const entry: Known = { until: Number.POSITIVE_INFINITY, good: before?.good };
    entry.answer = answerFor(name, entry);
    remember(known, name, entry);
    return entry.answer;
  }

  async function answerFor(name: string, entry: Known): Promise<readonly LookupAddress[]> {
    try {
      const addresses = await search(name, options);
      entry.good = { addresses, at: clock() };
      entry.until = clock() + FRESH_MS;
      return addresses;
    } catch (error) {
      entry.until = clock() + FAILED_MS;
      const denied = error instanceof NameError && error.code === 'ENOTFOUND';
      const { good } = entry;
      if (!denied && good && clock() - good.at < STALE_MS) return good.addresses;
      throw error;
    }
  }

  const resolve = async (name: string) => {
    const literal = literalAddresses(name) ?? fromHosts(name, options.hostsFile);
    return literal ?? (await ask(name.toLowerCase()));
  };
  return { resolve, lookup: lookupWith(resolve) };
}

function remember(known: Map<string, Known>, name: string, entry: Known): void {
  known.delete(name);
  known.set(name, entry);
  const [oldest] = known.keys();
  if (known.size > MAX_NAMES && oldest !== undefined) known.delete(oldest);
}

function lookupWith(resolve: NameResolver['resolve']): Lookup {
  async function find(name: string, options: LookupOptions): Promise<LookupAddress[]> {
    const wanted = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : options.family;
    const addresses = await resolve(name);
    const fitting = addresses.filter(({ family }) => !wanted || family === wanted);
    if (fitting.length > 0) return fitting;
    throw new NameError('ENOTFOUND', `${name} has no IPv${wanted ?? ''} address`);
  }
  return (name, given, callback) => {
    const options = typeof given === 'number' ? { family: given } : (given ?? {});
    const answer = async (): Promise<Parameters<typeof callback>> => {
      try {
        const found = await find(name, options);
        const [{ address, family } = { address: '', family: 0 }] = found;
        return options.all ? [null, found] : [null, address, family];
      } catch (error) {
        return [error as NodeJS.ErrnoException, ''];
      }
    };
    // What the callback throws is its caller's, not a rejection of ours.
    void answer().then((result) => process.nextTick(callback, ...result));
  };
}

/** An address, or a name that always means this machine. */
function literalAddresses(name: string): readonly LookupAddress[] | undefined {
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(bare);
  if (family !== 0) return [{ address: bare, family }];
  if (!/^(.*\.)?localhost\.?$/i.test(name)) return undefined;
  return [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
}

function fromHosts(name: string, file = '/etc/hosts'): readonly LookupAddress[] | undefined {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const found = readLines(file).flatMap((line) => {
    const [address = '', ...names] = line.split(/\s+/);
    const family = isIP(address);
    return family !== 0 && names.some((each) => each.toLowerCase() === wanted)
      ? [{ address, family }]
      : [];
  });
  return found.length > 0 ? found.sort((a, b) => a.family - b.family) : undefined;
}

/** Each name that the search list makes of this one, until one has an address. */
async function search(name: string, options: ResolverOptions): Promise<readonly LookupAddress[]> {
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const resolver = new Resolver({ timeout: Math.min(TRY_MS, deadlineMs), tries: TRIES });
  if (options.servers) resolver.setServers(options.servers);
  let late = false;
  let silent = false;
  const deadline = setTimeout(() => {
    late = true;
    resolver.cancel();
  }, deadlineMs);
  try {
    for (const candidate of candidates(name, options.resolvConf)) {
      const found = await bothFamilies(resolver, candidate);
      if (found.addresses.length > 0) return withoutLinkLocal(name, found.addresses);
      silent ||= !found.denied;
      if (late) break;
    }
  } finally {
    clearTimeout(deadline);
    resolver.cancel();
  }
  throw late || silent
    ? new NameError(
        'EAI_AGAIN',
        `the name server gave no answer for ${name}${late ? ` within ${deadlineMs / 1_000} s` : ''}`,
      )
    : new NameError('ENOTFOUND', `the name ${name} is not known to the name server`);
}

/**
 * Whoever answers for a name must not lead us to what only this machine reaches: a cloud's metadata
 * service gives credentials away. The address itself in the configuration, or in the hosts file, can.
 */
function withoutLinkLocal(name: string, found: readonly LookupAddress[]): readonly LookupAddress[] {
  const elsewhere = found.filter(({ address }) => !isLinkLocal(address));
  if (elsewhere.length > 0) return elsewhere;
  throw new NameError(
    'ENOTFOUND',
    `the name server says that ${name} is ${found[0]?.address}, an address of this machine's own link: write the address itself if that is meant`,
  );
}

/** 169.254.0.0/16, also inside IPv6, and fe80::/10. */
function isLinkLocal(address: string): boolean {
  return /^(::ffff:)?169\.254\.|^::ffff:a9fe:|^fe[89ab][0-9a-f]:/i.test(address);
}

interface Found {
  readonly addresses: readonly LookupAddress[];
  /** The name servers said that there is none; otherwise they did not say. */
  readonly denied: boolean;
}

/** IPv4 and IPv6 side by side: a server that is silent about one must not cost the other. */
async function bothFamilies(resolver: Resolver, name: string): Promise<Found> {
  const one = (family: 4 | 6, asked: Promise<string[]>): Promise<Found> =>
    asked.then(
      (list) => ({
        addresses: list.map((address) => ({ address, family })),
        denied: list.length === 0,
      }),
      (error: { code?: string }) => ({
        addresses: [],
        denied: error.code === 'ENOTFOUND' || error.code === 'ENODATA' || error.code === 'EBADNAME',
      }),
    );
  const both = [one(4, resolver.resolve4(name)), one(6, resolver.resolve6(name))] as const;
  const first = await Promise.race(both);
  const other = Promise.all(both);
  let timer: NodeJS.Timeout | undefined;
  const soon = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, OTHER_FAMILY_MS, undefined);
  });
  const answers = (first.addresses.length > 0 && (await Promise.race([other, soon]))) || undefined;
  clearTimeout(timer);
  if (!answers && first.addresses.length > 0) return first;
  const [four, six] = answers ?? (await other);
  return {
    addresses: [...four.addresses, ...six.addresses],
    denied: four.denied && six.denied,
  };
}

/** As the C library does: short names get the search domains first, long ones last. */
function candidates(name: string, file = '/etc/resolv.conf'): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  let domains: string[] = [];
  let ndots = 1;
  for (const line of readLines(file)) {
    const [keyword, ...values] = line.split(/\s+/);
    if (keyword === 'search' || keyword === 'domain') domains = values;
    const written = /\bndots:(\d+)/.exec(keyword === 'options' ? line : '')?.[1];
    if (written !== undefined) ndots = Math.min(Number(written), 15);
  }
  const longer = domains
    .filter((domain) => domain !== '.' && !domain.startsWith('#'))
    .slice(0, 6)
    .map((domain) => `${name}.${domain.replace(/\.$/, '')}`);
  const dots = name.split('.').length - 1;
  return dots >= ndots ? [name, ...longer] : [...longer, name];
}

/** Lines of a small system file without comments; none if it can't be read. */
function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** The one of this thread. */
export const resolver = createResolver();
