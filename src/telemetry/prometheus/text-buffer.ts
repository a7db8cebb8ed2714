/** Text that grows by lines and is kept as bytes: a large page leaves no strings to the collector. */

const FIRST_BYTES = 1_024;

export interface TextBuffer {
  /** Lines so far. */
  readonly lines: number;
  append(line: string): void;
  /** The bytes, to be used before the next append. */
  bytes(): Uint8Array;
}

/** `expected`: bytes that are likely needed; a buffer that has to grow leaves garbage behind. */
export function createTextBuffer(expected = FIRST_BYTES): TextBuffer {
  let buffer = Buffer.allocUnsafeSlow(Math.max(expected, FIRST_BYTES));
  let length = 0;
  let lines = 0;
  return {
    get lines() {
      return lines;
    },
    append(line) {
      // A UTF-16 unit is at most three bytes of UTF-8.
      const needed = length + line.length * 3;
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, buffer.length * 2));
        buffer.copy(larger, 0, 0, length);
        buffer = larger;
      }
      length += buffer.write(line, length, 'utf8');
      lines += 1;
    },
    bytes: () => buffer.subarray(0, length),
  };
}
