import type * as NodeModule from 'node:module';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createRegistry } from '../src/registry.ts';
import { workspace, type Workspace } from './kit/agent.ts';

const registered = vi.hoisted(() => vi.fn());
vi.mock('node:module', async (load) => {
  const real = await load<typeof NodeModule>();
  return {
    ...real,
    registerHooks(hooks: Parameters<typeof NodeModule.registerHooks>[0]) {
      registered();
      return real.registerHooks(hooks);
    },
  };
});

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

it('driver modules find the contract by hooks that are there once, however often they are loaded', async () => {
  space.write(
    'mine.ts',
    `import { defineDriver, Type } from 'delfin-agent/driver';
     export default defineDriver({
       vendor: 'acme', model: 'm', access: Type.Object({}),
       open: async () => ({ getStorage: async () => ({}), listStoragePools: async () => [], listVolumes: async () => [], close: async () => {} }),
     });`,
  );
  for (let reload = 0; reload < 3; reload += 1) {
    const { registry, problems } = await createRegistry(['./mine.ts'], space.folder);
    expect(problems).toEqual([]);
    expect(registry.origin('acme m')).toBe('./mine.ts');
  }
  expect(registered).toHaveBeenCalledTimes(1);
});
