/** Volumes: three lists hold every one of them, and tell of each other whether they are whole. */
import { Gone, InvalidResponse, type Volume } from 'delfin-agent/driver';
import type { Reader } from './inventory.ts';
import { snapshotCounts } from './replications.ts';
import { copyOf, sizeOf, spaceOf, volumeOf, withoutRounded, type Copy } from './records.ts';
import { firstOf, partsOf, type Row } from './table.ts';

/** By volume; undefined where a copy's size is not listed. Or the system refuses to list them. */
type Copies = ReadonlyMap<string, readonly (Copy | undefined)[]> | 'refused';

/**
 * Volumes, copies, thin copies. Where one list is refused or prints rounded sizes, each volume's own
 * details do; one that can't be read costs what it adds, told.
 */
export async function listVolumes(
  reader: Reader,
  list: () => Promise<readonly Row[]>,
): Promise<Volume[]> {
  const { volumes, copies } = await agreed(reader, await list());
  const countOf = volumes.length === 0 ? undefined : await snapshotCounts(reader);
  const counted = (volume: Volume): Volume => {
    const count = countOf?.(volume.native_volume_id);
    return count === undefined ? volume : { ...volume, snapshot_count: count };
  };
  return (await described(reader, volumes, copies)).map(counted);
}

async function described(
  reader: Reader,
  volumes: readonly Row[],
  copies: Copies | undefined,
): Promise<Volume[]> {
  if (!copies) return volumes.flatMap(listedOnly);
  const wholeOf = (volume: Row) => {
    const own = copies === 'refused' ? undefined : copies.get(idOf(volume));
    return own?.every((copy) => copy !== undefined) && 'capacity' in volume ? own : undefined;
  };
  const details = await detailed(
    reader,
    volumes.filter((volume) => !wholeOf(volume)),
  );
  return volumes.flatMap((volume) => {
    const own = wholeOf(volume);
    const record = own ? volumeOf(volume, own) : details.get(volume);
    return record ?? [];
  });
}

const idOf = (row: Row) => row['id'] ?? '';

/** Lists that do not agree are read once more: a volume may just have been made, or a list was cut. */
async function agreed(reader: Reader, first: readonly Row[]) {
  const named = (rows: readonly Row[]) => rows.filter((row) => idOf(row) !== '');
  let volumes = named(first);
  const copies = await reader.parts.added(async () => {
    const found = await copiesOf(reader, volumes);
    if (missingVolumes(volumes, found) + missingCopies(volumes, found) === 0) return found;
    volumes = named(await reader.cli.rows('lsvdisk', { exact: true, proved: true }));
    const again = await copiesOf(reader, volumes);
    const lost = missingVolumes(volumes, again);
    if (lost > 0) {
      reader.parts.tell(
        new InvalidResponse(`lsvdisk: ${lost} volumes that lsvdiskcopy lists are missing`),
      );
    }
    const without = missingCopies(volumes, again);
    if (without === 0) return again;
    throw new InvalidResponse(`lsvdiskcopy: copies of ${without} volumes are missing`);
  });
  return { volumes, copies };
}

function missingVolumes(volumes: readonly Row[], copies: Copies): number {
  if (copies === 'refused') return 0;
  const ids = new Set(volumes.map(idOf));
  return [...copies.keys()].filter((id) => !ids.has(id)).length;
}

function missingCopies(volumes: readonly Row[], copies: Copies): number {
  if (copies === 'refused') return 0;
  return volumes.filter(
    (volume) => (copies.get(idOf(volume))?.length ?? 0) < Number(volume['copy_count'] || 1),
  ).length;
}

function copiesOf({ cli, parts }: Reader, volumes: readonly Row[]): Promise<Copies> {
  // Rounded sizes: the details of a volume know better.
  if (volumes.some((volume) => !/^\d*$/.test(volume['capacity'] ?? 'unknown'))) {
    return Promise.resolve('refused');
  }
  return parts.either<Copies>('copies of volumes', [
    {
      async ask() {
        const rows = await cli.rows('lsvdiskcopy', { exact: true, proved: true });
        if (!rows.every((row) => 'se_copy' in row && 'capacity' in row)) return 'refused';
        if (rows.length === 0) return new Map();
        return joined(rows, await cli.rows('lssevdiskcopy', { exact: true, proved: true }));
      },
    },
    { ask: () => Promise.resolve('refused') },
  ]);
}

function joined(rows: readonly Row[], thin: readonly Row[]): Copies {
  const key = (row: Row) => `${row['vdisk_id'] ?? ''} ${row['copy_id'] ?? ''}`;
  const sizes = new Map(thin.map((row) => [key(row), row]));
  const copies = new Map<string, (Copy | undefined)[]>();
  for (const row of rows) {
    const volume = row['vdisk_id'] ?? '';
    const size = sizes.get(key(row));
    const copy = size ? { ...copyOf(row), ...spaceOf(size) } : thickCopy(copyOf(row), row);
    const known = copies.get(volume);
    if (known) known.push(copy);
    else copies.set(volume, [copy]);
  }
  return copies;
}

/** A copy that is neither thin nor compressed has all its capacity allocated. */
function thickCopy(copy: Copy, row: Row): Copy | undefined {
  if (copy.thin !== false || copy.compressed === true) return undefined;
  const capacity = sizeOf(row['capacity']);
  return { ...copy, used: capacity, free: capacity === undefined ? undefined : 0 };
}

/** What the list alone says of a volume; of one with several copies it does not say where it is. */
function listedOnly(volume: Row): Volume[] {
  return volume['mdisk_grp_id'] === 'many' ? [] : [volumeOf(withoutRounded(volume), [])];
}

/** A volume whose details can't be read keeps what the list says of it; one that has gone is left out. */
async function detailed({ cli, parts }: Reader, volumes: readonly Row[]) {
  const gone = new Set<Row>();
  const read = await parts.added(() =>
    parts.children(volumes, async (volume): Promise<Volume | undefined> => {
      try {
        const detail = await cli.detail('lsvdisk', idOf(volume), { exact: true });
        return volumeOf(firstOf(detail), partsOf(detail, ['copy_id']).map(copyOf));
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
        gone.add(volume);
        return undefined;
      }
    }),
  );
  const found = new Map<Row, Volume>();
  for (const [index, volume] of volumes.entries()) {
    if (gone.has(volume)) continue;
    const [record] = read?.[index] ? [read[index]] : listedOnly(volume);
    if (record) found.set(volume, record);
  }
  return found;
}
