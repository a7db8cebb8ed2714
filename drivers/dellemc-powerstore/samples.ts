/** Pure: rows of `metrics/generate` as samples. */
import { number, utcTime, type Foreign } from 'delfin-agent/driver';

/**
 * Calls `use` with each time of a row in [from, to]. Equal neighbours come as one row with a count: the
 * row holds for its own time and for the periods after it.
 */
export function forEachTime(
  row: Foreign,
  periodMs: number,
  { from, to }: { readonly from: number; readonly to: number },
  use: (time: number) => void,
): void {
  const first = utcTime(row['timestamp']);
  if (first === undefined) return;
  const count = Math.max(1, number(row['repeat_count']) ?? 1);
  const last = Math.min(to, first + (count - 1) * periodMs);
  const skipped = Math.max(0, Math.ceil((from - first) / periodMs));
  for (let time = first + skipped * periodMs; time <= last; time += periodMs) use(time);
}
