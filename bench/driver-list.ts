/** A process that lists the volumes of one array once, from login to logout, and says how long that took. */
import { join } from 'node:path';
import type { Driver } from '../src/driver/driver.ts';
import { openDriver } from '../src/testing/open.ts';

const [folder = '', access = '{}'] = process.argv.slice(2);
const path = join(import.meta.dirname, '../drivers', folder, 'index.ts');
const { default: driver } = (await import(path)) as { default: Driver };

const started = performance.now();
const opened = openDriver(driver, JSON.parse(access) as Record<string, unknown>);
const volumes = await opened.list('listVolumes');
await opened[Symbol.asyncDispose]();
const seconds = (performance.now() - started) / 1_000;
process.send?.({ volumes: (volumes as readonly unknown[]).length, seconds });
process.disconnect();
