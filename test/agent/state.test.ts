/** What is shown of an array while nobody hosts it. */
import { expect, it } from 'vitest';
import { createState } from '../../src/agent/state.ts';
import { createPageStore, textOfPage } from '../../src/telemetry/prometheus/page.ts';
import { parseExposition, valueOf } from '../kit/exposition.ts';

const ALERTS = {
  Fatal: 0,
  Critical: 1,
  Major: 3,
  Minor: 0,
  Warning: 0,
  Informational: 0,
  NotSpecified: 0,
};

it('an array whose worker is gone is down, and its alerts are still counted', async () => {
  const pages = createPageStore();
  const state = createState(pages, (system) => (system === 'told' ? ALERTS : undefined));
  state.retain([
    { name: 'told', vendor: 'fake_storage', model: 'fake_driver' },
    { name: 'untold', vendor: 'fake_storage', model: 'fake_driver' },
  ]);
  for (const system of ['told', 'untold']) state.lost(system, 'it did not answer');
  const samples = parseExposition(await textOfPage(await pages.page()));
  const value = (name: string, system: string, more = {}) =>
    valueOf(samples, name, { storage_system_name: system, ...more });
  expect([value('storage_system_up', 'told'), value('storage_system_up', 'untold')]).toEqual([
    0, 0,
  ]);
  const major = { storage_alert_severity: 'major' };
  expect(value('storage_alert_active', 'told', major)).toBe(3);
  expect(value('storage_alert_active', 'untold', major)).toBeUndefined();
  expect(state.statuses.get('told')?.runs.inventory?.message).toBe(
    'its worker is gone: it did not answer',
  );
});
