/** An SNMP agent with the values of a MIB, and what tests do to single answers. */
import { faults, type Fault } from './faults.ts';
import { startFakeAgent, type AgentAnswer, type AgentRequest, type AgentValue, type FakeAgent } from './snmp-agent.ts'; // prettier-ignore

export type Mib = Readonly<Record<string, AgentValue>>;

const NO_SUCH_NAME = 2;
const LONGEST_ANSWER = 20;

export interface MibAgent extends FakeAgent {
  /** What is answered from now on. */
  mib: Mib;
  /** `nothing`: no answer; undefined: as the MIB has it. */
  damage: ((request: AgentRequest) => AgentAnswer | 'nothing') | undefined;
}

export async function startMibAgent(
  mib: Mib,
  host: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<MibAgent> {
  let sorted = ordered(mib);
  const state = { mib, damage: undefined as MibAgent['damage'] };
  const agent = await startFakeAgent((request) => {
    const fault = faults.take(
      `${request.type === 'get' ? 'get' : 'walk'} ${request.oids.join(' ')}`,
    );
    const damaged = fault ? damagedAnswer(fault, request) : state.damage?.(request);
    return damaged === 'nothing' ? undefined : (damaged ?? answer(sorted, request));
  }, host);
  return {
    port: agent.port,
    requests: agent.requests,
    bytes: agent.bytes,
    get mib() {
      return state.mib;
    },
    set mib(next) {
      state.mib = next;
      sorted = ordered(next);
    },
    get damage() {
      return state.damage;
    },
    set damage(next) {
      state.damage = next;
    },
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  };
}

const STATUSES: Readonly<Record<string, number>> = { gen_err: 5, too_big: 1 };

function damagedAnswer(fault: Fault, { type, oids }: AgentRequest): AgentAnswer | 'nothing' {
  if (fault === 'empty') return [];
  // A walk stays where it is, another instance is not what was asked for.
  if (fault === 'other_oid') return oids.map((oid) => [type === 'get' ? `${oid}.0` : oid, 0]);
  const status = STATUSES[fault];
  return status === undefined ? 'nothing' : { status };
}

type Entry = readonly [oid: string, value: AgentValue];

/** Entries in the order of their OIDs. */
interface Ordered {
  readonly entries: readonly Entry[];
  readonly places: readonly (readonly number[])[];
}

function ordered(mib: Mib): Ordered {
  const parsed = Object.entries(mib).map((entry) => ({ entry, place: placeOf(entry[0]) }));
  parsed.sort((a, b) => compare(a.place, b.place));
  return { entries: parsed.map(({ entry }) => entry), places: parsed.map(({ place }) => place) };
}

function answer({ entries, places }: Ordered, request: AgentRequest): AgentAnswer {
  const { oids, type, version } = request;
  const found = oids.flatMap((oid): Entry[] => {
    const from = firstAfter(places, placeOf(oid));
    const at = entries[from - 1];
    if (type === 'get') return [at?.[0] === oid ? at : [oid, undefined]];
    if (from === entries.length) return [[oid, undefined]];
    // A datagram has an end, too.
    const rows = type === 'bulk' ? Math.min(request.repetitions, LONGEST_ANSWER) : 1;
    return entries.slice(from, from + rows);
  });
  const missing = found.some(([, value]) => value === undefined);
  return version === 'v1' && missing ? { status: NO_SUCH_NAME } : found;
}

/** Index of the first place behind this one. */
function firstAfter(places: readonly (readonly number[])[], place: readonly number[]): number {
  let [from, to] = [0, places.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (compare(places[middle] ?? [], place) > 0) to = middle;
    else from = middle + 1;
  }
  return from;
}

function placeOf(oid: string): readonly number[] {
  return oid.split('.').map(Number);
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (let at = 0; ; at += 1) {
    const [x, y] = [left[at], right[at]];
    if (x === undefined || y === undefined) return left.length - right.length;
    if (x !== y) return x - y;
  }
}

/** Cells of a table: column -> index -> value. */
export function tableOf(
  table: string,
  columns: Readonly<Record<number, Readonly<Record<string, AgentValue>>>>,
): Mib {
  return Object.fromEntries(
    Object.entries(columns).flatMap(([column, cells]) =>
      Object.entries(cells).map(([index, value]) => [`${table}.1.${column}.${index}`, value]),
    ),
  );
}
