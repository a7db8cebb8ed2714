/** Agents that answer badly: what it costs is told, and bounded at the agent's side. */
import { describe, expect, it } from 'vitest';
import driver from '../../drivers/generic-snmp_host/index.ts';
import { capabilities } from '../../drivers/generic-snmp_host/metrics.ts';
import type { ListMethod } from '../../src/driver/index.ts';
import { openDriver, type Fields, type OpenedDriver } from '../../src/testing/open.ts';
import type { AgentAnswer, AgentRequest } from '../../src/testing/snmp-agent.ts';
import { startMibAgent, tableOf, type Mib, type MibAgent } from '../../src/testing/snmp-mib.ts';
import { metricsOf } from '../kit/samples.ts';

const TOO_BIG = 1;
const GEN_ERR = 5;
const IF_TABLE = '1.3.6.1.2.1.2.2';
const IF_X_TABLE = '1.3.6.1.2.1.31.1.1';
const IF_ALIAS = `${IF_X_TABLE}.1.18`;
const DISK_IO = '1.3.6.1.4.1.2021.13.15.1';
const ROWS = 30;
/** Of a whole look at a good agent with these rows; a bad one may cost so much more, not without end. */
const MAX_REQUESTS = 400;

const rows = <T>(of: (row: number) => T) =>
  Object.fromEntries(Array.from({ length: ROWS }, (_, at) => [String(at + 1), of(at + 1)]));

const MIB: Mib = {
  '1.3.6.1.2.1.1.1.0': 'Linux nas 6.1.0-13-amd64 #1 SMP',
  '1.3.6.1.2.1.1.2.0': { oid: '1.3.6.1.4.1.8072.3.2.10' },
  '1.3.6.1.2.1.1.3.0': 1_000,
  '1.3.6.1.2.1.1.5.0': 'nas',
  ...tableOf(IF_TABLE, {
    2: rows((row) => `eth${row}`),
    3: rows(() => 6),
    7: rows(() => 1),
    8: rows(() => 1),
    10: rows(() => 5),
    16: rows(() => 5),
  }),
  ...tableOf(IF_X_TABLE, {
    1: rows((row) => `eth${row}`),
    6: rows((row) => BigInt(row)),
    10: rows((row) => BigInt(row)),
    15: rows(() => 1_000),
    18: rows((row) => `port ${row}`),
  }),
  ...tableOf('1.3.6.1.2.1.25.2.3', {
    2: rows(() => ({ oid: '1.3.6.1.2.1.25.2.1.4' })),
    3: rows((row) => `/data${row}`),
    4: rows(() => 4_096),
    5: rows((row) => 1_000 * row),
    6: rows((row) => row),
  }),
  ...tableOf('1.3.6.1.2.1.25.3.3', { 1: rows(() => ({ oid: '0.0' })), 2: rows((row) => row) }),
  ...tableOf(DISK_IO, { 2: rows((row) => `nvme${row}n1`), 5: rows(() => 1), 6: rows(() => 1) }),
};

const LISTS: readonly ListMethod[] = ['listControllers', 'listPorts', 'listDisks', 'listFilesystems']; // prettier-ignore

async function look(opened: OpenedDriver): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  const asked: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['getStorage', () => opened.getStorage()],
    ...LISTS.map((method) => [method, () => opened.list(method)] as const),
    ['listAlerts', () => opened.alerts()],
  ];
  for (const [name, ask] of asked) {
    seen[name] = await ask().catch((error: unknown) => error);
  }
  return seen;
}

async function withAgent(
  use: (opened: OpenedDriver, agent: MibAgent) => Promise<void>,
): Promise<void> {
  await using agent = await startMibAgent(MIB);
  const access = { snmp: { host: '127.0.0.1', port: agent.port, community: 'c' } };
  await using opened = openDriver(driver, access);
  await use(opened, agent);
}

/** The damage at requests for anything below an OID. */
const damaging =
  (prefix: string, damage: (request: AgentRequest) => AgentAnswer | 'nothing' | undefined) =>
  (request: AgentRequest) =>
    request.type !== 'get' && request.oids[0]?.startsWith(prefix) ? damage(request) : undefined; // prettier-ignore

const aliases = (ports: unknown) => (ports as readonly Fields[]).map(({ location }) => location);
const withoutAlias = (ports: unknown) =>
  (ports as readonly Fields[]).map((port) => ({ ...port, location: undefined }));

it('one bad object costs itself, and is told', async () => {
  const LOCATION = '1.3.6.1.2.1.1.6.0';
  await withAgent(async (opened, agent) => {
    const whole = await opened.getStorage();
    agent.damage = ({ oids }) => (oids.includes(LOCATION) ? { status: GEN_ERR } : undefined);
    const { location: _, ...others } = whole;
    expect(await opened.getStorage()).toEqual(others);
    expect(opened.told.map(({ call, error }) => [call, error.message])).toEqual([
      ['getStorage', expect.stringContaining(`${LOCATION} can't be read`)],
    ]);
  });
});

describe('one bad column', () => {
  it.each<[string, (request: AgentRequest) => AgentAnswer | undefined]>([
    ['fails with genErr', () => ({ status: GEN_ERR })],
    ['is too big at any size', () => ({ status: TOO_BIG })],
    ['comes back to a row that it has given', () => [[`${IF_ALIAS}.1`, 'x'], [`${IF_ALIAS}.1`, 'x']]],
    ['goes backwards', ({ oids }) => [[`${IF_ALIAS}.${oids[0] === IF_ALIAS ? 5 : 1}`, 'x']]],
  ])('that %s costs itself, and is told', async (_what, damage) => {
    await withAgent(async (opened, agent) => {
      const whole = await look(opened);
      const before = agent.requests.length;
      agent.damage = damaging(IF_ALIAS, damage);
      const seen = await look(opened);
      expect(withoutAlias(seen['listPorts'])).toEqual(withoutAlias(whole['listPorts']));
      expect(aliases(seen['listPorts'])).not.toEqual(aliases(whole['listPorts']));
      for (const name of ['getStorage', 'listControllers', 'listDisks', 'listFilesystems', 'listAlerts']) {
        expect(seen[name], name).toEqual(whole[name]);
      }
      expect(new Set(opened.told.map(({ call }) => call))).toEqual(new Set(['listPorts']));
      expect(agent.requests.length - before).toBeLessThan(before + 40);
      agent.damage = undefined;
      expect(await look(opened)).toEqual(whole);
    });
  }); // prettier-ignore

  it('leaves processors, disks and ports with all their performance', async () => {
    await withAgent(async (opened, agent) => {
      agent.damage = damaging(IF_ALIAS, () => ({ status: GEN_ERR }));
      const collect = () =>
        opened.session.call('collectPerfMetrics', (session, signal) =>
          metricsOf(
            session.collectPerfMetrics?.(capabilities.resource_metrics, 0, Date.now(), signal),
          ),
        );
      await collect();
      agent.mib = { ...MIB, '1.3.6.1.2.1.1.3.0': 2_000 };
      const types = ((await collect()) ?? []).map(({ labels }) => labels.resource_type);
      expect(new Set(types)).toEqual(new Set(['controller', 'disk', 'port']));
    });
  });

  it('of an agent that is reached by IPv6 costs no more', async () => {
    await using agent = await startMibAgent(MIB, '::1');
    await using opened = openDriver(driver, {
      snmp: { host: '::1', port: agent.port, community: 'c' },
    });
    const whole = await look(opened);
    await withAgent(async (other) => expect(whole).toEqual(await look(other)));
    agent.damage = damaging(IF_ALIAS, () => ({ status: GEN_ERR }));
    const seen = await look(opened);
    expect(withoutAlias(seen['listPorts'])).toEqual(withoutAlias(whole['listPorts']));
    expect(opened.told.map(({ call }) => call)).toEqual(['listPorts']);
  });

  it('that never answers costs itself', { timeout: 60_000 }, async () => {
    await withAgent(async (opened, agent) => {
      const whole = await opened.list('listPorts');
      agent.damage = damaging(IF_ALIAS, () => 'nothing');
      const ports = await opened.list('listPorts');
      expect(withoutAlias(ports)).toEqual(withoutAlias(whole));
      expect(opened.told.map(({ error }) => error.message)).toEqual([
        expect.stringContaining(`no answer for ${IF_ALIAS}`),
      ]);
      expect(await opened.list('listDisks')).toHaveLength(ROWS);
    });
  });
});

describe('one bad table', () => {
  it.each<[string, (request: AgentRequest) => AgentAnswer | undefined]>([
    ['fails with genErr', () => ({ status: GEN_ERR })],
    ['is too big at any size', () => ({ status: TOO_BIG })],
    ['has no end', endless],
  ])('that %s is an error of its list and of no other', async (_what, damage) => {
    await withAgent(async (opened, agent) => {
      const whole = await look(opened);
      agent.damage = damaging(`${DISK_IO}.1.`, damage);
      const before = agent.requests.length;
      const seen = await look(opened);
      expect(seen['listDisks']).toBeInstanceOf(Error);
      for (const name of Object.keys(whole)) {
        if (name !== 'listDisks') expect(seen[name], name).toEqual(whole[name]);
      }
      expect(agent.requests.length - before).toBeLessThan(2_000);
      expect(opened.traffic.requests).toBe(agent.requests.length);
    });
  }); // prettier-ignore

  it(
    'that never answers is an error of its list and of no other',
    { timeout: 120_000 },
    async () => {
      await withAgent(async (opened, agent) => {
        const ports = await opened.list('listPorts');
        const before = agent.requests.length;
        agent.damage = damaging(`${DISK_IO}.1.`, () => 'nothing');
        await expect(opened.list('listDisks')).rejects.toThrow(/no answer/);
        expect(agent.requests.length - before).toBeLessThan(60);
        expect(await opened.list('listPorts')).toEqual(ports);
        agent.damage = undefined;
        expect(await opened.list('listDisks')).toHaveLength(ROWS);
      });
    },
  );

  it('of which the types are wrong loses values, not rows', async () => {
    await withAgent(async (opened, agent) => {
      agent.mib = {
        ...MIB,
        ...tableOf('1.3.6.1.2.1.25.2.3', { 5: rows(() => 'many'), 6: rows(() => ({ oid: '1.3.6' })) }), // prettier-ignore
        ...tableOf(IF_TABLE, { 8: rows(() => 'up'), 7: rows(() => 1n) }),
      };
      const listed = (await opened.list('listFilesystems')) as readonly Fields[];
      expect(listed).toHaveLength(ROWS);
      expect(listed[0]).not.toHaveProperty('total_capacity');
      expect(await opened.getStorage()).not.toHaveProperty('total_capacity');
      expect(await opened.list('listPorts')).toHaveLength(ROWS);
      expect(opened.drops).toEqual([]);
    });
  });

  it('of huge texts is cut', async () => {
    await withAgent(async (opened, agent) => {
      agent.mib = { ...MIB, ...tableOf(IF_X_TABLE, { 18: rows(() => 'x\n'.repeat(20_000)) }) };
      agent.damage = damaging(IF_ALIAS, ({ type, repetitions }) =>
        type === 'bulk' && repetitions > 1 ? { status: TOO_BIG } : undefined,
      );
      const ports = (await opened.list('listPorts')) as readonly Fields[];
      expect(ports).toHaveLength(ROWS);
      for (const { location } of ports) expect(String(location).length).toBeLessThanOrEqual(1_024);
    });
  });
});

it('reads a good agent with few requests, and asks an absent table for two columns only', async () => {
  await withAgent(async (opened, agent) => {
    await look(opened);
    expect(agent.requests.length).toBeLessThan(MAX_REQUESTS);
    const mounts = agent.requests.filter(({ oids }) => oids[0]?.startsWith('1.3.6.1.4.1.2021.9.'));
    // Of the file systems and of the capacity.
    expect(mounts).toHaveLength(4);
  });
});

/** Rows that grow for ever. */
function endless({ oids, repetitions }: AgentRequest): AgentAnswer {
  const [asked = ''] = oids;
  const base = asked.split('.').slice(0, DISK_IO.split('.').length + 2).join('.'); // prettier-ignore
  const from = Number(asked.slice(base.length + 1)) || 0;
  return Array.from({ length: Math.max(repetitions, 1) }, (_, at) => [`${base}.${from + at + 1}`, 1] as const); // prettier-ignore
}
