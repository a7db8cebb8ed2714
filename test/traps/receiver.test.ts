/** Every refusal under its own reason; what is taken, and what is answered. */
import { describe, expect, it } from 'vitest';
import { decodePdu } from '../../src/traps/pdu.ts';
import { element, enter, integer, readerOf, readInteger, TAG } from '../../src/traps/ber.ts';
import { parseMessage } from '../../src/traps/message.ts';
import type { PlainUser } from '../../src/traps/users.ts';
import { community, notification, secure, sender, text, trapV1, varbindList } from './encode.ts';
import { createBench, OWN_ENGINE } from './in-process.ts';
import { TRAP_OID } from './kit.ts';

const ENGINE = '8000000001020304';
const auth = { protocol: 'sha256', key: 'authentic' } as const;
const priv = { protocol: 'aes', key: 'confident' } as const;
const USERS: readonly PlainUser[] = [
  { name: 'open' },
  { name: 'signed', auth },
  { name: 'sealed', auth, priv },
];
const VARBINDS = [{ oid: '1.3.6.1.4.1.32473.1.1.1', value: text('hello') }];
const pdu = notification(TRAP_OID, VARBINDS);
const inform = notification(TRAP_OID, VARBINDS, { tag: TAG.inform, requestId: 77 });
const signed = sender({ user: 'signed', engineId: ENGINE, auth });
const sealed = sender({ user: 'sealed', engineId: ENGINE, auth, priv });
const bench = () => createBench({ users: USERS });

describe('v1 and v2c', () => {
  it('takes a trap of a known community, several communities on one port', () => {
    const { send, delivered } = createBench({ communities: ['one', 'two'] });
    expect(send(community(1, 'one', pdu))).toEqual([]);
    expect(send(community(0, 'two', trapV1('1.3.6.1.4.1.9', 6, 1, VARBINDS)))).toEqual([]);
    expect(delivered.map(({ envelope }) => envelope.version)).toEqual(['v2c', 'v1']);
  });

  it.each(['', 'publi', 'public\0', 'publiC', 'x'.repeat(300)])('refuses community %j', (name) => {
    expect(bench().send(community(1, name, pdu))).toEqual(['wrong_community']);
  });

  it('refuses what is no notification, and a v1 trap in a later version', () => {
    const get = element(0xa0, integer(1), integer(0), integer(0), varbindList([]));
    expect(bench().send(community(1, 'public', get))).toEqual(['unsupported_pdu']);
    const v1 = trapV1('1.3.6.1.4.1.9', 6, 1, []);
    expect(bench().send(community(1, 'public', v1))).toEqual(['unsupported_pdu']);
    const v4 = element(TAG.sequence, integer(4), text('public'), pdu);
    expect(bench().send(v4)).toEqual(['unsupported_version']);
  });

  it('refuses every truncation', () => {
    const whole = community(1, 'public', pdu);
    for (let length = 0; length < whole.length; length += 1) {
      expect(bench().send(whole.subarray(0, length))).toEqual(['malformed']);
    }
  });

  it('answers an inform once its backends have it, a repeated one again, without a second trap', () => {
    const waiting: ((taken: boolean) => void)[] = [];
    const { send, replies, receiver } = createBench({
      deliver: (_, __, done) => waiting.push(done) > 0,
    });
    const datagram = community(1, 'public', inform);
    send(datagram);
    send(datagram);
    expect(replies).toEqual([]);
    waiting[0]?.(true);
    send(datagram);
    expect(waiting.length).toBe(1);
    expect(replies.length).toBe(2);
    expect(receiver.counts).toMatchObject({ received: { v2c: 1 }, repeated: 2 });
    const answer = parseMessage(replies[0] ?? Buffer.alloc(0));
    if (answer.version !== 'v2c') throw new Error('another version');
    const response = enter(readerOf(answer.pdu), TAG.response);
    expect([readInteger(response), readInteger(response), readInteger(response)]).toEqual([
      77, 0, 0,
    ]);
  });

  it('does not answer an inform that finds no room: the sender will try again', () => {
    let room = false;
    const { send, replies } = createBench({
      deliver(_, __, done) {
        if (room) done(true);
        return room;
      },
    });
    expect(send(community(1, 'public', inform))).toEqual(['queue_full']);
    expect(replies).toEqual([]);
    room = true;
    expect(send(community(1, 'public', inform))).toEqual([]);
    expect(replies.length).toBe(1);
  });

  it('never shows a community that a relay put into the varbinds', () => {
    const relayed = notification(TRAP_OID, [
      { oid: '1.3.6.1.6.3.18.1.3.0', value: element(TAG.ipAddress, Buffer.from([192, 0, 2, 9])) },
      { oid: '1.3.6.1.6.3.18.1.4.0', value: text('canary') },
      { oid: '1.3.6.1.6.3.1.1.4.3.0', value: Buffer.from([6, 2, 0x2b, 6]) },
    ]);
    const decoded = decodePdu(relayed, 'v2c');
    expect(decoded).toMatchObject({ agent_address: '192.0.2.9', enterprise: '1.3.6' });
    expect(decoded.varbinds.map(({ oid }) => oid)).not.toContain('1.3.6.1.6.3.18.1.4.0');
    const v1 = trapV1('1.3.6', 6, 1, [{ oid: '1.3.6.1.6.3.18.1.4.0', value: text('canary') }]);
    expect(decodePdu(v1, 'v1').varbinds).toEqual([]);
  });
});

describe('v3', () => {
  it('takes each level of a user that is configured for it', () => {
    const { send, delivered } = bench();
    expect(send(secure(sender({ user: 'open', engineId: ENGINE }), pdu))).toEqual([]);
    expect(send(secure(signed, pdu))).toEqual([]);
    expect(send(secure(sealed, pdu))).toEqual([]);
    expect(delivered.map(({ envelope }) => Buffer.from(envelope.pdu))).toEqual([pdu, pdu, pdu]);
  });

  it('refuses a wrong user, no user, too little and too much protection', () => {
    const { send } = bench();
    const as = (user: string) => ({ ...signed, user });
    expect(send(secure(as('nobody'), pdu))).toEqual(['unknown_user']);
    expect(send(secure(as(''), pdu))).toEqual(['empty_user']);
    expect(send(secure(as('open'), pdu))).toEqual(['security_level']);
    expect(send(secure(as('sealed'), pdu))).toEqual(['security_level']);
    expect(send(secure(sender({ user: 'signed', engineId: ENGINE }), pdu))).toEqual([
      'security_level',
    ]);
    const privOnly = secure(signed, pdu, { flags: 2 });
    expect(send(privOnly)).toEqual(['malformed']);
  });

  it('refuses a wrong key, digest, privacy key; checks the digest before it decrypts', () => {
    const { send } = bench();
    const wrongAuth = sender({
      user: 'signed',
      engineId: ENGINE,
      auth: { ...auth, key: 'authentik' },
    });
    expect(send(secure(wrongAuth, pdu))).toEqual(['wrong_digest']);
    const wrongPriv = sender({
      user: 'sealed',
      engineId: ENGINE,
      auth,
      priv: { ...priv, key: 'confidant' },
    });
    expect(send(secure(wrongPriv, pdu))).toEqual(['decryption']);
    const bothWrong = sender({
      user: 'sealed',
      engineId: ENGINE,
      auth: { ...auth, key: 'authentik' },
      priv: { ...priv, key: 'confidant' },
    });
    expect(send(secure(bothWrong, pdu))).toEqual(['wrong_digest']);
    const flipped = secure(sealed, pdu);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    expect(send(flipped)).toEqual(['wrong_digest']);
  });

  it('refuses a replay, old time and old boots, and takes the future', () => {
    const state = bench();
    const at = (boots: number, time: number) => state.send(secure(signed, pdu, { boots, time }));
    const first = secure(signed, pdu, { boots: 5, time: 1_000 });
    expect(state.send(first)).toEqual([]);
    expect(state.send(first)).toEqual(['replayed']);
    expect(at(5, 900)).toEqual([]);
    expect(at(5, 849)).toEqual(['old_time']);
    state.time += 60_000;
    expect(at(5, 909)).toEqual(['old_time']);
    expect(at(5, 911)).toEqual([]);
    expect(at(4, 9_999)).toEqual(['old_boots']);
    expect(at(6, 1)).toEqual([]);
    expect(at(5, 1_100)).toEqual(['old_boots']);
    expect(at(0x7fffffff, 1)).toEqual(['old_boots']);
    state.time += 200_000;
    expect(state.send(first)).toEqual(['old_boots']);
  });

  it('keeps the same user name with other keys for another engine apart', () => {
    const other = '8000000005060708';
    const otherAuth = { protocol: 'md5', key: 'another key' } as const;
    const { send } = createBench({
      users: [
        { name: 'twin', auth, engineId: `0x${ENGINE.toUpperCase()}` },
        { name: 'twin', auth: otherAuth, engineId: other },
      ],
    });
    const twin = (engineId: string, key: PlainUser['auth']) =>
      secure(sender({ user: 'twin', engineId, ...(key ? { auth: key } : {}) }), pdu);
    expect(send(twin(ENGINE, auth))).toEqual([]);
    expect(send(twin(other, otherAuth))).toEqual([]);
    expect(send(twin(ENGINE, otherAuth))).toEqual(['wrong_digest']);
    expect(send(twin(other, auth))).toEqual(['wrong_digest']);
    expect(send(twin('8000000009090909', auth))).toEqual(['unknown_user']);
  });

  it('tells its engine id to a known source that asks, and nothing to strangers', () => {
    const { send, replies, receiver } = bench();
    const question = secure({ user: '', engineId: Buffer.alloc(0) }, pdu, { reportable: true });
    expect(send(question)).toEqual([]);
    expect(receiver.counts.discoveries).toBe(1);
    const report = parseMessage(replies[0] ?? Buffer.alloc(0));
    if (report.version !== 'v3') throw new Error('another version');
    expect(Buffer.from(report.engineId).toString('hex')).toBe(OWN_ENGINE);
    expect(send(question, { address: '203.0.113.1' })).toEqual(['unknown_source']);
    expect(replies.length).toBe(1);
  });

  it('checks informs against its own clock and reports what is wrong, as RFC 3414 says', () => {
    const state = bench();
    const own = sender({ user: 'signed', engineId: OWN_ENGINE, auth });
    const sent = (boots: number, time: number, from = own) =>
      state.send(secure(from, inform, { boots, time, reportable: true }));
    expect(sent(7, 1_000)).toEqual([]);
    expect(sent(7, 851)).toEqual([]);
    expect(sent(7, 849)).toEqual(['old_time']);
    expect(sent(7, 1_151)).toEqual(['old_time']);
    expect(sent(6, 1_000)).toEqual(['old_boots']);
    expect(sent(8, 1_000)).toEqual(['old_boots']);
    const stranger = sender({ user: 'signed', engineId: ENGINE, auth });
    expect(sent(7, 1_000, stranger)).toEqual(['unknown_engine']);
    expect(sent(7, 1_000, { ...own, user: 'nobody' })).toEqual(['unknown_user']);
    // Only the second copy of the inform was no news.
    expect(state.receiver.counts).toMatchObject({ received: { v3: 1 }, repeated: 1 });
    expect(state.replies.length).toBe(8);
    const trap = secure({ ...own, user: 'nobody' }, pdu, { boots: 7, time: 1_000 });
    expect(state.send(trap)).toEqual(['unknown_user']);
    expect(state.replies.length).toBe(8);
  });

  it('refuses other security models and odd headers', () => {
    const { send } = bench();
    const header = (id: number, size: number, flags: Buffer, model: number) =>
      element(
        TAG.sequence,
        integer(3),
        element(
          TAG.sequence,
          integer(id),
          integer(size),
          element(TAG.octetString, flags),
          integer(model),
        ),
        text(''),
        pdu,
      );
    expect(send(header(1, 65_507, Buffer.from([0]), 2))).toEqual(['unsupported_security_model']);
    expect(send(header(-1, 65_507, Buffer.from([0]), 3))).toEqual(['malformed']);
    expect(send(header(1, 100, Buffer.from([0]), 3))).toEqual(['malformed']);
    expect(send(header(1, 65_507, Buffer.from([0, 0]), 3))).toEqual(['malformed']);
  });

  it('refuses users that can not be used, by name', () => {
    const make = (user: PlainUser) => () => createBench({ users: [user] });
    expect(make({ name: 'short', auth: { protocol: 'sha', key: 'seven77' } })).toThrow(/short.*8/);
    expect(make({ name: 'half', priv })).toThrow(/half.*auth/);
  });
});

describe('values', () => {
  const read = (value: Uint8Array) =>
    decodePdu(notification(TRAP_OID, [{ oid: '1.3', value }]), 'v2c').varbinds[0];
  const raw = (tag: number, hex: string) => read(element(tag, Buffer.from(hex, 'hex')));

  it.each([
    [TAG.integer, '80000000', -2_147_483_648],
    [TAG.integer, '7fffffff', 2_147_483_647],
    [TAG.integer, '000000000005', 5],
    [TAG.integer, 'ff', -1],
    [TAG.counter32, '00ffffffff', 4_294_967_295],
    [TAG.counter32, 'ffffffff', 4_294_967_295],
    [TAG.timeTicks, '01', 1],
    [TAG.counter64, '00ffffffffffffffff', 18_446_744_073_709_551_615n],
    [TAG.counter64, '05', 5n],
    [TAG.objectIdentifier, '2b060104018fffffff7f', '1.3.6.1.4.1.4294967295'],
    [TAG.objectIdentifier, '', '0.0'],
    [TAG.objectIdentifier, '8837', '2.999'],
    [TAG.ipAddress, 'c0000201', '192.0.2.1'],
    [TAG.null, '', null],
    [TAG.noSuchInstance, '', null],
  ])('tag %i %s', (tag, hex, value) => {
    expect(raw(tag, hex)?.value).toEqual(value);
  });

  it.each([
    [TAG.integer, ''],
    [TAG.integer, '010203040506070809'],
    [TAG.counter64, '01ffffffffffffffff'],
    [TAG.objectIdentifier, '2b86'],
    [TAG.objectIdentifier, '2b9fffffffff7f'],
    [TAG.ipAddress, 'c00002'],
    [0x48, '00'],
    [0x30, '0500'],
  ])('refuses tag %i %s', (tag, hex) => {
    expect(() => raw(tag, hex)).toThrow('malformed');
  });

  it('octets are a copy: the memory of the datagram is used again', () => {
    const datagram = notification(TRAP_OID, [{ oid: '1.3', value: text('keep') }]);
    const { varbinds } = decodePdu(datagram, 'v2c');
    datagram.fill(0);
    expect(Buffer.from(varbinds[0]?.value as Uint8Array).toString()).toBe('keep');
  });
});
