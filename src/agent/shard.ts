/** Which of N agents a backend belongs to: rendezvous hashing, so that few move when N changes. */
import { createHash } from 'node:crypto';

export function shardOf(name: string, total: number): number {
  let best = 0;
  let highest = -1;
  for (let shard = 0; shard < total; shard += 1) {
    const weight = createHash('sha256').update(`${shard}\u0000${name}`).digest().readUInt32BE(0);
    if (weight > highest) {
      highest = weight;
      best = shard;
    }
  }
  return best;
}
