/** A simulated Storwize, FlashSystem or SVC: its command line over SSH, statistics by SFTP and SCP. */
import {
  CANARY_PASSWORD,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorOptions,
  type SimulatorStats,
} from '../../kit/simulator.ts';
import { createClockwork } from './counters.ts';
import { createModel, GENERATIONS, type Model } from './data.ts';
import { dumpsOf } from './files.ts';
import { startServer, USER } from './server.ts';
import { createShell } from './shell.ts';
import { truthOf } from './truth.ts';

export interface StorwizeSimulator extends Simulator {
  readonly model: Model;
}

export const simulator = {
  vendor: 'ibm',
  model: 'storwize_svc',
  generations: GENERATIONS,
  start: (options = {}) => startWith(options),
} as const satisfies SimulatorDefinition;

/** The same with another number of volumes, for measurements. */
export async function startWith({
  scenario = 'normal',
  seed = 1,
  generation,
  port = 0,
  volumes = scenario === 'huge' ? 20_000 : 130,
}: SimulatorOptions & { readonly volumes?: number }): Promise<StorwizeSimulator> {
  const nowMs = Date.now();
  const model = createModel({
    seed,
    nowMs,
    volumes,
    generation: GENERATIONS.find((one) => one === generation) ?? GENERATIONS[0],
    sparse: scenario === 'sparse',
  });
  const stats: SimulatorStats = {
    requests: 0,
    logins: 0,
    logouts: 0,
    openSessions: 0,
    maxOpenSessions: 0,
    writes: [],
  };
  const clockwork = createClockwork(nowMs);
  const dumps = dumpsOf(model, clockwork);
  const licensed = scenario !== 'unlicensed';
  const server = await startServer({
    scenario,
    stats,
    dumps,
    // The older release has no SFTP: files are copied by SCP.
    sftp: model.generation !== 'svc-7.4',
    port,
    run: createShell(model, dumps, licensed),
  });
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
    expireSessions: () => server.disconnect(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
