/** A simulated Storwize, FlashSystem or SVC: its command line over SSH, statistics by SFTP and SCP. */
import {
  CANARY_PASSWORD,
  newStats,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorOptions,
} from '../../kit/simulator.ts';
import { createClockwork, writers } from './counters.ts';
import { createModel, GENERATIONS, type Model } from './data.ts';
import { createDumps } from './files.ts';
import { startServer, USER } from './server.ts';
import { createNodeShell, createShell } from './shell.ts';
import { truthOf } from './truth.ts';

export interface StorwizeSimulator extends Simulator {
  readonly model: Model;
  /** The other nodes by their own addresses, as the driver's option has them. */
  readonly nodes: readonly Readonly<Record<string, unknown>>[];
}

export const simulator = {
  vendor: 'ibm',
  model: 'storwize_svc',
  generations: GENERATIONS,
  start: (options = {}) => startWith(options),
} as const satisfies SimulatorDefinition;

export interface StorwizeOptions extends SimulatorOptions {
  readonly volumes?: number;
  /** Somebody has copied the other nodes' statistics to the configuration node, as `cpdumps` does. */
  readonly copied?: boolean;
}

/** The same with another number of volumes, another clock, or no copies of statistics. */
export async function startWith({
  scenario = 'normal',
  seed = 1,
  generation,
  port = 0,
  volumes = scenario === 'huge' ? 20_000 : 130,
  copied = true,
  clock = standingStill(),
}: StorwizeOptions = {}): Promise<StorwizeSimulator> {
  const model = createModel({
    seed,
    clock,
    volumes,
    generation: GENERATIONS.find((one) => one === generation) ?? GENERATIONS[0],
    sparse: scenario === 'sparse',
  });
  const stats = newStats();
  const clockwork = createClockwork(clock);
  const dumps = createDumps(model, clockwork);
  const configNode = model.nodes.find((node) => node.config)?.id;
  const here = new Set(copied ? model.nodes.map((node) => node.id) : [configNode]);
  const present = () => dumps().filter((file) => here.has(file.node));
  const licensed = scenario !== 'unlicensed';
  const server = await startServer({
    scenario,
    stats,
    dumps: present,
    // The older release has no SFTP: files are copied by SCP.
    sftp: model.generation !== 'svc-7.4',
    port,
    run: createShell(model, present, licensed, (node) => here.add(node)),
  });
  const others = await Promise.all(
    writers(model)
      .filter(({ node }) => node.id !== configNode)
      .map(({ node }) => {
        const own = () => dumps().filter((file) => file.node === node.id);
        return startServer({
          scenario: 'normal',
          stats: newStats(),
          dumps: own,
          sftp: model.generation !== 'svc-7.4',
          port: 0,
          run: createNodeShell(own),
        });
      }),
  );
  return {
    access: {
      ssh: {
        host: '127.0.0.1',
        port: server.port,
        username: USER,
        password: CANARY_PASSWORD,
        host_key: server.hostKey,
      },
    },
    truth: truthOf(model, clockwork, licensed),
    stats,
    model,
    nodes: others.map((other) => ({
      host: '127.0.0.1',
      port: other.port,
      host_key: other.hostKey,
    })),
    expireSessions: () => server.disconnect(),
    async [Symbol.asyncDispose]() {
      await Promise.all([server, ...others].map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

function standingStill(): () => number {
  const started = Date.now();
  return () => started;
}
