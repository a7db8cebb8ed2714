/** A backend's configuration with every default filled in and every duration in milliseconds. */
import type { BackendConfig, ListName } from '../config/schema.ts';
import { parseDuration } from '../config/quantities.ts';
import type { ResourceType } from '../driver/metrics.ts';

export interface BackendSettings {
  readonly name: string;
  readonly vendor: string;
  readonly model: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The driver's own keys, secrets wrapped. */
  readonly access: Readonly<Record<string, unknown>>;
  readonly timezone: string;
  readonly inventoryIntervalMs: number;
  readonly exclude: ReadonlySet<ListName>;
  readonly performanceIntervalMs: number;
  /** undefined: every type; empty: performance is off. */
  readonly resources: ReadonlySet<ResourceType> | undefined;
  readonly alertsIntervalMs: number;
  readonly alertsEnabled: boolean;
  readonly trapSources: readonly string[];
  readonly maxInFlight: number;
  readonly callTimeoutMs: number;
  readonly maxSeries: number;
  /** Old TLS versions or SSH algorithms are allowed. */
  readonly legacyCrypto: boolean;
}

const COMMON_KEYS = new Set([
  'name', 'vendor', 'model', 'labels', 'inventory', 'performance', 'alerts', 'budget', 'timezone',
]); // prettier-ignore

export function settingsOf(config: BackendConfig): BackendSettings {
  const { inventory, performance, alerts, budget } = config;
  const access = accessOf(config);
  const resources = performance?.resources ? new Set(performance.resources) : undefined;
  return {
    name: config.name,
    vendor: config.vendor,
    model: config.model,
    labels: config.labels ?? {},
    access,
    timezone: config.timezone ?? localTimeZone(),
    inventoryIntervalMs: parseDuration(inventory?.interval ?? '5m'),
    exclude: new Set(inventory?.exclude),
    performanceIntervalMs: parseDuration(performance?.interval ?? '60s'),
    resources: performance?.enabled === false ? new Set() : resources,
    alertsIntervalMs: parseDuration(alerts?.interval ?? '60s'),
    alertsEnabled: alerts?.enabled !== false,
    trapSources: trapSourcesOf(config),
    maxInFlight: budget?.max_in_flight ?? 2,
    callTimeoutMs: parseDuration(budget?.call_timeout ?? '5m'),
    maxSeries: budget?.max_series ?? 1_000_000,
    legacyCrypto: Object.values(access).some(isLegacy),
  };
}

let local: string | undefined;
/** Asked once: a formatter costs more than all the rest of the settings. */
const localTimeZone = () => (local ??= new Intl.DateTimeFormat().resolvedOptions().timeZone);

function isLegacy(block: unknown): boolean {
  const { legacy_tls: tls, legacy_algorithms: ssh } = (block ?? {}) as Record<string, unknown>;
  return tls === true || ssh === true;
}

function accessOf(config: BackendConfig): BackendSettings['access'] {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !COMMON_KEYS.has(key)));
}

/** Where traps of this backend come from, as configured. */
export function trapSourcesOf(config: BackendConfig): readonly string[] {
  return config.alerts?.trap_sources ?? accessHosts(accessOf(config));
}

/** The hosts of the access blocks: where traps come from unless the operator says otherwise. */
export function accessHosts(access: Readonly<Record<string, unknown>>): string[] {
  const hosts = Object.values(access).flatMap((block) => {
    const host = (block as { host?: unknown } | null)?.host;
    return typeof host === 'string' ? [host] : [];
  });
  return [...new Set(hosts)];
}

/**
 * Servers this backend talks to, by host and port: behind one address there may be several (a tunnel,
 * NAT). Backends that share one share its budget and its thread.
 */
export function serverKey(access: Readonly<Record<string, unknown>>, name: string): string {
  const servers = Object.entries(access).flatMap(([kind, block]) => {
    const { host, port } = (block ?? {}) as { host?: unknown; port?: unknown };
    if (typeof host !== 'string') return [];
    // Without a port it is the driver's own for this kind of access.
    return [`${host}:${typeof port === 'number' ? port : kind}`];
  });
  return [...new Set(servers)].sort().join(' ') || name;
}
