/** A simulated Dell EMC Unity: Unisphere Management REST API over HTTPS. */
import { serve } from '../../kit/http-server.ts';
import {
  CANARY_PASSWORD,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorOptions,
  type SimulatorStats,
} from '../../kit/simulator.ts';
import { createModel } from './model.ts';
import { createRest } from './rest.ts';
import { USERNAME } from './sessions.ts';
import { truthOf } from './truth.ts';
import { GENERATIONS, type Generation } from './types.ts';

export const simulator: SimulatorDefinition = {
  vendor: 'dellemc',
  model: 'unity',
  generations: GENERATIONS,
  start,
};

export interface StartOptions extends SimulatorOptions {
  /** Other than the scenario has. */
  readonly luns?: number;
}

export async function start(options: StartOptions = {}): Promise<Simulator> {
  const { scenario = 'normal', seed = 1, generation = 'oe5', port } = options;
  const luns = options.luns ?? (scenario === 'huge' ? 20_000 : 61);
  const stats: SimulatorStats = {
    requests: 0,
    logins: 0,
    logouts: 0,
    openSessions: 0,
    maxOpenSessions: 0,
    writes: [],
  };
  const array = createModel({
    seed,
    generation: isGeneration(generation) ? generation : 'oe5',
    luns,
    now: Date.now(),
  });
  const rest = createRest({ array, scenario, stats, now: Date.now });
  const served = await serve(
    (request, response) => rest.handle(request, response),
    port ? { port } : {},
  );
  return {
    access: {
      rest: {
        host: '127.0.0.1',
        port: served.port,
        username: USERNAME,
        password: CANARY_PASSWORD,
        insecure: true,
      },
    },
    truth: truthOf(array, {
      isUnlicensed: scenario === 'unlicensed',
      isSparse: scenario === 'sparse',
      port: served.port,
    }),
    stats,
    expireSessions: () => rest.sessions.forget(),
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

function isGeneration(value: string): value is Generation {
  return (GENERATIONS as readonly string[]).includes(value);
}
