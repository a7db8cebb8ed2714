/** `inspect BACKEND`: everything one array can report, once; from the array or from a recording. */
import { recordBackend, withRecording } from './recording.ts';
import { UsageError, withBackend, type CommonOptions } from './context.ts';
import { PARTS, readBackend, type Reading, type ReadOptions } from './reading.ts';
import { printTables } from './tables.ts';

export interface InspectOptions extends CommonOptions, ReadOptions {
  readonly format: 'table' | 'json';
  /** Write what went between the driver and the array there. */
  readonly record?: string;
  /** Read this recording instead of an array. */
  readonly replay?: string;
}

export async function inspect(name: string | undefined, options: InspectOptions): Promise<void> {
  const { only, record, replay, format } = options;
  const wrong = only?.find((part) => !PARTS.includes(part));
  if (wrong) throw new UsageError(`--only: no part "${wrong}"; parts are ${PARTS.join(', ')}`);
  if (record !== undefined && replay !== undefined) {
    throw new UsageError('--record writes a recording, --replay reads one: name one of them');
  }
  if (name === undefined && replay === undefined) {
    throw new UsageError('name a backend of the configuration, or a recording with --replay');
  }
  const { document, failure } = await read(name ?? '', options);
  if (format === 'json') process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else printTables(document);
  if (failure) throw new UsageError(`${document.backend}: ${failure.message}`);
}

async function read(name: string, options: InspectOptions): Promise<Reading> {
  const { record, replay } = options;
  if (replay !== undefined) return await withRecording(replay, options, readBackend);
  if (record !== undefined) return await recordBackend(name, record, options);
  return await withBackend(name, options, (backend) => readBackend(backend, options));
}
