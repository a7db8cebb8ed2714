/**
 * Drivers by `vendor model`. The only place of the core that names vendors: built-in drivers are
 * loaded when a backend needs them, third-party ones come from the configuration.
 */
import { existsSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Driver } from './driver/driver.ts';
import { nearest } from './config/nearest.ts';
import { messageOf } from './driver/message.ts';

/** What loading a third-party module may take. */
const LOAD_MS = 10_000;

type Load = () => Promise<{ default: Driver }>;

const fake: Load = () => import('../drivers/fake_storage-fake_driver/index.ts');
const vmax: Load = () => import('../drivers/dellemc-vmax/index.ts');
const ontap: Load = () => import('../drivers/netapp-ontap/index.ts');
const threePar: Load = () => import('../drivers/hpe-3par/index.ts');

/** Built-in drivers: key -> module. */
const BUILT_IN: Readonly<Record<string, Load>> = {
  'fake_storage fake_driver': fake,
  'generic snmp_host': () => import('../drivers/generic-snmp_host/index.ts'),
  'huawei oceanstor': () => import('../drivers/huawei-oceanstor/index.ts'),
  'dellemc unity': () => import('../drivers/dellemc-unity/index.ts'),
  'dellemc powerstore': () => import('../drivers/dellemc-powerstore/index.ts'),
  'dellemc vmax': vmax,
  'dellemc pmax': vmax,
  'hpe 3par': threePar,
  'hpe primera': threePar,
  'hpe alletra': threePar,
  'h3c unistor_cf': async () => ({
    default: (await import('../drivers/hpe-3par/index.ts')).unistor,
  }),
  'netapp ontap': ontap,
  'netapp cmode': ontap,
  'hitachi vsp': () => import('../drivers/hitachi-vsp/index.ts'),
  'ibm storwize_svc': () => import('../drivers/ibm-storwize_svc/index.ts'),
  'pure flasharray': () => import('../drivers/pure-flasharray/index.ts'),
  'inspur as5500': async () => ({
    default: (await import('../drivers/ibm-storwize_svc/index.ts')).inspur,
  }),
};

export interface Registry {
  /** @throws Error naming the nearest keys if there is no such driver, or if it can't be loaded. */
  find(vendor: string, model: string): Promise<Driver>;
  /** All keys, sorted. */
  keys(): string[];
  /** Where a key's driver comes from: `built in`, or the module as configured. */
  origin(key: string): string;
}

/** A third-party module that can't be used. */
export interface ModuleProblem {
  readonly index: number;
  readonly message: string;
}

/** Loads the third-party modules, as written in a configuration in `folder`. */
export async function createRegistry(
  modules: readonly string[],
  folder: string,
): Promise<{ registry: Registry; problems: ModuleProblem[] }> {
  const loaders = new Map<string, Load>(Object.entries(BUILT_IN));
  const origins = new Map<string, string>();
  const problems: ModuleProblem[] = [];
  if (modules.length > 0) shareContract();
  for (const [index, specifier] of modules.entries()) {
    try {
      for (const driver of await loadModule(specifier, folder)) {
        for (const key of keysOf(driver)) {
          const known = origins.get(key) ?? (loaders.has(key) ? 'a built-in driver' : undefined);
          if (known) {
            throw new Error(
              `"${key}" is already served by ${known}; change vendor or model of one`,
            );
          }
          loaders.set(key, () => Promise.resolve({ default: driver }));
          origins.set(key, specifier);
        }
      }
    } catch (error) {
      // The first line: the others of a syntax error quote the file.
      const [message = ''] = messageOf(error).split('\n');
      problems.push({ index, message: `driver module ${specifier}: ${message}` });
    }
  }
  const registry: Registry = {
    async find(vendor, model) {
      const key = `${vendor} ${model}`;
      const load = loaders.get(key);
      if (load) return (await load()).default;
      const near = nearest(key, loaders.keys());
      const advice =
        near.length > 0
          ? `did you mean ${near.map((word) => `"${word}"`).join(' or ')}?`
          : 'see delfin-agent drivers list';
      throw new Error(`no driver for vendor and model "${key}" (${advice})`);
    },
    keys: () => [...loaders.keys()].sort(),
    origin: (key) => origins.get(key) ?? 'built in',
  };
  return { registry, problems };
}

/** The keys a driver serves. */
export function keysOf(driver: Driver): string[] {
  return [driver.model].flat().map((model) => `${driver.vendor} ${model}`);
}

/** The drivers of one module, beside the registered ones. @throws Error saying what to do. */
export async function loadDrivers(path: string): Promise<readonly Driver[]> {
  shareContract();
  return await loadModule(path, process.cwd());
}

async function loadModule(specifier: string, folder: string): Promise<readonly Driver[]> {
  const path = locate(specifier, folder);
  const module = await withinTime(
    import(pathToFileURL(path).href) as Promise<{ default?: unknown }>,
  );
  const drivers = [module.default].flat();
  for (const driver of drivers) assertDriver(driver);
  return drivers as Driver[];
}

function locate(specifier: string, folder: string): string {
  if (specifier.startsWith('.') || isAbsolute(specifier)) {
    const path = resolve(folder, specifier);
    if (existsSync(path)) return path;
    throw new Error(`no such file ${path}; write it relative to the configuration`);
  }
  try {
    return createRequire(resolve(folder, 'x.js')).resolve(specifier);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    // The message of the loader lists where it has looked.
    throw new Error(
      `no package ${specifier} is installed; npm install it in ${folder}, or write a file as ./${specifier}`,
      { cause: error },
    );
  }
}

/** A module may wait for something that never comes. */
async function withinTime<T>(loading: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`it was not loaded within ${LOAD_MS / 1_000} s`)),
    LOAD_MS,
  );
  try {
    return await Promise.race([loading, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function assertDriver(candidate: unknown): void {
  const driver = candidate as Partial<Driver> | undefined;
  const wrong = [
    typeof driver?.vendor === 'string' ? undefined : 'vendor (text)',
    [driver?.model].flat().every((model) => typeof model === 'string')
      ? undefined
      : 'model (text or list of texts)',
    typeof driver?.access === 'object' ? undefined : 'access (schema)',
    typeof driver?.open === 'function' ? undefined : 'open (function)',
  ].filter((part) => part !== undefined);
  if (wrong.length > 0) {
    throw new Error(
      `its default export is no driver: ${wrong.join(', ')} missing; export default defineDriver({...})`,
    );
  }
}

let shared = false;

/** What a driver and its simulator import, wherever they lie: the agent's own. */
const SHARED = { 'delfin-agent/driver': 'driver', 'delfin-agent/testing': 'testing' } as const;

/** A driver file outside any package still finds the contract it was written against. */
function shareContract(): void {
  // Hooks are the process': once is enough, and each more would cost every import.
  if (shared) return;
  shared = true;
  const urls = new Map<string, string>(
    Object.entries(SHARED).map(([specifier, room]) => {
      const url = new URL(`./${room}/index.ts`, import.meta.url).href;
      return [specifier, existsSync(new URL(url)) ? url : url.replace(/\.ts$/, '.js')];
    }),
  );
  registerHooks({
    resolve(specifier, context, next) {
      const url = urls.get(specifier);
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
}
