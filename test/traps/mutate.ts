/** Damaged datagrams from whole ones, the same for the same seed. */

export interface Mutation {
  readonly kind: (typeof KINDS)[number];
  readonly datagram: Buffer;
}

export const KINDS = [
  'truncated',
  'bit flips',
  'lengths',
  'random bytes',
  'extreme integers',
  'spliced',
  'noise',
] as const;

/** Lengths and integers at the edges of their forms. */
const EXTREMES = [
  '80', '8100', '817f', '8180', '81ff', '820000', '82ffff', '83ffffff', '847fffffff', '84ffffffff',
  '88ffffffffffffffff', '89ffffffffffffffffff', 'ff', '0200', '0201ff', '020500ffffffff',
  '02087fffffffffffffff', '0208ffffffffffffffff', '02090080000000000000000', '4605ffffffffff', '30803080',
].map((hex) => Buffer.from(hex, 'hex')); // prettier-ignore

/** A generator of numbers in [0, below). */
export type Random = (below: number) => number;

/** mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export function mutate(whole: Buffer, other: Buffer, random: Random): Mutation {
  const kind = KINDS[random(KINDS.length)] ?? 'noise';
  const datagram = Buffer.from(whole);
  const flips = () => 1 + random(8);
  const place = () => random(datagram.length);
  switch (kind) {
    case 'truncated':
      return { kind, datagram: datagram.subarray(0, random(datagram.length)) };
    case 'bit flips':
      for (let left = flips(); left > 0; left -= 1) {
        const at = place();
        datagram[at] = (datagram[at] ?? 0) ^ (1 << random(8));
      }
      break;
    case 'lengths': {
      const places = lengthPlaces(datagram);
      const at = places[random(places.length)] ?? 1;
      datagram[at] = random(3) === 0 ? 0x80 + random(10) : random(256);
      break;
    }
    case 'random bytes':
      for (let left = flips(); left > 0; left -= 1) datagram[place()] = random(256);
      break;
    case 'extreme integers': {
      const extreme = EXTREMES[random(EXTREMES.length)] ?? Buffer.alloc(0);
      const at = place();
      const skipped = random(extreme.length + 1);
      return {
        kind,
        datagram: Buffer.concat([
          datagram.subarray(0, at),
          extreme,
          datagram.subarray(at + skipped),
        ]),
      };
    }
    case 'spliced':
      return {
        kind,
        datagram: Buffer.concat([
          datagram.subarray(0, place()),
          other.subarray(random(other.length)),
        ]),
      };
    case 'noise':
      return {
        kind,
        datagram: Buffer.from(Array.from({ length: random(300) }, () => random(256))),
      };
  }
  return { kind, datagram };
}

/** Where the first length byte of each element stands. */
function lengthPlaces(datagram: Buffer): number[] {
  const places: number[] = [];
  const walk = (from: number, end: number) => {
    for (let at = from; at + 1 < end;) {
      const tag = datagram[at] ?? 0;
      let length = datagram[at + 1] ?? 0;
      let start = at + 2;
      places.push(at + 1);
      if (length >= 0x80) {
        const count = length & 0x7f;
        if (count === 0 || count > 2) return;
        length = datagram.readUIntBE(start, count);
        start += count;
      }
      if (start + length > end) return;
      if ((tag & 0x20) !== 0) walk(start, start + length);
      at = start + length;
    }
  };
  walk(0, datagram.length);
  return places;
}
