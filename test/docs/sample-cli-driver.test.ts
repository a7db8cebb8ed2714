/** The CLI sample of the developer guide believes whole output only. */
import { expect, it } from 'vitest';
import {
  InvalidResponse,
  NotSupported,
  type DriverContext,
  type Session,
  type SshClient,
} from 'delfin-agent/driver';
import driver from '../../docs/sample-cli-driver.ts';
import { simulator } from '../../docs/sample-cli-simulator.ts';
import { COMMAND_FAULTS } from '../../src/testing/faults.ts';
import { describeConformance } from '../kit/conformance.ts';
import { describeFaultMatrix } from '../kit/fault-matrix.ts';

describeConformance({ driver, simulator });

describeFaultMatrix({ driver, simulator, faults: COMMAND_FAULTS, isLogin: () => false });

const POOLS = `Id Name       State    Size(MiB)
 0 gold       normal        1024
 1 tin pot    degraded       512
--------------------------------
 2 total                    1536
`;

async function open(outputs: Readonly<Record<string, string>>): Promise<Session> {
  const client: SshClient = {
    exec: async (command) => ({ stdout: outputs[command] ?? '', stderr: '', code: 0 }),
    readdir: () => Promise.reject(new Error('no files')),
    readFile: () => Promise.reject(new Error('no files')),
    close: async () => {},
  };
  const context = { ssh: async () => client, pause: async () => {} } as unknown as DriverContext;
  return await driver.open({ ssh: { host: 'array', username: 'monitor' } }, context);
}

const { signal } = new AbortController();

it('reads whole tables, in bytes', async () => {
  const session = await open({ showpools: POOLS, showvolumes: 'No volumes listed\n' });
  expect(await session.listStoragePools(signal)).toEqual([
    { native_storage_pool_id: '0', name: 'gold', status: 'normal', total_capacity: 2 ** 30 },
    { native_storage_pool_id: '1', name: 'tin pot', status: 'degraded', total_capacity: 2 ** 29 },
  ]);
  expect(await session.listVolumes(signal)).toEqual([]);
});

it.each([
  ['a row is missing', POOLS.replace(/^ 1 .*\n/m, '')],
  ['the end is missing', POOLS.slice(0, POOLS.indexOf('----'))],
  ['there is no table', 'Welcome\n'],
  ['there is nothing', ''],
])('is no shorter list where %s', async (_what, showpools) => {
  const session = await open({ showpools });
  await expect(session.listStoragePools(signal)).rejects.toBeInstanceOf(InvalidResponse);
});

it('takes the words of the array for what they mean', async () => {
  const session = await open({ showpools: 'Unknown command\n' });
  await expect(session.listStoragePools(signal)).rejects.toBeInstanceOf(NotSupported);
});
