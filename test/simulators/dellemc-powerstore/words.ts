/** What the truth of several lists is told with. */
import type { PowerStoreArray, Row } from './types.ts';
import { word } from './types.ts';

export type Rows = (resource: string) => readonly Row[];

export interface Context {
  readonly array: PowerStoreArray;
  readonly rows: Rows;
  readonly isOld: boolean;
  readonly isSparse: boolean;
}

export const table =
  (words: Readonly<Record<string, string>>, otherwise = 'unknown') =>
  (value: unknown): string | undefined =>
    value === null || value === undefined ? undefined : (words[word(value)] ?? otherwise);

export const isPrimary = (row: Row) =>
  row['type'] !== 'Snapshot' && row['filesystem_type'] !== 'Snapshot';
