/**
 * `showcage -d`: the table of cages, then a block a cage. What a block holds differs by model.
 *
 *      Id Name  LoopA Pos.A LoopB Pos.B Drives Temp  RevA RevB Model Side
 *       0 cage0 1:0:1     0 0:0:1     0     14 14-29 3211 3211 DCN1  n/a
 *     -----------Cage detail info for cage0 ---------
 *     Interface Board Info            Card0            Card1
 *      State(self,partner)            OK,OK            OK,OK
 *     PS PSState ACState DCState Fan State Fan0_Speed Fan1_Speed
 *      ps0      OK      OK      OK        OK        Low        Low
 *     -------------Drive Info------------- --PortA-- --PortB--
 *      0:0 5000CCA0160F3B3F  Normal  23  OK  OK
 */
import { InvalidResponse } from 'delfin-agent/driver';
import type { Shell } from './shell.ts';

export interface Cage {
  readonly id: string;
  readonly name: string;
  readonly model?: string | undefined;
  /** How many drives the table counts. */
  readonly announced: number;
  /** Its own word, where the release has one here. */
  state?: string | undefined;
  position?: string | undefined;
  drives: number;
  isDetailed: boolean;
  /** What each board says of itself and of its partner. */
  boards: (readonly string[])[];
  /** Their names, and their states by `SUPPLY_COLUMNS`. */
  readonly supplies: Readonly<Record<string, string | undefined>>[];
  /** Celsius, by place in the cage: `6:0`. */
  readonly temperatures: Map<string, number>;
}

/** Order of the states behind a supply's name, by the title above. */
const SUPPLY_COLUMNS = {
  plain: ['state', 'ac', 'dc', 'fan'],
  old: ['state', 'fan', 'ac'],
} as const;

/** @throws InvalidResponse if a cage of the table has no block, or fewer drives than the table counts. */
export function cagesOf(lines: readonly string[]) {
  const cages = new Map<string, Cage>();
  let titles: readonly string[] = [];
  let current: Cage | undefined;
  let columns: readonly string[] = SUPPLY_COLUMNS.plain;
  for (const line of lines) {
    const words = line.match(/\S+/g) ?? [];
    const [first = '', second = ''] = words;
    const detailed = /cage detail info for (\S+)/i.exec(line.slice(0, 200))?.[1];
    if (detailed !== undefined) {
      const id = /\d{1,6}$/.exec(detailed)?.[0] ?? detailed;
      current = add(cages, newCage(id, detailed));
      current.isDetailed = true;
      titles = [];
    } else if (first === 'Id' && second === 'Name') {
      titles = words.map((word) => word.toLowerCase());
    } else if (titles.length > 0 && /^\d+$/.test(first)) {
      current = add(cages, rowOf(words, titles));
    } else if (/^PS\b|^Power Supply Info/i.test(line.trimStart())) {
      columns = /^PS\b/i.test(line.trimStart()) ? SUPPLY_COLUMNS.plain : SUPPLY_COLUMNS.old;
    } else if (current) {
      takeLine(current, line, words, columns);
    }
  }
  const found = [...cages.values()];
  prove(found);
  const size = found.reduce((sum, cage) => sum + 1 + cage.supplies.length + cage.drives, 0);
  return { said: found, size };
}

function newCage(id = '', name = '', announced = 0, model?: string): Cage {
  return {
    id, name, model, announced, drives: 0, isDetailed: false, boards: [], supplies: [],
    temperatures: new Map(),
  }; // prettier-ignore
}

function add(cages: Map<string, Cage>, cage: Cage): Cage {
  const known = cages.get(cage.name) ?? cage;
  cages.set(cage.name, known);
  return known;
}

function rowOf(words: readonly string[], titles: readonly string[]): Cage {
  const cell = (title: string) => words[titles.indexOf(title)];
  const isWhole = words.length === titles.length;
  const [drives, model] = isWhole ? [Number(cell('drives')) || 0, cell('model')] : [];
  return newCage(cell('id'), cell('name'), drives, model);
}

function takeLine(
  cage: Cage,
  line: string,
  words: readonly string[],
  columns: readonly string[],
): void {
  const [first = '', ...rest] = words;
  if (/^(overallstate|position):/i.test(first)) {
    const value = rest.join(' ');
    if (first.toLowerCase().startsWith('position')) cage.position = value;
    else cage.state = value;
  } else if (/^state\(self,partner\)/i.test(first)) {
    cage.boards = rest.map((states) => states.split(','));
  } else if (/^ps\d+$/i.test(first)) {
    const states = columns.map((column, index) => [column, rest[index]] as const);
    cage.supplies.push({ ...Object.fromEntries(states), name: first.toLowerCase() });
  } else if (/^\d+:\d+$/.test(first) && line.length < 1_000) {
    cage.drives += 1;
    if (/^\d{1,3}$/.test(rest[2] ?? '')) cage.temperatures.set(first, Number(rest[2]));
  }
}

/** The table comes first: what it counts must follow, if it follows for one of them. */
function prove(cages: readonly Cage[]): void {
  if (cages.length === 0) throw new InvalidResponse('"showcage -d": no cages');
  if (!cages.some((cage) => cage.isDetailed)) return;
  const short = cages.find(
    (cage) => !cage.isDetailed || (cage.drives > 0 && cage.drives < cage.announced),
  );
  if (!short) return;
  throw new InvalidResponse(`"showcage -d": the details of ${short.name} are not whole`);
}

/** `showcage -d`, which has the temperature of each disk, too. */
export const readCages = (shell: Shell): Promise<readonly Cage[]> =>
  shell.text('showcage -d', cagesOf, undefined, []);
