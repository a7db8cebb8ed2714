import {
  Absent,
  AccessDenied,
  allPages,
  AuthenticationFailed,
  BackendError,
  BackendTimeout,
  byOffset,
  createFacts,
  createParts,
  createSeries,
  Gone,
  InvalidResponse,
  NotSupported,
  Refused,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';
import { inRound, withSignal } from '../../src/driver/scope.ts';
import { TEST_SYSTEM } from '../../src/testing/open.ts';
import { checkedSeries, seriesOfBatch } from '../kit/samples.ts';

function parts() {
  const told: Error[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void told.push((fields as { err: Error }).err) }; // prettier-ignore
  return { told, ...createParts({ log }) };
}

const fault = new BackendError(500, 'GET /eth: HTTP 500');
const fails = (why: Error) => () => Promise.reject(why);
const gives =
  <T>(value: T) =>
  () =>
    Promise.resolve(value);
const outcome = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('a list of several requests', () => {
  it('goes on without a part that fails, and tells it', async () => {
    const { union, told } = parts();
    expect(await union([gives(['a']), fails(fault), gives(['b'])])).toEqual(['a', 'b']);
    expect(told).toEqual([fault]);
  });

  it('of nothing is nothing', async () => {
    expect(await parts().union([])).toEqual([]);
  });

  it('is no empty list where nothing was found and a part failed', async () => {
    const { union } = parts();
    expect(await outcome(union([gives([]), fails(fault)]))).toBe(fault);
  });

  it('fails as a whole where all parts do, with the worst of the reasons', async () => {
    const { union } = parts();
    const absent = new Absent('HTTP 404');
    expect(await outcome(union([fails(absent), fails(fault)]))).toBe(fault);
    expect(await outcome(union([fails(absent)]))).toBe(absent);
  });

  it('says nothing of parts that the array lacks in its own words; without any it is not supported', async () => {
    const { union, ifAny, told } = parts();
    const lacking = () => ifAny(fails(new NotSupported('no licence')));
    expect(await union([lacking, gives([1])])).toEqual([1]);
    expect(told).toEqual([]);
    expect(await outcome(union([lacking]))).toBeInstanceOf(NotSupported);
    // A bare status is not the array's word.
    expect(await outcome(ifAny(fails(new Absent('HTTP 404'))))).toBeInstanceOf(Absent);
  });

  it('tells what should only add, but not that the array lacks it', async () => {
    const { addedIfAny, told } = parts();
    expect(await addedIfAny(gives(1))).toBe(1);
    expect(await addedIfAny(fails(new NotSupported('no licence')))).toBeUndefined();
    expect(told).toEqual([]);
    expect(await addedIfAny(fails(fault))).toBeUndefined();
    expect(told).toEqual([fault]);
    const refusal = new AuthenticationFailed('refused');
    expect(await outcome(addedIfAny(fails(refusal)))).toBe(refusal);
  });

  it.each([new AuthenticationFailed('refused'), new TypeError('a slip')])(
    'ends with what is about more than the part: %s',
    async (error) => {
      const { union, told } = parts();
      expect(await outcome(union([gives(['a']), fails(error)]))).toBe(error);
      expect(told).toEqual([]);
    },
  );
});

describe('children of parents', () => {
  it('are asked for a few at a time where they are big, and told by what they are', async () => {
    const { children, told } = parts();
    let [running, most] = [0, 0];
    const ask = async (parent: number) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      if (parent === 3) throw fault;
      return parent;
    };
    const options = { concurrency: 2, lost: 'files were not read' };
    expect(await children([1, 2, 3, 4, 5], ask, options)).toEqual([1, 2, undefined, 4, 5]);
    expect(most).toBe(2);
    expect(told.map(({ message }) => message)).toEqual([
      `1 of 5 files were not read: ${fault.message}`,
    ]);
  });

  it('have no answer for a parent that failed or has gone; the failed ones are told once', async () => {
    const { children, told } = parts();
    const answers = await children([1, 2, 3, 4, 5], async (parent) => {
      if (parent === 2) throw fault;
      if (parent === 3) throw new AccessDenied('HTTP 403');
      if (parent === 4) throw new Gone('gone', 'no such group');
      return [parent];
    });
    expect(answers).toEqual([[1], undefined, undefined, undefined, [5]]);
    expect(told.map(({ message }) => message)).toEqual([
      '2 of 5 parts are missing: GET /eth: HTTP 500',
    ]);
    expect(told[0]).toBeInstanceOf(BackendError);
  });

  it('come in pairs with their parent, without those that could not be read', async () => {
    const { pairs, told } = parts();
    const found = await pairs([1, 2, 3], async (parent) => {
      if (parent === 2) throw fault;
      return parent === 3 ? undefined : [];
    });
    expect(found).toEqual([[1, []]]);
    expect(told).toHaveLength(1);
  });

  it('that one lacks and others have are lost, not lacking', async () => {
    const { children, told } = parts();
    await children([1, 2], async (parent) => {
      if (parent === 2) throw new NotSupported('HTTP 404');
    });
    expect(told[0]).toBeInstanceOf(BackendError);
  });

  it('are an error where not one could be read, and are not asked for in vain', async () => {
    const { children } = parts();
    let asked = 0;
    const all = Array.from({ length: 900 }, (_, index) => index);
    const failing = (error: Error) => () => {
      asked += 1;
      return Promise.reject(error);
    };
    expect(await outcome(children(all, failing(fault)))).toBe(fault);
    expect(asked).toBeLessThan(30);
    asked = 0;
    const late = new BackendTimeout('30 s');
    expect(await outcome(children(all, failing(late)))).toBe(late);
    expect(asked).toBeLessThan(12);
  });
});

describe('another way to ask', () => {
  const poorer = { ask: gives('poorer'), lacks: 'the type of snapshots' };

  it('is taken where the vendor refused the first, and what it lacks is told', async () => {
    const { either, told } = parts();
    const ways = [{ ask: fails(new Refused('E', 'unknown attribute')) }, poorer];
    expect(await either('lun', ways)).toBe('poorer');
    expect(told.map(({ message }) => message)).toEqual([
      'lun: the array refuses to tell the type of snapshots',
    ]);
  });

  it('is not taken after a fault', async () => {
    const { either } = parts();
    expect(await outcome(either('lun', [{ ask: fails(fault) }, poorer]))).toBe(fault);
  });

  it('is none over an interface that is not there', async () => {
    const { either } = parts();
    expect(await either('lun', [undefined, poorer])).toBe('poorer');
    const error = await outcome(either('lun', [undefined]));
    expect(String(error)).toContain('there is no way to ask');
  });

  it('is learned from the second refusal on', async () => {
    const { either } = parts();
    let asked = 0;
    const first = () => {
      asked += 1;
      return Promise.reject(new Refused('E', 'unknown attribute'));
    };
    for (const _ of [1, 2, 3, 4]) await either('lun', [{ ask: first }, { ask: gives('b') }]);
    expect(asked).toBe(2);
  });

  it('is forgotten after an hour', () => {
    let now = 0;
    const facts = createFacts(() => now);
    facts.learn('bulk', 'none');
    now = 3_599_999;
    expect(facts.get('bulk')).toBe('none');
    now = 3_600_000;
    expect(facts.get('bulk')).toBeUndefined();
  });
});

describe('what several lists share', () => {
  it('is asked for once a round, and what it lost is a problem of each', async () => {
    const { shared, told } = parts();
    let loads = 0;
    const hosts = shared(async (own) => {
      loads += 1;
      own.tell(fault);
      return ['h'];
    });
    const call = (): Promise<readonly string[]> =>
      withSignal(new AbortController().signal, hosts, 'listStorageHosts');
    await inRound(async () => expect([...(await call()), ...(await call())]).toEqual(['h', 'h']));
    expect([loads, told.length]).toEqual([1, 2]);
    await inRound(call);
    expect(loads).toBe(2);
  });

  it('tells each what was told while it was made, by whichever parts', async () => {
    const { shared, added, told } = parts();
    const hosts = shared(() => added(fails(fault)));
    await inRound(async () => {
      for (const _ of ['hosts', 'initiators']) {
        await withSignal(new AbortController().signal, hosts);
      }
    });
    expect(told).toEqual([fault, fault]);
  });

  it('and is made of another shared answer: what that lost is a problem of each, once', async () => {
    const { shared, told } = parts();
    const ports = shared((own) => own.added(fails(fault)));
    const hosts = shared(async () => [await ports()]);
    const call = () => withSignal(new AbortController().signal, hosts, 'listStorageHosts');
    await inRound(async () => {
      await call();
      await call();
    });
    expect(told).toEqual([fault, fault]);
  });

  it('fails for each of them, once asked', async () => {
    const { shared } = parts();
    let loads = 0;
    const hosts = shared(() => {
      loads += 1;
      return Promise.reject(fault);
    });
    await inRound(async () => {
      const call = () => withSignal(new AbortController().signal, hosts);
      expect([await outcome(call()), await outcome(call())]).toEqual([fault, fault]);
    });
    expect(loads).toBe(1);
  });
});

describe('pages', () => {
  const numbers = Array.from({ length: 250 }, (_, index) => index);
  const key = String;

  it('are read until one is short, each object once; a full last page is asked behind', async () => {
    const asked: number[] = [];
    const page = byOffset(50, async (offset, size) => {
      asked.push(offset);
      return numbers.slice(offset, offset + size);
    });
    expect(await allPages({ what: 'n', key, page })).toEqual(numbers);
    expect(asked).toEqual([0, 50, 100, 150, 200, 250]);
  });

  it('end where a page brings nothing new', async () => {
    let asked = 0;
    const page = async () => ({ items: [1, 2], next: (asked += 1) });
    expect(await allPages({ what: 'n', key, page })).toEqual([1, 2]);
    expect(asked).toBe(2);
  });

  it('without an end are an error', async () => {
    let next = 0;
    const page = async () => ({ items: [(next += 1)], next });
    await expect(allPages({ what: 'GET /n', key, page })).rejects.toThrow(/GET \/n.* no end/);
  });

  it('that bring fewer objects than announced are an error, or told', async () => {
    const page = async () => ({ items: [1, 2], next: undefined, total: 3 });
    await expect(allPages({ what: 'n', key, page })).rejects.toBeInstanceOf(InvalidResponse);
    const told: Error[] = [];
    expect(await allPages({ what: 'n', key, page, short: (error) => void told.push(error) })).toEqual([1, 2]); // prettier-ignore
    expect(told).toHaveLength(1);
  });
});

describe('samples', () => {
  it('become series of what was asked for, in the window, the first word of a time', () => {
    const asked = { volume: { readIops: { unit: 'IOPS', description: '' } } } as const;
    const series = createSeries({ storageId: 's' }, asked, { start: 10, end: 20 });
    const volume = { type: 'volume', id: '1', name: 'one' } as const;
    series.add(volume, 10, { readIops: 1, writeIops: 2 });
    series.add(volume, 10, { readIops: 9 });
    series.add(volume, 20, { readIops: Number.NaN });
    series.add(volume, 21, { readIops: 3 });
    series.add({ type: 'disk', id: '1' }, 10, { readIops: 1 });
    const batches = series.metrics();
    expect(batches.flatMap(seriesOfBatch)).toEqual([
      {
        name: 'readIops',
        labels: { storage_id: TEST_SYSTEM, resource_type: 'volume', resource_id: '1', resource_name: 'one', type: 'RAW', unit: 'IOPS' }, // prettier-ignore
        values: { 10: 1 },
      },
    ]);
    expect(checkedSeries(batches, Date.now()).drops.invalidSeries).toBe(0);
    // What was handed over is not kept.
    expect(series.metrics()).toEqual([]);
  });
});
