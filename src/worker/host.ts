/** The backends of one thread: started, replaced when their configuration changes, stopped. */
import type { MessagePort } from 'node:worker_threads';
import { createForeignTraps } from '../backend/alerts/foreign.ts';
import { startBackend, type Backend } from '../backend/backend.ts';
import type { BackendDetails } from '../backend/details.ts';
import { createGate } from '../backend/gate.ts';
import { spread } from '../backend/schedule.ts';
import { serverKey, settingsOf, type BackendSettings } from '../backend/settings.ts';
import { wrapConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createBudget, type Budget } from '../driver/budget.ts';
import type { Driver } from '../driver/driver.ts';
import type { RootLog } from '../log.ts';
import type { Prepared } from '../prepared.ts';
import { createRegistry } from '../registry.ts';
import { receiveTraps } from '../traps/worker.ts';
import { createOutputs, type Outputs } from './outputs.ts';
import type { Assignment, Send } from './messages.ts';
import type { Trace } from './trace.ts';

export interface Host {
  /** Builds what the assignment needs beside what runs. @throws Error saying what can't be built. */
  prepare(assignment: Assignment): Promise<Prepared>;
  /** Traps for its backends arrive here. */
  attachTraps(port: MessagePort): void;
  /** Alerts, and what is exported, are handed over here. */
  attachEgress(port: MessagePort): void;
  details(system: string): BackendDetails | undefined;
  /** Stops the backends and hands over what is left. */
  stop(): Promise<void>;
}

interface Hosted {
  readonly backend: Backend;
  readonly settings: BackendSettings;
  readonly fingerprint: string;
  readonly slot: number;
}

interface Wanted {
  readonly settings: BackendSettings;
  readonly driver: Driver;
  readonly fingerprint: string;
  readonly slot: number;
}

/** First collections start within this time for each backend, so that 500 don't start at once. */
const FIRST_SPREAD_MS = 50;
/** Arrays that log in at the same time, and how long one that hangs counts as such. */
const MAX_OPENING = 16;
const OPENING_MS = 3_000;

export function createHost(log: RootLog, send: Send, trace: Trace): Host {
  const hosted = new Map<string, Hosted>();
  const foreign = createForeignTraps();
  const gate = createGate(MAX_OPENING, OPENING_MS);
  /** Backends that reach the same server share its budget. */
  const budgets = new Map<string, Budget>();
  /** Backends that are logging out. */
  const ending = new Set<Promise<void>>();
  let stopping = false;
  const outputs: Outputs = createOutputs(log, send);
  let outputsFingerprint: string | undefined;

  function start(wanted: Wanted, spreadMs: number): void {
    const { settings, driver, fingerprint, slot } = wanted;
    const server = serverOf(settings);
    const budget = budgets.get(server) ?? createBudget(settings.maxInFlight);
    budgets.set(server, budget);
    send({ type: 'started', system: settings.name });
    const backend = trace.run(slot, () =>
      startBackend({
        settings,
        driver,
        budget,
        log: log.child({ backend: settings.name }),
        output: outputs.forBackend(settings),
        foreign,
        gate,
        tracker: outputs.alertsOf(settings),
        firstDelayMs: spread(settings.name) * spreadMs,
      }),
    );
    // Who waits for the round reads its numbers.
    void backend.firstRound
      .then(outputs.told)
      .then(() => send({ type: 'first-round', system: settings.name }));
    hosted.set(settings.name, { backend, settings, fingerprint, slot });
  }

  async function stop(name: string): Promise<void> {
    const gone = hosted.get(name);
    if (!gone) return;
    hosted.delete(name);
    const ended = gone.backend.stop();
    ending.add(ended);
    await ended;
    ending.delete(ended);
    outputs.forget(name);
    const left = new Set([...hosted.values()].map(({ settings }) => serverOf(settings)));
    if (!left.has(serverOf(gone.settings))) budgets.delete(serverOf(gone.settings));
  }

  return {
    async prepare(assignment) {
      const { config, wanted } = await resolve(assignment);
      const next =
        assignment.outputs === outputsFingerprint ? undefined : await outputs.prepare(config);
      return {
        async commit() {
          await next?.commit();
          outputsFingerprint = assignment.outputs;
          const names = [...new Set([...hosted.keys(), ...wanted.keys()])].filter(
            (name) => hosted.get(name)?.fingerprint !== wanted.get(name)?.fingerprint,
          );
          const spreadMs =
            names.length > 1 ? names.length * assignment.threads * FIRST_SPREAD_MS : 0;
          await Promise.all(
            names.map(async (name) => {
              await stop(name);
              const backend = wanted.get(name);
              if (backend && !stopping) start(backend, spreadMs);
            }),
          );
        },
        abort: async () => void (await next?.abort()),
      };
    },
    attachEgress: outputs.attachEgress,
    attachTraps(port) {
      receiveTraps(port, (name, trap) => {
        const one = hosted.get(name);
        return one && trace.run(one.slot, () => one.backend.trap(trap));
      });
    },
    details: (system) => hosted.get(system)?.backend.details(),
    async stop() {
      stopping = true;
      await Promise.all([...Array.from(hosted.keys(), stop), ...ending]);
      await outputs.close();
      send({ type: 'stopped' });
    },
  };
}

function serverOf({ access, name }: BackendSettings): string {
  return serverKey(access, name);
}

/** Drivers loaded, secrets wrapped. @throws Error if a driver can't be loaded. */
async function resolve(
  assignment: Assignment,
): Promise<{ config: Config; wanted: ReadonlyMap<string, Wanted> }> {
  const { plain, fingerprints, slots } = assignment;
  const { registry, problems } = await createRegistry(plain.modules, plain.folder);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '));
  const config = await wrapConfig(plain, registry);
  const wanted = new Map<string, Wanted>();
  for (const backend of config.backends) {
    const { name } = backend;
    wanted.set(name, {
      settings: settingsOf(backend),
      driver: await registry.find(backend.vendor, backend.model),
      fingerprint: fingerprints[name] ?? '',
      slot: slots[name] ?? 0,
    });
  }
  return { config, wanted };
}
