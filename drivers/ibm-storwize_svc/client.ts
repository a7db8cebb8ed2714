/** The command line: list and detailed views in the most exact form that the system accepts. */
import {
  AuthenticationFailed,
  InvalidResponse,
  isRefusal,
  NotSupported,
  openCli,
  wholeOutput,
  type Answer,
  type CliClient,
  type DriverContext,
  type Meaning,
  type Parts,
  type SshAccess,
  type SshResult,
  type Way,
} from 'delfin-agent/driver';
import { contentOf, REPLIES } from './scp.ts';
import { parseAligned, parseDelimited, parseDetails, type Detail, type Row } from './table.ts';

export interface Cli extends Pick<CliClient, 'connect' | 'run' | 'close'> {
  /** The rows of a list view. `exact`: its sizes can be had in bytes. */
  rows(command: string, options?: ListOptions): Promise<readonly Row[]>;
  /** The detailed view of one object, or of the system. */
  detail(command: string, id?: string, options?: ListOptions): Promise<Detail>;
  /** A file of the system, by SFTP or, where it has none, by SCP. */
  readFile(path: string): Promise<Uint8Array>;
  /** Names in a folder, by SFTP. */
  readFolder(path: string): Promise<readonly string[]>;
}

export interface ListOptions {
  readonly exact?: boolean;
  /** Of a list: others show whether it is whole. */
  readonly proved?: boolean;
  /** Of a detailed view: whether all of it is there, where its content tells. */
  readonly whole?: (detail: Detail) => boolean;
}

/** Commands at a time: systems bound sessions. */
const CHANNELS = 2;
/** The most volumes that a system may have are 20 MB in a statistics file. */
const MOST_BYTES = 64 * 2 ** 20;
/** Characters that names rarely hold; the next is tried when a line has too many cells. */
const DELIMITERS = ['!', '^', '%'] as const;
const MOST_SIZES = 100_000;

export function createCli(access: SshAccess, context: DriverContext, parts: Parts): Cli {
  const ssh = openCli(context, access, { channels: CHANNELS, maxBytes: MOST_BYTES, answers });
  const notShorter = createMemory();

  async function delimited(command: string, from: number): Promise<readonly Row[]> {
    let best: { rows: readonly Row[]; odd: readonly string[] } | undefined;
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

  const aligned = (command: string) =>
    ssh.run(command, { read: (output) => parseAligned(output, command).rows });

  return {
    connect: () => ssh.connect(),
    run: ssh.run,
    rows: (command, { exact = false, proved = false } = {}) =>
      notShorter(command, proved ? '' : undefined, (again) => {
        const from = again ? 1 : 0;
        const bytes = { ask: () => delimited(`${command} -bytes`, from) };
        const plain = { ask: () => delimited(command, from) };
        const columns = { ask: () => aligned(command) };
        return firstForm(parts, command, exact ? [bytes, plain, columns] : [plain, columns]);
      }),
    detail(command, id, { exact = false, whole = () => true } = {}) {
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
      const ask = (flags: string) => ({
        ask: () => ssh.run(`${command}${flags}${target}`, { read }),
      });
      const siblings = command === what ? undefined : command;
      return notShorter(what, siblings, (again) => {
        const separated = ` -delim ${again ? '^' : ':'}`;
        const bytes = [ask(` -bytes${separated}`), ask(' -bytes')];
        const lacks = exact ? { lacks: 'sizes in bytes' } : {};
        const plain = [ask(''), ask(separated)].map((way) => ({ ...way, ...lacks }));
        return firstForm(parts, again ? `${command} ID again` : `${command} ID`, [
          ...(exact ? bytes : []),
          ...(again ? plain.reverse() : plain),
        ]);
      });
    },
    readFile: (path) =>
      parts.either('reading files', [
        {
          ask: () => ssh.work(path, (client) => client.readFile(path, { maxBytes: MOST_BYTES })),
        },
        {
          ask: () =>
            ssh.run(`scp -f ${path}`, {
              input: REPLIES,
              read: (output) => contentOf(output, path),
            }),
        },
      ]),
    readFolder: async (path) =>
      (await ssh.work(path, (client) => client.readdir(path))).map(({ name }) => name),
    close: () => ssh.close(),
  };
}

/** The first form that is not refused. A command that is unknown is so in every form. */
async function firstForm<T>(parts: Parts, key: string, forms: readonly Way<T>[]): Promise<T> {
  const found = await parts.either(
    key,
    forms.map(({ ask, ...way }) => ({
      ...way,
      async ask() {
        try {
          return { answer: await ask() };
        } catch (error) {
          if (error instanceof NotSupported) return { unknown: error };
          throw error;
        }
      },
    })),
  );
  if ('unknown' in found) throw found.unknown;
  return found.answer;
}

/** So long an answer that has lost most of what it held is not believed: until the next round at least. */
const DOUBT_MS = 20_000;

/**
 * Tables say neither how long they are nor where they end: one that ends at the end of a line looks
 * whole. A list's first answer, and one that is shorter than the last, is asked for once more in another
 * form; the longer of both holds. If then nothing, or half at most, is left of it, it must stay so.
 * `alike`: whose answers are as long as this one; the longest of them stands for the first answer.
 */
function createMemory() {
  const lengths = new Map<string, number>();
  const longest = new Map<string, number>();
  const doubts = new Map<string, number>();

  function believe(key: string, length: number): void {
    const before = lengths.get(key) ?? 0;
    const isDrastic = before > 0 && (length === 0 || (before >= 4 && length * 2 <= before));
    const since = doubts.get(key) ?? performance.now();
    if (isDrastic && performance.now() - since < DOUBT_MS) {
      doubts.set(key, since);
      throw new InvalidResponse(`${key}: ${length} lines instead of ${before}: is it whole?`);
    }
    doubts.delete(key);
    if (lengths.size > MOST_SIZES) lengths.clear();
    lengths.set(key, length);
  }

  return async <T extends readonly unknown[]>(
    key: string,
    alike: string | undefined,
    ask: (again: boolean) => Promise<T>,
  ): Promise<T> => {
    let answer = await ask(false);
    // With nothing to compare it with, the first answer is always asked for again.
    const expected = alike === '' ? 1 : (longest.get(alike ?? '') ?? Infinity);
    if (answer.length < (lengths.get(key) ?? expected)) {
      const second = await unlessRefused(() => ask(true));
      if (second && second.length > answer.length) answer = second;
    }
    if (alike) longest.set(alike, Math.max(answer.length, longest.get(alike) ?? 0));
    believe(key, answer.length);
    return answer;
  };
}

/** The system may not know the other form. */
async function unlessRefused<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** IBM, "Command-line interface messages". Any other is a fault. */
const CODES = {
  // Parameters that this release does not know, or not together.
  refused: ['CMMVC5700E', 'CMMVC5705E', 'CMMVC5706E', 'CMMVC5707E', 'CMMVC5708E', 'CMMVC5709E', 'CMMVC5711E', 'CMMVC5741E'],
  unsupported: ['CMMVC7205E'],
  gone: ['CMMVC5753E', 'CMMVC5754E', 'CMMVC5804E'],
  denied: ['CMMVC6253E', 'CMMVC7016E'],
  busy: ['CMMVC5786E'],
} as const satisfies Partial<Record<Meaning, readonly string[]>>; // prettier-ignore

const TEXTS = {
  unsupported: /command not found|not a recognized command|unknown command|licen[sc]e/i,
  denied: /user role is not sufficient|not authori[sz]ed/i,
  busy: /not in a stable state|try again|temporarily|too many|is busy/i,
} as const satisfies Partial<Record<Meaning, RegExp>>;

const CODE = /^(CMMVC\d{4}E)\b/;
const UNKNOWN = /^\S*sh: .*command not found/;
const REFUSED_LOGIN =
  /password (has |is )?expired|change (your|the) password|account (is )?locked/i;

/** What the output of a command means. @throws AuthenticationFailed, InvalidResponse */
function answers(result: SshResult, command: string): Answer<string> {
  const { stdout, stderr, code } = result;
  const lines = [stderr, stdout].map((text) => text.trimStart().split('\n', 1)[0]?.trim() ?? '');
  const said = lines.find((line) => CODE.test(line) || UNKNOWN.test(line));
  const failed = code !== undefined && code !== 0;
  const silent = code === 0 && stdout.trim() === '' && stderr.trim() !== '';
  if (said === undefined && !failed && !silent) {
    // What SCP sends is no text and has its length in front.
    const isFile = command.startsWith('scp ') && code === 0;
    return { meaning: 'ok', body: isFile ? stdout : wholeOutput(result, command) };
  }
  if (code === undefined) wholeOutput(result, command);
  const text = (said ?? lines.find((line) => line !== '') ?? `exit code ${code}`).slice(0, 200);
  if (REFUSED_LOGIN.test(text))
    throw new AuthenticationFailed(`"${command.slice(0, 60)}": ${text}`);
  const vendorCode = CODE.exec(text)?.[1] ?? String(code);
  return { meaning: meaningOf(vendorCode, text), code: vendorCode, text };
}

function meaningOf(code: string, text: string): Meaning {
  for (const [meaning, codes] of Object.entries(CODES)) {
    if ((codes as readonly string[]).includes(code)) return meaning as Meaning;
  }
  const found = Object.entries(TEXTS).find(([, pattern]) => pattern.test(text));
  return (found?.[0] as Meaning | undefined) ?? 'fault';
}
