/** Protobuf on the wire: fields one after the other. */

export interface WireField {
  readonly number: number;
  /** Tag and value. */
  readonly whole: Uint8Array;
  /** Of a length-delimited field. */
  readonly content?: Uint8Array;
  /** Of a varint. */
  readonly value?: number;
}

const FIXED_LENGTHS: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

export function* fieldsOf(message: Uint8Array): Generator<WireField> {
  let at = 0;
  const read = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at];
      if (byte === undefined) throw new Error('a serialised batch is not protobuf');
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const start = at;
    const tag = read();
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (wireType === 2) {
      const length = read();
      const content = message.subarray(at, at + length);
      at += length;
      yield { number, whole: message.subarray(start, at), content };
      continue;
    }
    if (wireType === 0) {
      const value = read();
      yield { number, whole: message.subarray(start, at), value };
      continue;
    }
    at += FIXED_LENGTHS[wireType] ?? message.length;
    yield { number, whole: message.subarray(start, at) };
  }
}

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  bytes.push(left);
  return Uint8Array.from(bytes);
}
