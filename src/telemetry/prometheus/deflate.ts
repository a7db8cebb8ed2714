/**
 * Gzip from parts: pieces that were compressed apart, in other threads, become one ordinary gzip
 * member by putting them one behind the other. Only the checksum has to be combined.
 */
import { promisify } from 'node:util';
import { constants, crc32, deflateRawSync, inflateRaw } from 'node:zlib';
import type { Chunk } from './exposition.ts';

/** A fast level: the text is so regular that a higher one gains little. */
const LEVEL = 3;
/** Below this size a small window does, and costs less to set up. */
const SMALL_TEXT_BYTES = 4_096;

/** Compresses a piece so that others can follow it. It crosses threads: its memory is its own. */
export function toChunk(plain: Uint8Array): Chunk {
  const size = plain.length < SMALL_TEXT_BYTES ? { windowBits: 12, memLevel: 5 } : {};
  const deflated = Uint8Array.from(
    deflateRawSync(plain, { level: LEVEL, finishFlush: constants.Z_FULL_FLUSH, ...size }),
  );
  return { deflated, length: plain.length, crc: crc32(plain), shift: shiftOf(plain.length) };
}

const GZIP_HEADER = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** The last block of a deflate stream, empty. */
const LAST_BLOCK = Uint8Array.from([3, 0]);

/** Pieces below this size are put together; larger ones are sent as they are. */
const SMALL_BYTES = 64 * 1024;

/** Chunks one behind the other: few pieces, and what joining them with others needs. */
export type Joined = Omit<Chunk, 'deflated'> & { readonly pieces: readonly Piece[] };

/** One or several chunks. */
export interface Piece {
  readonly deflated: Uint8Array;
  /** Bytes of the text. */
  readonly length: number;
}

export function join(parts: readonly (Chunk | Joined)[]): Joined {
  const pieces = parts.flatMap((part) => ('pieces' in part ? part.pieces : part));
  return { pieces: coalesce(pieces), ...ofAll(parts) };
}

/** A gzip member of what was joined. */
export function gzipMember(parts: readonly Joined[]): readonly Uint8Array[] {
  const { crc, length } = ofAll(parts);
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc, true);
  trailer.setUint32(4, length % 2 ** 32, true);
  return [
    GZIP_HEADER,
    ...parts.flatMap(({ pieces }) => pieces.map(({ deflated }) => deflated)),
    LAST_BLOCK,
    new Uint8Array(trailer.buffer),
  ];
}

type Sums = Omit<Chunk, 'deflated'>;

function ofAll(parts: readonly Sums[]): Sums {
  let crc = 0;
  let length = 0;
  for (const part of parts) {
    crc = combineCrc(crc, part.crc, part.shift);
    length += part.length;
  }
  return { crc, length, shift: shiftOf(length) };
}

/** Few writes for many small pieces, no copy of large ones. */
function coalesce(chunks: readonly Piece[]): readonly Piece[] {
  const joined: Piece[] = [];
  let small: Piece[] = [];
  let bytes = 0;
  const flush = () => {
    if (small.length > 0) {
      const deflated = Buffer.concat(
        small.map((piece) => piece.deflated),
        bytes,
      );
      joined.push({ deflated, length: small.reduce((sum, { length }) => sum + length, 0) });
    }
    small = [];
    bytes = 0;
  };
  for (const piece of chunks) {
    if (piece.deflated.length >= SMALL_BYTES) {
      flush();
      joined.push(piece);
      continue;
    }
    small.push(piece);
    bytes += piece.deflated.length;
    if (bytes >= SMALL_BYTES) flush();
  }
  flush();
  return joined;
}

const inflate = promisify(inflateRaw);

/** Text that somebody reads right now: those who read the same share it. */
const inflated = new WeakMap<Piece, WeakRef<Promise<Uint8Array>>>();

/** The text of a piece, made off this thread. */
export function textOf(piece: Piece): Promise<Uint8Array> {
  const known = inflated.get(piece)?.deref();
  if (known) return known;
  const made = inflate(piece.deflated, {
    finishFlush: constants.Z_SYNC_FLUSH,
    // In one go.
    chunkSize: Math.max(piece.length + 1, constants.Z_MIN_CHUNK),
  });
  inflated.set(piece, new WeakRef(made));
  return made;
}

/*
 * CRC-32 is a remainder of polynomials over GF(2), bits reversed: appending n bytes multiplies it by
 * x^8n. So the checksum of A followed by B is crc(A) * x^(8 * length of B) + crc(B).
 */
const POLYNOMIAL = 0xedb88320;
/** 1, x^8 in the reversed notation. */
const ONE = 0x80000000;
const X8 = 0x00800000;

/** The checksum of A followed by B; `shift` is B's. */
export function combineCrc(a: number, b: number, shift: number): number {
  return (multiply(a, shift) ^ b) >>> 0;
}

/** x^8n: what a checksum is multiplied by when n bytes follow. */
export function shiftOf(bytes: number): number {
  let power = ONE;
  let square = X8;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power >>> 0;
}

function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let bits = a; bits !== 0; bits <<= 1) {
    if (bits & ONE) product ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product >>> 0;
}
