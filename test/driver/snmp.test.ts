import { describe, expect, it } from 'vitest';
import type { SnmpAccess } from '../../src/driver/access.ts';
import { createBudget } from '../../src/driver/budget.ts';
import { BackendError, InvalidResponse } from '../../src/driver/errors.ts';
import { withSignal } from '../../src/driver/scope.ts';
import { Secret } from '../../src/driver/secret.ts';
import { createSnmp } from '../../src/driver/snmp.ts';
import {
  startFakeAgent,
  type AgentAnswer,
  type AgentRequest,
  type FakeAgent,
} from '../../src/testing/snmp-agent.ts';

const TABLE = '1.3.6.1.2.1.2.2';
const TOO_BIG = 1;
const NO_SUCH_NAME = 2;
const GEN_ERR = 5;

function open(agent: FakeAgent, access: Partial<SnmpAccess> = {}) {
  const lost: string[] = [];
  const traffic = { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 };
  const client = createSnmp(
    { host: '127.0.0.1', port: agent.port, community: new Secret('c'), ...access },
    {
      signal: new AbortController().signal,
      budget: createBudget(1),
      traffic,
      maxInFlight: 1,
      onLost: ({ message }) => void lost.push(message),
    },
  );
  return { client, traffic, lost };
}

/** Columns 1, 2 and 18 with rows 1 to `rows`, in the order of a MIB. */
function mib(rows: number): readonly (readonly [string, number])[] {
  return [1, 2, 18].flatMap((column) =>
    Array.from(
      { length: rows },
      (_, index) => [`${TABLE}.1.${column}.${index + 1}`, column * 1_000 + index + 1] as const,
    ),
  );
}

/** What a good agent says to a GETNEXT or GETBULK of one column. */
function follow(rows: number, { oids, type, repetitions }: AgentRequest): AgentAnswer {
  const all = mib(rows);
  const [asked = ''] = oids;
  const [column, row] = asked
    .slice(TABLE.length + 3)
    .split('.')
    .map(Number);
  const from = all.findIndex(([oid]) => {
    const [c, r] = oid
      .slice(TABLE.length + 3)
      .split('.')
      .map(Number);
    return (c ?? 0) > (column ?? 0) || (c === column && (r ?? 0) > (row ?? 0));
  });
  if (from < 0) return [[asked, undefined]];
  return all.slice(from, from + (type === 'bulk' ? repetitions : 1));
}

const sizes = (agent: FakeAgent) =>
  agent.requests.map(({ type, repetitions }) => (type === 'bulk' ? repetitions : 'next'));

describe('the SNMP transport', () => {
  it('ends a walk at the first OID that is not greater than the one before', async () => {
    await using agent = await startFakeAgent(({ oids }) => {
      const row = Number((oids[0] ?? '').slice(`${TABLE}.1.1.`.length)) || 0;
      return [[`${TABLE}.1.1.${(row % 5) + 1}`, row]];
    });
    const { client, traffic } = open(agent);
    const { rows, errors } = await client.read(TABLE, [1]);
    expect([...rows.keys()]).toEqual(['1', '2', '3', '4', '5']);
    expect(errors.get(1)).toBeInstanceOf(InvalidResponse);
    expect(errors.get(1)?.message).toMatch(/goes in a circle/);
    expect(agent.requests).toHaveLength(6);
    expect(traffic.requests).toBe(6);
    expect((await client.table(TABLE, [1])).size).toBe(5);
    await client.close();
  });

  it('counts every datagram and its bytes', async () => {
    await using agent = await startFakeAgent((request) => follow(100, request));
    const { client, traffic } = open(agent);
    const { rows, errors } = await client.read(TABLE, [1, 2]);
    expect([rows.size, errors.size, rows.get('100')?.get(2)]).toEqual([100, 0, 2_100]);
    expect(traffic).toEqual({
      requests: agent.requests.length,
      errors: 0,
      bytesSent: agent.bytes.received,
      bytesReceived: agent.bytes.sent,
    });
    await client.close();
  });

  it('loses one bad column and nothing else', async () => {
    await using agent = await startFakeAgent((request) =>
      request.oids[0]?.startsWith(`${TABLE}.1.2`) ? { status: GEN_ERR } : follow(3, request),
    );
    const { client } = open(agent);
    const { rows, errors } = await client.read(TABLE, [1, 2, 18]);
    expect([...errors.keys()]).toEqual([2]);
    expect(errors.get(2)).toBeInstanceOf(BackendError);
    expect(rows.get('3')).toEqual(
      new Map([
        [1, 1_003],
        [18, 18_003],
      ]),
    );
    expect((await client.table(TABLE, [2, 18])).size).toBe(3);
    await expect(client.table(TABLE, [2])).rejects.toBeInstanceOf(BackendError);
    await client.close();
  });

  it.each([
    ['says that the answer is too big', (size: number) => size > 10 && { status: TOO_BIG }],
    ['fails at more than one row at a time', (size: number) => size > 1 && { status: GEN_ERR }],
    ['knows GETNEXT only', (size: number) => size > 0 && { status: GEN_ERR }],
  ])('reads an agent that %s, and remembers it', async (_, refuse) => {
    await using agent = await startFakeAgent((request) => {
      const size = request.type === 'bulk' ? request.repetitions : 0;
      return refuse(size) || follow(12, request);
    });
    const { client } = open(agent);
    expect((await client.read(TABLE, [1])).rows.size).toBe(12);
    const before = agent.requests.length;
    const { rows, errors } = await client.read(TABLE, [2]);
    expect([rows.size, errors.size]).toEqual([12, 0]);
    const [first, ...later] = sizes(agent).slice(before);
    expect(new Set([first, ...later]).size).toBe(1);
    expect(first).not.toBe(40);
    await client.close();
  });

  it('asks for less where a large answer never arrives', { timeout: 20_000 }, async () => {
    await using agent = await startFakeAgent((request) =>
      request.type === 'bulk' && request.repetitions > 10 ? undefined : follow(3, request),
    );
    const { client } = open(agent);
    expect((await client.read(TABLE, [1])).rows.size).toBe(3);
    expect(sizes(agent)).toEqual([40, 10]);
    await client.close();
  });

  it('reads v1: GETNEXT, whose end is an error, and instances that are not there', async () => {
    await using agent = await startFakeAgent((request) => {
      if (request.type === 'get') {
        return request.oids.some((oid) => oid.endsWith('.9'))
          ? { status: NO_SUCH_NAME }
          : request.oids.map((oid) => [oid, 7] as const);
      }
      const answer = follow(2, request);
      return Array.isArray(answer) && answer[0][1] === undefined
        ? { status: NO_SUCH_NAME }
        : answer;
    });
    const { client, lost } = open(agent, { version: 'v1' });
    const { rows, errors } = await client.read(TABLE, [1, 18]);
    expect([rows.size, errors.size]).toEqual([2, 0]);
    expect(sizes(agent).every((size) => size === 'next')).toBe(true);
    expect(await client.get(['1.3.6.1.1', '1.3.6.1.9', '1.3.6.1.2'])).toEqual([7, undefined, 7]);
    expect(lost).toEqual([]);
    await client.close();
  });

  it('tells an instance that the agent fails at, which costs no other', async () => {
    await using agent = await startFakeAgent(({ oids }) =>
      oids.includes('1.3.6.1.9') ? { status: GEN_ERR } : oids.map((oid) => [oid, 7] as const),
    );
    const { client, lost } = open(agent);
    expect(await client.get(['1.3.6.1.1', '1.3.6.1.9', '1.3.6.1.2'])).toEqual([7, undefined, 7]);
    expect(lost).toEqual([expect.stringContaining("1.3.6.1.9 can't be read: GeneralError")]);
    await client.close();
  });

  it('sends nothing more for a call that has ended', async () => {
    const call = new AbortController();
    await using agent = await startFakeAgent((request) => {
      if (agent.requests.length === 3) call.abort(new Error('the call is over'));
      if (request.type === 'get') return request.oids.map((oid) => [oid, 1]);
      return follow(100_000, { ...request, repetitions: 1 });
    });
    const { client } = open(agent);
    const running = withSignal(call.signal, () => client.read(TABLE, [1, 2, 18]));
    await expect(running).rejects.toThrow('the call is over');
    await client.get(['1.3.6.1.1']);
    expect(agent.requests.map(({ type }) => type)).toEqual(['bulk', 'bulk', 'bulk', 'get']);
    await client.close();
  });
});
