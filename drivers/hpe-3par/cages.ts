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
import { InvalidResponse, number } from 'delfin-agent/driver';
import { SHAPES } from './shapes.ts';
import { blocksOf, cellsOf, readShaped, wordsOf, type Shell } from './shell.ts';

export type Cage = ReturnType<typeof cagesOf>['said'][number];

/** Order of the states behind a supply's name: below "PS", and in older releases. */
const SUPPLY_COLUMNS = ['state', 'ac', 'dc', 'fan'] as const;
const OLD_SUPPLY_COLUMNS = ['state', 'fan', 'ac'] as const;

/** The table comes first: what it counts must follow, if it follows for one of them. */
export function cagesOf(lines: readonly string[]) {
  const [top, ...blocks] = blocksOf(lines, /cage detail info for (\S+)/i);
  const details = new Map(blocks.map(({ name, lines: own }) => [name, detailOf(own)]));
  const rows = new Map(tableOf(top?.lines ?? []).map((row) => [row['name'] ?? '', row]));
  const said = Array.from(new Set([...rows.keys(), ...details.keys()]), (name) => {
    const { id = /\d{1,6}$/.exec(name)?.[0] ?? name, model, drives } = rows.get(name) ?? {};
    const detail = details.get(name);
    const announced = number(drives) ?? 0;
    const found = detail?.drives ?? 0;
    if (blocks.length > 0 && (!detail || (found > 0 && found < announced))) {
      throw new InvalidResponse(`"showcage -d": the details of ${name} are not whole`);
    }
    return { id, name, model, ...(detail ?? detailOf([])) };
  });
  if (said.length === 0) throw new InvalidResponse('"showcage -d": no cages');
  const size = said.reduce((sum, cage) => sum + 1 + cage.supplies.length + cage.drives, 0);
  return { said, size };
}

/** Releases may print the details alone. */
function tableOf(lines: readonly string[]) {
  if (!lines.some((line) => /^\s*Id\s+Name\b/.test(line))) return [];
  return cellsOf(readShaped(lines.join('\n'), SHAPES.cages, '"showcage -d"'));
}

function detailOf(lines: readonly string[]) {
  const words = lines.filter((line) => line.length < 1_000).map(wordsOf);
  const those = (form: RegExp) => words.filter(([first = '']) => form.test(first));
  const valueOf = (form: RegExp) => those(form).at(-1)?.slice(1).join(' ');
  const isOld = lines.some((line) => /^\s*power supply info/i.test(line));
  const columns = isOld ? OLD_SUPPLY_COLUMNS : SUPPLY_COLUMNS;
  const drives = those(/^\d+:\d+$/);
  return {
    /** Its own word, where the release has one here. */
    state: valueOf(/^overallstate:/i),
    position: valueOf(/^position:/i),
    /** What each board says of itself and of its partner. */
    boards: (those(/^state\(self,partner\)/i).at(-1) ?? [])
      .slice(1)
      .map((states) => states.split(',')),
    /** Their names and states. */
    supplies: those(/^ps\d+$/i).map(
      ([name = '', ...states]): Readonly<Record<string, string | undefined>> => ({
        ...Object.fromEntries(columns.map((column, index) => [column, states[index]])),
        name: name.toLowerCase(),
      }),
    ),
    drives: drives.length,
    /** Celsius, by place in the cage: `6:0`. */
    temperatures: new Map(
      drives.flatMap(([place = '', , , written = '']) =>
        /^\d{1,3}$/.test(written) ? [[place, Number(written)] as const] : [],
      ),
    ),
  };
}

/** It has the temperature of each disk, too. */
export const readCages = (shell: Shell): Promise<readonly Cage[]> =>
  shell.text('showcage -d', cagesOf, undefined, []);
