import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Simulator } from '../kit/simulator.ts';
import { runAgent, workspace, type Workspace } from '../kit/agent.ts';
import { loadSimulator } from '../simulators/all.ts';

let space: Workspace;
let simulator: Simulator;
let config = '';

beforeAll(async () => {
  space = workspace();
  const { vendor, model, start } = await loadSimulator('netapp-ontap');
  simulator = await start({ seed: 42 });
  const backends = [{ name: 'hall-7', vendor, model, ...simulator.access }];
  config = space.write('config.yaml', stringify({ backends }));
});
afterAll(async () => {
  space[Symbol.dispose]();
  await simulator[Symbol.asyncDispose]();
});

const run = async (...args: string[]) => {
  const result = await runAgent([...args, '--format', 'json', '--config.file', config]);
  return { ...result, document: JSON.parse(result.stdout || 'null') as Record<string, unknown> };
};

describe('explain', () => {
  it('says where a number comes from, and finds it in the answers', async () => {
    const [disk] = simulator.truth.lists.listDisks as { native_disk_id: string; capacity: number }[];
    const id = disk?.native_disk_id ?? '';
    const { document } = await run('explain', 'hall-7', `storage_disk_capacity_bytes{storage_disk_id="${id}"}`);
    expect(document).toMatchObject({
      driver: 'netapp ontap', call: 'listDisks', field: 'capacity', value: disk?.capacity, unit: 'By', time_of: 'this run',
      raw: { value: String(disk?.capacity), request: expect.stringContaining('GET /api/storage/disks') },
    });
  }); // prettier-ignore

  it('says why it is absent, and what is no series', async () => {
    const { document } = await run('explain', 'hall-7', 'storage_disk_capacity_bytes', 'gone-disk');
    expect(document['absent']).toBe(
      'disks has no "gone-disk": the object is gone, or is called otherwise',
    );
    const { code, stderr } = await run('explain', 'hall-7', 'storage_disk_capacity_byte');
    expect([code, stderr]).toEqual([1, '"storage_disk_capacity_byte" is no metric of an array (did you mean storage_disk_capacity_bytes?)\n']); // prettier-ignore
  });
});

describe('plan', () => {
  it('counts what the array was really asked, and what would be published', async () => {
    const before = simulator.stats.requests;
    const { document } = await run('plan', 'hall-7');
    const calls = document['calls'] as { requests: number }[];
    const asked = calls.reduce((sum, { requests }) => sum + requests, 0);
    expect(asked).toBe(simulator.stats.requests - before);
    const families = document['families'] as Record<string, number>;
    const disks = simulator.truth.lists.listDisks as readonly unknown[];
    expect(families['storage_disk_info']).toBe(disks.length);
    expect(document['series']).toBe(Object.values(families).reduce((sum, count) => sum + count, 0));
    expect(document['rounds']).toMatchObject([{ kind: 'inventory', interval_seconds: 300 }, { kind: 'performance', interval_seconds: 60 }, { kind: 'alerts' }, { kind: 'session' }]); // prettier-ignore
  });
});
