/** Deterministic data for simulators. */

export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [low, high]. */
  integer(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
}

/** A seeded generator (mulberry32): the same seed gives the same sequence. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (choices) => choices[Math.floor(next() * choices.length)] as (typeof choices)[number],
  };
}

/** Names as people give them: every one of them has broken some client. */
export const ODD_NAMES: readonly string[] = [
  'plain-name',
  'with space',
  'quote"double',
  "quote'single",
  'comma,separated',
  'back\\slash',
  'slash/path',
  'percent%20sign',
  'ümläut-Größe',
  '数据卷',
  'emoji-💾',
  'a=b&c=d',
  '<tag>',
  'colon:name',
  '{braces}',
  'UPPER lower 123',
];
