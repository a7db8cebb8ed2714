/** Volumes: three lists hold every one of them, and tell of each other whether they are whole. */
import {
  countBy,
  flag,
  InvalidResponse,
  objects,
  type Foreign,
  type Volume,
} from 'delfin-agent/driver';
import type { Client, Detailed } from './client.ts';
import { toVolumes } from './records.ts';
import { partsOf, withoutRounded, type Row } from './table.ts';

/** By volume; without `used_capacity` where a copy's size is not listed. */
type Copies = ReadonlyMap<string, readonly Row[]>;
/** The system does not list them, or not exactly. */
const REFUSED: Copies = new Map();

/**
 * Volumes, copies, thin copies. Where one list is refused or prints rounded sizes, each volume's own
 * details do; one that can't be read costs what it adds, told.
 */
export async function listVolumes(client: Client, listed: readonly Row[]): Promise<Volume[]> {
  const { parts, rows } = client;
  const { volumes, copies } = await agreed(client, listed);
  const snapshots =
    volumes.length === 0 ? undefined : await parts.addedIfAny(() => rows('lsvolumesnapshot'));
  const count = countBy(snapshots, (row) => row['volume_id']);
  return toVolumes(await withCopies(client, volumes, copies), (volume) => ({
    primary: primaryOf(objects(volume['copies'])),
    snapshots: count(volume['id']),
  }));
}

const primaryOf = (copies: readonly Foreign[]) =>
  copies.find((copy) => flag(copy['primary'])) ?? copies[0];

async function withCopies(client: Client, volumes: readonly Row[], copies: Copies | undefined) {
  const listedOf = (volume: Row) => {
    const own = copies?.get(idOf(volume));
    return 'capacity' in volume && own?.every((copy) => 'used_capacity' in copy) ? own : undefined;
  };
  const asked = copies ? volumes.filter((volume) => !listedOf(volume)) : [];
  const details = new Map((await client.detailed('lsvdisk', asked)).map((one) => [one['id'], one]));
  return volumes.flatMap((volume): Foreign | readonly Foreign[] => {
    const own = listedOf(volume);
    if (own) return { ...volume, copies: own };
    const found: Detailed | undefined = copies ? details.get(volume['id']) : withoutRounded(volume);
    if (found?.detail) return { ...found, copies: partsOf(found.detail, ['copy_id']) };
    // One that has gone, or of which the list does not say where its copies are.
    return found && found['mdisk_grp_id'] !== 'many' ? found : [];
  });
}

const idOf = (row: Row) => row['id'] ?? '';

/** Lists that do not agree are read once more: a volume may just have been made, or a list was cut. */
async function agreed(client: Client, first: readonly Row[]) {
  const { parts, rows } = client;
  let volumes = first.filter(idOf);
  const copies = await parts.added(async () => {
    const found = await copiesOf(client, volumes);
    const missing = missingOf(volumes, found);
    if (missing.volumes + missing.copies === 0) return found;
    volumes = (await rows('lsvdisk')).filter(idOf);
    const again = await copiesOf(client, volumes);
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

async function copiesOf({ parts, rows }: Client, volumes: readonly Row[]): Promise<Copies> {
  // Rounded sizes: the details of a volume know better.
  if (volumes.some((volume) => !/^\d*$/.test(volume['capacity'] ?? 'unknown'))) return REFUSED;
  return await parts.either<Copies>('copies of volumes', [
    {
      async ask() {
        const found = await rows('lsvdiskcopy');
        if (!found.every((row) => 'se_copy' in row && 'capacity' in row)) return REFUSED;
        if (found.length === 0) return new Map();
        return joined(found, await rows('lssevdiskcopy'));
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
