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

export interface Cage {
  readonly id: string;
  readonly name: string;
  readonly model: string | undefined;
  /** Its own word, where the release has one here. */
  readonly state: string | undefined;
  readonly position: string | undefined;
  /** What each board says of itself and of its partner. */
  readonly boards: readonly (readonly string[])[];
  readonly supplies: readonly CageSupply[];
  /** Celsius, by place in the cage: `6:0`. */
  readonly temperatures: ReadonlyMap<string, number>;
}

export interface CageSupply {
  readonly name: string;
  readonly state: string | undefined;
  readonly ac: string | undefined;
  readonly dc: string | undefined;
  readonly fan: string | undefined;
}

interface OpenCage {
  id: string;
  name: string;
  model?: string | undefined;
  state?: string | undefined;
  position?: string | undefined;
  /** As the table counts them. */
  announced: number;
  drives: number;
  isDetailed: boolean;
  boards: (readonly string[])[];
  supplies: CageSupply[];
  temperatures: Map<string, number>;
}

const MOST_CAGES = 1_000;
/** Order of the states behind a supply's name, by the title above. */
const SUPPLY_COLUMNS = {
  plain: ['state', 'ac', 'dc', 'fan'],
  old: ['state', 'fan', 'ac'],
} as const;

/** @throws InvalidResponse if a cage of the table has no block, or fewer drives than the table counts. */
export function cagesOf(lines: readonly string[]) {
  const cages = new Map<string, OpenCage>();
  let titles: readonly string[] = [];
  let current: OpenCage | undefined;
  let columns: readonly (keyof CageSupply)[] = SUPPLY_COLUMNS.plain;
  for (const line of lines) {
    const words = line.match(/\S+/g) ?? [];
    const [first = '', second = ''] = words;
    const detailed = /cage detail info for (\S+)/i.exec(line.slice(0, 200))?.[1];
    if (detailed !== undefined) {
      const id = /\d{1,6}$/.exec(detailed)?.[0] ?? detailed;
      current = cages.get(detailed) ?? add(cages, newCage(id, detailed));
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
  return { said: found as readonly Cage[], size };
}

function newCage(id: string, name: string): OpenCage {
  return {
    id, name, announced: 0, drives: 0, isDetailed: false, boards: [], supplies: [],
    temperatures: new Map(),
  }; // prettier-ignore
}

function add(cages: Map<string, OpenCage>, cage: OpenCage): OpenCage {
  if (cages.size >= MOST_CAGES) throw new InvalidResponse('"showcage -d": too many cages');
  const known = cages.get(cage.name);
  if (known) return known;
  cages.set(cage.name, cage);
  return cage;
}

function rowOf(words: readonly string[], titles: readonly string[]): OpenCage {
  const cell = (title: string) => words[titles.indexOf(title)];
  const cage = newCage(cell('id') ?? '', cell('name') ?? '');
  if (words.length !== titles.length) return cage;
  return { ...cage, announced: Number(cell('drives')) || 0, model: cell('model') };
}

function takeLine(
  cage: OpenCage,
  line: string,
  words: readonly string[],
  columns: readonly (keyof CageSupply)[],
): void {
  const [first = '', ...rest] = words;
  if (/^(overallstate|position):/i.test(first)) {
    const value = rest.join(' ');
    if (first.toLowerCase().startsWith('position')) cage.position = value;
    else cage.state = value;
  } else if (/^state\(self,partner\)/i.test(first)) {
    cage.boards = rest.map((states) => states.split(','));
  } else if (/^ps\d+$/i.test(first)) {
    const states = Object.fromEntries(columns.map((column, index) => [column, rest[index]]));
    cage.supplies.push({ ...EMPTY, ...states, name: first.toLowerCase() });
  } else if (/^\d+:\d+$/.test(first) && line.length < 1_000) {
    cage.drives += 1;
    const celsius = Number(rest[2]);
    if (/^\d{1,3}$/.test(rest[2] ?? '')) cage.temperatures.set(first, celsius);
  }
}

const EMPTY = { name: '', state: undefined, ac: undefined, dc: undefined, fan: undefined };

/** The table comes first: what it counts must follow, if it follows for one of them. */
function prove(cages: readonly OpenCage[]): void {
  if (cages.length === 0) throw new InvalidResponse('"showcage -d": no cages');
  if (!cages.some((cage) => cage.isDetailed)) return;
  const short = cages.find(
    (cage) => !cage.isDetailed || (cage.drives > 0 && cage.drives < cage.announced),
  );
  if (!short) return;
  throw new InvalidResponse(`"showcage -d": the details of ${short.name} are not whole`);
}
