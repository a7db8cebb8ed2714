/** A simulated FlashArray: REST 2.x over HTTPS. */
import { serve } from '../../kit/http-server.ts';
import {
  CANARY_PASSWORD,
  newStats,
  type Simulator,
  type SimulatorDefinition,
  type SimulatorOptions,
} from '../../kit/simulator.ts';
import { createModel } from './model.ts';
import { createRest } from './rest.ts';
import { truthOf } from './truth.ts';
import { GENERATIONS } from './types.ts';

export const simulator: SimulatorDefinition = {
  vendor: 'pure',
  model: 'flasharray',
  generations: GENERATIONS,
  start,
};

export interface StartOptions extends SimulatorOptions {
  /** Other than the scenario has. */
  readonly volumes?: number;
  readonly pageLimit?: number;
  /** As `/api/api_version` lists them. */
  readonly versions?: readonly string[];
}

export interface FlashArraySimulator extends Simulator {
  /** Deletes the API token on the array. */
  revokeToken(): void;
}

/** Two versions were never released. */
const UNRELEASED = new Set([12, 18]);

export async function start(options: StartOptions = {}): Promise<FlashArraySimulator> {
  const { scenario = 'normal', seed = 1, port } = options;
  const isHuge = scenario === 'huge';
  const stats = newStats();
  const array = createModel({
    seed,
    generation: GENERATIONS.find((name) => name === options.generation) ?? GENERATIONS[0],
    volumes: options.volumes ?? (isHuge ? 21_300 : 61),
    now: Date.now(),
  });
  const known = Array.from({ length: array.minor + 1 }, (_, minor) => minor);
  const rest = createRest({
    array,
    scenario,
    stats,
    pageLimit: options.pageLimit ?? (isHuge ? 1_000 : 20),
    versions: options.versions ?? [
      ...Array.from({ length: 20 }, (_, minor) => `1.${minor}`),
      ...known.filter((minor) => !UNRELEASED.has(minor)).map((minor) => `2.${minor}`),
    ],
    now: Date.now,
  });
  const served = await serve(
    (request, response) => rest.handle(request, response),
    port ? { port } : {},
  );
  return {
    access: {
      rest: { host: '127.0.0.1', port: served.port, api_token: CANARY_PASSWORD, insecure: true },
    },
    truth: truthOf(array, scenario, served.port, Date.now),
    stats,
    expireSessions: () => rest.sessions.forget(),
    revokeToken: () => rest.sessions.revoke(),
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}
