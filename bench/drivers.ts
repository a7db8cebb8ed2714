/**
 * What it takes to list 20,000 volumes with each vendor driver, the first time with the login and
 * again as rounds do, beside Delfin's driver on the same simulator: DELFIN names its checkout, with the packages that it needs in
 * PYTHON (python3).
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { loadSimulator, SIMULATORS } from '../test/simulators/all.ts';
import type { Simulator } from '../test/kit/simulator.ts';
import { print, type Figure } from './kit/report.ts';

/** Of Delfin's driver: the array is asked for each volume by some. */
const PEER_S = 10;
const LISTINGS = 4;
/** Delfin's name of a driver that is not ours. */
const PEER_MODELS: Readonly<Record<string, string>> = { 'netapp ontap': 'netapp cmode' };

interface Told {
  readonly volumes: number;
  /** Seconds; the first with the login. */
  readonly first: number;
  readonly last: number;
}

interface Cost extends Told {
  readonly requests: number;
}

async function ours(folder: string, array: Simulator): Promise<Cost> {
  const before = array.stats.requests;
  const child = fork(join(import.meta.dirname, 'driver-list.ts'), [folder, String(LISTINGS), JSON.stringify(array.access)]); // prettier-ignore
  const ended = once(child, 'exit');
  const [told] = (await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`${folder} ended with ${String(code)}`);
    }),
  ])) as [Told];
  await ended;
  return { ...told, requests: array.stats.requests - before };
}

/** What Delfin's driver says of the same, in a process of its own. */
async function peer(checkout: string, key: string, array: Simulator): Promise<Figure[]> {
  const before = array.stats.requests;
  const child = spawn(
    process.env['PYTHON'] ?? 'python3',
    [
      join(import.meta.dirname, 'peer-delfin.py'),
      checkout,
      PEER_MODELS[key] ?? key,
      String(LISTINGS),
    ],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, TZ: 'UTC' },
      timeout: PEER_S * 1_000,
      killSignal: 'SIGKILL',
    },
  );
  child.stdin.end(JSON.stringify(array.access));
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  await once(child, 'close');
  const requests = array.stats.requests - before;
  if (child.signalCode !== null) {
    return [{ what: `${key}, Delfin's: requests in ${PEER_S} s, and not done`, value: requests, unit: '' }]; // prettier-ignore
  }
  const last = Buffer.concat(parts).toString().trim().split('\n').at(-1) ?? '';
  const told = JSON.parse(last || '{"error":"no answer"}') as Told | { readonly error: string };
  if (!('error' in told)) return figuresOf(`${key}, Delfin's`, { ...told, requests });
  process.stdout.write(`${key}: Delfin's driver lists no volumes here: ${told.error}\n`);
  return [];
}

const figuresOf = (who: string, { volumes, requests, first, last }: Cost): Figure[] => [
  { what: `${who}: volumes`, value: volumes, unit: '' },
  { what: `${who}: requests`, value: requests / LISTINGS, unit: 'each time' },
  { what: `${who}: the first time`, value: first, unit: 's' },
  { what: `${who}: after ${LISTINGS - 1} times`, value: last, unit: 's' },
];

const checkout = process.env['DELFIN'];
if (checkout === undefined)
  process.stdout.write(
    "Delfin's drivers are left out: DELFIN names no checkout (https://github.com/sodafoundation/delfin)\n",
  );
const figures: Figure[] = [];
for (const folder of SIMULATORS) {
  const { vendor, model, start } = await loadSimulator(folder);
  const key = `${vendor} ${model}`;
  await using array = await start({ scenario: 'huge', clock: Date.now });
  figures.push(...figuresOf(key, await ours(folder, array)));
  if (checkout !== undefined) figures.push(...(await peer(checkout, key, array)));
}
print('20,000 volumes with each driver', figures);
