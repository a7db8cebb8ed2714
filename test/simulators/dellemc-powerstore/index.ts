/** A simulated Dell PowerStore cluster: its REST API over HTTPS. */
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
  model: 'powerstore',
  generations: GENERATIONS,
  start,
};

export interface StartOptions extends SimulatorOptions {
  /** Other than the scenario has. */
  readonly volumes?: number;
  readonly snapshots?: number;
  /** Somebody has switched on the archive of the newest five minutes. */
  readonly archive?: boolean;
  /** The driver's own keys. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export async function start(options: StartOptions = {}): Promise<Simulator> {
  const { scenario = 'normal', seed = 1, port } = options;
  const volumes = options.volumes ?? (scenario === 'huge' ? 20_000 : 61);
  const stats = newStats();
  // The array's clock stands still where its truth is compared.
  const started = Date.now();
  const array = createModel({
    seed,
    generation: GENERATIONS.find((name) => name === options.generation) ?? 'v4',
    volumes,
    ...(options.snapshots === undefined ? {} : { snapshots: options.snapshots }),
    clock: options.clock ?? (() => started),
  });
  const rest = createRest({ array, scenario, stats, archive: options.archive ?? false });
  const served = await serve(
    (request, response) => rest.handle(request, response),
    port ? { port } : {},
  );
  return {
    access: {
      rest: restAccount(served.port, USERNAME),
      ...options.options,
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
