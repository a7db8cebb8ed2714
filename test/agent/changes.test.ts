/** Every key of the schema: a reload takes it over, or says that it needs a restart. */
import { describe, expect, it } from 'vitest';
import {
  changesOf,
  fingerprintsOf,
  TAKEN_OVER_BY,
  withoutRestart,
  type AgentConfig,
} from '../../src/agent/changes.ts';
import { ConfigSchema, type Config } from '../../src/config/schema.ts';
import { createRegistry } from '../../src/registry.ts';

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
}

const NO_FILES = { backends: {}, otlp: '', web: '', paths: [] };
const { registry } = await createRegistry([], import.meta.dirname);

/** Dotted leaves of a schema; a list or a union is one. */
function leaves(node: Node, path: readonly string[] = []): (readonly string[])[] {
  if (!node.properties) return [path];
  return Object.entries(node.properties).flatMap(([key, child]) => leaves(child, [...path, key]));
}

const backendNode = (ConfigSchema.properties.backends as unknown as { items: Node }).items;
const settings = leaves({
  properties: Object.fromEntries(
    Object.entries(ConfigSchema.properties).filter(([key]) => key !== 'backends'),
  ) as Record<string, Node>,
});

/** A configuration with one leaf that has this value. */
function configure(path: readonly string[] = [], value = 'before'): AgentConfig {
  const root: Record<string, unknown> = {};
  let at = root;
  for (const [index, key] of path.entries()) {
    at[key] = index === path.length - 1 ? value : {};
    at = at[key] as Record<string, unknown>;
  }
  const { drivers, listen, ...rest } = root;
  const backends = [backend('a'), backend('b')];
  return {
    listen: [typeof listen === 'string' ? listen : '127.0.0.1:1'],
    foreign: [],
    secrets: [],
    loaded: {
      config: { ...rest, backends },
      plain: {
        folder: '/',
        value: rest,
        modules: typeof drivers === 'string' ? [drivers] : [],
        backends,
      },
      registry,
    },
  };
}

function backend(name: string, more: Readonly<Record<string, unknown>> = {}) {
  return { name, vendor: 'fake_storage', model: 'fake_driver', ...more };
}

const withPrints = (config: AgentConfig) => ({
  ...config,
  fingerprints: fingerprintsOf(config, NO_FILES),
});

describe('what a reload changes', () => {
  it('knows every key of the schema', () => {
    expect(Object.keys(TAKEN_OVER_BY).toSorted()).toEqual(
      Object.keys(ConfigSchema.properties).toSorted(),
    );
    expect(settings.length).toBeGreaterThan(25);
  });

  it.each(settings.map((path) => [path.join('.'), path] as const))(
    '%s is taken over, or named as needing a restart',
    (name, path) => {
      const before = withPrints(configure(path, 'before'));
      const next = withPrints(configure(path, 'after'));
      const changes = changesOf(before, next);
      const needs = TAKEN_OVER_BY[path[0] as keyof Config] === 'restart';
      expect(needs ? changes.needRestart : changes.applied).toEqual([name]);
      expect(needs ? changes.applied : changes.needRestart).toEqual([]);
      // No array logs out for a key of the agent.
      expect(changes).toMatchObject({ started: [], restarted: [], stopped: [] });
    },
  );

  it('keeps the running value of what needs a restart, also on the page of the configuration', () => {
    const before = configure(['worker_heap'], '64MiB');
    const kept = withoutRestart(before, configure(['worker_heap'], '96MiB'));
    expect(kept.loaded.config.worker_heap).toBe('64MiB');
    expect(kept.loaded.plain.value['worker_heap']).toBe('64MiB');
  });

  it.each(leaves(backendNode).map((path) => [path.join('.'), path] as const))(
    'the key %s of one array restarts that array and no other',
    (_name, path) => {
      if (['name', 'vendor', 'model'].includes(path[0] ?? '')) return;
      const more = (value: string) =>
        path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<
          string,
          unknown
        >;
      const config = configure();
      const withB = (value: string): AgentConfig => ({
        ...config,
        loaded: {
          ...config.loaded,
          plain: { ...config.loaded.plain, backends: [backend('a'), backend('b', more(value))] },
        },
      });
      const changes = changesOf(withPrints(withB('before')), withPrints(withB('after')));
      expect(changes).toEqual({
        applied: [],
        needRestart: [],
        started: [],
        restarted: ['b'],
        stopped: [],
      });
    },
  );

  it('an array restarts when a file that it names holds something else', () => {
    const config = configure();
    const files = (content: string) => ({ ...NO_FILES, backends: { b: content } });
    const changes = changesOf(
      { ...config, fingerprints: fingerprintsOf(config, files('one certificate')) },
      { ...config, fingerprints: fingerprintsOf(config, files('another')) },
    );
    expect(changes.restarted).toEqual(['b']);
  });

  it('outputs are made anew for what they depend on only', () => {
    const outputs = (path: readonly string[], value: string) =>
      withPrints(configure(path, value)).fingerprints.outputs;
    const made = settings
      .filter((path) => outputs(path, 'before') !== outputs(path, 'after'))
      .map((path) => path[0]);
    expect(new Set(made)).toEqual(
      new Set(['listen', 'agent_id', 'service_namespace', 'otlp', 'traps', 'alert_output']),
    );
    expect(made.filter((key) => key === 'traps')).toHaveLength(1);
  });
});
