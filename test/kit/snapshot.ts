/** Snapshots of the made-up array, as its backend would publish them. */
import {
  collectInventory,
  collectPerformance,
  readCapabilities,
  type Collector,
} from '../../src/backend/collect.ts';
import { createContext } from '../../src/backend/context.ts';
import { groupsOf, pickRows } from '../../src/backend/columns.ts';
import type { PerfColumns, Snapshot } from '../../src/backend/snapshot.ts';
import { createManagedSession } from '../../src/backend/session.ts';
import { createBudget } from '../../src/driver/budget.ts';
import fake from '../../drivers/fake_storage-fake_driver/index.ts';
import type { Log } from 'delfin-agent/driver';

export const quietLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const ALERTS = {
  Fatal: 0, Critical: 1, Major: 2, Minor: 0, Warning: 3, Informational: 0, NotSpecified: 0,
} as const; // prettier-ignore

export interface FakeSnapshotOptions {
  readonly system?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The backend's `fake:` block. */
  readonly fake?: Readonly<Record<string, unknown>>;
  /** Epoch ms. */
  readonly now?: number;
  /** Length of the performance window. */
  readonly windowMs?: number;
}

export interface FakeSnapshot {
  readonly snapshot: Snapshot;
  /** Every sample of the window. */
  readonly columns: readonly PerfColumns[];
}

export async function fakeSnapshot(options: FakeSnapshotOptions = {}): Promise<FakeSnapshot> {
  const system = options.system ?? 'fake-1';
  const now = options.now ?? Date.now();
  const stopping = new AbortController();
  const session = createManagedSession({
    driver: fake,
    access: { fake: { volumes: 5, ...options.fake } },
    createContext: () =>
      createContext({
        name: system,
        model: 'fake_driver',
        timezone: 'UTC',
        log: quietLog,
        signal: stopping.signal,
        budget: createBudget(2),
        maxInFlight: 2,
        traffic: { requests: 0, errors: 0, bytesSent: 0, bytesReceived: 0 },
        now: () => now,
      }),
    log: quietLog,
    callTimeoutMs: 60_000,
    openTimeoutMs: 60_000,
    stopping: stopping.signal,
  });
  const collector: Collector = {
    session,
    driver: fake,
    storageId: system,
    incomplete: () => false,
    report: () => {},
  };
  const { inventory } = await collectInventory(collector, () => true);
  const capabilities = await readCapabilities(collector, undefined);
  const window = { start: now - (options.windowMs ?? 60_000), end: now };
  const metrics = capabilities?.resource_metrics ?? {};
  const { columns } = await collectPerformance(collector, metrics, window, now);
  await session.close();
  const snapshot: Snapshot = {
    system,
    vendor: 'fake_storage',
    model: 'fake_driver',
    labels: options.labels ?? {},
    up: true,
    inventory,
    inventoryTime: now,
    performance: columns.map((one) =>
      pickRows(
        one,
        Array.from(groupsOf(one), ([, to]) => to - 1),
      ),
    ),
    activeAlerts: ALERTS,
  };
  return { snapshot, columns };
}
