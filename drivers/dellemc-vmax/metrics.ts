/** What Unisphere measures, by the table of its categories. */
import {
  measuresOf,
  number,
  type Capabilities,
  type Foreign,
  type MetricName,
} from 'delfin-agent/driver';
import { ARRAY, CATEGORIES, COUNTERS, VOLUME, type Category } from './categories-table.ts';

/** Diagnostic data is kept for seven days, one sample every five minutes unless set otherwise. */
const RETENTION_S = 7 * 86_400;
export const DEFAULT_INTERVAL_S = 300;

export const countersOf = ({ basic, more }: Category) => [...basic, ...more];

/** Of an API version; of all that are known if absent. */
export function capabilitiesOf(version = Infinity, intervalS = DEFAULT_INTERVAL_S): Capabilities {
  const listed = CATEGORIES.flatMap((one) => [one, one.ports ?? [], one.otherwise ?? []].flat());
  const offered = [ARRAY, ...listed, VOLUME].filter(({ since = 0 }) => version >= since);
  const kinds = offered.map((category) => ({
    type: category.type,
    units: Object.fromEntries(countersOf(category).map((counter) => COUNTERS[counter])),
  }));
  return {
    is_historic: true,
    performance_metric_retention_window: RETENTION_S,
    collect_interval: intervalS,
    resource_metrics: measuresOf(kinds),
  };
}

/** The measures of one sample; negative values are none. */
export function valuesOf(sample: Foreign, category: Category) {
  const values: { [N in MetricName]?: number | undefined } = {};
  for (const counter of countersOf(category))
    values[COUNTERS[counter][0]] = number(sample[counter]);
  return values;
}
