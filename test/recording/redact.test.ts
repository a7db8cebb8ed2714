/** What is taken out of a recording, wherever it stands, and what stays. */
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/recording/exchange.ts';
import { createRedactor } from '../../src/recording/redact.ts';

const http = (json: unknown, path = '/api/x'): Entry => ({
  call: 'listVolumes',
  http: { method: 'GET', path },
  ms: 1,
  answer: { status: 200, headers: {}, body: { json } },
});
const ssh = (stdout: string): Entry => ({
  call: 'listVolumes',
  ssh: { command: 'show' },
  ms: 1,
  answer: { stdout, stderr: '', code: 0 },
});

const redacted = (entries: readonly Entry[], records = {}) => {
  const redactor = createRedactor(entries, { secrets: ['hunter2!'], hosts: ['10.1.2.3'], name: 'prod-array', access: { rest: { host: '10.1.2.3', username: 'svc-monitor' } }, records }); // prettier-ignore
  return entries.map((entry) => redactor.entry(entry));
};

/** The redacted JSON of one answer. */
const answered = (json: unknown): unknown => {
  const [entry] = redacted([http(json)]);
  return entry && 'http' in entry ? entry.answer?.body.json : undefined;
};

const PLANTED = [
  'payroll-db', '00:11:22:33:44:55', '10.9.8.7', 'fe80::1234', '50:06:01:60:47:20:11:22', '600508b1001c4b3a9f0e1d2c3b4a5968',
  'iqn.1998-01.com.vmware:esx-7', 'nqn.2014-08.org.nvmexpress:uuid:aa', 'CKM00114200567', 'hunter2!', 'svc-monitor', 'prod-array', '10.1.2.3',
  'tok-9f8e7d6c', 'erika@customer.example', 'mgmt.customer.example', '6f1c2d3e-1111-4222-8333-444455556666',
] as const; // prettier-ignore

describe('a recording', () => {
  it.each([
    ['JSON', http({ items: [{ name: PLANTED[0], mac: PLANTED[1], ip: PLANTED[2], v6: PLANTED[3], wwpn: PLANTED[4], naa: PLANTED[5], initiator: PLANTED[6], hostNqn: PLANTED[7], serialNumber: PLANTED[8], user: PLANTED[10], token: PLANTED[13], mail: PLANTED[14], href: `https://${PLANTED[15]}/x`, uuid: PLANTED[16], note: `${PLANTED[0]} (${PLANTED[8]}) at ${PLANTED[2]}: ${PLANTED[11]} ${PLANTED[9]}` }] })],
    ['XML', { call: 'x', file: `/dumps/stats_${PLANTED[8]}`, ms: 1, answer: { text: `<c serial_number="${PLANTED[8]}"><name>${PLANTED[0]}</name><ip>${PLANTED[2]}</ip> ${PLANTED[4]} ${PLANTED[12]}</c>` } }],
    ['a table with delimiters', ssh(`id!name!wwpn!serial_number\n0!${PLANTED[0]}!${PLANTED[4]}!${PLANTED[8]}\n`)],
    ['a table with titles', ssh(`Id Name       -Serial------- Addr\n 0 ${PLANTED[0]} ${PLANTED[8]} ${PLANTED[2]}\n`)],
    ['a list of fields', ssh(`Name: ${PLANTED[0]}\nSerial Number : ${PLANTED[8]}\nMAC = ${PLANTED[1]}\n`)],
    ['a folder', { call: 'x', folder: `/a/${PLANTED[2]}`, ms: 1, answer: [{ name: `n_${PLANTED[11]}`, size: 1, mtimeMs: 0 }] }],
    ['an error', { call: 'x', connect: 'ssh', ms: 1, error: { type: 'unreachable', message: `ssh ${PLANTED[12]}: refused, user ${PLANTED[10]}` } }],
  ] satisfies [string, Entry][])('of %s has nothing of it', (_, entry) => {
    const text = JSON.stringify(redacted([entry]));
    expect(PLANTED.filter((one) => text.includes(one))).toEqual([]);
  }); // prettier-ignore

  it('keeps forms: the same original is the same replacement, as long and as it was written', () => {
    const json = answered({ wwn: ['50060160472011ab', '50:06:01:60:47:20:11:AB'], serial: 'CKM00114200567', name: 'payroll-db', ip: '10.9.8.7', label: 'a=b&c=d' }); // prettier-ignore
    expect(json).toEqual({
      wwn: ['5000000000000001', '50:00:00:00:00:00:00:01'],
      serial: 'AAA00000000001',
      name: 'name-00001',
      ip: '192.0.2.1',
      label: 'n=a&m=2',
    });
  });

  it('leaves versions, masks, states, numbers, units and models', () => {
    const plain = { version: '10.4.3.2', netmask: '255.255.255.0', status: 'Normal', size: 1024, unit: 'KiB/s', model: 'PowerX 500T', counter: { name: 'read_ops' } }; // prettier-ignore
    expect(answered(plain)).toEqual(plain);
  });

  it('never makes one address of two: those for documentation may be there already', () => {
    const json = { a: '10.0.0.1', b: '192.0.2.1', c: '192.0.2.2' };
    const replaced = Object.values(answered(json) as object) as string[];
    expect(new Set([...replaced, '192.0.2.1', '192.0.2.2']).size).toBe(5);
  });

  it('replaces in a path and in a command what came out of an answer', () => {
    const entries = [
      http({ name: 'payroll/db' }),
      http({}, '/api/volumes/payroll%2Fdb'),
      { call: 'x', ssh: { command: "lsvol 'payroll/db'" }, ms: 1 } satisfies Entry,
    ];
    const text = JSON.stringify(redacted(entries));
    expect(text).not.toContain('payroll');
    expect(text).toContain('/api/volumes/name-00%2F01');
    expect(text).toContain("lsvol 'name-00/01'");
  });
});
