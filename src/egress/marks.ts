/**
 * How far the samples of each array have come into the queue on disk: an agent that is started again
 * reads a part of the past anew, and does not send it twice.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Marks } from '../telemetry/otlp/gather.ts';

export interface MarkStore {
  /** From now on they are kept there. */
  keepIn(folder: string | undefined): void;
  of(system: string): Marks;
  set(system: string, marks: Marks): void;
}

export function createMarkStore(): MarkStore {
  const known = new Map<string, Marks>();
  let folder: string | undefined;

  function fileOf(system: string): string {
    const name = createHash('sha256').update(system).digest('hex').slice(0, 32);
    return join(folder ?? '', `sent-${name}.json`);
  }

  return {
    keepIn(next) {
      if (next !== folder) known.clear();
      folder = next;
    },
    of(system) {
      if (folder === undefined) return {};
      const marks = known.get(system) ?? readMarks(fileOf(system));
      known.set(system, marks);
      return marks;
    },
    set(system, marks) {
      if (folder === undefined) return;
      const all = { ...this.of(system), ...marks };
      known.set(system, all);
      const file = fileOf(system);
      try {
        writeFileSync(`${file}.tmp`, JSON.stringify(all), { mode: 0o600 });
        renameSync(`${file}.tmp`, file);
      } catch {
        // The queue tells what the disk does; without marks something is sent twice.
      }
    },
  };
}

function readMarks(file: string): Marks {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as object);
    return Object.fromEntries(
      entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    );
  } catch {
    return {};
  }
}
