/** A screenshot with 256 colours: a third of its size, and nobody sees it. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE_BYTES = 8;
const COLOURS = 256;

/** Takes what Chromium writes: 8 bits, RGB or RGBA, not interlaced. */
export function with256Colours(png: Buffer): Buffer {
  const { width, height, channels, pixels } = decode(png);
  const colours = Uint32Array.from({ length: width * height }, (_, at) =>
    pixels.readUIntBE(at * channels, 3),
  );
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const byCount = [...counts].sort(([, a], [, b]) => b - a).map(([colour]) => colour);
  // Of shades that look alike the most frequent one: rare colours, those of a word, have room then.
  const alike = Map.groupBy(byCount, (colour) => colour & 0xf8f8f8);
  const palette = Array.from(alike.values(), ([colour = 0]) => colour).slice(0, COLOURS);
  const places = new Map(palette.map((colour, at) => [colour, at]));
  const rows = Buffer.alloc((width + 1) * height);
  for (const [at, colour] of colours.entries()) {
    let place = places.get(colour);
    if (place === undefined) places.set(colour, (place = nearest(colour, palette)));
    rows[Math.floor(at / width) * (width + 1) + 1 + (at % width)] = place;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  return Buffer.concat([
    png.subarray(0, SIGNATURE_BYTES),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(channelsOf))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function decode(png: Buffer) {
  const data: Buffer[] = [];
  let header = png;
  for (let at = SIGNATURE_BYTES; at < png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const content = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = content;
    if (type === 'IDAT') data.push(content);
    at += 12 + length;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = header[9] === 6 ? 4 : 3;
  const pixels = unfilter(inflateSync(Buffer.concat(data)), width * channels, channels);
  return { width, height, channels, pixels };
}

/** Each row begins with how its bytes were told from those to the left and above. */
function unfilter(rows: Buffer, stride: number, channels: number): Buffer {
  const out = Buffer.alloc((rows.length / (stride + 1)) * stride);
  for (let row = 0; row * stride < out.length; row += 1) {
    const filter = rows[row * (stride + 1)] ?? 0;
    for (let at = 0; at < stride; at += 1) {
      const place = row * stride + at;
      const left = at < channels ? 0 : (out[place - channels] ?? 0);
      const above = out[place - stride] ?? 0;
      const corner = at < channels ? 0 : (out[place - stride - channels] ?? 0);
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter] ?? 0;
      out[place] = (rows[row * (stride + 1) + 1 + at] ?? 0) + guess;
    }
  }
  return out;
}

function paeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [above - corner, left - corner, left + above - 2 * corner].map(Math.abs) as [number, number, number]; // prettier-ignore
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

function nearest(colour: number, palette: readonly number[]): number {
  const wanted = channelsOf(colour);
  let best = 0;
  let least = Infinity;
  for (const [at, other] of palette.entries()) {
    const distance = channelsOf(other).reduce(
      (sum, value, channel) => sum + (value - (wanted[channel] ?? 0)) ** 2,
      0,
    );
    if (distance < least) [best, least] = [at, distance];
  }
  return best;
}

function channelsOf(colour: number): number[] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
