/** The session's performance methods: what comes from where, and what costs what. */
import type { DriverContext, PerfMetric, Session } from 'delfin-agent/driver';
import { collectionOf, createDumps, latestOf } from './dumps.ts';
import type { Reader } from './inventory.ts';
import type { NodeFiles } from './nodes.ts';
import { samplesOfFiles, type Recording } from './performance.ts';
import { samplesOfNodes, samplesOfSystem } from './stats.ts';

/** The files that told the window are those that are read next. */
const FRESH_MS = 10_000;

type Performance = Required<Pick<Session, 'collectPerfMetrics' | 'getLatestPerfTimestamp'>>;

export function createPerformance(
  reader: Reader,
  others: readonly NodeFiles[],
  context: DriverContext,
  copy: boolean,
): Performance {
  const dumps = createDumps(reader, others, context);
  let last: { readonly at: number; readonly recording: Recording } | undefined;
  // What a round could not read is as it was.
  let timezone: string | undefined;
  let measured: ReadonlySet<string> = new Set();

  async function record(copyFirst: boolean): Promise<Recording> {
    const collection = await collectionOf(reader, context);
    timezone = collection.timezone;
    const files = collection.on ? await dumps.list(collection, copyFirst) : [];
    return { collection, files };
  }

  function takeFresh(): Recording | undefined {
    const fresh = last && !copy && performance.now() - last.at < FRESH_MS ? last : undefined;
    last = undefined;
    return fresh?.recording;
  }

  return {
    async getLatestPerfTimestamp() {
      const recording = await record(false);
      last = { at: performance.now(), recording };
      return latestOf(recording.files, recording.collection);
    },
    collectPerfMetrics(asked, start, end) {
      const clock = () => ({ timezone, now: context.now() });
      return reader.parts.union<PerfMetric>([
        async () => {
          const recording = takeFresh() ?? (await record(copy));
          const window = { start, end };
          const found = await samplesOfFiles(reader, dumps, recording, asked, window, context);
          measured = found.nodes;
          return found.metrics;
        },
        () => samplesOfNodes(reader, asked, clock(), context, measured),
        () => samplesOfSystem(reader, asked, clock(), context),
      ]);
    },
  };
}
