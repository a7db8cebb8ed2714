/** What an operator gave for a trap target, held against what an array can. */
import {
  ConfigurationError,
  isTrapAddress,
  Secret,
  trapAccount,
  trapAddress,
  trapTargets,
  type TrapConfig,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';

const ABILITIES = { array: 'X100', auth: { md5: 1, sha256: 2 }, priv: { aes256: 7 } };
const V2: TrapConfig = { host: 'h', port: 162, version: 'v2c', community: new Secret('c') };

describe('the account of a trap target', () => {
  it('is the community, or the user with protocols in the words of the array', () => {
    expect(trapAccount(V2, ABILITIES)).toEqual({ version: 'v2c', community: 'c' });
    const user = {
      name: 'u',
      auth: { protocol: 'SHA256', key: new Secret('a') },
      priv: { protocol: 'aes256', key: new Secret('p') },
    };
    expect(trapAccount({ host: 'h', port: 1162, version: 'v3', user }, ABILITIES)).toEqual({
      version: 'v3',
      user: 'u',
      auth: { protocol: 2, key: 'a' },
      priv: { protocol: 7, key: 'p' },
    });
  });

  it('has no protocols where the user has none', () => {
    const account = trapAccount({ ...V2, version: 'v3', user: { name: 'u' } }, ABILITIES);
    expect(account).toEqual({ version: 'v3', user: 'u', auth: undefined, priv: undefined });
  });

  it.each<[string, Partial<TrapConfig>, RegExp]>([
    ['v1', { version: 'v1' }, /X100 sends traps as SNMP v2c or v3, not v1/],
    ['v3 without a user', { version: 'v3' }, /needs a user/],
    [
      'a protocol that it lacks',
      {
        version: 'v3',
        user: { name: 'u', auth: { protocol: 'sha', key: new Secret('hidden') } },
      },
      /^X100 knows no SNMP authentication protocol sha; it knows md5, sha256$/,
    ],
  ])('is refused before anything is sent: %s', (_, change, message) => {
    const ask = () => trapAccount({ ...V2, ...change }, ABILITIES);
    expect(ask).toThrow(ConfigurationError);
    expect(ask).toThrow(message);
  });

  it('is refused without a community', () => {
    const { community: _, ...config } = V2;
    expect(() => trapAccount(config, ABILITIES)).toThrow(/needs a community/);
  });
});

describe('the address of a trap target', () => {
  it('has brackets around IPv6', () => {
    expect(trapAddress(V2)).toBe('h:162');
    expect(trapAddress({ ...V2, host: '2001:db8::1' })).toBe('[2001:db8::1]:162');
  });

  it('is the one that an array has written, with or without the usual port', () => {
    expect(isTrapAddress('H', V2)).toBe(true);
    expect(isTrapAddress('h:162', V2)).toBe(true);
    expect(isTrapAddress('h', { ...V2, port: 1162 })).toBe(false);
    expect(isTrapAddress('h:162', { ...V2, port: 1162 })).toBe(false);
    expect(isTrapAddress(undefined, V2)).toBe(false);
  });
});

describe('trap targets that an array keeps one by one', () => {
  const kept = new Map<string, string>();
  const asked: string[] = [];
  const commands = trapTargets({
    make(config) {
      trapAccount(config, ABILITIES);
      return trapAddress(config);
    },
    find(config) {
      asked.push('find');
      return Promise.resolve(
        [...kept].flatMap(([id, address]) => (isTrapAddress(address, config) ? [id] : [])),
      );
    },
    add: (address) => Promise.resolve(kept.set(String(kept.size), address)),
    remove: (id) => Promise.resolve(kept.delete(id)),
  });

  it('are added once, and removed wherever they are', async () => {
    await commands.addTrapConfig(V2);
    await commands.addTrapConfig(V2);
    expect([...kept.values()]).toEqual(['h:162']);
    kept.set('other', 'other:162').set('twice', 'h');
    await commands.removeTrapConfig(V2);
    expect([...kept.keys()]).toEqual(['other']);
  });

  it('that the array cannot have cost no request', async () => {
    asked.length = 0;
    const adding = commands.addTrapConfig({ ...V2, version: 'v1' });
    await expect(adding).rejects.toThrow(ConfigurationError);
    expect(asked).toEqual([]);
  });
});
