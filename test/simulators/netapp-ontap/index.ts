/** A simulated NetApp ONTAP cluster: its REST API over HTTPS. */
import { serve } from '../../kit/http-server.ts';
import {
  newStats,
  restAccount,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorOptions,
} from '../../kit/simulator.ts';
import { createModel } from './model.ts';
import { createRest, USERNAME } from './rest.ts';
import { truthOf } from './truth.ts';
import { GENERATIONS } from './types.ts';

export const simulator: SimulatorDefinition = {
  vendor: 'netapp',
  model: 'ontap',
  generations: GENERATIONS,
  start,
};

export interface StartOptions extends SimulatorOptions {
  readonly volumes?: number;
  /** Other than the scenario has. */
  readonly luns?: number;
  /** Some samples are not vouched for; true if absent. */
  readonly ailing?: boolean;
  /** All aggregates tell their space. */
  readonly whole?: boolean;
  /** The load does not change: what clients make of it can be compared. */
  readonly steady?: boolean;
  readonly isSvmAccount?: boolean;
}

export async function start(options: StartOptions = {}): Promise<Simulator> {
  const { scenario = 'normal', port } = options;
  const started = Date.now();
  const clock = options.clock ?? (() => started);
  const stats = newStats();
  const array = createModel({
    generation: GENERATIONS.find((name) => name === options.generation) ?? GENERATIONS[0],
    now: clock(),
    volumes: options.volumes ?? 11,
    luns: options.luns ?? (scenario === 'huge' ? 20_000 : 21),
    namespaces: 5,
    ailing: options.ailing ?? true,
    whole: options.whole ?? false,
    steady: options.steady ?? false,
  });
  const isSvmAccount = options.isSvmAccount ?? false;
  const rest = createRest({ array, scenario, stats, clock, isSvmAccount });
  const served = await serve(
    (request, response) => rest.handle(request, response),
    port ? { port } : {},
  );
  return {
    access: {
      rest: restAccount(served.port, USERNAME),
    },
    truth: {
      ...truthOf(array, scenario, clock),
      accessUrl: `https://127.0.0.1:${served.port}`,
      alertSources: [
        '198.51.100.10',
        '2001:db8::11',
        ...[11, 12, 13, 14].map((n) => `198.51.100.${n}`),
      ],
    },
    stats,
    expireSessions: () => undefined,
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}
