/** Starts one simulator for a demo: `npm run simulate -- huawei-oceanstor [scenario] [generation] [port]`. */
import { readdirSync } from 'node:fs';
import { stringify } from 'yaml';
import type { Scenario, SimulatorDefinition } from '../kit/simulator.ts';
import { SCENARIOS } from '../kit/simulator.ts';

const folder = new URL('.', import.meta.url);
const known = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

const [name = '', scenario = 'normal', generation, port] = process.argv.slice(2);
if (!known.includes(name) || !SCENARIOS.includes(scenario as Scenario)) {
  console.error(
    `usage: npm run simulate -- NAME [SCENARIO] [GENERATION] [PORT]\nnames: ${known.join(', ')}\nscenarios: ${SCENARIOS.join(', ')}`,
  );
  process.exit(1);
}

const { simulator } = (await import(new URL(`${name}/index.ts`, folder).href)) as {
  simulator: SimulatorDefinition;
};
const running = await simulator.start({
  scenario: scenario as Scenario,
  ...(generation ? { generation } : {}),
  ...(port ? { port: Number(port) } : {}),
});
const backend = { name, vendor: simulator.vendor, model: simulator.model, ...running.access };
console.log(stringify({ backends: [backend] }));
process.once('SIGINT', () => void running[Symbol.asyncDispose]().then(() => process.exit(0)));
