/** What a reload changes: which keys differ, what depends on them, what has to wait for a restart. */
import type { BackendConfig, Config } from '../config/schema.ts';
import type { LoadedConfig, PlainConfig } from '../config/load.ts';
import type { Fingerprints } from '../worker/supervisor.ts';
import type { FileContents } from './files.ts';

/** A configuration as this agent runs it. */
export interface AgentConfig {
  readonly loaded: LoadedConfig;
  /** Where HTTP is served. */
  readonly listen: readonly string[];
  /** Backends of other shards: their traps are not lost. */
  readonly foreign: readonly BackendConfig[];
  /** Files that `${file:}` and `${credential:}` name, and others to look at. */
  readonly secrets: readonly string[];
}

/** Who takes a changed key over; a key that nobody takes over needs a restart. */
export const TAKEN_OVER_BY: Readonly<Record<keyof Config, 'restart' | 'agent' | 'workers'>> = {
  listen: 'agent',
  web_config: 'agent',
  web_health: 'agent',
  agent_id: 'agent',
  service_namespace: 'agent',
  traps: 'agent',
  workers: 'workers',
  // A limit of a thread can't be changed: every array would have to log out and in.
  worker_heap: 'restart',
  otlp: 'workers',
  alert_output: 'workers',
  drivers: 'workers',
  backends: 'workers',
};

export interface Changes {
  /** Keys with another value, dotted; backends by name. */
  readonly applied: readonly string[];
  /** Keys that keep their running value until the agent is started again. */
  readonly needRestart: readonly string[];
  readonly started: readonly string[];
  readonly restarted: readonly string[];
  readonly stopped: readonly string[];
}

/** The new configuration with what needs a restart as it was. */
export function withoutRestart(before: AgentConfig, next: AgentConfig): AgentConfig {
  const { config, plain } = next.loaded;
  return {
    ...next,
    loaded: {
      ...next.loaded,
      config: { ...config, ...keptOf(before.loaded.config) },
      plain: { ...plain, value: { ...plain.value, ...keptOf(before.loaded.plain.value) } },
    },
  };
}

function keptOf(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(TAKEN_OVER_BY).flatMap(([key, by]) =>
      by === 'restart' ? [[key, value[key]]] : [],
    ),
  );
}

export function changesOf(
  before: AgentConfig & { readonly fingerprints: Fingerprints },
  next: AgentConfig & { readonly fingerprints: Fingerprints },
): Changes {
  const keys = changedKeys(settingsOf(before), settingsOf(next));
  const needsRestart = (key: string) =>
    TAKEN_OVER_BY[(key.split('.')[0] ?? '') as keyof Config] === 'restart';
  const old = before.fingerprints.backends;
  const now = next.fingerprints.backends;
  return {
    applied: keys.filter((key) => !needsRestart(key)),
    needRestart: keys.filter(needsRestart),
    started: Object.keys(now).filter((name) => !Object.hasOwn(old, name)),
    restarted: Object.keys(now).filter(
      (name) => Object.hasOwn(old, name) && old[name] !== now[name],
    ),
    stopped: Object.keys(old).filter((name) => !Object.hasOwn(now, name)),
  };
}

function settingsOf({ loaded, listen }: AgentConfig): Record<string, unknown> {
  return { ...loaded.plain.value, listen, drivers: loaded.plain.modules };
}

/** Dotted names of what differs, one level into blocks. */
function changedKeys(
  before: Readonly<Record<string, unknown>>,
  next: Readonly<Record<string, unknown>>,
  prefix = '',
): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(next)])].sort();
  return keys.flatMap((key) => {
    const [one, other] = [before[key], next[key]];
    if (JSON.stringify(one) === JSON.stringify(other)) return [];
    if (prefix === '' && isBlock(one) && isBlock(other)) {
      return changedKeys(one, other, `${key}.`);
    }
    return [`${prefix}${key}`];
  });
}

function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One sentence for the log and for whoever asked. */
export function describeChanges(changes: Changes, backends: number): string {
  const parts = [
    ...named('started', changes.started),
    ...named('restarted', changes.restarted),
    ...named('stopped', changes.stopped),
    ...named('applied', changes.applied),
    ...named('needs a restart:', changes.needRestart),
  ];
  const what = parts.length > 0 ? parts.join('; ') : 'nothing has changed';
  return `reloaded: ${backends} backend${backends === 1 ? '' : 's'}; ${what}`;
}

const MAX_NAMED = 20;

function named(word: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return [`${word} ${names.slice(0, MAX_NAMED).join(', ')}${more}`];
}

/** What each backend and the outputs depend on, the content of their files included. */
export function fingerprintsOf({ loaded, listen }: AgentConfig, files: FileContents): Fingerprints {
  const { plain, registry } = loaded;
  return {
    outputs: outputsKey(plain, listen, files),
    backends: Object.fromEntries(
      plain.backends.map((backend) => {
        const key = `${String(backend['vendor'])} ${String(backend['model'])}`;
        const name = String(backend['name']);
        return [
          name,
          JSON.stringify([backend, registry.origin(key), plain.folder, files.backends[name]]),
        ];
      }),
    ),
  };
}

function outputsKey(
  { value }: PlainConfig,
  listen: readonly string[],
  { otlp }: FileContents,
): string {
  const traps = value['traps'] as { varbinds?: boolean } | undefined;
  return JSON.stringify([
    value['otlp'],
    otlp,
    value['alert_output'],
    value['agent_id'] ?? listen[0],
    value['service_namespace'],
    traps?.varbinds,
  ]);
}
