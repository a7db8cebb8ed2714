/** Times as arrays write them, and what a trap says. */
import { trapNumber, varbindTexts, writtenTime, type Trap } from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';

describe('a time in figures', () => {
  const berlin = 'Europe/Berlin';

  it.each([
    ['2026-07-01 12:10:10', Date.UTC(2026, 6, 1, 10, 10, 10)],
    ['2026/7/1  2:10:10', Date.UTC(2026, 6, 1, 0, 10, 10)],
    ['2026-7-1,2:5:9.5', Date.UTC(2026, 6, 1, 0, 5, 9, 500)],
    ['2026-07-01T12:10:10Z', Date.UTC(2026, 6, 1, 12, 10, 10)],
    ['2026-07-01T12:10:10.25+05:30', Date.UTC(2026, 6, 1, 6, 40, 10, 250)],
    ['2026-07-01T12:10:10-0130', Date.UTC(2026, 6, 1, 13, 40, 10)],
    ['2026-7-1,12:0:0.0,+8:0', Date.UTC(2026, 6, 1, 4, 0, 0)],
  ])('%s', (written, time) => {
    expect(writtenTime(written, berlin)).toBe(time);
  });

  it.each([
    '2026-13-01 00:00:00',
    '2026-01-32 00:00:00',
    '2026-00-01 00:00:00',
    '2026-01-01 24:00:00',
    '2026-01-01',
    'yesterday',
    '2026-01-01 00:00:00 PDT',
    5,
    undefined,
  ])('is none: %s', (written) => {
    expect(writtenTime(written, berlin)).toBeUndefined();
  });

  it('that names no zone is not known without the zone of the clock', () => {
    expect(writtenTime('2026-07-01 12:10:10', undefined)).toBeUndefined();
    expect(writtenTime('2026-07-01T12:10:10Z', undefined)).toBe(Date.UTC(2026, 6, 1, 12, 10, 10));
  });
});

describe('a trap', () => {
  const trap: Trap = {
    version: 'v2c',
    pdu_type: 'trap',
    trap_oid: '1.3.6.1.4.1.99.2.0.7',
    varbinds: [
      { oid: '1.3.6.1.4.1.99.1.1.0', type: 'OctetString', value: Buffer.from('fan') },
      { oid: '1.3.6.1.4.1.99.1.2.5', type: 'Integer', value: 3 },
    ],
    source: '192.0.2.1',
    received_at: 0,
  };
  const numbered = (oid: string) => trapNumber({ ...trap, trap_oid: oid }, '1.3.6.1.4.1.99.2');

  it('has its number below the enterprise, whether it came as v1 or v2c', () => {
    expect(trapNumber(trap, '1.3.6.1.4.1.99.2')).toBe('7');
    expect(numbered('1.3.6.1.4.1.99.2.7')).toBe('7');
    expect(numbered('1.3.6.1.4.1.99.2.0')).toBe('0');
  });

  it('of another has none', () => {
    expect(numbered('1.3.6.1.4.1.99.20.7')).toBeUndefined();
    expect(numbered('1.3.6.1.4.1.99.2.1.7')).toBeUndefined();
    expect(numbered('1.3.6.1.6.3.1.1.5.1')).toBeUndefined();
  });

  it('says what its variables hold, by name', () => {
    const oids = {
      part: '1.3.6.1.4.1.99.1.1',
      bay: '1.3.6.1.4.1.99.1.2',
      text: '1.3.6.1.4.1.99.1.3',
    };
    expect(varbindTexts(trap, oids)).toEqual({ part: 'fan', bay: '3', text: undefined });
  });
});
