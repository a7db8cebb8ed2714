/** Volumes: three lists hold every one of them, and tell of each other whether they are whole. */
import { countBy, flag, InvalidResponse, type Foreign, type Volume } from 'delfin-agent/driver';
import { detailed, type Detailed, type Reader } from './inventory.ts';
import { toVolumes, volumeWith, withoutRounded } from './records.ts';
import { partsOf, type Row } from './table.ts';

/** By volume; without `used_capacity` where a copy's size is not listed. */
type Copies = ReadonlyMap<string, readonly Row[]>;
/** The system does not list them, or not exactly. */
const REFUSED: Copies = new Map();

/**
 * Volumes, copies, thin copies. Where one list is refused or prints rounded sizes, each volume's own
 * details do; one that can't be read costs what it adds, told.
 */
export async function listVolumes(reader: Reader, listed: readonly Row[]): Promise<Volume[]> {
  const { parts, cli } = reader;
  const { volumes, copies } = await agreed(reader, listed);
  const snapshots =
    volumes.length === 0 ? undefined : await parts.addedIfAny(() => cli.rows('lsvolumesnapshot'));
  const count = countBy(snapshots, (row) => row['volume_id']);
  return toVolumes(await described(reader, volumes, copies), ({ id }) => ({
    snapshots: count(id),
  }));
}

async function described(
  reader: Reader,
  volumes: readonly Row[],
  copies: Copies | undefined,
): Promise<Foreign[]> {
  const wholeOf = (volume: Row) => {
    const own = copies?.get(idOf(volume));
    const isWhole = own?.every((copy) => 'used_capacity' in copy) && 'capacity' in volume;
    return isWhole ? own : undefined;
  };
  const asked = copies ? volumes.filter((volume) => !wholeOf(volume)) : [];
  const details = new Map(
    (await detailed(reader, 'lsvdisk', asked)).map((one) => [one['id'], one]),
  );
  return volumes.flatMap((volume): Foreign | readonly Foreign[] => {
    const own = wholeOf(volume);
    if (own) return volumeWith(volume, own);
    const { detail, ...found }: Detailed = copies
      ? (details.get(volume['id']) ?? {})
      : withoutRounded(volume);
    if (detail) return volumeWith(found, partsOf(detail, ['copy_id']));
    // One that has gone, or of which the list does not say where its copies are.
    const isUnknown = found['id'] === undefined || found['mdisk_grp_id'] === 'many';
    return isUnknown ? [] : volumeWith(found, []);
  });
}

const idOf = (row: Row) => row['id'] ?? '';

/** Lists that do not agree are read once more: a volume may just have been made, or a list was cut. */
async function agreed(reader: Reader, first: readonly Row[]) {
  const { cli, parts } = reader;
  let volumes = first.filter(idOf);
  const copies = await parts.added(async () => {
    const found = await copiesOf(reader, volumes);
    const missing = missingOf(volumes, found);
    if (missing.volumes + missing.copies === 0) return found;
    volumes = (await cli.rows('lsvdisk')).filter(idOf);
    const again = await copiesOf(reader, volumes);
    const lost = missingOf(volumes, again);
    if (lost.volumes > 0) {
      const what = `${lost.volumes} volumes that lsvdiskcopy lists are missing`;
      parts.tell(new InvalidResponse(`lsvdisk: ${what}`));
    }
    if (lost.copies === 0) return again;
    throw new InvalidResponse(`lsvdiskcopy: copies of ${lost.copies} volumes are missing`);
  });
  return { volumes, copies };
}

/** How many volumes one list lacks, and of how many the other lacks copies. */
function missingOf(volumes: readonly Row[], copies: Copies) {
  const ids = new Set(volumes.map(idOf));
  const isShort = (volume: Row) =>
    (copies.get(idOf(volume))?.length ?? 0) < Number(volume['copy_count'] || 1);
  return {
    volumes: [...copies.keys()].filter((id) => !ids.has(id)).length,
    copies: copies === REFUSED ? 0 : volumes.filter(isShort).length,
  };
}

async function copiesOf({ cli, parts }: Reader, volumes: readonly Row[]): Promise<Copies> {
  // Rounded sizes: the details of a volume know better.
  if (volumes.some((volume) => !/^\d*$/.test(volume['capacity'] ?? 'unknown'))) return REFUSED;
  return await parts.either<Copies>('copies of volumes', [
    {
      async ask() {
        const rows = await cli.rows('lsvdiskcopy');
        if (!rows.every((row) => 'se_copy' in row && 'capacity' in row)) return REFUSED;
        if (rows.length === 0) return new Map();
        return joined(rows, await cli.rows('lssevdiskcopy'));
      },
    },
    { ask: () => Promise.resolve(REFUSED) },
  ]);
}

function joined(rows: readonly Row[], thin: readonly Row[]): Copies {
  const key = (row: Row) => `${row['vdisk_id'] ?? ''} ${row['copy_id'] ?? ''}`;
  const sizes = new Map(thin.map((row) => [key(row), row]));
  const copies = rows.map((row) => ({ ...(sizes.get(key(row)) ?? thickSize(row)), ...row }));
  return Map.groupBy(copies, (row) => row['vdisk_id'] ?? '');
}

/** A copy that is neither thin nor compressed has all its capacity allocated. */
function thickSize({ se_copy, compressed_copy, capacity = '' }: Row): Row {
  const isThick = flag(se_copy) === false && !flag(compressed_copy);
  return isThick ? { used_capacity: capacity, free_capacity: capacity && '0' } : {};
}
