/** Performance data of any form as a driver answers it, and what the core makes of it. */
import { seriesOf } from '../backend/columns.ts';
import { checkPerformance } from '../backend/performance.ts';
import type { Session } from '../driver/driver.ts';
import type { PerfMetric } from '../driver/metrics.ts';

type Answer = ReturnType<NonNullable<Session['collectPerfMetrics']>> | undefined;

/** What a driver answers, all of it; nothing if it measures nothing. */
export async function gather(answer: Answer): Promise<readonly PerfMetric[]> {
  const metrics: PerfMetric[] = [];
  for await (const metric of (await answer) ?? []) metrics.push(metric);
  return metrics;
}

/** What the core makes of it. */
export function checkedSeries(metrics: readonly PerfMetric[], now: number) {
  const { columns, drops, faults } = checkPerformance(metrics, now);
  return { series: [...seriesOf(columns)], drops, faults };
}
