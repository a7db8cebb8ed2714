/** The REST sample of the developer guide is a driver like any other: complete, and true under damage. */
import { expect, it } from 'vitest';
import type { Trap } from 'delfin-agent/driver';
import driver from '../../docs/sample-rest-driver.ts';
import { describeConformance } from '../kit/conformance.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { openDriver } from '../kit/open.ts';
import { simulator, startSampleArray } from './sample-array.ts';

describeConformance({ driver, simulator });

describeFaultMatrix({
  driver,
  simulator,
  isLogin: (request) => request.includes('/sessions'),
});

it('a list whose fuller question is refused says what it lacks', async () => {
  await using array = await startSampleArray({ generation: 'v1' });
  await using opened = openDriver(driver, array.access);
  expect(await opened.list('listVolumes')).toHaveLength(205);
  expect(opened.told.map(({ error }) => error.message)).toEqual([
    'volumes: the array refuses to tell compression and deduplication',
  ]);
});

it('a trap and the list have one key, severity and category for one fault', async () => {
  await using array = await startSampleArray();
  const oid = '1.3.6.1.4.1.99999.1';
  const octets = (text: string) => ({ type: 'OctetString', value: Buffer.from(text) }) as const;
  const trap: Trap = {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: `${oid}.0.1`,
    varbinds: [
      { oid: `${oid}.1`, ...octets('DISK_FAILED') },
      { oid: `${oid}.2`, ...octets('error') },
      { oid: `${oid}.3`, ...octets('d1') },
    ],
    source: '192.0.2.1',
    received_at: 0,
  };
  const listed = array.truth.alerts.find(({ alert_id: id }) => id === 'DISK_FAILED');
  const { match_key, severity, category } = listed ?? {};
  const context = { storageId: 's', timezone: 'UTC' };
  expect(driver.parseAlert?.(trap, context)).toMatchObject({ match_key, severity, category });
  expect(driver.parseAlert?.({ ...trap, trap_oid: '1.3.6.1.4.1.1' }, context)).toBeUndefined();
});
