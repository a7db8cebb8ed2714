import { describe, expect, it } from 'vitest';
import { createQueue } from '../../src/agent/queue.ts';
import { prepareAll } from '../../src/prepared.ts';

describe('a start or reload in parts', () => {
  const part = (said: string[], name: string) => async () => {
    said.push(`prepare ${name}`);
    return {
      commit: async () => void said.push(`commit ${name}`),
      abort: async () => void said.push(`abort ${name}`),
    };
  };

  it('takes nothing into use before everything is built', async () => {
    const said: string[] = [];
    const all = await prepareAll([part(said, 'a'), async () => undefined, part(said, 'b')]);
    expect(said).toEqual(['prepare a', 'prepare b']);
    await all.commit();
    expect(said.slice(2)).toEqual(['commit a', 'commit b']);
  });

  it('throws away what was built when a later part fails, and says why', async () => {
    const said: string[] = [];
    const fails = async () => {
      throw new Error('port taken');
    };
    await expect(
      prepareAll([part(said, 'a'), part(said, 'b'), fails, part(said, 'c')]),
    ).rejects.toThrow('port taken');
    expect(said).toEqual(['prepare a', 'prepare b', 'abort b', 'abort a']);
  });

  it('does one thing at a time, gives each caller his own answer, and is not poisoned by a failure', async () => {
    const inTurn = createQueue();
    const said: string[] = [];
    const work = (name: string, fail = false) =>
      inTurn(async () => {
        said.push(`${name} begins`);
        await Promise.resolve();
        said.push(`${name} ends`);
        if (fail) throw new Error(`${name} failed`);
        return name;
      });
    const results = await Promise.allSettled([work('a'), work('b', true), work('c')]);
    expect(results).toMatchObject([
      { value: 'a' },
      { reason: new Error('b failed') },
      { value: 'c' },
    ]);
    expect(said).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });
});
