/** A process that lists the volumes of one array so many times and says how long the first and the last took. */
import { join } from 'node:path';
import type { Driver } from '../src/driver/driver.ts';
import { openDriver } from '../src/testing/open.ts';

const [folder = '', count = '1', access = '{}'] = process.argv.slice(2);
const path = join(import.meta.dirname, '../drivers', folder, 'index.ts');
const { default: driver } = (await import(path)) as { default: Driver };

const opened = openDriver(driver, JSON.parse(access) as Record<string, unknown>);
const times: number[] = [];
let volumes: readonly unknown[] = [];
for (let done = 0; done < Number(count); done += 1) {
  const started = performance.now();
  volumes = (await opened.list('listVolumes')) as readonly unknown[];
  times.push((performance.now() - started) / 1_000);
}
await opened[Symbol.asyncDispose]();
process.send?.({ volumes: volumes.length, first: times[0], last: times.at(-1) });
process.disconnect();
