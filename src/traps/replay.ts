/**
 * Digests of messages that were taken, for a while, in a table of fixed size. Only authentic messages
 * get here, so nobody without a key can push others out.
 */
export interface ReplayGuard {
  /** Remembers the digest; true if it was there already. */
  seen(digest: Uint8Array, nowMs: number): boolean;
}

/** Longer than the time window (150 s either way): what is older is refused by its time. */
const REMEMBERED_S = 310;
const WAYS = 4;
const SETS = 1 << 16;

export function createReplayGuard(): ReplayGuard {
  const high = new Uint32Array(SETS * WAYS);
  const low = new Uint32Array(SETS * WAYS);
  /** Second it was seen, plus one; 0 is a free place. */
  const stamps = new Uint32Array(SETS * WAYS);
  return {
    seen(digest, nowMs) {
      const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
      const first = view.getUint32(0);
      const second = view.getUint32(4);
      const stamp = Math.floor(nowMs / 1_000) + 1;
      const start = (first % SETS) * WAYS;
      let oldest = start;
      for (let place = start; place < start + WAYS; place += 1) {
        const fresh = stamps[place] !== 0 && stamp - (stamps[place] ?? 0) <= REMEMBERED_S;
        if (fresh && high[place] === first && low[place] === second) return true;
        if ((stamps[place] ?? 0) < (stamps[oldest] ?? 0)) oldest = place;
      }
      high[oldest] = first;
      low[oldest] = second;
      stamps[oldest] = stamp;
      return false;
    },
  };
}
