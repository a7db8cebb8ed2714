/** The REST sample of the developer guide is a driver like any other: complete, and true under damage. */
import { expect, it } from 'vitest';
import driver from '../../docs/sample-rest-driver.ts';
import { describeConformance } from '../kit/conformance.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';
import { openDriver } from '../../src/testing/open.ts';
import { simulator, startSampleArray } from '../../docs/sample-rest-simulator.ts';

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
