/** Alerts of polls and of traps: one fault is one alert, whichever road it comes. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Alert, Trap } from 'delfin-agent/driver';
import driver from '../../drivers/dellemc-unity/index.ts';
import { createAlertTracker, type Transition } from '../../src/backend/alerts/tracker.ts';
import { sendJson, serve } from '../kit/http-server.ts';
import { openDriver, TEST_SYSTEM } from '../../src/testing/open.ts';

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of cleanup.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

type Content = Readonly<Record<string, unknown>>;

/** Polls an array that has these alerts; `knowsState`: false for OE 4.x. */
async function poll(contents: readonly Content[], knowsState = true): Promise<readonly Alert[]> {
  const served = await serve((request, response) => {
    if (request.path.includes('loginSessionInfo')) {
      sendJson(response, 200, { entries: [] }, { 'set-cookie': 'a=b' });
    } else if (!knowsState && request.query.get('fields')?.includes('state')) {
      const messages = [{ 'en-US': 'Unknown attribute state.' }];
      sendJson(response, 400, { error: { errorCode: 131149826, messages } });
    } else {
      sendJson(response, 200, { links: [], entries: contents.map((content) => ({ content })) });
    }
  });
  cleanup.push(served);
  const { port } = served;
  const rest = { host: '127.0.0.1', port, username: 'u', password: 'p', insecure: true };
  const open = openDriver(driver, { rest });
  cleanup.push(open);
  return await open.alerts();
}

const ENTERPRISE = '1.3.6.1.4.1.1139.103.1.18';

function trap(level: number, fields: Readonly<Record<number, string>>): Trap {
  return {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: `${ENTERPRISE}.2.${level}`,
    varbinds: Object.entries(fields).map(([column, value]) => ({
      oid: `${ENTERPRISE}.1.${column}`,
      type: 'OctetString',
      value: new TextEncoder().encode(value),
    })),
    source: '192.0.2.1',
    received_at: 1_700_000_000_000,
  };
}

const parse = (one: Trap) =>
  driver.parseAlert?.(one, { storageId: TEST_SYSTEM, timezone: 'UTC' }) as Alert;

const disk = (id: string, more: Content = {}): Content => ({
  id,
  state: 0,
  severity: 3,
  messageId: '14:60244',
  message: 'Disk 7 has faulted',
  component: { id: 'dpe_disk_7', resource: 'disk' },
  ...more,
});
const FAULT = { 1: 'spa', 2: 'dpe_disk_7', 3: '14:60244', 4: 'Disk 7 has faulted' };
const WELL = { 1: 'spa', 2: 'dpe_disk_7', 3: '14:6025b', 4: 'Disk 7 is operating normally.' };

describe('one fault is one alert', () => {
  const crash = (id: string, component?: string): Content =>
    disk(id, {
      message: 'A process crashed.',
      messageId: '14:3a',
      component: component && { id: component },
    });

  it('tells alerts with the same text apart, by component and by instance', async () => {
    const alerts = await poll([
      crash('alert_30', 'spa'),
      crash('alert_31', 'spb'),
      crash('alert_32', 'spa'),
      crash('alert_33'),
      crash('alert_34'),
    ]);
    expect(new Set(alerts.map((one) => one.match_key)).size).toBe(5);
  });

  it('keeps the key of each while others come and go', async () => {
    const keyOf = async (contents: readonly Content[], id: string) =>
      (await poll(contents)).find((one) => one.sequence_number === id)?.match_key;
    const [first, second, third] = [9, 10, 11].map((n) => crash(`alert_${n}`, 'spa')) as [
      Content,
      Content,
      Content,
    ];
    const key = await keyOf([first], 'alert_9');
    expect(await keyOf([third, second, first], 'alert_9')).toBe(key);
    expect(await keyOf([second, third, first], 'alert_11')).toBe(
      await keyOf([first, third], 'alert_11'),
    );
  });

  it('counts three alerts of the same text and is silent while nothing changes', async () => {
    const alerts = await poll(['spa', 'spb', 'spa'].map((sp, n) => crash(`alert_${n}`, sp)));
    const changes: Transition[] = [];
    const tracker = createAlertTracker({ system: 's', onTransition: (one) => changes.push(one) });
    tracker.poll(alerts);
    tracker.poll(alerts.toReversed());
    expect(tracker.counts()).toMatchObject({ Major: 3 });
    expect(changes).toHaveLength(3);
  });

  it('is the same by trap and by poll, with one severity, category and place', async () => {
    const [polled] = await poll([disk('alert_1')]);
    const sent = parse(trap(3, FAULT));
    expect(sent).toMatchObject({ location: 'dpe_disk_7', severity: 'Major', category: 'Fault' });
    expect(polled).toMatchObject({ location: 'dpe_disk_7', severity: 'Major', category: 'Fault' });
    expect(sent.match_key).toBe(polled?.match_key);
  });

  it('is the same where the trap names a service and the alert no component', async () => {
    const [polled] = await poll([disk('alert_1', { component: undefined })]);
    expect(parse(trap(3, { ...FAULT, 2: 'Health' })).match_key).toBe(polled?.match_key);
  });
});

describe('traps that say little', () => {
  /** What the tracker makes of a trap and the poll after it. */
  async function after(one: Trap, contents: readonly Content[]) {
    const changes: string[] = [];
    const tracker = createAlertTracker({
      system: 's',
      onTransition: (change) => changes.push(change.kind === 'alert' ? change.state : 'trap'),
    });
    tracker.trap(one, [parse(one)]);
    tracker.poll(await poll(contents));
    return changes;
  }

  it('is an alert without symptom, by its text', async () => {
    const { 3: _, ...fields } = FAULT;
    expect(parse(trap(3, fields))).toMatchObject({ alert_name: FAULT[4], location: 'dpe_disk_7' });
    expect(await after(trap(3, fields), [disk('alert_1')])).toEqual(['raised']);
  });

  it('has the words of its symptom where its text is empty, and is the fault that a poll lists', async () => {
    const empty = trap(4, { ...FAULT, 3: '1:127486a', 4: '' });
    expect(parse(empty)).toMatchObject({
      alert_id: '1:127486a',
      alert_name: 'lcc fw upgrade failed',
      description: 'lcc fw upgrade failed',
    });
    const polled = disk('alert_1', { messageId: '1:127486a', severity: 4 });
    expect(await after(empty, [polled])).toEqual(['raised']);
  });

  it('ends what is wrong with a component when it is well again, and nothing else', async () => {
    const changes: Transition[] = [];
    const tracker = createAlertTracker({ system: 's', onTransition: (one) => changes.push(one) });
    tracker.poll(
      await poll([
        disk('alert_1'),
        disk('alert_2', { message: 'Disk 7 is slow', messageId: '14:1' }),
        disk('alert_3', { component: { id: 'dpe_disk_8' }, message: 'Disk 8 has faulted' }),
      ]),
    );
    const well = trap(6, WELL);
    tracker.trap(well, [parse(well)]);
    expect(tracker.active().map((one) => one.sequence_number)).toEqual(['alert_3']);
    expect(changes.slice(3)).toMatchObject([
      { state: 'cleared', source: 'trap', alert: { sequence_number: 'alert_1' } },
      { state: 'cleared', source: 'trap', alert: { sequence_number: 'alert_2' } },
    ]);
  });

  it('ends nothing by a recovery that names no component, or is about a part of it', async () => {
    const tracker = createAlertTracker({ system: 's', onTransition: () => {} });
    tracker.poll(await poll([disk('alert_1')]));
    for (const one of [
      trap(6, { 1: 'spa', 3: '14:608fc', 4: 'Host h1 is operating normally.' }),
      trap(6, { ...WELL, 3: '1:16f0078', 4: 'There is enough space for snapshots again.' }),
    ]) {
      expect(parse(one).category).toBe('Recovery');
      tracker.trap(one, [parse(one)]);
    }
    expect(tracker.active()).toHaveLength(1);
  });

  it('takes an error about a restore for no recovery', async () => {
    const reason = { descriptionId: 'ALRT_SED_KEY_RESTORE', messageId: '14:607d1' };
    expect(await poll([disk('alert_1', reason)])).toMatchObject([{ category: 'Fault' }]);
    expect(parse(trap(3, { ...FAULT, 3: '14:607d1' })).category).toBe('Fault');
    expect(parse(trap(8, FAULT)).category).toBe('Recovery');
  });
});

describe('what is over', () => {
  it('is inactive, or acknowledged where alerts have no state', async () => {
    const contents = [
      disk('alert_1', { isAcknowledged: true }),
      disk('alert_2', { isAcknowledged: false, message: 'another' }),
    ];
    const ended = [disk('alert_1', { state: 2 }), contents[1] as Content];
    const stateless = contents.map((content) => ({ ...content, state: undefined }));
    const ids = (alerts: readonly Alert[]) => alerts.map((one) => one.sequence_number);
    expect(ids(await poll(ended))).toEqual(['alert_2']);
    expect(ids(await poll(contents))).toEqual(['alert_1', 'alert_2']);
    expect(ids(await poll(stateless, false))).toEqual(['alert_2']);
  });
});
