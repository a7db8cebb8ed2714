/** A simulated Unisphere for PowerMax with one local and one remote array, on loopback. */
import { CERTIFICATE_FILE, serve } from '../../kit/http-server.ts';
import {
  CANARY_PASSWORD,
  newStats,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorOptions,
} from '../../kit/simulator.ts';
import { ARRAY_ID, createModel, GENERATIONS } from './data.ts';
import { truthOf } from './truth.ts';
import type { UnisphereOptions } from './protocol.ts';
import { createUnisphere, USER } from './unisphere.ts';

export interface SimulatedUnisphere extends Simulator {
  /** Sessions and iterators that the server holds. */
  held(): { readonly sessions: number; readonly iterators: number };
}

export interface Special extends Omit<UnisphereOptions, 'model' | 'scenario' | 'stats'> {
  readonly volumes?: number;
}

export const simulator: SimulatorDefinition = {
  vendor: 'dellemc',
  model: 'vmax',
  generations: GENERATIONS,
  start: (options) => startUnisphere(options),
};

export async function startUnisphere(
  options: SimulatorOptions = {},
  special: Special = {},
): Promise<SimulatedUnisphere> {
  const { scenario = 'normal', seed = 1, port } = options;
  // One request for each of 20,000 volumes is asked for by hand.
  const { generation = scenario === 'huge' ? '101' : '92' } = options;
  const known = GENERATIONS.find((candidate) => candidate === generation);
  if (!known) throw new Error(`no generation ${generation}; there are ${GENERATIONS.join(', ')}`);
  const some = known === '92' && scenario !== 'sparse' ? 1_050 : 90;
  const model = createModel({
    seed,
    generation: known,
    sparse: scenario === 'sparse',
    volumes: special.volumes ?? (scenario === 'huge' ? 20_000 : some),
  });
  const stats = newStats();
  const unisphere = createUnisphere({ model, scenario, stats, ...special });
  const server = await serve(
    (request, response) => unisphere.handle(request, response),
    port === undefined ? {} : { port },
  );
  return {
    access: {
      rest: {
        host: 'localhost',
        port: server.port,
        username: USER,
        password: CANARY_PASSWORD,
        ca: CERTIFICATE_FILE,
      },
      array_id: ARRAY_ID,
    },
    truth: truthOf(model, `https://localhost:${server.port}/univmax/`),
    stats,
    expireSessions: () => unisphere.expireSessions(),
    held: () => unisphere.held(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
