/**
 * The agent's own numbers: counted where things happen, in every thread, as plain data; the main
 * thread adds them up and shows them through the SDK's instruments (own.ts).
 */
import type { Kind } from './names.ts';

export interface SelfFamily {
  /** OTel instrument, dotted. */
  readonly instrument: string;
  readonly unit: string;
  readonly kind: Kind;
  readonly help: string;
  /** Attribute keys; labels of the page are these with underscores. */
  readonly attributes: readonly string[];
}

const SYSTEM = 'storage.system.name';
const KIND = 'delfin.collection.kind';
const REASON = 'delfin.reason';
const SIGNAL = 'delfin.signal';
const ERROR = 'error.type';

/** Name on the Prometheus page -> family. */
export const SELF = {
  delfin_build_info: {
    instrument: 'delfin.build.info',
    unit: '{build}',
    kind: 'updown',
    help: 'Version of the agent and of its runtime.',
    attributes: ['service.version', 'process.runtime.version'],
  },
  delfin_config_last_reload_successful: {
    instrument: 'delfin.config.last_reload_successful',
    unit: '{reload}',
    kind: 'updown',
    help: 'Whether the last reload of the configuration worked.',
    attributes: [],
  },
  delfin_config_last_reload_success_timestamp_seconds: {
    instrument: 'delfin.config.last_reload_success_timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When the configuration was loaded last, since the epoch.',
    attributes: [],
  },
  delfin_collection_runs_total: {
    instrument: 'delfin.collection.runs',
    unit: '{run}',
    kind: 'counter',
    help: 'Collections that ended.',
    attributes: [SYSTEM, KIND],
  },
  delfin_collection_errors_total: {
    instrument: 'delfin.collection.errors',
    unit: '{error}',
    kind: 'counter',
    help: 'Calls of collections that failed.',
    attributes: [SYSTEM, KIND, ERROR],
  },
  delfin_collection_skipped_total: {
    instrument: 'delfin.collection.skipped',
    unit: '{run}',
    kind: 'counter',
    help: 'Collections that were due while the one before was still going.',
    attributes: [SYSTEM, KIND],
  },
  delfin_collection_last_duration_seconds: {
    instrument: 'delfin.collection.last_duration',
    unit: 's',
    kind: 'gauge',
    help: 'How long the last collection took.',
    attributes: [SYSTEM, KIND],
  },
  delfin_collection_last_success_timestamp_seconds: {
    instrument: 'delfin.collection.last_success_timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When the last good collection ended, since the epoch.',
    attributes: [SYSTEM, KIND],
  },
  delfin_backend_requests_total: {
    instrument: 'delfin.backend.requests',
    unit: '{request}',
    kind: 'counter',
    help: 'Requests and commands sent to the array.',
    attributes: [SYSTEM],
  },
  delfin_backend_request_errors_total: {
    instrument: 'delfin.backend.request_errors',
    unit: '{request}',
    kind: 'counter',
    help: 'Requests and commands that got no usable answer.',
    attributes: [SYSTEM],
  },
  delfin_backend_received_bytes_total: {
    instrument: 'delfin.backend.received',
    unit: 'By',
    kind: 'counter',
    help: 'Bytes received from the array.',
    attributes: [SYSTEM],
  },
  delfin_backend_legacy_crypto: {
    instrument: 'delfin.backend.legacy_crypto',
    unit: '{backend}',
    kind: 'updown',
    help: 'Whether the configuration allows old TLS versions or SSH algorithms to the array.',
    attributes: [SYSTEM],
  },
  delfin_series_active: {
    instrument: 'delfin.series.active',
    unit: '{series}',
    kind: 'updown',
    help: 'Series on the page.',
    attributes: [SYSTEM],
  },
  delfin_series_dropped_total: {
    instrument: 'delfin.series.dropped',
    unit: '{series}',
    kind: 'counter',
    help: 'Records, fields, samples and series that were dropped.',
    attributes: [SYSTEM, REASON],
  },
  delfin_worker_restarts_total: {
    instrument: 'delfin.worker.restarts',
    unit: '{restart}',
    kind: 'counter',
    help: 'Worker threads that died or hung and were replaced.',
    attributes: [],
  },
  delfin_egress_restarts_total: {
    instrument: 'delfin.egress.restarts',
    unit: '{restart}',
    kind: 'counter',
    help: 'Times that the thread of queues and alerts died and was replaced.',
    attributes: [],
  },
  delfin_trap_received_total: {
    instrument: 'delfin.trap.received',
    unit: '{trap}',
    kind: 'counter',
    help: 'SNMP notifications that were accepted.',
    attributes: ['snmp.version'],
  },
  delfin_trap_dropped_total: {
    instrument: 'delfin.trap.dropped',
    unit: '{trap}',
    kind: 'counter',
    help: 'Datagrams at the trap port that were refused or lost.',
    attributes: [ERROR],
  },
  delfin_trap_receive_buffer_bytes: {
    instrument: 'delfin.trap.receive_buffer',
    unit: 'By',
    kind: 'updown',
    help: 'Receive buffer that the kernel granted.',
    attributes: [],
  },
  storage_alert_received_total: {
    instrument: 'storage.alert.received',
    unit: '{alert}',
    kind: 'counter',
    help: 'Alert transitions by severity, category and source.',
    attributes: [
      SYSTEM,
      'storage.alert.severity',
      'storage.alert.category',
      'storage.alert.source',
    ],
  },
  delfin_alert_dropped_total: {
    instrument: 'delfin.alert.dropped',
    unit: '{alert}',
    kind: 'counter',
    help: 'Alert records that were lost.',
    attributes: [REASON],
  },
  delfin_otlp_export_errors_total: {
    instrument: 'delfin.otlp.export.errors',
    unit: '{attempt}',
    kind: 'counter',
    help: 'Attempts to export that failed.',
    attributes: [SIGNAL, ERROR],
  },
  delfin_otlp_exported_items_total: {
    instrument: 'delfin.otlp.exported.items',
    unit: '{item}',
    kind: 'counter',
    help: 'Points and records that the receiver accepted.',
    attributes: [SIGNAL],
  },
  delfin_otlp_dropped_items_total: {
    instrument: 'delfin.otlp.dropped.items',
    unit: '{item}',
    kind: 'counter',
    help: 'Points and records that were lost.',
    attributes: [SIGNAL, REASON],
  },
  delfin_otlp_queue_bytes: {
    instrument: 'delfin.otlp.queue',
    unit: 'By',
    kind: 'updown',
    help: 'Compressed batches that wait for the receiver.',
    attributes: [SIGNAL],
  },
  delfin_otlp_queue_disk_errors_total: {
    instrument: 'delfin.otlp.queue.disk.errors',
    unit: '{error}',
    kind: 'counter',
    help: 'Batches that the folder of the queue did not take or give back.',
    attributes: [SIGNAL, ERROR],
  },
  delfin_http_requests_total: {
    instrument: 'delfin.http.requests',
    unit: '{request}',
    kind: 'counter',
    help: 'HTTP requests answered.',
    attributes: ['http.route', 'http.response.status_code'],
  },
  delfin_event_loop_delay_seconds: {
    instrument: 'delfin.event_loop.delay',
    unit: 's',
    kind: 'gauge',
    help: 'Longest stall of the main event loop since the last page.',
    attributes: [],
  },
  delfin_memory_resident_bytes: {
    instrument: 'delfin.memory.resident',
    unit: 'By',
    kind: 'updown',
    help: 'Resident memory of the process.',
    attributes: [],
  },
} as const satisfies Record<string, SelfFamily>;

export type SelfName = keyof typeof SELF;

/** Family -> label values, in the family's order, joined by U+0000 -> value. */
export type SelfCounts = ReadonlyMap<SelfName, ReadonlyMap<string, number>>;

export interface SelfMetrics {
  add(name: SelfName, labels: readonly string[], amount?: number): void;
  set(name: SelfName, labels: readonly string[], value: number): void;
  /** Forgets the gauges of a system that is no longer there. */
  forget(system: string): void;
  counts(): SelfCounts;
}

export function createSelfMetrics(): SelfMetrics {
  const counts = new Map<SelfName, Map<string, number>>();
  const valuesOf = (name: SelfName) => {
    let values = counts.get(name);
    if (!values) counts.set(name, (values = new Map()));
    return values;
  };
  return {
    add(name, labels, amount = 1) {
      const values = valuesOf(name);
      const key = keyOf(labels);
      values.set(key, (values.get(key) ?? 0) + amount);
    },
    set: (name, labels, value) => void valuesOf(name).set(keyOf(labels), value),
    forget(system) {
      for (const [name, values] of counts) {
        const { attributes, kind }: SelfFamily = SELF[name];
        if (attributes[0] !== SYSTEM || kind === 'counter') continue;
        for (const key of values.keys()) {
          if (systemOf(key) === separable(system)) values.delete(key);
        }
      }
    },
    counts: () => counts,
  };
}

function keyOf(labels: readonly string[]): string {
  return labels.map(separable).join('\u0000');
}

/** Without the character that separates values; as the page writes it. */
function separable(label: string): string {
  return label.replaceAll('\u0000', String.raw`\x00`);
}

function systemOf(key: string): string {
  return key.split('\u0000', 1)[0] ?? '';
}

/** Without the series of arrays that are no longer there; what they counted goes on if they return. */
export function ofSystems(counts: SelfCounts, systems: Iterable<string>): SelfCounts {
  const there = new Set(Array.from(systems, separable));
  return new Map(
    Array.from(counts, ([name, values]) => {
      if (SELF[name].attributes[0] !== SYSTEM) return [name, values];
      return [name, new Map([...values].filter(([key]) => there.has(systemOf(key))))];
    }),
  );
}

/**
 * The counts of several threads as one. A thread that was replaced starts from zero: what its
 * predecessor counted is kept in `retired`, so that counters never fall.
 */
export function mergeCounts(parts: readonly SelfCounts[]): SelfCounts {
  const merged = new Map<SelfName, Map<string, number>>();
  for (const part of parts) {
    for (const [name, values] of part) {
      let into = merged.get(name);
      if (!into) merged.set(name, (into = new Map()));
      for (const [key, value] of values) into.set(key, (into.get(key) ?? 0) + value);
    }
  }
  return merged;
}

/** Only what keeps counting: for a thread that is gone. */
export function countersOf(counts: SelfCounts): SelfCounts {
  return new Map([...counts].filter(([name]) => SELF[name].kind === 'counter'));
}
