/** How a recording answers, and what a bad one says. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DriverContext, HttpClient, HttpRequest } from 'delfin-agent/driver';
import type { Entry } from '../../src/recording/exchange.ts';
import { readRecording } from '../../src/recording/file.ts';
import { createReplayer } from '../../src/recording/replayer.ts';
import { runAgent, workspace, type Workspace } from '../kit/agent.ts';

const answer = (path: string, json: unknown, query: [string, string][] = []): Entry => ({
  call: 'listVolumes',
  http: { method: 'GET', path, ...(query.length > 0 ? { query } : {}) },
  ms: 1,
  answer: { status: 200, headers: {}, body: { json } },
});

const clientOf = (entries: readonly Entry[]): Promise<HttpClient> =>
  createReplayer(0, entries, 'f.jsonl')
    .context({} as DriverContext)
    .http({ host: '192.0.2.1' });

const ask = async (client: HttpClient, request: HttpRequest) =>
  (await client.request(request)).json();

describe('a replay', () => {
  it('answers the n-th time as the array did, and then as the last time', async () => {
    const client = await clientOf([answer('/job', 'running'), answer('/job', 'done')].map((entry) => entry)); // prettier-ignore
    const seen = [];
    for (let time = 0; time < 3; time += 1) seen.push(await ask(client, { path: '/job' }));
    expect(seen).toEqual(['running', 'done', 'done']);
  });

  it('takes a query in any order, and with another time', async () => {
    const client = await clientOf([
      answer('/x', { n: 1 }, [['a', '1'], ['from', '1795929345950'], ['b', '2026-11-29T05:00:00Z']]),
    ]); // prettier-ignore
    const query = { from: 1_795_929_999_999, b: '2026-11-29T06:12:13Z', a: '1' };
    expect(await ask(client, { path: '/x', query })).toEqual({ n: 1 });
  });

  it('names a request that it has no answer to', async () => {
    const client = await clientOf([answer('/x', {})]);
    await expect(client.request({ path: '/y', query: { a: 1 } })).rejects.toThrow(
      'f.jsonl has no answer to GET /y?a=1',
    );
  });
});

describe('inspect', () => {
  let space: Workspace;
  let config = '';
  const folder = mkdtempSync(join(tmpdir(), 'delfin-replay-'));
  beforeAll(() => {
    space = workspace();
    config = space.write(
      'config.yaml',
      'backends:\n  - { name: hall-7, vendor: fake_storage, model: fake_driver, fake: { volumes: 3 } }\n',
    );
  });
  afterAll(() => {
    space[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('records, and replays without a configuration', async () => {
    const file = join(folder, 'recording.jsonl');
    const recorded = await runAgent(['inspect', 'hall-7', '--record', file, '--only', 'storage,volumes', '--config.file', config]); // prettier-ignore
    expect(recorded.stderr).toContain('replaying it gives the same records');
    expect(recorded.code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const replayed = await runAgent(['inspect', '--replay', file, '--format', 'json']);
    expect([replayed.code, replayed.stderr]).toEqual([0, '']);
    expect(JSON.parse(replayed.stdout)).toMatchObject({ volumes: { length: 3 } });
    const tested = await runAgent(['drivers', 'test', '--replay', file]);
    expect([tested.code, tested.stderr]).toEqual([0, '']);
    expect(tested.stdout).toContain(`over ${file}\n`);
    expect(tested.stdout).toContain('  ok      listVolumes: 3 volumes\n');
    expect(tested.stdout).toMatch(/^\d+ ok, 1 absent, 0 wrong$/m);
  });

  it.each([
    [['--replay', './nowhere.jsonl'], /nowhere\.jsonl/],
    [['hall-7', '--replay', './nowhere.jsonl'], /a recording says which driver it is for/],
    [[], /name a package or file \(\.\/\.\.\.\), a backend, or --replay FILE/],
  ])('drivers test %s says what is missing', async (args, said) => {
    const { code, stderr } = await runAgent(['drivers', 'test', ...args]);
    expect(code).toBe(1);
    expect(stderr).toMatch(said);
  });

  it.each([
    ['is no recording', '{"a":1}\n', 'no recording: write one with "inspect BACKEND --record FILE"'],
    ['is of another format', '{"delfin_recording":9}\n', 'a recording of format 9; this agent reads 1'],
    ['is cut', '{"delfin_recording":1}\n{"call":', 'line 2 is no JSON: is the file whole?'],
  ])('says of a file that %s what is wrong', async (_, content, said) => {
    const file = join(folder, 'bad.jsonl');
    writeFileSync(file, content);
    await expect(readRecording(file)).rejects.toThrow(`${file}: ${said}`);
  }); // prettier-ignore

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
    const { code, stderr } = await runAgent(['inspect', 'hall-7', '--record', '/dev/full', '--only', 'storage', '--config.file', config]); // prettier-ignore
    expect([code, stderr]).toEqual([1, '/dev/full: the disk is full: make room\n']);
    expect(existsSync('/dev/full')).toBe(true);
  });
});
