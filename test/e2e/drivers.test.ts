/** Every vendor's driver in the running agent: array simulator -> agent -> page; trap -> alert record; logout. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startAgent, workspace, type RunningAgent, type Workspace } from '../kit/agent.ts';
import { parseExposition, type Sample } from '../kit/exposition.ts';
import { eventually, freeUdpPort } from '../kit/ports.ts';
import { hasProgram, runProgram } from '../kit/programs.ts';
import { CANARY_PASSWORD, type Simulator, type SimulatorDefinition } from '../kit/simulator.ts';

const withSnmptrap = hasProgram('snmptrap');

interface Vendor {
  readonly folder: string;
  /** Volumes have response times. */
  readonly measured: boolean;
  /** A trap of these arrays: enterprise, specific number, and what it carries. */
  readonly trap: readonly [enterprise: string, specific: number, ...bindings: string[]];
  readonly alertId: string;
}

const UNIT = '1.3.6.1.3.94.1';
const INDEX = '1.2';
const HUAWEI = '1.3.6.1.4.1.2011.2.91.10.3.1.1';
const UNITY = '1.3.6.1.4.1.1139.103.1.18';
const POWERSTORE = '1.3.6.1.4.1.1139.205.1';
const PAR = '1.3.6.1.4.1.12925.1.7.1';
const RAID = '1.3.6.1.4.1.116.5.11.4.2';
const SVC = '1.3.6.1.4.1.2.6.190';
const PURE = '1.3.6.1.4.1.40482';
const ONTAP = '1.3.6.1.4.1.789';

const VENDORS: readonly Vendor[] = [
  {
    folder: 'huawei-oceanstor',
    measured: true,
    trap: [
      '1.3.6.1.4.1.2011.2.91.10.2.1',
      1,
      `${HUAWEI}.4.0`,
      's',
      'Disk failed',
      `${HUAWEI}.6.0`,
      'i',
      '2',
      `${HUAWEI}.7.0`,
      'u',
      '4294967294',
      `${HUAWEI}.9.0`,
      'u',
      '999999',
      `${HUAWEI}.10.0`,
      's',
      'Größe',
      `${HUAWEI}.11.0`,
      'i',
      '1',
    ],
    alertId: '4294967294',
  },
  {
    folder: 'dellemc-unity',
    measured: true,
    trap: [
      `${UNITY}.2`,
      3,
      `${UNITY}.1.1`,
      's',
      'spa',
      `${UNITY}.1.2`,
      's',
      'Health',
      `${UNITY}.1.3`,
      's',
      '14:60bba',
      `${UNITY}.1.4`,
      's',
      'Pool is 85% full',
    ],
    alertId: '14:60bba',
  },
  {
    folder: 'dellemc-powerstore',
    measured: true,
    trap: [
      `${POWERSTORE}.2`,
      2,
      `${POWERSTORE}.1.1`,
      's',
      '0x01800103',
      `${POWERSTORE}.1.2`,
      's',
      'All configured DNS servers are unavailable.',
      `${POWERSTORE}.1.4`,
      's',
      'appliance',
      `${POWERSTORE}.1.5`,
      's',
      'A1',
      `${POWERSTORE}.1.7`,
      's',
      'ACTIVE',
    ],
    alertId: '0x01800103',
  },
  {
    folder: 'dellemc-vmax',
    measured: false,
    trap: [
      '1.3.6.1.3.94',
      4,
      `${UNIT}.11.1.3.${INDEX}`,
      's',
      '79',
      `${UNIT}.11.1.6.${INDEX}`,
      'i',
      '5',
      `${UNIT}.11.1.9.${INDEX}`,
      's',
      'Disk is now Offline',
      '1.3.6.1.4.1.1139.3.8888.2.0',
      'i',
      '1204',
    ],
    alertId: '1204',
  },
  {
    folder: 'hpe-3par',
    measured: true,
    trap: [
      '1.3.6.1.4.1.12925.1',
      8,
      `${PAR}.2.1`,
      'i',
      '2',
      `${PAR}.3.1`,
      's',
      '2026-07-17 20:14:29 PDT',
      `${PAR}.5.1`,
      's',
      'hw_power_supply:0,1',
      `${PAR}.6.1`,
      's',
      'Power supply failed',
      `${PAR}.7.1`,
      'i',
      '999',
      `${PAR}.8.1`,
      'i',
      '35651806',
      `${PAR}.9.1`,
      'i',
      '1',
    ],
    alertId: '',
  },
  {
    folder: 'hitachi-vsp',
    measured: false,
    trap: [
      '1.3.6.1.4.1.116.3.11.4.1.1',
      1,
      `${RAID}.1.0`,
      'i',
      '410123',
      `${RAID}.2.0`,
      's',
      'VSP',
      `${RAID}.3.0`,
      's',
      '7D17FF',
      `${RAID}.5.0`,
      's',
      '2026/07/01',
      `${RAID}.6.0`,
      's',
      '14:10:10',
      `${RAID}.7.0`,
      's',
      'Drive blockade',
    ],
    alertId: '7D17FF',
  },
  {
    folder: 'ibm-storwize_svc',
    measured: true,
    trap: [
      SVC,
      1,
      `${SVC}.4.1.0`,
      's',
      '# Machine Type = 2076',
      `${SVC}.4.3.0`,
      's',
      '# Error ID = 981004 : FC discovery occurred',
      `${SVC}.4.4.0`,
      's',
      '# Error Code = 1060',
      `${SVC}.4.9.0`,
      's',
      '# Error Sequence Number = 165',
      `${SVC}.4.11.0`,
      's',
      '# Object Type = node',
    ],
    alertId: '981004',
  },
  {
    folder: 'pure-flasharray',
    measured: true,
    trap: [
      `${PURE}.2`,
      51,
      `${PURE}.3.3.0`,
      's',
      'fa-x70-lab',
      `${PURE}.3.4.0`,
      'i',
      '7',
      `${PURE}.3.5.0`,
      's',
      '(hardware:CT0.FC1): failure',
      `${PURE}.3.7.0`,
      'i',
      '1',
    ],
    alertId: '7',
  },
  {
    folder: 'netapp-ontap',
    measured: true,
    trap: [
      ONTAP,
      862,
      `${ONTAP}.1.1.12.0`,
      's',
      'A Health Monitor has created an alert. [Alert Id = NodeOffline_Alert , Alerting Resource = cl1: 2].',
    ],
    alertId: 'NodeOffline_Alert',
  },
];

/** What stands behind the agent address of each array's traps. */
const addressOf = (index: number) => `192.0.2.${index + 1}`;

let space: Workspace;
let agent: RunningAgent;
let trapPort = 0;
const simulators = new Map<string, Simulator>();

beforeAll(async () => {
  space = workspace();
  trapPort = await freeUdpPort();
  const backends: Record<string, unknown>[] = [];
  for (const [index, { folder }] of VENDORS.entries()) {
    const { simulator } = (await import(`../simulators/${folder}/index.ts`)) as {
      simulator: SimulatorDefinition;
    };
    const running = await simulator.start({ seed: 5 });
    simulators.set(folder, running);
    backends.push({
      name: folder,
      vendor: simulator.vendor,
      model: simulator.model,
      ...running.access,
      alerts: { interval: '1h', trap_sources: [addressOf(index), '127.0.0.1'] },
    });
  }
  const config = {
    traps: { listen: `127.0.0.1:${trapPort}`, communities: ['canary'] },
    alert_output: { file: './alerts.jsonl' },
    backends,
  };
  agent = await startAgent(space.write('config.yaml', stringify(config)), {
    args: ['--log.level', 'debug'],
  });
  await agent.ready();
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  for (const simulator of simulators.values()) await simulator[Symbol.asyncDispose]();
  space?.[Symbol.dispose]();
});

async function pageOf(system: string): Promise<Sample[]> {
  return parseExposition((await agent.get(`/metrics?system=${system}`)).text);
}

const LATENCY = /^storage_volume_(read_)?latency_seconds$/;

describe.each(VENDORS)(
  '$folder',
  ({ folder, measured, trap: [enterprise, specific, ...bindings], alertId }) => {
    it('shows capacity of every volume, and latency where the array measures it', async () => {
      const page = await eventually(`${folder} on the page`, async () => {
        const samples = await pageOf(folder);
        const names = new Set(samples.map(({ name }) => name));
        const isWhole =
          names.has('storage_volume_capacity_bytes') &&
          (!measured || [...names].some((name) => LATENCY.test(name)));
        return isWhole ? samples : undefined;
      });
      const volumes = simulators.get(folder)?.truth.lists.listVolumes as readonly {
        total_capacity?: number;
      }[];
      const known = volumes.filter(({ total_capacity }) => total_capacity !== undefined);
      expect(page.filter(({ name }) => name === 'storage_volume_capacity_bytes')).toHaveLength(
        known.length,
      );
      const latencies = page.filter(({ name }) => LATENCY.test(name));
      expect(latencies.length > 0).toBe(measured);
      expect(page.find(({ name }) => name === 'storage_system_up')?.value).toBe(1);
    });

    it('shows every part and every replication in the state that the array has it in', async () => {
      const truth = simulators.get(folder)?.truth.lists ?? {};
      const wanted = [
        ...statesOf('hw_status', truth.listComponents),
        ...statesOf('storage_replication_status', truth.listReplications),
      ].toSorted();
      const shown = await eventually(`parts of ${folder}`, async () => {
        const samples = parseExposition((await agent.get(`/metrics?system=${folder}`)).text);
        const states = samples
          .filter(({ name, value }) => STATED.has(name) && value === 1)
          .map(({ name, labels }) => `${name} ${labels['hw_state'] ?? labels['storage_state']}`);
        return states.length >= wanted.length ? states.toSorted() : undefined;
      });
      expect(shown).toEqual(wanted);
    });

    it.skipIf(!withSnmptrap)('turns its trap into one alert record', async () => {
      const index = VENDORS.findIndex((vendor) => vendor.folder === folder);
      const sent = await runProgram('snmptrap', [
      '-v', '1', '-c', 'canary', `127.0.0.1:${trapPort}`, enterprise, addressOf(index), '6', String(specific), '0', ...bindings,
    ]); // prettier-ignore
      expect(sent.code, sent.stderr).toBe(0);
      const record = await eventually(`an alert of ${folder}`, () =>
        readFileSync(join(space.folder, 'alerts.jsonl'), 'utf8')
          .split('\n')
          .find(
            (line) =>
              line.includes(`"${folder}"`) &&
              line.includes('storage.alert.source') &&
              /"stringValue":"trap"/.test(line),
          ),
      );
      expect(record).toContain('"storage.alert.id"');
      if (alertId) expect(record).toContain(`"stringValue":"${alertId}"`);
      expect(record).not.toContain('canary');
    });
  },
);

const STATED: ReadonlySet<string> = new Set(['hw_status', 'storage_replication_status']);

/** One text for each record with a state. */
function statesOf(family: string, records: unknown): string[] {
  return ((records ?? []) as readonly { status?: string }[]).flatMap(({ status }) =>
    status === undefined ? [] : [`${family} ${status}`],
  );
}

describe('at the end', () => {
  it('every session is logged out, nothing was written, no password was told', async () => {
    const pages = await Promise.all(
      ['/', '/config', '/api/v1/status', '/metrics'].map((path) => agent.get(path)),
    );
    await agent[Symbol.asyncDispose]();
    expect(await agent.exited).toBe(0);
    for (const [folder, { stats }] of simulators) {
      expect([folder, stats.openSessions, stats.writes]).toEqual([folder, 0, []]);
    }
    expect(JSON.stringify(pages) + agent.output()).not.toContain(CANARY_PASSWORD);
  });
});
