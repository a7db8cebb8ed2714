/** Numbers that depend on nothing but their seed and name. */

/** A hash of the seed and the parts, evenly spread over [0, 1). */
export function noise(seed: number, ...parts: readonly (string | number)[]): number {
  let hash = 2_166_136_261 ^ seed;
  for (const part of parts) {
    const word = String(part);
    for (let index = 0; index < word.length; index += 1) {
      hash = Math.imul(hash ^ word.charCodeAt(index), 16_777_619);
    }
    hash = Math.imul(hash ^ 0x1f, 16_777_619);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507);
  hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}

/** An integer in [low, high]. */
export function between(
  low: number,
  high: number,
  seed: number,
  ...parts: readonly (string | number)[]
): number {
  return low + Math.floor(noise(seed, ...parts) * (high - low + 1));
}

/** The element at `index`, round and round: every value of an enumeration turns up. */
export function cycle<T>(values: readonly T[], index: number): T {
  return values[index % values.length] as T;
}
