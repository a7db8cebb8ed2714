/** The command line: list and detailed views in the most exact form that the system accepts. */
import {
  AuthenticationFailed,
  createWitness,
  InvalidResponse,
  openCli,
  Refused,
  wholeOutput,
  type Answer,
  type DriverContext,
  type Meaning,
  type Parts,
  type SshAccess,
  type SshResult,
  type Way,
} from 'delfin-agent/driver';
import { parseAligned, parseDelimited, parseDetails, type Detail, type Row, type Table } from './table.ts'; // prettier-ignore

export type Cli = ReturnType<typeof createCli>;

/** Commands at a time: systems bound sessions. */
const CHANNELS = 2;
/** The most volumes that a system may have are 20 MB in a statistics file. */
const MOST_BYTES = 64 * 2 ** 20;
/** Characters that names rarely hold; the next is tried when a line has too many cells. */
const DELIMITERS = ['!', '^', '%'] as const;

/** Views whose sizes can be had in bytes. */
export const EXACT: ReadonlySet<string> = new Set([
  'lssystem', 'lsmdiskgrp', 'lsmdisk', 'lsdrive', 'lsvdisk', 'lsvdiskcopy', 'lssevdiskcopy',
]); // prettier-ignore
/** Lists that show of each other whether they are whole. */
const PROVED: ReadonlySet<string> = new Set(['lsvdisk', 'lsvdiskcopy', 'lssevdiskcopy']);

export function createCli(access: SshAccess, context: DriverContext, parts: Parts) {
  const ssh = openCli(context, access, { channels: CHANNELS, maxBytes: MOST_BYTES, answers });
  const notShorter = createMemory(parts);
  /** The first form that is not refused. A command that is unknown is so in every form. */
  const firstForm = <T>(key: string, forms: readonly Way<T>[]) =>
    parts.either(key, forms, (error) => error instanceof Refused);

  async function delimited(command: string, from: number): Promise<readonly Row[]> {
    let best: Table | undefined;
    let longest = 0;
    for (const delimiter of DELIMITERS.slice(from)) {
      const table = await ssh.run(`${command} -delim ${delimiter}`, {
        read: (output) => parseDelimited(output, delimiter, command),
      });
      if (!best || table.rows.length > best.rows.length) best = table;
      const lines = table.rows.length + table.odd.length;
      // A table without odd lines that is shorter than one with them is cut.
      if (table.odd.length === 0 && lines >= longest) break;
      longest = Math.max(longest, lines);
    }
    if (best && best.odd.length > 0) {
      const lost = `${best.odd.length} objects are left out: their names hold each of ${DELIMITERS.join(' ')}`;
      parts.tell(new InvalidResponse(`${command}: ${lost}`));
    }
    return best?.rows ?? [];
  }

  return {
    ...ssh,
    /** The rows of a list view. */
    rows: (command: string) =>
      notShorter(command, PROVED.has(command) ? '' : undefined, (again) => {
        const from = again ? 1 : 0;
        const bytes = { ask: () => delimited(`${command} -bytes`, from) };
        const plain = { ask: () => delimited(command, from) };
        const read = (output: string): readonly Row[] => parseAligned(output, command);
        const columns = { ask: () => ssh.run(command, { read }) };
        return firstForm(command, [...(EXACT.has(command) ? [bytes] : []), plain, columns]);
      }),
    /** The detailed view of one object, or of the system. `whole`: where its content tells that. */
    detail(command: string, id?: string, whole: (detail: Detail) => boolean = () => true) {
      if (id !== undefined && !/^\w[\w.:-]*$/.test(id)) {
        throw new InvalidResponse(`${command}: "${id.slice(0, 40)}" is no id`);
      }
      const target = id === undefined ? '' : ` ${id}`;
      const what = `${command}${target}`;
      const read = (output: string) => {
        const detail = parseDetails(output, what);
        if (!whole(detail)) throw new InvalidResponse(`${what}: the details end early`);
        return detail;
      };
      const exact = EXACT.has(command);
      const form = (flags: string) => ({
        ask: () => ssh.run(`${command}${flags}${target}`, { read }),
        lacks: exact && !flags.includes('-bytes') ? 'sizes in bytes' : undefined,
      });
      return notShorter(what, id === undefined ? undefined : command, (again) => {
        const separated = ` -delim ${again ? '^' : ':'}`;
        const plain = again ? [separated, ''] : ['', separated];
        const forms = exact ? [` -bytes${separated}`, ' -bytes', ...plain] : plain;
        return firstForm(`${command} ID${again ? ' again' : ''}`, forms.map(form));
      });
    },
    /** A file of the system, by SFTP or, where it has none, by SCP. */
    readFile(path: string) {
      const maxBytes = MOST_BYTES;
      const read = (output: string) => contentOf(output, path);
      return parts.either('reading files', [
        { ask: () => ssh.work(path, (client) => client.readFile(path, { maxBytes })) },
        { ask: () => ssh.run(`scp -f ${path}`, { input: REPLIES, read }) },
      ]);
    },
    /** Names in a folder, by SFTP. */
    readFolder: async (path: string) =>
      (await ssh.work(path, (client) => client.readdir(path))).map(({ name }) => name),
  };
}

/** Lists and objects with details of their own. */
const MOST_ANSWERS = 100_000;

/** Nothing is left of it, or half at most. */
const isDrastic = (length: number, before: number) =>
  before > 0 && (length === 0 || (before >= 4 && length * 2 <= before));

/**
 * Tables say neither how long they are nor where they end: one that ends at the end of a line looks
 * whole. A list's first answer, and one that is shorter than the last, is asked for once more in another
 * form; the longer of both holds. If then nothing, or half at most, is left of it, it must stay so.
 * `alike`: whose answers are as long as this one; the longest of them stands for the first answer.
 */
function createMemory(parts: Parts) {
  const witness = createWitness(undefined, { isDoubtful: isDrastic, most: MOST_ANSWERS });
  const lengths = new Map<string, number>();
  const longest = new Map<string, number>();
  return async <T extends readonly unknown[]>(
    key: string,
    alike: string | undefined,
    ask: (again: boolean) => Promise<T>,
  ): Promise<T> => {
    let answer = await ask(false);
    // With nothing to compare it with, the first answer is always asked for again.
    const expected = alike === '' ? 1 : (longest.get(alike ?? '') ?? Infinity);
    if (answer.length < (lengths.get(key) ?? expected)) {
      // The system may not know the other form.
      const second = await parts.ifAny(() => ask(true));
      if (second && second.length > answer.length) answer = second;
    }
    if (alike) longest.set(alike, Math.max(answer.length, longest.get(alike) ?? 0));
    witness(key, answer.length);
    if (lengths.size > MOST_ANSWERS) lengths.clear();
    lengths.set(key, answer.length);
    return answer;
  };
}

/**
 * What is left of SCP when one file is read: the source sends "C0644 SIZE NAME", the bytes, a zero. It is
 * told "go on" for the start, the header and the bytes, sent ahead as packets of their own.
 */
const REPLIES = ['\0', '\0', '\0'] as const;

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

/** By code (IBM, "Command-line interface messages"), then by text; anything else is a fault. */
const SAID = {
  // Parameters that this release does not know, or not together.
  refused: /^CMMVC(570[05-9]|5711|5741)E/,
  gone: /^CMMVC(5753|5754|5804)E/,
  unsupported: /^CMMVC7205E|command not found|not a recognized command|unknown command|licen[sc]e/i,
  denied: /^CMMVC(6253|7016)E|user role is not sufficient|not authori[sz]ed/i,
  busy: /^CMMVC5786E|not in a stable state|try again|temporarily|too many|is busy/i,
} as const satisfies Partial<Record<Meaning, RegExp>>;

const CODE = /^CMMVC\d{4}E\b/;
const COMPLAINTS = [CODE, /^\S*sh: .*command not found/];
const REFUSED_LOGIN =
  /password (has |is )?expired|change (your|the) password|account (is )?locked/i;

/** What the output of a command means. @throws AuthenticationFailed, InvalidResponse */
function answers(result: SshResult, command: string): Answer<string> {
  const { stdout, stderr, code } = result;
  const lines = [stderr, stdout].map((text) => text.trimStart().split('\n', 1)[0]?.trim() ?? '');
  const said = lines.find((line) => COMPLAINTS.some((complaint) => complaint.test(line)));
  const isSilent = stdout.trim() === '' && stderr.trim() !== '';
  if (code === undefined || (code === 0 && said === undefined && !isSilent)) {
    // What SCP sends is no text and has its length in front.
    const isFile = command.startsWith('scp ') && code === 0;
    return { meaning: 'ok', body: isFile ? stdout : wholeOutput(result, command) };
  }
  const text = (said ?? lines.find((line) => line !== '') ?? `exit code ${code}`).slice(0, 200);
  if (REFUSED_LOGIN.test(text)) {
    throw new AuthenticationFailed(`"${command.slice(0, 60)}": ${text}`);
  }
  const meaning = Object.entries(SAID).find(([, pattern]) => pattern.test(text))?.[0] as Meaning;
  return { meaning: meaning ?? 'fault', code: CODE.exec(text)?.[0] ?? String(code), text };
}
