/**
 * Rendered text on its way from a worker to the main thread: one chunk per family, plain and
 * compressed, only those that changed.
 */

export interface Chunk {
  /** Sample lines of the family, without HELP and TYPE. */
  readonly plain: Uint8Array<ArrayBuffer>;
  /** The same, deflated, ended by a full flush: chunks can be put one behind the other. */
  readonly deflated: Uint8Array<ArrayBuffer>;
  /** CRC-32 of `plain`. */
  readonly crc: number;
  /** What moves a checksum over the length of `plain`: see `combineCrc`. */
  readonly shift: number;
}

/** What changed since the last one of this system. */
export interface Exposition {
  readonly system: string;
  /** Catalog index -> chunk; undefined: the family is gone. */
  readonly changed: ReadonlyMap<number, Chunk | undefined>;
  /** Series on the page now. */
  readonly series: number;
}
