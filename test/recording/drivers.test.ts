/** Every driver: what is recorded over its array holds nothing of the array's own, and reads the same. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Driver } from 'delfin-agent/driver';
import { settingsOf } from '../../src/backend/settings.ts';
import { withSettings } from '../../src/cli/context.ts';
import { PARTS, readBackend } from '../../src/cli/reading.ts';
import { asReplayed, differences, replay, toRecording } from '../../src/cli/recording.ts';
import { wrapSecrets } from '../../src/config/secrets.ts';
import { readRecording, writeRecording } from '../../src/recording/file.ts';
import { leavesOf } from '../../src/recording/leaves.ts';
import { createRecorder, type Recorder } from '../../src/recording/recorder.ts';
import { startMibAgent } from '../../src/testing/snmp-mib.ts';
import { CANARY_PASSWORD } from '../kit/simulator.ts';
import { loadSimulator, SIMULATORS } from '../simulators/all.ts';
import { NAS, NAS_PLANTED } from './nas.ts';

const folder = mkdtempSync(join(tmpdir(), 'delfin-recording-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OPTIONS = { configFile: [], logLevel: 'error', logFormat: 'logfmt' } as const;
const NAME = 'berlin-array-7';

type Fields = Readonly<Record<string, unknown>>;

interface RoundTrip {
  readonly only?: readonly string[];
  readonly name?: string;
}

/** Records, writes, reads and replays; returns what a test compares. */
async function roundTrip(driver: Driver, access: Fields, { only, name = NAME }: RoundTrip = {}) {
  const options = only ? { only } : {};
  const { vendor } = driver;
  const model = [driver.model].flat()[0] ?? '';
  const settings = settingsOf({
    ...(wrapSecrets(driver.access, access) as Fields),
    name,
    vendor,
    model,
    timezone: 'UTC',
  });
  const recorder = createRecorder();
  const reading = await withSettings(
    { settings, driver },
    OPTIONS,
    (backend) => readBackend(backend, options),
    { reach: recorder },
  );
  const { recording, redactor } = toRecording(recorder, { settings, reading, options });
  const file = join(folder, `${vendor}.jsonl`);
  await writeRecording(file, recording);
  const replayed = await replay(file, await readRecording(file), driver, OPTIONS, readBackend);
  const expected = asReplayed(reading.document, recording, redactor);
  return { recorder, reading, replayed, expected, texts: textsOf(file) };
}

/** Every text of the file, once. */
function textsOf(file: string): string {
  const texts = new Set<string>();
  const gather = (value: unknown): void => {
    if (typeof value === 'string') texts.add(value);
    else if (typeof value === 'number') texts.add(String(value));
    else if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) {
        texts.add(key);
        gather(child);
      }
    }
  };
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) gather(JSON.parse(line));
  return [...texts].join('\n');
}

const CHOSEN = ['storage_pools', 'volumes', 'filesystems', 'storage_hosts', 'storage_host_groups', 'port_groups', 'volume_groups'] as const; // prettier-ignore
const ADDRESSES = ['serial_number', 'wwn', 'mac_address', 'ipv4', 'ipv6', 'mgmt_ip', 'ip_address'];

/** Names that people have given, and what is unique to an array's hardware. */
function identifiersIn(document: Fields): string[] {
  const found = new Set<string>();
  const gather = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (typeof child !== 'string') gather(child);
      else if (ADDRESSES.includes(key) && !INNOCENT.test(child)) found.add(child);
    }
  };
  gather(document);
  for (const list of CHOSEN) {
    const group = document[list];
    const records = Array.isArray(group) ? group : (group as Fields | undefined)?.[list];
    for (const { name } of (records ?? []) as { name?: string }[]) {
      if (name !== undefined && !INNOCENT.test(name)) found.add(name);
    }
  }
  return [...found];
}

/** Numbers, and words that the simulated arrays use for states and kinds as well. */
const INNOCENT =
  /^[\d,.:-]*$|^.{0,2}$|^(n\/a|default|none|media|admin|empty|oracle|other|home|odd|[0-9A-F]{5})$/i;

/** Tokens, keys and cookies that the array has given out. */
function tokensIn({ entries }: Recorder): string[] {
  const found = new Set<string>();
  for (const entry of entries) {
    leavesOf(entry, ({ key, value }) => {
      if (/token$|sessionid$|^cookie$|^key$/i.test(key) && /[a-z]/i.test(value)) found.add(value);
    });
  }
  return [...found];
}

function leaksIn(texts: string, planted: readonly string[]): string[] {
  return planted.filter((one) => {
    if (!texts.includes(one)) return false;
    const escaped = one.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'u').test(texts);
  });
}

/** The smaller array is large enough. */
const SPARSE: ReadonlySet<string> = new Set(['dellemc-vmax']);
/** Arrays that take their time over samples: for them the records alone. */
const SLOW: ReadonlySet<string> = new Set(['dellemc-powerstore', 'dellemc-unity', 'huawei-oceanstor', 'ibm-storwize_svc']); // prettier-ignore
const RECORDS = PARTS.filter((part) => part !== 'performance');

describe('a recording', () => {
  it.each(SIMULATORS)('of %s tells nobody whose array it was, and reads the same', async (name) => {
    const definition = await loadSimulator(name);
    const { default: driver } = (await import(`../../drivers/${name}/index.ts`)) as { default: Driver };
    await using simulator = await definition.start({ seed: 42, scenario: SPARSE.has(name) ? 'sparse' : 'normal' });
    const { recorder, reading, replayed, expected, texts } = await roundTrip(driver, simulator.access, SLOW.has(name) ? { only: RECORDS } : {});
    const identifiers = identifiersIn(reading.document);
    expect(identifiers.length, 'identifiers that are looked for').toBeGreaterThan(50);
    const tokens = tokensIn(recorder);
    expect(leaksIn(texts, [...identifiers, ...tokens, CANARY_PASSWORD, NAME, '127.0.0.1'])).toEqual([]);
    expect(differences(expected, replayed.document)).toEqual([]);
  }, 60_000); // prettier-ignore

  it('of an SNMP agent, too', async () => {
    const { default: driver } = await import('../../drivers/generic-snmp_host/index.ts');
    await using agent = await startMibAgent(NAS);
    const snmp = { host: '127.0.0.1', port: agent.port, community: CANARY_PASSWORD };
    const { reading, replayed, expected, texts } = await roundTrip(driver, { snmp });
    expect(reading.failure).toBeUndefined();
    expect(leaksIn(texts, [...NAS_PLANTED, CANARY_PASSWORD, NAME])).toEqual([]);
    expect(differences(expected, replayed.document)).toEqual([]);
  });

  it('of a driver that asks nobody reads the same', async () => {
    const { default: driver } = await import('../../drivers/fake_storage-fake_driver/index.ts');
    const { replayed, expected } = await roundTrip(
      driver,
      { fake: { seed: 7, volumes: 3 } },
      { name: 'array' },
    );
    expect(differences(expected, replayed.document)).toEqual([]);
  });
});
