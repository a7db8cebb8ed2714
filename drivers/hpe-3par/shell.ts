/** The InForm OS command line over SSH, the second interface: its words, its tables, what proves them whole. */
import {
  commandAnswers,
  createWitness,
  InvalidResponse,
  isPartial,
  linesOf,
  nameOf,
  openCli,
  readTable,
  sizeOf,
  text,
  type DriverContext,
  type Foreign,
  type SshAccess,
  type Table,
  type TableShape,
} from 'delfin-agent/driver';
import { SHAPES, type CommandTable, type Shape } from './shapes.ts';

/** What the first line says instead of a result. */
const WORDS = {
  busy: /too many local cli connections|system is busy|try again later/i,
  denied:
    /permission denied|insufficient (privilege|right)|login failed|password (has )?expired|account (is )?locked/i,
  unsupported:
    /invalid command name|(invalid|unknown|illegal) option|not (a )?recogni[sz]ed|unknown command|command not found|no such command|not implemented|not supported|unsupported|not licen[sc]ed|requires? .*licen[sc]e|licen[sc]e .*(required|missing)/i,
  fault: /^error\b/i,
} as const;
const answers = commandAnswers({ texts: WORDS });

/** "No hosts listed", "No FCoE ports", "There are no alerts.": the only words for an empty list. */
const NOTHING =
  /^\s*(there (is|are) )?no (?!.*\b(to|from|such|response|route)\b)([\w/-]+ ){0,3}(listed|found|configured|ports?|alerts?|hosts?|sets?|vluns?|vvs?|data)\b/i;

/** Sizes are MiB, however the title spells them: `Total(MB)`, `Mem(MiB)`, `VSize_MB`. */
const UNIT = /\(mi?b\)$|_mi?b$/;

export interface Said<T> {
  readonly said: T;
  /** How many things it tells. */
  readonly size: number;
  /** It says itself where it ends. */
  readonly closed?: boolean;
}

/** How many lines, or things, there must be where the output does not say where it ends. */
type Expected<T> = ((said: T) => number) | undefined;

export type Shell = ReturnType<typeof openShell>;

/** `second`: the array is known by the WSAPI, too. */
export function openShell(context: DriverContext, access: SshAccess, second: boolean) {
  const cli = openCli(context, access, { answers, second });
  const witness = createWitness();
  const closes = new Set<string>();
  const asked = new Set<string>();

  /**
   * An answer that says where it ends is whole; of any other the witness doubts what has become less. The
   * first such one, of which nothing else tells how long it must be, is asked for twice: the longer holds.
   */
  async function believed<T>(
    command: string,
    read: (output: string) => Said<T>,
    expected: Expected<T>,
    isEnough = expected !== undefined,
  ): Promise<T> {
    const ask = () =>
      cli.run(command, {
        read(output) {
          const answer = read(output);
          if (answer.closed) closes.add(command);
          else if (closes.has(command)) {
            const what = nameOf(command);
            throw new InvalidResponse(`${what}: the output ends before its closing line`);
          } else witness(command, answer.size, expected?.(answer.said));
          return answer;
        },
      });
    const answer = await ask();
    if (answer.closed || isEnough || asked.has(command)) return answer.said;
    asked.add(command);
    const again = await ask();
    return again.closed || again.size >= answer.size ? again.said : answer.said;
  }

  /** The first table of the output. @throws InvalidResponse if there is none that is whole. */
  const table = (command: string, name: Shape, expected?: Expected<Table>) => {
    const shape: CommandTable = SHAPES[name];
    const read = (output: string): Said<Table> => {
      const closing = shape.closing ?? closes.has(command);
      const said = readShaped(output, { ...shape, closing }, nameOf(command));
      return { said, size: sizeOf(said), closed: said.closed };
    };
    return believed(command, read, expected, expected !== undefined && !shape.atLeast);
  };

  return {
    ...cli,
    table,
    /** Its rows, by title. */
    rows: async (...of: Parameters<typeof table>): Promise<readonly Foreign[]> =>
      cellsOf(await table(...of)),
    /**
     * Output of another form: what it says, and how much of it, to tell when it has become less.
     * `nothing`: what the array's own words for that mean.
     */
    text<T>(
      command: string,
      read: (lines: readonly string[]) => Said<T>,
      expected?: Expected<T>,
      nothing?: T,
    ) {
      const something = (output: string): Said<T> => {
        const lines = linesOf(output, nameOf(command));
        if (nothing !== undefined && saysNothing(lines)) {
          return { said: nothing, size: 0, closed: true };
        }
        const answer = read(lines);
        if (answer.size > 0 || answer.closed) return answer;
        throw new InvalidResponse(`${nameOf(command)}: not what was asked for`);
      };
      return believed(command, something, expected);
    },
  };
}

/** A witness that can't be heard says nothing. */
export const heard = <T>(ask: () => Promise<T>): Promise<T | undefined> =>
  ask().catch((error: unknown) => {
    if (!isPartial(error)) throw error;
    return undefined;
  });

export function readShaped(output: string, shape: TableShape, what: string): Table {
  return readTable(output, { unit: UNIT, nothing: NOTHING, ...shape }, what);
}

/** The whole output says that there is nothing. */
export function saysNothing(lines: readonly string[]): boolean {
  const written = lines.filter((line) => line.trim() !== '');
  return written.length === 1 && NOTHING.test(written[0] ?? '');
}

/** Lines `Title (MB) : value` that have one. */
export function pairsOf(lines: readonly string[]) {
  return lines.flatMap((line) => {
    const at = line.indexOf(':');
    const title = line.slice(0, at).trim().toLowerCase();
    const value = text(line.slice(at + 1));
    return at > 0 && value ? [[title.replace(/\(.*\)$/, '').trimEnd(), value] as const] : [];
  });
}

/**
 * The parts of an output, each below a line that begins it and has its name as the first group. What
 * stands above them all is one without a name.
 */
export function blocksOf(lines: readonly string[], begin: RegExp) {
  const blocks = [{ name: '', lines: new Array<string>() }];
  for (const line of lines) {
    const name = begin.exec(line.slice(0, 1_000))?.[1];
    if (name === undefined) blocks.at(-1)?.lines.push(line);
    else blocks.push({ name, lines: [] });
  }
  return blocks;
}

export const wordsOf = (line: string): readonly string[] => line.match(/\S+/g) ?? [];

export const cellsOf = ({ rows }: Pick<Table, 'rows'>) => rows.map(({ cells }) => cells);
