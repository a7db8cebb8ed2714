/** What the agent says of its own collections. */
import { gunzipSync } from 'node:zlib';

export interface Runs {
  /** Performance collections by backend. */
  readonly performance: ReadonlyMap<string, number>;
  /** Collections that did not start in time, of all kinds. */
  readonly skipped: number;
  readonly series: number;
}

export async function runsOf(port: number): Promise<Runs> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { 'accept-encoding': 'identity;q=0, gzip' },
  });
  const body = Buffer.from(await answer.arrayBuffer());
  const page = (body[0] === 0x1f ? gunzipSync(body) : body).toString('utf8');
  const performance = new Map<string, number>();
  let skipped = 0;
  let series = 0;
  for (const [, name, labels = '', value] of page.matchAll(
    /^(delfin_collection_runs_total|delfin_collection_skipped_total|delfin_series_active)\{(.*)\} (\d+)$/gm,
  )) {
    const system = /storage_system_name="([^"]*)"/.exec(labels)?.[1] ?? '';
    if (name === 'delfin_series_active') series += Number(value);
    else if (name === 'delfin_collection_skipped_total') skipped += Number(value);
    else if (labels.includes('"performance"')) performance.set(system, Number(value));
  }
  return { performance, skipped, series };
}

/** Of the only backend. */
export async function pollsOf(port: number): Promise<number> {
  const [polls = 0] = (await runsOf(port)).performance.values();
  return polls;
}
