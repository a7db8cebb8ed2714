/** What the agent says of its own collections. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { scrape } from './client.ts';

const LOOK_MS = 500;

export interface Runs {
  /** Performance collections by backend. */
  readonly performance: ReadonlyMap<string, number>;
  /** Collections that did not start in time, of all kinds. */
  readonly skipped: number;
  readonly series: number;
}

const OWN =
  /^(delfin_collection_runs_total|delfin_collection_skipped_total|delfin_series_active)\{(.*)\} (\d+)$/;

/** The agent's own series; a page of millions of others is no string. */
function* ownLines(page: Buffer): Generator<RegExpExecArray> {
  const start = '\ndelfin_';
  for (let at = page.indexOf(start); at >= 0; at = page.indexOf(start, at + 1)) {
    const end = page.indexOf('\n', at + 1);
    const found = OWN.exec(page.toString('utf8', at + 1, end < 0 ? page.length : end));
    if (found) yield found;
  }
}

export async function runsOf(port: number): Promise<Runs> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { 'accept-encoding': 'identity;q=0, gzip' },
  });
  const body = Buffer.from(await answer.arrayBuffer());
  const page = body[0] === 0x1f ? gunzipSync(body) : body;
  const performance = new Map<string, number>();
  let skipped = 0;
  let series = 0;
  for (const [, name, labels = '', value] of ownLines(page)) {
    const system = /storage_system_name="([^"]*)"/.exec(labels)?.[1] ?? '';
    if (name === 'delfin_series_active') series += Number(value);
    else if (name === 'delfin_collection_skipped_total') skipped += Number(value);
    else if (labels.includes('"performance"')) performance.set(system, Number(value));
  }
  return { performance, skipped, series };
}

/** Waits until so many collections of performance have ended, scraping on; gives how many have. */
export async function pollsAfter(port: number, wanted: number): Promise<number> {
  for (;;) {
    const counts = (await runsOf(port)).performance.values();
    const polls = counts.reduce((all, count) => all + count, 0);
    if (polls >= wanted) return polls;
    await scrape(port, { gzip: true });
    await sleep(LOOK_MS);
  }
}
