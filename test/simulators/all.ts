/** The simulators there are, by the name of their folder. */
import { readdirSync } from 'node:fs';
import type { SimulatorDefinition } from '../kit/simulator.ts';

const folder = new URL('.', import.meta.url);

export const SIMULATORS: readonly string[] = readdirSync(folder, { withFileTypes: true }).flatMap(
  (entry) => (entry.isDirectory() ? [entry.name] : []),
);

export async function loadSimulator(name: string): Promise<SimulatorDefinition> {
  const { simulator } = (await import(new URL(`${name}/index.ts`, folder).href)) as {
    simulator: SimulatorDefinition;
  };
  return simulator;
}
