/** An SNMP agent with the values of a MIB, and what tests do to single answers. */
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

export async function startMibAgent(mib: Mib): Promise<MibAgent> {
  let sorted = ordered(mib);
  const state = { mib, damage: undefined as MibAgent['damage'] };
  const agent = await startFakeAgent((request) => {
    const damaged = state.damage?.(request);
    return damaged === 'nothing' ? undefined : (damaged ?? answer(sorted, request));
  });
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

type Entry = readonly [oid: string, value: AgentValue];

function ordered(mib: Mib): readonly Entry[] {
  return Object.entries(mib).toSorted(([a], [b]) => compare(a, b));
}

function answer(entries: readonly Entry[], request: AgentRequest): AgentAnswer {
  const { oids, type, version } = request;
  const found = oids.flatMap((oid): Entry[] => {
    if (type === 'get') return [entries.find(([at]) => at === oid) ?? [oid, undefined]];
    const from = entries.findIndex(([at]) => compare(at, oid) > 0);
    if (from < 0) return [[oid, undefined]];
    // A datagram has an end, too.
    const rows = type === 'bulk' ? Math.min(request.repetitions, LONGEST_ANSWER) : 1;
    return entries.slice(from, from + rows);
  });
  const missing = found.some(([, value]) => value === undefined);
  return version === 'v1' && missing ? { status: NO_SUCH_NAME } : found;
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((oid) => oid.split('.').map(Number));
  for (let at = 0; ; at += 1) {
    const [x, y] = [left?.[at], right?.[at]];
    if (x === undefined || y === undefined) return (left?.length ?? 0) - (right?.length ?? 0);
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
