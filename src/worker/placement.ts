/** Which thread hosts which array. What is there stays where it is: moving costs a login. */

/** Threads with this number and above hold what has taken its thread down before. */
export const ALONE = 1_000;
/** So many of those at most; beyond, they share. */
const MAX_ALONE = 16;

/** Server -> thread. Backends that reach one server share its thread and its budget. */
export type Homes = ReadonlyMap<string, number>;

/** Places all servers on at most `count` threads. */
export function place(homes: Homes, servers: ReadonlySet<string>, count: number): Homes {
  const placed = new Map([...homes].filter(([server]) => servers.has(server)));
  const shared = [...servers].filter((server) => !isAlone(placed.get(server)));
  const wanted = Math.min(count, shared.length);
  const threads = threadsOf(placed);
  for (const surplus of threads.splice(wanted)) {
    for (const [server, home] of placed) if (home === surplus) placed.delete(server);
  }
  for (let id = 0; threads.length < wanted; id += 1) if (!threads.includes(id)) threads.push(id);
  for (const server of shared) {
    if (!placed.has(server)) placed.set(server, emptiest(threads, placed));
  }
  return placed;
}

/** Gives servers a thread of their own, away from the others. */
export function setApart(homes: Homes, servers: ReadonlySet<string>): Homes {
  const threads = [...new Set(homes.values())].filter(isAlone);
  const free = Array.from({ length: MAX_ALONE }, (_, index) => ALONE + index).find(
    (id) => !threads.includes(id),
  );
  const home = free ?? emptiest(threads, homes);
  return new Map(
    [...homes].map(([server, before]) => [server, servers.has(server) ? home : before]),
  );
}

export function isAlone(thread: number | undefined): boolean {
  return thread !== undefined && thread >= ALONE;
}

/** Threads that are shared, the fullest first: those are given up last. */
function threadsOf(homes: Homes): number[] {
  const threads = [...new Set(homes.values())].filter((thread) => !isAlone(thread));
  return threads.sort((a, b) => load(b, homes) - load(a, homes) || a - b);
}

function emptiest(threads: readonly number[], homes: Homes): number {
  const [least = 0] = [...threads].sort((a, b) => load(a, homes) - load(b, homes) || a - b);
  return least;
}

function load(thread: number, homes: Homes): number {
  let servers = 0;
  for (const home of homes.values()) if (home === thread) servers += 1;
  return servers;
}
