/** The agent itself: whether it reads, exports and receives as it should, and what it costs. */
import {
  lines,
  NONE_IS_GOOD,
  of,
  one,
  rows,
  SOME_IS_BAD,
  stats,
  topN,
  topOver,
  top,
  type Board,
  ARRAY,
  figure,
} from './kit.ts';

const KIND = 'delfin_collection_kind';
const own = (family: string, selector = '') =>
  `${family}{job=~"$job"${selector && `,${selector}`}}`;
const rate = (family: string, by: string) =>
  `sum by (instance, ${by}) (rate(${own(family)}[$__rate_interval]))`;

export const agent: Board = {
  name: 'agent',
  title: 'Agent',
  about:
    'Collections, requests, series, exports and traps of delfin-agent, and its own memory and delays.',
  variables: [topN()],
  rows: [
    [
      'Now',
      [
        figure(
          'Agents',
          'How many are scraped.',
          'none',
          `count(${own('delfin_build_info')}) or vector(0)`,
          [
            [0, 'red'],
            [1, 'green'],
          ],
        ),
        stats({
          title: 'Last reload',
          about: 'Whether the configuration was taken over.',
          unit: 'none',
          texts: { 0: ['failed', 'red'], 1: ['ok', 'green'] },
          queries: [{ expr: `min(${own('delfin_config_last_reload_successful')})` }],
        }),
        figure(
          'Failed calls',
          'Calls to arrays that failed within the last hour.',
          'none',
          `sum(increase(${of('delfin_collection_errors_total')}[1h])) or vector(0)`,
          SOME_IS_BAD,
        ),
        figure(
          'Series',
          'On the pages of all agents.',
          'none',
          `sum(${own('delfin_series_active')})`,
        ),
        figure(
          'Memory',
          'Resident memory of the largest agent.',
          'bytes',
          `max(${own('delfin_memory_resident_bytes')})`,
        ),
        figure(
          'Workers lost',
          'Threads that died or hung and were replaced, within a day.',
          'none',
          `sum(increase(${own('delfin_worker_restarts_total')}[1d])) or vector(0)`,
          NONE_IS_GOOD,
        ),
      ],
    ],
    [
      'Collection',
      [
        rows({
          title: 'Collections',
          about: 'How long each took last, and how long ago the last good one ended.',
          size: [12, 9],
          queries: [
            { expr: one('delfin_collection_last_duration_seconds', KIND) },
            { expr: `time() - ${one('delfin_collection_last_success_timestamp_seconds', KIND)}` },
          ],
          columns: [
            ARRAY,
            { from: 'delfin_collection_kind', title: 'Collection' },
            { from: '#A', title: 'Took', unit: 's', width: 100 },
            {
              from: '#B',
              title: 'Last good one',
              unit: 's',
              steps: [
                [0, 'green'],
                [900, 'yellow'],
                [1_800, 'red'],
              ],
              width: 130,
            },
          ],
          sort: 'Last good one',
        }),
        lines({
          title: 'Failed calls over time',
          about: 'By array and reason.',
          unit: 'none',
          size: [12, 9],
          queries: [
            {
              expr: top(
                `sum by (storage_system_name, error_type) (increase(${of('delfin_collection_errors_total')}[$__rate_interval]))`,
              ),
              legend: '{{storage_system_name}} {{error_type}}',
            },
          ],
        }),
        lines({
          title: 'Requests to arrays',
          about: 'Per second.',
          unit: 'reqps',
          size: [8, 8],
          queries: [
            {
              expr: top(
                `sum by (storage_system_name) (rate(${of('delfin_backend_requests_total')}[$__rate_interval]))`,
              ),
              legend: '{{storage_system_name}}',
            },
          ],
        }),
        lines({
          title: 'Series by array',
          about: 'On the page.',
          unit: 'none',
          size: [8, 8],
          queries: [{ expr: topOver('delfin_series_active'), legend: '{{storage_system_name}}' }],
        }),
        lines({
          title: 'Left out',
          about: 'Records, fields, samples and series that were dropped, by reason.',
          unit: 'none',
          size: [8, 8],
          queries: [
            {
              expr: `sum by (delfin_reason) (increase(${of('delfin_series_dropped_total')}[$__rate_interval]))`,
              legend: '{{delfin_reason}}',
            },
          ],
        }),
      ],
    ],
    [
      'Export, traps, process',
      [
        lines({
          title: 'OTLP exports',
          about:
            'Points and records delivered and lost, and failed exports, per second; nothing where no receiver is configured.',
          unit: 'none',
          size: [8, 8],
          queries: [
            {
              expr: rate('delfin_otlp_exported_items_total', 'delfin_signal'),
              legend: '{{delfin_signal}}',
            },
            {
              expr: rate('delfin_otlp_export_errors_total', 'delfin_signal, error_type'),
              legend: '{{delfin_signal}} {{error_type}}',
            },
            {
              expr: rate('delfin_otlp_dropped_items_total', 'delfin_signal, delfin_reason'),
              legend: '{{delfin_signal}} lost: {{delfin_reason}}',
            },
          ],
        }),
        lines({
          title: 'SNMP traps',
          about: 'Received per second, and refused by reason.',
          unit: 'none',
          size: [8, 8],
          queries: [
            {
              expr: `sum by (instance) (rate(${own('delfin_trap_received_total')}[$__rate_interval]))`,
              legend: '{{instance}} received',
            },
            {
              expr: rate('delfin_trap_dropped_total', 'error_type'),
              legend: '{{instance}} {{error_type}}',
            },
          ],
        }),
        lines({
          title: 'Longest stall of the main thread',
          about: 'Scrapes wait for as long.',
          unit: 's',
          steps: [
            [0, 'green'],
            [0.1, 'yellow'],
            [1, 'red'],
          ],
          size: [8, 8],
          queries: [
            {
              expr: `max by (instance) (${own('delfin_event_loop_delay_seconds')})`,
              legend: '{{instance}}',
            },
          ],
        }),
      ],
    ],
  ],
};
