/** What reaches the log: nothing that a terminal obeys, no credential of a URL, bounded texts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLine, LOG_FORMATS } from '../../src/log.ts';
import { redactAll, redactUrls } from '../../src/redact.ts';

const lineOf = (fields: Record<string, unknown>) =>
  `${JSON.stringify({ time: '2026-01-01T00:00:00.000Z', level: 'warn', msg: 'm', ...fields })}\n`;
/** Everything but the newline that ends a line. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

describe.each(LOG_FORMATS)('a line as %s', (format) => {
  it.each([
    ['ESC', 'x\u001b[2J'],
    ['a newline and a forged line', 'x\nlevel=error msg=forged'],
    ['CR', 'x\ry'],
    ['NUL', 'x\u0000y'],
    ['DEL', 'x\u007fy'],
    ['C1', 'x\u009b31my\u0085z'],
    ['a line separator', 'x\u2028y'],
    ['text that runs backwards', 'x\u202egnp.exe'],
  ])('shows %s and does not do it', (_what, text) => {
    const line = formatLine(lineOf({ text, err: { message: text }, list: [text] }), format);
    expect(line.slice(0, -1)).not.toMatch(UNPRINTABLE);
    expect(line.endsWith('\n')).toBe(true);
  });

  it('has no control character, whatever a text or a key is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary', minLength: 1 }),
        (text, key) => {
          const line = formatLine(lineOf({ text, nested: { [key]: text } }), format);
          expect(line.slice(0, -1)).not.toMatch(UNPRINTABLE);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  it('keeps letters of all languages', () => {
    expect(formatLine(lineOf({ text: 'größer-磁盘' }), format)).toContain('größer-磁盘');
  });

  it('cuts a text that has no end', () => {
    const line = formatLine(lineOf({ err: { message: 'x'.repeat(30_000_000) } }), format);
    expect(line.length).toBeLessThan(10_000);
    expect(line).toContain('more characters');
  });

  it('has no credential of a URL', () => {
    const url = 'http://shipper:s3cr3t-pw@127.0.0.1:4318/v1?token=s3cr3t-t';
    const line = formatLine(
      lineOf({ url, err: { message: `no connection to ${url}` }, list: [url] }),
      format,
    );
    expect(line).not.toContain('s3cr3t');
    expect(line).toContain('http://***@127.0.0.1:4318/v1?token=***');
  });
});

it('JSON is what was logged, character by character', () => {
  const text = 'a\u001b\u009b"\\\u2028 ü';
  expect(JSON.parse(formatLine(lineOf({ text }), 'json'))).toMatchObject({ msg: 'm', text });
});

describe('a credential in a URL', () => {
  it.each([
    ['http://user:pw@host/', 'http://***@host/'],
    ['https://pw@host:4318', 'https://***@host:4318'],
    ['https://u:p@w@host/x', 'https://***@host/x'],
    ['HTTPS://U:P@H/?a=1&b=2&c', 'HTTPS://***@H/?a=***&b=***&c'],
    ['see http://u:p@a/ and socks5://u:p@b', 'see http://***@a/ and socks5://***@b'],
    ['http://host/path@home', 'http://host/path@home'],
    ['mail a@b.example', 'mail a@b.example'],
    ['http://[::1]:4318/v1/metrics', 'http://[::1]:4318/v1/metrics'],
  ])('%s is shown as %s', (text, shown) => expect(redactUrls(text)).toBe(shown));

  it('is found at any depth', () => {
    expect(
      redactAll({ otlp: { endpoint: 'http://u:p@h' }, list: ['http://u:p@h', 1, null] }),
    ).toEqual({ otlp: { endpoint: 'http://***@h' }, list: ['http://***@h', 1, null] });
  });
});
