/** A simulated Dell EMC Unity: Unisphere Management REST API over HTTPS. */
import { serve } from '../../kit/http-server.ts';
import {
  newStats,
  restAccount,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorOptions,
} from '../../kit/simulator.ts';
import { createModel } from './model.ts';
import { createRest } from './rest.ts';
import { USERNAME } from './sessions.ts';
import { truthOf } from './truth.ts';
import { GENERATIONS } from './types.ts';

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
  const { scenario = 'normal', seed = 1, port } = options;
  const luns = options.luns ?? (scenario === 'huge' ? 20_000 : 61);
  const stats = newStats();
  const array = createModel({
    seed,
    generation: GENERATIONS.find((name) => name === options.generation) ?? 'oe5',
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
      rest: restAccount(served.port, USERNAME),
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
