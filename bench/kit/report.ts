/** What a benchmark prints: a figure a line, beside its goal. */
import { appendFileSync } from 'node:fs';

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be at most, or at least if `atLeast`. */
  readonly goal?: number;
  readonly atLeast?: boolean;
}

export function print(title: string, figures: readonly Figure[]): void {
  const rows = figures.map((figure) => {
    const { wanted, met } = verdictOf(figure);
    const { what, value, unit } = figure;
    return [what, `${rounded(value)} ${unit}`, wanted, met ? '' : 'missed'] as const;
  });
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const [first = 0, second = 0, third = 0] = widths;
  const lines = rows.map(([what, value, wanted, verdict]) =>
    `  ${what.padEnd(first)}  ${value.padStart(second)}  ${wanted.padEnd(third)}  ${verdict}`.trimEnd(),
  );
  process.stdout.write(`${title}\n${lines.join('\n')}\n\n`);
  const file = process.env['BENCH_FIGURES'];
  if (file) appendFileSync(file, `${JSON.stringify({ title, figures })}\n`);
}

/** The goal as it is printed, and whether it is met. */
export function verdictOf({ value, unit, goal, atLeast }: Figure) {
  if (goal === undefined) return { wanted: '', met: true };
  const wanted = `${atLeast ? '>=' : '<='} ${Number(rounded(goal))} ${unit}`;
  return { wanted, met: atLeast ? value >= goal : value <= goal };
}

export function rounded(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}
