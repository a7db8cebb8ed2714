/** Accepted communities. Comparing takes the same time whatever is wrong, and wherever. */

export interface Communities {
  accept(community: Uint8Array): boolean;
}

const MAX_BYTES = 255;

/** @throws RangeError for a community that no message can carry. */
export function createCommunities(accepted: readonly string[]): Communities {
  const padded = accepted.map((community) => {
    const bytes = Buffer.from(community);
    if (bytes.length > MAX_BYTES) {
      throw new RangeError(`a community has at most ${MAX_BYTES} characters`);
    }
    return { length: bytes.length, bytes: Buffer.concat([bytes], MAX_BYTES) };
  });
  const offered = Buffer.alloc(MAX_BYTES);
  return {
    accept(community) {
      offered.fill(0);
      offered.set(community.subarray(0, MAX_BYTES));
      let found = 0;
      for (const { length, bytes } of padded) {
        let difference = length ^ community.length;
        for (let index = 0; index < MAX_BYTES; index += 1) {
          difference |= (bytes[index] ?? 0) ^ (offered[index] ?? 0);
        }
        found |= Number(difference === 0);
      }
      return found === 1;
    },
  };
}
