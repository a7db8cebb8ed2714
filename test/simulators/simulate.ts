/** Starts one simulator for a demo: `npm run simulate -- huawei-oceanstor [scenario] [generation] [port]`. */
import { stringify } from 'yaml';
import { SCENARIOS, type Scenario } from '../kit/simulator.ts';
import { loadSimulator, SIMULATORS } from './all.ts';

const [name = '', scenario = 'normal', generation, port] = process.argv.slice(2);
if (!SIMULATORS.includes(name) || !SCENARIOS.includes(scenario as Scenario)) {
  console.error(
    `usage: npm run simulate -- NAME [SCENARIO] [GENERATION] [PORT]\nnames: ${SIMULATORS.join(', ')}\nscenarios: ${SCENARIOS.join(', ')}`,
  );
  process.exit(1);
}

const simulator = await loadSimulator(name);
const running = await simulator.start({
  scenario: scenario as Scenario,
  clock: Date.now,
  ...(generation ? { generation } : {}),
  ...(port ? { port: Number(port) } : {}),
});
const backend = { name, vendor: simulator.vendor, model: simulator.model, ...running.access };
console.log(stringify({ backends: [backend] }));
process.once('SIGINT', () => void running[Symbol.asyncDispose]().then(() => process.exit(0)));
