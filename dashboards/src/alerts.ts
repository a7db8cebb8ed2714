/** Alerts of the arrays: how many, of which severity, and their texts. */
import {
  lines,
  logStore,
  NONE_IS_GOOD,
  of,
  one,
  records,
  rows,
  SEVERITY_COLOURS,
  SOME_IS_BAD,
  stats,
  type Board,
  ARRAY,
} from './kit.ts';

const active = (severities: string) =>
  `sum(${one('storage_alert_active', 'storage_alert_severity', `storage_alert_severity=~"${severities}"`)}) or vector(0)`;
const perSeverity = one('storage_alert_active', 'storage_alert_severity');

export const alerts: Board = {
  name: 'alerts',
  title: 'Storage alerts',
  about:
    'Active alerts of the arrays by severity, what came by trap and poll, and the texts of the records.',
  variables: [logStore()],
  rows: [
    [
      'Active',
      [
        stats({
          title: 'Fatal and critical',
          about: 'Active alerts of these severities.',
          unit: 'none',
          steps: NONE_IS_GOOD,
          size: [6, 4],
          queries: [{ expr: active('fatal|critical') }],
        }),
        stats({
          title: 'Major',
          about: 'Active alerts of this severity.',
          unit: 'none',
          steps: SOME_IS_BAD,
          size: [6, 4],
          queries: [{ expr: active('major') }],
        }),
        stats({
          title: 'Minor and warning',
          about: 'Active alerts of these severities.',
          unit: 'none',
          steps: [
            [0, 'green'],
            [1, 'yellow'],
          ],
          size: [6, 4],
          queries: [{ expr: active('minor|warning') }],
        }),
        stats({
          title: 'Others',
          about: 'Active alerts that are informational or of no severity.',
          unit: 'none',
          size: [6, 4],
          queries: [{ expr: active('informational|not_specified') }],
        }),
        rows({
          title: 'Active alerts by array',
          about: 'Number of each severity.',
          size: [12, 9],
          queries: ['fatal', 'critical', 'major', 'minor', 'warning', 'informational'].map(
            (severity) => ({
              expr: one('storage_alert_active', '', `storage_alert_severity="${severity}"`),
            }),
          ),
          columns: [
            ARRAY,
            { from: '#A', title: 'Fatal', steps: NONE_IS_GOOD, width: 70 },
            { from: '#B', title: 'Critical', steps: NONE_IS_GOOD, width: 80 },
            { from: '#C', title: 'Major', steps: SOME_IS_BAD, width: 75 },
            { from: '#D', title: 'Minor', width: 75 },
            { from: '#E', title: 'Warning', width: 85 },
            { from: '#F', title: 'Informational', width: 110 },
          ],
          sort: 'Critical',
        }),
        lines({
          title: 'Active alerts',
          about: 'Of all arrays chosen, in the colour of the severity.',
          unit: 'none',
          colours: SEVERITY_COLOURS,
          size: [12, 9],
          queries: [
            {
              expr: `sum by (storage_alert_severity) (${perSeverity})`,
              legend: '{{storage_alert_severity}}',
            },
          ],
        }),
      ],
    ],
    [
      'What came',
      [
        lines({
          title: 'Alerts received',
          about: 'By trap and by poll, per minute.',
          unit: 'none',
          size: [24, 7],
          queries: [
            {
              expr: `sum by (storage_system_name, storage_alert_source) (rate(${of('storage_alert_received_total')}[$__rate_interval])) * 60`,
              legend: '{{storage_system_name}} {{storage_alert_source}}',
            },
          ],
        }),
      ],
    ],
    [
      'Texts',
      [
        records(
          'Records',
          'Texts of alerts as the arrays wrote them: records that the agent sent by OTLP to a log store (Loki), newest first.',
          '{service_name="delfin-agent"} | storage_system_name=~"$system"',
        ),
      ],
    ],
  ],
};
