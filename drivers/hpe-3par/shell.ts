/** The InForm OS command line over SSH, the second interface: its words, its tables, what proves them whole. */
import {
  commandAnswers,
  createWitness,
  InvalidResponse,
  linesOf,
  nameOf,
  openCli,
  readTable,
  sizeOf,
  type CliClient,
  type DriverContext,
  type SshAccess,
  type Table,
  type TableShape,
} from 'delfin-agent/driver';

/** What the first line says instead of a result. */
const answers = commandAnswers({
  texts: {
    busy: /too many local cli connections|system is busy|try again later/i,
    denied:
      /permission denied|insufficient (privilege|right)|login failed|password (has )?expired|account (is )?locked/i,
    unsupported:
      /invalid command name|(invalid|unknown|illegal) option|not (a )?recogni[sz]ed|unknown command|command not found|no such command|not implemented|not supported|unsupported|not licen[sc]ed|requires? .*licen[sc]e|licen[sc]e .*(required|missing)/i,
    fault: /^error\b/i,
  },
});

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

export interface Shell extends Pick<CliClient, 'connect' | 'run' | 'close'> {
  /**
   * The first table of the output. Where it has no closing line, `expected` says how many lines there
   * must be; `atLeast`: there may be more of them. @throws InvalidResponse if there is none that is whole.
   */
  table(
    command: string,
    shape: TableShape,
    expected?: (table: Table) => number,
    atLeast?: 'atLeast',
  ): Promise<Table>;
  /** Output of another form: what it says, and how much of it, to tell when it has become less. */
  text<T>(
    command: string,
    read: (lines: readonly string[]) => Said<T>,
    expected?: (said: T) => number,
  ): Promise<T>;
}

/** `second`: the array is known by the WSAPI, too. */
export function openShell(context: DriverContext, access: SshAccess, second: boolean): Shell {
  const { connect, run, close } = openCli(context, access, { answers, second });
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
    expected?: (said: T) => number,
    atLeast?: 'atLeast',
  ): Promise<T> {
    const what = nameOf(command);
    const ask = () =>
      run(command, {
        read(output) {
          const answer = read(output);
          if (answer.closed) closes.add(command);
          else if (closes.has(command)) {
            throw new InvalidResponse(`${what}: the output ends before its closing line`);
          } else witness(command, answer.size, expected?.(answer.said));
          return answer;
        },
      });
    const answer = await ask();
    if (answer.closed || (expected && !atLeast) || asked.has(command)) return answer.said;
    asked.add(command);
    const again = await ask();
    return again.closed || again.size >= answer.size ? again.said : answer.said;
  }

  return {
    connect,
    run,
    close,
    table(command, shape, expected, atLeast) {
      const read = (output: string): Said<Table> => {
        const closing = shape.closing ?? closes.has(command);
        const table = readShaped(output, { ...shape, closing }, nameOf(command));
        return { said: table, size: sizeOf(table), closed: table.closed };
      };
      return believed(command, read, expected, atLeast);
    },
    text<T>(
      command: string,
      read: (lines: readonly string[]) => Said<T>,
      expected?: (said: T) => number,
    ) {
      const something = (output: string): Said<T> => {
        const answer = read(linesOf(output, nameOf(command)));
        if (answer.size > 0 || answer.closed) return answer;
        throw new InvalidResponse(`${nameOf(command)}: not what was asked for`);
      };
      return believed(command, something, expected);
    },
  };
}

export function readShaped(output: string, shape: TableShape, what: string): Table {
  return readTable(output, { unit: UNIT, nothing: NOTHING, ...shape }, what);
}

/** The whole output says that there is nothing. */
export function saysNothing(lines: readonly string[]): boolean {
  const written = lines.filter((line) => line.trim() !== '');
  return written.length === 1 && NOTHING.test(written[0] ?? '');
}

/** `Title (MB) : value`; undefined for any other line. */
export function pairOf(
  line: string,
): { readonly title: string; readonly value: string } | undefined {
  const at = line.indexOf(':');
  if (at <= 0) return undefined;
  const title = line.slice(0, at).trim().toLowerCase();
  return { title: title.replace(/\(.*\)$/, '').trimEnd(), value: line.slice(at + 1).trim() };
}
