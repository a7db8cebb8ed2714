/** `drivers test`: a driver with its simulator, over a configured array, or over a recording of one. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Drop } from '../backend/validate.ts';
import type { Driver, Session } from '../driver/driver.ts';
import { BackendError } from '../driver/errors.ts';
import { messageOf } from '../driver/message.ts';
import { keysOf, loadDrivers } from '../registry.ts';
import { arrayChecks } from '../testing/array.ts';
import { runChecks, type CheckGroup, type CheckReport } from '../testing/check.ts';
import { conformance } from '../testing/conformance.ts';
import { faultMatrix } from '../testing/fault-matrix.ts';
import { recordsOf } from '../testing/open.ts';
import { SCENARIOS, type SimulatorDefinition } from '../testing/simulator.ts';
import { watch } from '../testing/watch.ts';
import {
  explain,
  UsageError,
  withBackend,
  type CommonOptions,
  type Means,
  type OneBackend,
} from './context.ts';
import { watchingThread } from './standstill.ts';
import { createPrinter, type Printer } from './drivers-report.ts';
import { secretsIn, withRecording } from './recording.ts';

export interface TestOptions extends CommonOptions {
  readonly format: 'table' | 'json';
  readonly simulator: string | undefined;
  /** A recording in an array's place. */
  readonly replay: string | undefined;
  readonly maxRequests: number;
  /** How long a check may keep its thread, ms; 30 s if absent. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 30_000;

/** What was tested, beside its checks. */
interface Tested {
  readonly driver: Driver;
  /** Simulator or array. */
  readonly over: string;
  readonly report: CheckReport;
  /** What the driver sent beside reading requests, and what was not looked at. */
  readonly notes: readonly string[];
}

/** @throws UsageError if anything is wrong: exit 1. */
export async function testDriver(target: string | undefined, options: TestOptions): Promise<void> {
  const printer = createPrinter();
  const { driver, over, report, notes } = await tested(target, options, printer);
  if (options.format === 'json') {
    const document = { driver: keysOf(driver), title: driver.title, over, notes, ...report };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else printer.end(report, notes);
  const { wrong } = report.counts;
  if (wrong > 0) throw new UsageError(`${wrong} check${wrong === 1 ? '' : 's'} failed`);
}

async function tested(
  target: string | undefined,
  options: TestOptions,
  printer: Printer,
): Promise<Tested> {
  const { replay } = options;
  if (replay !== undefined) {
    if (target !== undefined) throw new UsageError('a recording says which driver it is for: name a driver or --replay FILE'); // prettier-ignore
    return await testArray(replay, options, printer, (work, means) =>
      withRecording(replay, options, work, means),
    );
  }
  if (target === undefined) throw new UsageError('name a package or file (./...), a backend, or --replay FILE'); // prettier-ignore
  if (isPath(target)) return await testPackage(target, options, printer);
  return await testArray(target, options, printer, (work, means) =>
    withBackend(target, options, work, means),
  );
}

/** A backend's name has none of these. */
const isPath = (target: string) =>
  target.startsWith('.') || target.includes('/') || /\.[cm]?[jt]s$/.test(target);

async function testPackage(
  target: string,
  options: TestOptions,
  printer: Printer,
): Promise<Tested> {
  const files = locate(target, options.simulator);
  const drivers = await loadDrivers(files.driver).catch((error: unknown) => {
    throw new UsageError(`${files.driver}: ${explain(error)}`);
  });
  const simulator = await loadSimulator(files.simulator);
  const key = `${simulator.vendor} ${simulator.model}`;
  const driver = drivers.find((one) => keysOf(one).includes(key));
  if (!driver) {
    const served = drivers.flatMap(keysOf).join(', ');
    throw new UsageError(
      `${files.simulator}: its vendor and model are "${key}", the driver serves ${served}; make them the same`,
    );
  }
  const matrix = faultMatrix({ driver, simulator });
  const groups = [...conformance({ driver, simulator }), ...matrix];
  const report = await run(groups, { driver, over: files.simulator }, options, printer);
  const unknown = SCENARIOS.filter((name) => !(simulator.scenarios ?? SCENARIOS).includes(name));
  return {
    driver,
    over: files.simulator,
    report,
    notes: [
      ...(unknown.length > 0
        ? [`not tested, the simulator has no such scenario: ${unknown.join(', ')}`]
        : []),
      ...(matrix.length === 0
        ? ['no fault matrix: the simulator has no `damage` (see the driver developer guide)']
        : []),
    ],
  };
}

async function run(
  groups: readonly CheckGroup[],
  { driver, over }: Pick<Tested, 'driver' | 'over'>,
  { format, patienceMs = PATIENCE_MS }: TestOptions,
  printer: Printer,
): Promise<CheckReport> {
  const isTable = format === 'table';
  if (isTable) printer.begin(`driver ${keysOf(driver).join(', ')}: ${driver.title}`, over);
  return await watchingThread(patienceMs, (stuck) =>
    runChecks(groups, isTable ? printer.result : undefined, stuck),
  );
}

/** The modules of a package or of a file: what is exported, or what lies beside it. */
function locate(
  target: string,
  simulator: string | undefined,
): { driver: string; simulator: string } {
  const path = resolve(target);
  if (!existsSync(path)) throw new UsageError(`${target}: no such file or folder; a backend is named as in the configuration`); // prettier-ignore
  const found = statSync(path).isDirectory() ? exportsOf(path) : besides(path);
  const files = {
    driver: found.driver,
    simulator: simulator ? resolve(simulator) : found.simulator,
  };
  if (!existsSync(files.driver)) {
    throw new UsageError(`${files.driver}: no such file, but package.json exports it; build the package (npm run build), or name the source: delfin-agent drivers test src/driver.ts`); // prettier-ignore
  }
  if (!existsSync(files.simulator)) {
    throw new UsageError(`${files.simulator}: there is no simulator, and without one little can be tested; export \`simulator\` there, name it with --simulator FILE, or test a configured backend`); // prettier-ignore
  }
  return files;
}

function besides(file: string): { driver: string; simulator: string } {
  return { driver: file, simulator: join(dirname(file), `simulator${extname(file)}`) };
}

interface Exports {
  readonly [key: string]: string | { readonly default?: string } | undefined;
}

function exportsOf(folder: string): { driver: string; simulator: string } {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) {
    throw new UsageError(`${file}: no such file; name the driver's own file, or a folder that is a package`); // prettier-ignore
  }
  let exported: Exports;
  try {
    exported = (JSON.parse(readFileSync(file, 'utf8')) as { exports?: Exports }).exports ?? {};
  } catch (error) {
    throw new UsageError(`${file}: ${messageOf(error)}`);
  }
  const targetOf = (key: string): string | undefined => {
    const value = exported[key];
    return typeof value === 'string' ? value : value?.default;
  };
  const driver = targetOf('.');
  if (driver === undefined) {
    throw new UsageError(`${file}: exports["."] names no file; set it to the driver, for example "./dist/driver.js"`); // prettier-ignore
  }
  const path = join(folder, driver);
  const simulator = targetOf('./simulator');
  return {
    driver: path,
    simulator: simulator === undefined ? besides(path).simulator : join(folder, simulator),
  };
}

async function loadSimulator(file: string): Promise<SimulatorDefinition> {
  const module = (await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw new UsageError(`${file}: ${messageOf(error)}`);
  })) as { simulator?: Partial<SimulatorDefinition> };
  const { simulator } = module;
  if (typeof simulator?.start !== 'function' || !Array.isArray(simulator.generations)) {
    throw new UsageError(
      `${basename(file)}: it exports no \`simulator\` with vendor, model, generations and start(); see the driver developer guide`,
    );
  }
  return simulator as SimulatorDefinition;
}

/** An array, or what stands in its place. */
type Over = (
  work: (backend: OneBackend) => Promise<Tested>,
  means: Pick<Means, 'adapt'>,
) => Promise<Tested>;

async function testArray(
  name: string,
  options: TestOptions,
  printer: Printer,
  over: Over,
): Promise<Tested> {
  const sent = new Map<string, number>();
  const logged: string[] = [];
  let requests = 0;
  let raw: Session | undefined;
  const adapt = (driver: Driver) =>
    watch(driver, {
      opened: (session) => void (raw = session),
      logged: (line) => void logged.push(line),
      request(call, request) {
        requests += 1;
        if (requests > options.maxRequests && call !== 'close') {
          throw new BackendError('max_requests', `${options.maxRequests} requests were sent, the most that --max-requests allows`); // prettier-ignore
        }
        const verb = request.split(' ')[0] ?? '';
        if (!/^(POST|PUT|PATCH|DELETE)$/.test(verb)) return;
        const what = request.split('?')[0] ?? request;
        sent.set(what, (sent.get(what) ?? 0) + 1);
      },
    });
  return await over(
    async (backend) => {
      // One login, whatever comes of it: an array that refuses it is not asked again.
      await backend.collector.session.offers('getStorage');
      const group = arrayGroup(backend, { logged, raw: () => raw });
      const report = await run([group], { driver: backend.driver, over: name }, options, printer);
      return { driver: backend.driver, over: name, report, notes: sentNotes(requests, sent) };
    },
    { adapt },
  );
}

function sentNotes(requests: number, sent: ReadonlyMap<string, number>): string[] {
  const others = Array.from(sent, ([what, count]) => `${what} (${count})`);
  return [
    `${requests} requests`,
    ...(others.length > 0 ? [`of these no GET: ${others.join(', ')}: are they logins and queries only?`] : []), // prettier-ignore
  ];
}

function arrayGroup(
  backend: OneBackend,
  watched: { readonly logged: string[]; readonly raw: () => Session | undefined },
): CheckGroup {
  const { settings, driver, partial, collector } = backend;
  const { session } = collector;
  const { name, access, performanceIntervalMs } = settings;
  const drops: Drop[] = [];
  const report = (drop: Drop) => void drops.push(drop);
  const checks = arrayChecks({
    driver,
    opened: {
      name,
      session,
      access,
      drops,
      logged: watched.logged,
      told: [],
      endless: new Set(),
      traffic: backend.traffic,
      raw: watched.raw,
      ...recordsOf(session, name, report),
      [Symbol.asyncDispose]: async () => {},
    },
    windowMs: Math.max(15 * 60_000, 2 * performanceIntervalMs),
    now: () => backend.begin('performance'),
    secrets: secretsIn(access),
    // What the array lacks is no fault.
    told: () => partial.take().filter(({ error_type: type }) => type !== 'not_supported'),
  });
  return { name, checks, start: async () => {}, stop: async () => {} };
}
