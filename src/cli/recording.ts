/** `inspect --record` and `--replay`: what went between a driver and an array, without what is somebody's own. */
import { isDeepStrictEqual } from 'node:util';
import { accessHosts, settingsOf, type BackendSettings } from '../backend/settings.ts';
import { loadConfig } from '../config/load.ts';
import { wrapSecrets } from '../config/secrets.ts';
import type { Driver } from '../driver/driver.ts';
import { messageOf } from '../driver/message.ts';
import { Secret } from '../driver/secret.ts';
import { isExchange } from '../recording/exchange.ts';
import { header, readRecording, writeRecording, type Recording } from '../recording/file.ts';
import { createRecorder, type Recorder } from '../recording/recorder.ts';
import { createRedactor, type Redactor } from '../recording/redact.ts';
import { createReplayer } from '../recording/replayer.ts';
import { createRegistry } from '../registry.ts';
import { VERSION } from '../version.ts';
import { UsageError, withBackend, withSettings, type CommonOptions, type Means, type OneBackend } from './context.ts'; // prettier-ignore
import type { Inspection } from './inspection.ts';
import { readBackend, type Reading, type ReadOptions } from './reading.ts';

type Options = CommonOptions & ReadOptions;

/** Reads the array and writes the recording; says on stderr what it is worth. */
export async function recordBackend(
  name: string,
  file: string,
  options: Options,
): Promise<Reading> {
  const recorder = createRecorder();
  const { reading, settings, driver } = await withBackend(
    name,
    options,
    async (backend) => ({ ...backend, reading: await readBackend(backend, options) }),
    { reach: recorder },
  );
  const beyond = recorder.beyond();
  if (beyond !== undefined) {
    throw new UsageError(
      `${file}: not written, the answers are larger than ${beyond} bytes; name fewer parts with --only`,
    );
  }
  const { recording, redactor } = toRecording(recorder, { settings, reading, options });
  const bytes = await writeRecording(file, recording);
  const replayed = await replay(file, recording, driver, options, readBackend);
  const unlike = differences(asReplayed(reading.document, recording, redactor), replayed.document);
  const worth =
    unlike.length === 0
      ? 'replaying it gives the same records'
      : `replaying it gives other records in: ${unlike.join(', ')}`;
  process.stderr.write(
    `${file}: ${recording.entries.length} lines, ${bytes} bytes; replaced ${replacedText(redactor)}; ${worth}. Look through it before you give it away.\n`,
  );
  return reading;
}

export function toRecording(
  { entries, startedAt }: Recorder,
  about: {
    readonly settings: BackendSettings;
    readonly reading: Pick<Reading, 'inventory' | 'alerts'>;
    readonly options: ReadOptions;
  },
): { recording: Recording; redactor: Redactor } {
  const { settings, reading, options } = about;
  const access = plainAccess(settings.access) as Record<string, unknown>;
  const redactor = createRedactor(entries, {
    secrets: secretsIn(settings.access),
    hosts: accessHosts(settings.access),
    name: settings.name,
    access,
    records: {
      ...reading.inventory,
      // What it is, in the array's own words.
      storage: { ...reading.inventory.storage, description: undefined },
      alerts: reading.alerts ?? [],
    },
  });
  const recording = {
    header: header({
      agent: VERSION,
      vendor: settings.vendor,
      model: settings.model,
      name: String(redactor.value(settings.name)),
      timezone: settings.timezone,
      started_at: startedAt,
      access: redactor.value(access) as Record<string, unknown>,
      ...(options.only ? { only: options.only } : {}),
      ...(options.start === undefined ? {} : { start: options.start }),
      ...(options.end === undefined ? {} : { end: options.end }),
    }),
    entries: entries.map((entry) => redactor.entry(entry)),
  };
  return { recording, redactor };
}

/** Runs a command's work on a recording: no array, no configuration is needed. */
export async function withRecording<T>(
  file: string,
  options: Options,
  work: (backend: OneBackend, options: ReadOptions) => Promise<T>,
  means: Pick<Means, 'adapt'> = {},
): Promise<T> {
  const recording = await readRecording(file);
  const { vendor, model } = recording.header;
  // A configuration, if there is one, adds the drivers that it names.
  const { loaded } = await loadConfig(options.configFile).catch(() => ({ loaded: undefined }));
  const registry = loaded?.registry ?? (await createRegistry([], process.cwd())).registry;
  const driver = await registry.find(vendor, model).catch((error: unknown) => {
    throw new UsageError(`${file}: ${messageOf(error)}`);
  });
  return await replay(file, recording, driver, options, work, means);
}

export async function replay<T>(
  file: string,
  { header: about, entries }: Recording,
  driver: Driver,
  options: Options,
  work: (backend: OneBackend, options: ReadOptions) => Promise<T>,
  means: Pick<Means, 'adapt'> = {},
): Promise<T> {
  const { name, vendor, model, timezone, access, only, start, end, started_at: startedAt } = about;
  const settings = settingsOf({
    ...(wrapSecrets(driver.access, access) as Record<string, unknown>),
    name,
    vendor,
    model,
    timezone,
  });
  const asked = {
    ...(only ? { only } : {}),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...options,
  };
  const reach = createReplayer(startedAt, entries, file);
  return await withSettings({ settings, driver }, options, (one) => work(one, asked), {
    ...means,
    reach,
  });
}

/** Of a connection, and files of this machine: a recording needs none. */
const CONNECTION = new Set(['ca', 'cert', 'key', 'private_key', 'known_hosts', 'host_key', 'fingerprint']); // prettier-ignore

/** The access block with its secrets as text. */
function plainAccess(access: unknown): unknown {
  if (access instanceof Secret) return access.reveal();
  if (Array.isArray(access)) return access.map(plainAccess);
  if (typeof access !== 'object' || access === null) return access;
  return Object.fromEntries(
    Object.entries(access)
      .filter(([key, value]) => value instanceof Secret || !CONNECTION.has(key))
      .map(([key, value]) => [key, plainAccess(value)]),
  );
}

export function secretsIn(access: unknown): string[] {
  if (access instanceof Secret) return [access.reveal()];
  if (typeof access !== 'object' || access === null) return [];
  return Object.values(access).flatMap(secretsIn);
}

function replacedText({ counts }: Redactor): string {
  const found = Object.entries(counts()).map(([form, count]) => `${count} ${form}`);
  return found.length === 0 ? 'nothing' : found.join(', ');
}

/** The document of an array as its recording must give it. */
export function asReplayed(
  document: Inspection,
  { header: { name }, entries }: Recording,
  redactor: Redactor,
): unknown {
  if (entries.some(isExchange)) {
    const { capabilities, ...rest } = document;
    return { ...(redactor.value(rest) as object), capabilities };
  }
  // A driver that asks nobody makes the same records again; only its array is called otherwise.
  const [from, to] = [JSON.stringify(document.backend), JSON.stringify(name)];
  return JSON.parse(JSON.stringify(document).replaceAll(from, to));
}

/** Parts in which two documents are not the same. */
export function differences(one: unknown, other: unknown): string[] {
  const [left, right] = [comparable(one), comparable(other)];
  const parts = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...parts].filter((part) => !isDeepStrictEqual(left[part], right[part]));
}

/** Digests of texts differ where the texts do: which alerts have the same one is what counts. */
function comparable(document: unknown): Record<string, unknown> {
  const {
    requests: _,
    problems: __,
    ...parts
  } = JSON.parse(JSON.stringify(document)) as Inspection;
  const keys = new Map<unknown, number>();
  const alerts = parts['alerts'] as { match_key?: unknown }[] | undefined;
  for (const alert of alerts ?? []) {
    if (alert.match_key === undefined) continue;
    if (!keys.has(alert.match_key)) keys.set(alert.match_key, keys.size);
    alert.match_key = keys.get(alert.match_key);
  }
  return parts;
}
