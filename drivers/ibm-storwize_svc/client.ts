/** The command line: list and detailed views in the most exact form that the system accepts. */
import {
  AuthenticationFailed,
  createParts,
  createWitness,
  Gone,
  InvalidResponse,
  openCli,
  Refused,
  wholeOutput,
  type Answer,
  type CliClient,
  type DriverContext,
  type Foreign,
  type Meaning,
  type Parts,
  type SshAccess,
  type SshResult,
} from 'delfin-agent/driver';
import { firstOf, parseAligned, parseDelimited, parseDetails, withoutRounded, type Detail, type Row, type Table } from './table.ts'; // prettier-ignore

export type Client = ReturnType<typeof createClient>;

/** Commands at a time: systems bound sessions. */
const CHANNELS = 2;
/** The most volumes that a system may have are 20 MB in a statistics file. */
export const MOST_BYTES = 64 * 2 ** 20;
/** Characters that names rarely hold; the next is tried when a line has too many cells. */
const DELIMITERS = ['!', '^', '%'] as const;

/** Views whose sizes can be had in bytes. */
const EXACT: ReadonlySet<string> = new Set([
  'lssystem', 'lsmdiskgrp', 'lsmdisk', 'lsdrive', 'lsvdisk', 'lsvdiskcopy', 'lssevdiskcopy',
]); // prettier-ignore

/** The command line of the system, or of one of its nodes. */
export function createClient(access: SshAccess, context: DriverContext) {
  const parts = createParts(context);
  const ssh = openCli(context, access, { channels: CHANNELS, maxBytes: MOST_BYTES, answers });
  const views = createViews(ssh, parts);
  /** The system's own details, asked for once a round. */
  const system = parts.shared(async (): Promise<Row> => {
    const own = firstOf(await views.detail('lssystem'));
    if (own['id'] || own['name'] !== undefined) return own;
    throw new InvalidResponse(
      'lssystem: neither id nor name; is this a Spectrum Virtualize system?',
    );
  });
  return {
    ...ssh,
    ...views,
    parts,
    context,
    host: access.host,
    system,
    /** What a command tells under the name that the release knows. */
    firstKnown: <T>(commands: readonly string[], ask: (command: string) => Promise<T>) =>
      parts.either(
        commands.join(' or '),
        commands.map((command) => ({ ask: () => ask(command) })),
      ),
  };
}

/** Whether details are all there, where their content tells that. */
type IsWhole = (detail: Detail) => boolean;

/** Outputs as rows and details. */
function createViews(ssh: CliClient, parts: Parts) {
  const notShorter = createMemory(parts);

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

  /** The detailed view of one object, or of the system. */
  async function detail(command: string, id?: string, whole: IsWhole = () => true) {
    if (id !== undefined && !/^\w[\w.:-]*$/.test(id)) {
      throw new InvalidResponse(`${command}: "${id.slice(0, 40)}" is no id`);
    }
    const target = id === undefined ? '' : ` ${id}`;
    const what = `${command}${target}`;
    const read = (output: string) => {
      const found = parseDetails(output, what);
      if (!whole(found)) throw new InvalidResponse(`${what}: the details end early`);
      return found;
    };
    const exact = EXACT.has(command);
    const form = (flags: string) => ({
      ask: () => ssh.run(`${command}${flags}${target}`, { read }),
      lacks: exact && !flags.includes('-bytes') ? 'sizes in bytes' : undefined,
    });
    return await notShorter(what, `${command} ID`, (again) => {
      const separated = ` -delim ${again ? '^' : ':'}`;
      const plain = again ? [separated, ''] : ['', separated];
      const forms = exact ? [` -bytes${separated}`, ' -bytes', ...plain] : plain;
      return parts.either(`${command} ID${again ? ' again' : ''}`, forms.map(form), isRefused);
    });
  }

  return {
    /** The rows of a list view. */
    rows: (command: string) =>
      notShorter(command, command, (again) => {
        const from = again ? 1 : 0;
        const bytes = { ask: () => delimited(`${command} -bytes`, from) };
        const plain = { ask: () => delimited(command, from) };
        const read = (output: string): readonly Row[] => parseAligned(output, command);
        const columns = { ask: () => ssh.run(command, { read }) };
        const forms = [EXACT.has(command) ? bytes : undefined, plain, columns];
        return parts.either(command, forms, isRefused);
      }),
    detail,
    /** Rows with their objects' detailed views; objects that have gone are left out. */
    async detailed(command: string, all: readonly Row[], whole?: IsWhole) {
      const rows = all.filter((row) => row['id']);
      const ask = ({ id }: Row) => detail(command, id, whole).catch(unlessGone);
      const details = await parts.added(() => parts.children(rows, ask));
      return rows.flatMap((row, index): Detailed | readonly Detailed[] => {
        const found = details?.[index];
        if (found === 'gone') return [];
        if (found) return { ...row, ...firstOf(found), detail: found };
        return EXACT.has(command) ? withoutRounded(row) : row;
      });
    },
  };
}

/** Another form may do. A command that is unknown is so in every form. */
const isRefused = (error: unknown) => error instanceof Refused;

function unlessGone(error: unknown): 'gone' {
  if (error instanceof Gone) return 'gone';
  throw error;
}

/** A row of a list with its object's detailed view; absent: it could not be read, which was told. */
export type Detailed = Foreign & { readonly detail?: Detail };

/** Lists and objects with details of their own. */
const MOST_ANSWERS = 100_000;

/** Lists that show of each other whether they are whole: if there is nothing, that is all to be seen. */
const PROVED = ['lsvdisk', 'lsvdiskcopy', 'lssevdiskcopy'] as const;

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
  const lengths = new Map<string, number>(PROVED.map((command) => [command, 1]));
  return async <T extends readonly unknown[]>(
    key: string,
    alike: string,
    ask: (again: boolean) => Promise<T>,
  ): Promise<T> => {
    let answer = await ask(false);
    // With nothing to compare it with, the first answer is always asked for again.
    if (answer.length < (lengths.get(key) ?? lengths.get(alike) ?? Infinity)) {
      // The system may not know the other form.
      const second = await parts.ifAny(() => ask(true));
      if (second && second.length > answer.length) answer = second;
    }
    witness(key, answer.length);
    if (lengths.size > MOST_ANSWERS) lengths.clear();
    lengths.set(alike, Math.max(answer.length, lengths.get(alike) ?? 0));
    lengths.set(key, answer.length);
    return answer;
  };
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
  // What SCP sends is no text and has its length in front.
  const isFile = code === 0 && command.startsWith('scp ');
  if (code === undefined || (code === 0 && said === undefined && !isSilent)) {
    return { meaning: 'ok', body: isFile ? stdout : wholeOutput(result, command) };
  }
  const text = (said ?? lines.find((line) => line !== '') ?? `exit code ${code}`).slice(0, 200);
  if (REFUSED_LOGIN.test(text)) {
    throw new AuthenticationFailed(`"${command.slice(0, 60)}": ${text}`);
  }
  const meaning = Object.entries(SAID).find(([, pattern]) => pattern.test(text))?.[0] as Meaning;
  return { meaning: meaning ?? 'fault', code: CODE.exec(text)?.[0] ?? String(code), text };
}
