/** What is left of SCP when one file is read: the source sends "C0644 SIZE NAME", the bytes, a zero. */
import { InvalidResponse } from 'delfin-agent/driver';

/** "Go on" for the start, the header and the bytes, sent ahead as packets of their own. */
export const REPLIES = ['\0', '\0', '\0'] as const;

/** The file in the output of `scp -f PATH`. @throws InvalidResponse if it is not all there. */
export function contentOf(output: string, path: string): Uint8Array {
  const bytes = Buffer.from(output, 'utf8');
  const end = bytes.indexOf(0x0a);
  const header = bytes.subarray(0, Math.max(end, 0)).toString('utf8');
  // Times of the file (T...) are sent only if asked for.
  const size = Number(/^C\d{4} (\d+) /.exec(header)?.[1] ?? Number.NaN);
  const content = bytes.subarray(end + 1, end + 1 + size);
  if (!Number.isSafeInteger(size) || content.length !== size) {
    const said = header.replaceAll('\u0001', '').trim().slice(0, 120);
    throw new InvalidResponse(`scp ${path}: ${said || 'no file'}`);
  }
  return content;
}
