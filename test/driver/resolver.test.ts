import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { lookup as systemLookup } from 'node:dns';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createResolver, NameError, type ResolverOptions } from '../../src/driver/resolver.ts';
import { startNameServer, type Zone } from '../kit/dns.ts';

const folder = mkdtempSync(join(tmpdir(), 'delfin-dns-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
function file(content: string): string {
  const name = join(folder, String((files += 1)));
  writeFileSync(name, content);
  return name;
}

async function withZone(
  zone: Zone,
  options: ResolverOptions = {},
): Promise<ReturnType<typeof createResolver> & { asked: readonly string[] } & AsyncDisposable> {
  const server = await startNameServer(zone);
  const resolver = createResolver({
    servers: [server.address],
    resolvConf: file('search one.test two.test\noptions ndots:1\n'),
    hostsFile: file('# local\n192.0.2.9  printer.test printer # the printer\n'),
    ...options,
  });
  return {
    ...resolver,
    asked: server.asked,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const only =
  (names: Readonly<Record<string, readonly string[]>>): Zone =>
  (name, type) =>
    names[name] && (type === 'A' ? names[name] : []);

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'resolved',
    (error: unknown) => (error instanceof NameError ? error.code : String(error)),
  );

describe('the resolver', () => {
  it('asks nobody for addresses, localhost and names of the hosts file', async () => {
    await using names = await withZone(() => undefined);
    expect(await names.resolve('192.0.2.1')).toEqual([{ address: '192.0.2.1', family: 4 }]);
    expect(await names.resolve('[2001:db8::1]')).toEqual([{ address: '2001:db8::1', family: 6 }]);
    expect((await names.resolve('localhost'))[0]).toEqual({ address: '127.0.0.1', family: 4 });
    expect(await names.resolve('PRINTER')).toEqual([{ address: '192.0.2.9', family: 4 }]);
    expect(names.asked).toEqual([]);
  });

  it('tries the search domains first for short names and last for long ones', async () => {
    await using names = await withZone(
      only({ 'array.two.test': ['192.0.2.2'], 'array.dc1.one.test': ['192.0.2.3'] }),
    );
    expect((await names.resolve('array'))[0]?.address).toBe('192.0.2.2');
    expect((await names.resolve('array.dc1'))[0]?.address).toBe('192.0.2.3');
    expect(names.asked.filter((each) => each.startsWith('A '))).toEqual([
      'A array.one.test',
      'A array.two.test',
      'A array.dc1',
      'A array.dc1.one.test',
    ]);
    expect(await code(names.resolve('array.dc1.'))).toBe('ENOTFOUND');
  });

  it('asks once for callers of the same time, and again when the answer is old', async () => {
    let now = 0;
    await using names = await withZone(only({ 'a.test': ['192.0.2.4'] }), { clock: () => now });
    await Promise.all(Array.from({ length: 50 }, () => names.resolve('a.test')));
    await names.resolve('A.test');
    expect(names.asked).toEqual(['A a.test', 'AAAA a.test']);
    now = 31_000;
    await names.resolve('a.test');
    expect(names.asked).toHaveLength(4);
  });

  it('follows no name to what only this machine reaches; the address itself can be meant', async () => {
    await using names = await withZone((name, type) => {
      if (name === 'both.test') return ['169.254.1.1', '192.0.2.8'];
      return name === 'trap.test' && type === 'A' ? ['169.254.169.254'] : undefined;
    });
    await expect(names.resolve('trap.test')).rejects.toThrow(
      /says that trap\.test is 169\.254\.169\.254.*write the address itself/,
    );
    expect((await names.resolve('both.test')).map(({ address }) => address)).toEqual(
      expect.not.arrayContaining(['169.254.1.1']),
    );
    for (const address of ['169.254.169.254', 'fe80::1'])
      expect((await names.resolve(address))[0]?.address).toBe(address);
  });

  it('says whether a name is unknown or the name server is silent, and does not ask again at once', async () => {
    await using names = await withZone((name) => (name === 'mute.test' ? 'silent' : undefined), {
      deadlineMs: 100,
    });
    await expect(names.resolve('no.test')).rejects.toThrow(/the name no\.test is not known/);
    await expect(names.resolve('mute.test')).rejects.toThrow(
      /no answer for mute\.test within 0\.1 s/,
    );
    const before = names.asked.length;
    expect(await code(names.resolve('no.test'))).toBe('ENOTFOUND');
    expect(await code(names.resolve('mute.test'))).toBe('EAI_AGAIN');
    expect(names.asked.length).toBe(before);
  });

  it('keeps an old answer while the name servers are silent, not when they say the name is gone', async () => {
    let now = 0;
    let zone: Zone = only({ 'a.test': ['192.0.2.5'] });
    await using names = await withZone((name, type) => zone(name, type), {
      clock: () => now,
      deadlineMs: 100,
    });
    await names.resolve('a.test');
    zone = () => 'silent';
    now = 60_000;
    expect((await names.resolve('a.test'))[0]?.address).toBe('192.0.2.5');
    zone = () => undefined;
    now = 120_000;
    expect(await code(names.resolve('a.test'))).toBe('ENOTFOUND');
  });

  it('does not wait for a server that is silent about IPv6 only', async () => {
    await using names = await withZone(
      (_, type) => (type === 'A' ? ['192.0.2.6'] : 'silent'),
      // Longer than the test may take: only the answer of the other family can end the wait.
      { deadlineMs: 600_000 },
    );
    expect(await names.resolve('a.test')).toEqual([{ address: '192.0.2.6', family: 4 }]);
  });

  it('leaves the pool of threads free: a silent zone holds up no other name', async () => {
    await using names = await withZone(
      (name) => (name.startsWith('bad') ? 'silent' : ['192.0.2.7']),
      { deadlineMs: 600_000 },
    );
    const ended: string[] = [];
    const hanging = Array.from({ length: 20 }, (_, index) =>
      names.resolve(`bad${index}.test`).finally(() => ended.push('bad')),
    );
    void Promise.allSettled(hanging);
    await names.resolve('good.test');
    // The C library's pool is idle as well: its own question is answered at once.
    await new Promise((resolve) => systemLookup('127.0.0.1', resolve));
    expect(ended).toEqual([]);
  });

  it('is a lookup for sockets: all addresses, one, or one family', async () => {
    await using names = await withZone(only({ 'me.test': ['127.0.0.1'] }));
    const server = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: 'me.test', port, lookup: names.lookup });
    const [greeting] = (await socket.toArray()) as Buffer[];
    expect(String(greeting)).toBe('hello');
    server.close();
    const one = await new Promise((resolve) =>
      names.lookup('me.test', 4, (_, address, family) => resolve([address, family])),
    );
    expect(one).toEqual(['127.0.0.1', 4]);
    const none = await new Promise((resolve) =>
      names.lookup('me.test', { family: 6 }, (error) => resolve(error?.code)),
    );
    expect(none).toBe('ENOTFOUND');
  });
});
