/** What Unisphere tells of the hardware: its disks, which of them have failed, and its last health check. */
import {
  flag,
  list,
  NotSupported,
  number,
  text,
  type Component,
  type Disk,
} from 'delfin-agent/driver';
import { isMissing, isWordless, listedObject } from './answers.ts';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';
import { diskOf } from './records.ts';

export async function readDisks(unisphere: Unisphere, system: string): Promise<Disk[]> {
  const { parts } = unisphere;
  const path = `${system}/disk`;
  const ids = await unisphere.ids(path, 'disk_ids');
  const disks = await unisphere.details(path, ids);
  const failed = await parts.addedIfAny(() => failedOf(unisphere, path));
  // A server that knows no such filter lists all of them.
  const known = failed && failed.size < ids.length ? failed : undefined;
  return disks.map((disk) => diskOf(disk, known?.has(disk.id)));
}

async function failedOf(unisphere: Unisphere, path: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await unisphere.ids(path, 'disk_ids', { failed: true }));
  } catch (error) {
    // Some versions answer a filter that matches nothing so.
    if (error instanceof NotSupported || !isMissing(error) || isWordless(error)) throw error;
    return new Set();
  }
}

/** Tests of a health check that are about hardware. */
const TESTS: Readonly<Record<string, Component['type']>> = {
  Battery: 'battery',
  Environmentals: 'other',
  Memory: 'memory',
  'Spare Drives': 'other',
  'Vault State': 'other',
};
/** What was found longer ago says nothing about today. */
const FRESH_MS = 24 * 3_600_000;

/** The results of the newest health check that somebody has run: reading starts none. */
export async function readComponents(
  unisphere: Unisphere,
  system: string,
  now: () => number,
): Promise<Component[]> {
  const path = `${system}/health/health_check`;
  const checks = (await unisphere.ids(path, 'health_check_id')).map(number);
  const newest = checks.reduce<number>((last, id) => Math.max(last, id ?? 0), 0);
  if (newest === 0) return [];
  const check = await listedObject(() => unisphere.get(`${path}/${segment(String(newest))}`));
  const isFresh = now() - (number(check['date']) ?? newest) < FRESH_MS;
  return list(check['testResult'] ?? [], path).flatMap((result) => {
    const name = text(result['item_name'])?.replace(/ Test$/, '');
    const type = name === undefined ? undefined : TESTS[name];
    if (name === undefined || type === undefined) return [];
    const passed = isFresh ? flag(result['result']) : undefined;
    const status = passed === undefined ? 'unknown' : stateOf(passed);
    return [{ native_component_id: name, name, type, status }];
  });
}

const stateOf = (passed: boolean) => (passed ? 'ok' : 'failed');
