/** The checks name what is wrong with a driver: one fault planted at a time. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { conformance, faultMatrix, runChecks, sentence, type CheckReport, type Finding, type Rule } from '../../src/testing/index.ts'; // prettier-ignore
import { FAULTS, smallDriver, smallSimulator, type PlantedFault } from './small.ts';

/** Fault -> what the report must hold: the rule, where, and words of what it says. */
const NAMED: Readonly<Record<PlantedFault, readonly [Rule, where: string, words: RegExp]>> = {
  dimension: ['wrong_unit', 'capabilities.volume.readIops', /"MB\/s".*expected one of IOPS/],
  unit: ['wrong_unit', 'collectPerfMetrics.volume.readThroughput', /3000.*3072.*KB and KiB/],
  unit_name: ['wrong_unit', 'capabilities.volume.readThroughput', /"MBps".*KiB\/s/],
  id: ['duplicate_id', 'listVolumes[1].native_volume_id', /"vol"/],
  pool: ['dangling_reference', 'listVolumes[0].native_storage_pool_id', /"pool-p0".*an id of storage_pools \(p0, p1\)/],
  write: ['write_request', '', /PUT \/statistics/],
  sessions: ['several_sessions', '', /2 sessions at the same time.*at most 1/],
  page: ['incomplete_list', 'listVolumes', /4 volumes.*6; missing: v4, v5/],
  seconds: ['wrong_time', 'collectPerfMetrics[0].volume.readIops', /is 1[0-9]{9}.*epoch ms/],
  alert_seconds: ['wrong_time', 'listAlerts[0].occur_time', /1760000000.*epoch ms/],
  secret: ['secret_in_log', '', /logged in .*<the secret>/],
  endless: ['endless_list', 'listVolumes', /an end of the list/],
  signal: ['ignores_signal', 'listStoragePools', /still running .* after its signal/],
  performance: ['failed_call', 'collectPerfMetrics', /internal: Invalid array length \(at .*small\.ts/],
  newest: ['wrong_time', 'getLatestPerfTimestamp', /is 1[0-9]{9}; expected epoch ms/],
  no_volumes: ['required_method', 'listVolumes', /missing/],
  misspelt: ['unknown_field', 'listVolumes[0].total_capasity', /did you mean total_capacity/],
  text_for_number: ['invalid_field', 'listVolumes[0].total_capacity', /"1024 GB".*a number.*bytes/],
  zero: ['wrong_value', 'listVolumes[0].used_capacity', /is 0; expected absent/],
  untold: ['untold_loss', 'listPorts', /and nothing told, with (404|empty) for GET \/cards/],
  sticky: ['not_recovered', 'listPorts', /still "not supported".* with (404|empty) for GET \/cards/],
  alert_keys: ['colliding_alerts', 'listAlerts[1].match_key', /"HOT", the same in \[0\] 0, \[1\] 1/],
  trap: ['failed_call', 'parseAlert', /SyntaxError|internal: .* for trap 0/],
  internal: ['failed_call', 'getStorage', /internal: can't read property/],
  logout: ['not_logged_out', '', /1 sessions still open/],
  methods: ['undeclared_method', 'listQuotas', /declared/],
}; // prettier-ignore

/** What only shows where answers are damaged. */
const UNDER_DAMAGE: ReadonlySet<PlantedFault | undefined> = new Set([
  'untold',
  'sticky',
  undefined,
]);

function test(fault?: PlantedFault): Promise<CheckReport> {
  const options = { driver: smallDriver(fault), simulator: smallSimulator, maxRequests: 50 };
  const grace = fault === 'signal' ? { graceMs: 100 } : {};
  const matrix = UNDER_DAMAGE.has(fault) ? faultMatrix(options) : [];
  return runChecks([...conformance({ ...options, ...grace }), ...matrix]);
}

const findingsOf = ({ checks }: CheckReport): readonly Finding[] =>
  checks.flatMap((result) => (result.state === 'wrong' ? result.findings : []));

it('say nothing of a driver that is right', async () => {
  const report = await test();
  expect(findingsOf(report)).toEqual([]);
  expect(report.counts.ok).toBeGreaterThan(10);
});

describe('name', () => {
  it.each(FAULTS)('%s', async (fault) => {
    const [rule, where, words] = NAMED[fault];
    const report = await test(fault);
    const said = findingsOf(report);
    const found = said.filter((one) => one.rule === rule && (where === '' || placeOf(one) === where));
    expect(found.length, JSON.stringify(said, null, 1)).toBeGreaterThan(0);
    const texts = found.map(({ value, expected, advice }) => `is ${value}; expected ${expected}; ${advice}`); // prettier-ignore
    expect(texts.some((text) => words.test(text)), texts.join('\n')).toBe(true);
    expect(JSON.stringify(report)).not.toContain('c4nary');
  }); // prettier-ignore
});

it('are what the developer guide shows of them', async () => {
  const guide = readFileSync(
    new URL('../../docs/driver-developer-guide.md', import.meta.url),
    'utf8',
  );
  const [, shown = ''] = /```text\n([\s\S]*?)```/.exec(guide) ?? [];
  const reports = await Promise.all(
    (['misspelt', 'pool', 'unit'] as const).map((one) => test(one)),
  );
  const said = reports.flatMap(findingsOf).map(sentence);
  const lines = shown.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  const missing = lines.filter((line) => !said.some((one) => fits(line.split('...'), one)));
  expect(missing, said.join('\n')).toEqual([]);
});

/** The pieces stand in the text in their order, the first at its beginning. */
function fits(pieces: readonly string[], text: string): boolean {
  let at = 0;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.startsWith(pieces[0] ?? '');
}

const placeOf = ({ call, index, field }: Finding) =>
  `${call}${index === undefined ? '' : `[${index}]`}${field === undefined ? '' : `.${field}`}`;
