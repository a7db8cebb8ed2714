/** Whose trap it is: the address inside is believed of relays only, whatever the version. */
import { describe, expect, it } from 'vitest';
import { element, TAG } from '../../src/traps/ber.ts';
import { community, notification, secure, sender, trapV1 } from './encode.ts';
import { createBench } from './in-process.ts';
import { TRAP_OID } from './kit.ts';

const RELAY = '192.0.2.250';
const SHARED = '192.0.2.40';
const STRANGER = '203.0.113.66';
const ENGINE = '8000000001020304';
const auth = { protocol: 'sha', key: 'authentic' } as const;
const routes = [
  { backend: 'one', addresses: ['192.0.2.1', SHARED], engineIds: [] },
  { backend: 'two', addresses: ['192.0.2.2', SHARED], engineIds: [] },
];

const address = (written: string) =>
  element(TAG.ipAddress, Buffer.from(written.split('.').map(Number)));
/** snmpTrapAddress.0, as relays add it. */
const trapAddress = (written: string) => ({
  oid: '1.3.6.1.6.3.18.1.3.0',
  value: address(written),
});

const FORMS = {
  'v1 agent address': (named: string) =>
    community(0, 'public', trapV1('1.3.6.1.4.1.32473', 6, 1, [], named.split('.').map(Number))),
  'v2c snmpTrapAddress': (named: string) =>
    community(1, 'public', notification(TRAP_OID, [trapAddress(named)])),
  'v3 snmpTrapAddress': (named: string) =>
    secure(
      sender({ user: 'signed', engineId: ENGINE, auth }),
      notification(TRAP_OID, [trapAddress(named)]),
    ),
} as const;

describe.each(Object.entries(FORMS))('an address inside, as %s', (_form, make) => {
  const bench = (relays: readonly string[]) =>
    createBench({ routes, relays, users: [{ name: 'signed', auth }] });
  const backendsOf = (source: string, named: string, relays: readonly string[] = [RELAY]) => {
    const { send, delivered } = bench(relays);
    const refused = send(make(named), { address: source });
    return refused.length > 0 ? refused : delivered.map(({ backend }) => backend);
  };

  it('is believed of a relay', () => {
    expect(backendsOf(RELAY, '192.0.2.1')).toEqual(['one']);
    expect(backendsOf(RELAY, '192.0.2.2')).toEqual(['two']);
    expect(backendsOf(RELAY, STRANGER)).toEqual(['unknown_source']);
    expect(backendsOf(`::ffff:${RELAY}`, '192.0.2.1')).toEqual(['one']);
  });

  it('is not believed of anybody else', () => {
    expect(backendsOf(STRANGER, '192.0.2.1')).toEqual(['unknown_source']);
    expect(backendsOf(RELAY, '192.0.2.1', [])).toEqual(['unknown_source']);
    // One array can't speak for another.
    expect(backendsOf('192.0.2.2', '192.0.2.1')).toEqual(['two']);
  });

  it('picks one of the arrays that share their sender', () => {
    expect(backendsOf(SHARED, '192.0.2.2')).toEqual(['two']);
    expect(backendsOf(SHARED, STRANGER)).toEqual(['one', 'two']);
  });
});
