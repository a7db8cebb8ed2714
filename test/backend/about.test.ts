/** What an array says of itself beside its records: its console, and where its traps come from. */
import { BackendError, defineDriver, Type, type Session } from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { createConnection } from '../../src/backend/connection.ts';
import { collectInventory } from '../../src/backend/collect.ts';
import { createInventoryStore } from '../../src/backend/inventory-store.ts';
import type { Drop } from '../../src/backend/validate.ts';
import { createBudget } from '../../src/driver/budget.ts';
import { quietLog } from '../kit/snapshot.ts';

type About = Partial<Pick<Session, 'getAccessUrl' | 'listAlertSources'>>;

/** Rounds of an array that says this; `about` may be changed between them. */
function rounds(about: { now: About }) {
  const driver = defineDriver({
    vendor: 'test',
    model: 'about',
    title: 'About',
    access: Type.Object({}),
    open: async () => ({
      getStorage: async () => ({ serial_number: '7' }),
      listStoragePools: async () => [],
      listVolumes: async () => [],
      getAccessUrl: async (signal) => (await about.now.getAccessUrl?.(signal)) ?? '',
      listAlertSources: async (signal) => (await about.now.listAlertSources?.(signal)) ?? [],
      close: async () => {},
    }),
  });
  const drops: Drop[] = [];
  const { session } = createConnection({
    settings: {
      name: 'a',
      model: 'about',
      access: {},
      timezone: 'UTC',
      maxInFlight: 2,
      callTimeoutMs: 1_000,
    },
    driver,
    budget: createBudget(2),
    log: quietLog,
    onPartial: () => {},
  });
  const collector = {
    session,
    driver,
    storageId: 'a',
    incomplete: () => false,
    report: (drop: Drop) => void drops.push(drop),
  };
  return { drops, round: () => collectInventory(collector, () => true) };
}

const fails = async () => {
  throw new BackendError('500', 'out of order');
};

describe('the console', () => {
  it('is a fact of the storage, and stays while it can not be asked for', async () => {
    const about: { now: About } = {
      now: { getAccessUrl: async () => 'https://array.example:8088/' },
    };
    const { round } = rounds(about);
    const store = createInventoryStore();
    store.add(await round(), { wall: 0, steady: 0 });
    about.now = { getAccessUrl: fails };
    const failed = await round();
    expect(failed.problems).toMatchObject([{ call: 'getAccessUrl', message: 'out of order' }]);
    store.add(failed, { wall: 1, steady: 1 });
    expect(store.current(1, 1_000).storage).toEqual({
      storage_id: 'a',
      serial_number: '7',
      access_url: 'https://array.example:8088/',
    });
  });

  it.each([
    'https://admin:secret@array.example/',
    'https://admin:p@secret@array.example/',
    '//admin:p@secret@array.example/',
    'javascript:alert(1)',
    'array.example',
    'http://a b',
  ])('is none if it says %s', async (url) => {
    const { round, drops } = rounds({ now: { getAccessUrl: async () => url } });
    expect((await round()).inventory.storage).toEqual({ storage_id: 'a', serial_number: '7' });
    expect(drops).toMatchObject([
      { reason: 'invalid_field', list: 'storage', field: 'access_url' },
    ]);
    expect(JSON.stringify(drops)).not.toContain('secret');
  });
});

describe('the sources of traps', () => {
  it('are addresses; what is none is counted', async () => {
    const said = ['192.0.2.1', '2001:db8::1', 'array.example', '', '10.0.0.0/8'];
    const { round, drops } = rounds({ now: { listAlertSources: async () => said } });
    expect((await round()).alertSources).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(drops).toHaveLength(3);
  });

  it('are not known when they can not be asked for: nothing is forgotten', async () => {
    const { round } = rounds({ now: { listAlertSources: fails } });
    const { alertSources, problems } = await round();
    expect(alertSources).toBeUndefined();
    expect(problems).toMatchObject([{ call: 'listAlertSources' }]);
  });
});
