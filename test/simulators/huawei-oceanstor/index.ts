/** Huawei OceanStor: the DeviceManager REST interface of V3, V5 and Dorado V6 arrays. */
import { CERTIFICATE_FILE, serve } from '../../kit/http-server.ts';
import {
  CANARY_PASSWORD,
  newStats,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorOptions,
} from '../../kit/simulator.ts';
import { createApi } from './api.ts';
import type { Generation } from './entity.ts';
import { createModel } from './model.ts';
import { ACCOUNT, createSessions } from './sessions.ts';
import { createStatistics } from './statistics.ts';

const GENERATIONS = ['v3', 'v5', 'dorado-v6'] as const satisfies readonly Generation['name'][];

/** What the tests of this driver vary beyond the common options. */
export interface OceanStorOptions extends SimulatorOptions {
  /** `accountstate` of the login: 1 normal, 3 expired, 4 initial password. */
  readonly accountState?: number;
  /** Performance monitoring is switched on. */
  readonly monitoring?: boolean;
  readonly volumes?: number;
}

export async function start(options: OceanStorOptions = {}): Promise<Simulator> {
  const scenario = options.scenario ?? 'normal';
  const started = Date.now();
  const clock = options.clock ?? (() => started);
  const generation = GENERATIONS.find((name) => name === options.generation) ?? GENERATIONS[0];
  const sparse = scenario === 'sparse';
  const stats = newStats();
  const model = createModel({
    generation,
    sparse,
    unlicensed: scenario === 'unlicensed',
    seed: options.seed ?? 1,
    volumes: options.volumes ?? (scenario === 'huge' ? 20_000 : 203),
    now: clock(),
  });
  const statistics = createStatistics(model, clock, sparse);
  const sessions = createSessions(scenario, stats, options.accountState ?? 1);
  const monitoring = options.monitoring ?? true;
  const api = createApi({ model, statistics, sessions, stats, scenario, monitoring });
  const served = await serve(
    (request, response) => api.handle(request, response),
    options.port ? { port: options.port } : {},
  );
  return {
    access: {
      rest: {
        host: '127.0.0.1',
        port: served.port,
        username: ACCOUNT,
        password: CANARY_PASSWORD,
        ca: CERTIFICATE_FILE,
      },
    },
    truth: {
      ...model.truth,
      accessUrl: `https://127.0.0.1:${served.port}`,
      samples: (begin, end) =>
        statistics.truth().filter(({ time }) => monitoring && time >= begin && time <= end),
    },
    stats,
    expireSessions: () => sessions.expireAll(),
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

export const simulator: SimulatorDefinition = {
  vendor: 'huawei',
  model: 'oceanstor',
  generations: GENERATIONS,
  start,
};
