/**
 * Rendered text on its way from a worker to the main thread: one chunk per family, compressed, only
 * those that changed. It is kept as it is sent: plain it would be nine times as large.
 */

export interface Chunk {
  /** Sample lines of the family, without HELP and TYPE, deflated, ended by a full flush: chunks can be put one behind the other. */
  readonly deflated: Uint8Array<ArrayBuffer>;
  /** Bytes of the text. */
  readonly length: number;
  /** CRC-32 of the text. */
  readonly crc: number;
  /** What moves a checksum over the length of the text: see `combineCrc`. */
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
