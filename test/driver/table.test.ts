/** Tables of command output are believed when they are whole, and read in linear time. */
import {
  createWitness,
  InvalidResponse,
  linesOf,
  readTable,
  readTables,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';

const SHAPE = {
  titles: ['id', 'name'],
  rowStart: /^\d+$/,
  closing: true,
  nothing: /^no \w+ listed$/i,
};
const lines = (...written: string[]) => `${written.join('\n')}\n`;
const read = (output: string, shape = {}) => readTable(output, { ...SHAPE, ...shape }, '"show"');

describe('a table', () => {
  it('is read by its titles: padding, units, blank columns, repeated titles', () => {
    const table = readTable(
      lines(
        '             -Size-',
        ' Id --Name-- Mem(MB) Mem(MB) Label',
        '  0 a             1       2  x',
        '  1 b             3          y',
        '-----------------------------',
        '  2 total',
      ),
      { ...SHAPE, unit: /\(mb\)$/ },
      '"show"',
    );
    expect(table.titles).toEqual(['id', 'name', 'mem', 'mem#2', 'label']);
    expect(table.above).toEqual(['             -Size-']);
    expect(table.rows.map(({ cells }) => cells)).toEqual([
      { id: '0', name: 'a', mem: '1', 'mem#2': '2', label: 'x' },
      { id: '1', name: 'b', mem: '3', label: 'y' },
    ]);
  });

  it('has no value where dashes stand, and keeps the lines below a row', () => {
    const { rows } = read(lines('Id Name Label', '1  a    ---', '        b', '-----', '1 total 2'));
    expect(rows).toEqual([{ cells: { id: '1', name: 'a' }, more: [['b']] }]);
  });

  it('has rows that begin with a number, unless its shape says otherwise', () => {
    const written = lines('Id Name', '1 a', 'x b');
    expect(() => readTable(written, { titles: ['id'] }, '"show"')).toThrow(/no row: "x b"/);
    const rowStart = /^\w$/;
    expect(readTable(written, { titles: ['id'], rowStart }, '"show"').rows).toHaveLength(2);
  });

  it('is empty only in the words of the array, or with a count of none', () => {
    expect(readTables('No hosts listed\n', SHAPE, '"show"')).toEqual([]);
    expect(read('No hosts listed\n').rows).toEqual([]);
    expect(read(lines('Id Name', '-------', '0 total')).rows).toEqual([]);
    for (const output of ['', '\n', 'No hosts listed\nand more\n', lines('Id Name', '1 a')]) {
      expect(() => read(output)).toThrow(InvalidResponse);
    }
  });

  const whole = lines('Id Name', '1 a', '2 b', '3 c', '-------', '3 total 17');
  it('is broken wherever a line of it is missing', () => {
    expect(read(whole).rows).toHaveLength(3);
    const all = whole.split('\n');
    for (let count = 0; count < all.length - 1; count += 1) {
      expect(() => read(lines(...all.slice(0, count))), `${count} lines`).toThrow(InvalidResponse);
    }
    for (const dropped of [0, 1, 2, 3, 4, 5]) {
      expect(() => read(lines(...all.slice(0, -1).toSpliced(dropped, 1)))).toThrow(InvalidResponse);
    }
  });

  it.each([
    ['16 total 9150464', 16],
    ['   16', 16],
    ['total             16', 16],
  ])('counts what "%s" announces', (summary, count) => {
    const rows = Array.from({ length: count }, (_, index) => `${index} n${index}`);
    expect(read(lines('Id Name', ...rows, '-----', summary)).rows).toHaveLength(count);
    expect(() => read(lines('Id Name', ...rows.slice(1), '-----', summary))).toThrow(/announced/);
  });

  it('is broken where a foreign line stands in it', () => {
    const output = lines('Id Name', '1 a', 'Error: lost', '-----', '1 total');
    expect(() => read(output)).toThrow('no row: "Error: lost"');
  });

  it('costs time in proportion to its length, whatever the lines hold', () => {
    const long = ' '.repeat(200_000);
    expect(read(lines('Id Name', `1 a${long}`, '-------', '1 total')).rows).toHaveLength(1);
    expect(() => read(`Id Name\n1 ${'x'.repeat(1_100_000)}\n`)).toThrow(/a line of more/);
    expect(() => read(`Id Name ${'T '.repeat(1_200)}\n`)).toThrow(/columns/);
  });
});

describe('output without bounds', () => {
  const LINES = 5_000_000;
  const COLUMNS = 1_000;

  it('is refused beyond five million lines', { timeout: 120_000 }, () => {
    expect(linesOf('\n'.repeat(LINES - 1), '"show"')).toHaveLength(LINES);
    const more = `Id Name${'\n'.repeat(LINES)}`;
    expect(() => read(more)).toThrow('"show": more than 5000000 lines');
  });

  it('is refused beyond a line of a megabyte, the title line included', () => {
    const longest = 'x'.repeat(2 ** 20);
    expect(linesOf(`${longest}\n`, '"show"')).toEqual([longest, '']);
    expect(() => linesOf(`\n${longest}x\n`, '"show"')).toThrow(/a line of more than 1048576 /);
    expect(() => read(`Id Name ${longest}\n`)).toThrow(/a line of more than/);
  });

  it('has a thousand columns and no more, and no row has more cells than columns', () => {
    const titles = (count: number) =>
      `Id Name ${Array.from({ length: count - 2 }, (_, at) => `t${at}`).join(' ')}`;
    const table = lines(titles(COLUMNS), `1 ${'c '.repeat(100_000)}`, '-----', '1 total');
    const [row] = read(table).rows;
    expect(Object.keys(row?.cells ?? {})).toHaveLength(COLUMNS);
    expect(() => read(`${titles(COLUMNS + 1)}\n`)).toThrow(/more than 1000 columns/);
  });
});

describe('output without a closing line', () => {
  it('is believed shorter when it stays so', () => {
    let now = 0;
    const witness = createWitness(() => now);
    const doubt = (size: number) => () => witness('"show"', size);
    witness('"show"', 4);
    expect(doubt(3)).toThrow(/3 lines of 4/);
    witness('"show"', 4);
    expect(doubt(2)).toThrow(InvalidResponse);
    now = 15_000;
    expect(doubt(3)).toThrow(InvalidResponse);
    now = 60_000;
    expect(doubt(3)).not.toThrow();
    expect(doubt(3)).not.toThrow();
    expect(doubt(2)).toThrow(InvalidResponse);
    expect(() => witness('"other"', 1)).not.toThrow();
    expect(() => witness('"third"', 3, 4)).toThrow(InvalidResponse);
    expect(() => witness('"third"', 4, 4)).not.toThrow();
  });

  it('is doubted only where so much less is doubtful, of so many outputs', () => {
    const isDoubtful = (size: number, before: number) => size * 2 <= before;
    const witness = createWitness(() => 0, { isDoubtful, most: 1 });
    witness('"show"', 4);
    expect(() => witness('"show"', 3)).not.toThrow();
    expect(() => witness('"show"', 1)).toThrow('1 lines of 3');
    witness('"other"', 4);
    expect(() => witness('"other"', 1)).not.toThrow();
  });
});
