/** Whether performance data of the array is collected, and from when to when there are samples. */
import {
  BackendError,
  ConfigurationError,
  flag,
  identifier,
  InvalidResponse,
  isObject,
  list,
  number,
  type Foreign,
} from 'delfin-agent/driver';
import type { Unisphere } from './client.ts';
import { segment } from './ids.ts';
import { ARRAY } from './metrics.ts';

export interface Window {
  readonly start: number;
  readonly end: number;
}

/** From when to when there are samples. */
export interface Span {
  readonly first: number | undefined;
  readonly last: number | undefined;
}

export interface Key extends Span {
  readonly id: string;
}

export function keyOf(key: Foreign, field: string): Key[] {
  const id = identifier(key[field]);
  if (id === undefined) return [];
  return [{ id, first: number(key['firstAvailableDate']), last: number(key['lastAvailableDate']) }];
}

/** The part of the window for which there are samples. */
export function clip(window: Window, { first, last }: Span): Window | undefined {
  const start = Math.max(window.start, first ?? window.start);
  const end = Math.min(window.end, last ?? window.end);
  return start <= end ? { start, end } : undefined;
}

export async function arrayKey(unisphere: Unisphere, arrayId: string): Promise<Key | undefined> {
  const path = '/performance/Array/keys';
  const listed = (await unisphere.get(path))[ARRAY.info];
  if (listed === undefined) throw new InvalidResponse(`GET ${path}: no ${ARRAY.info}`);
  const keys = list(listed, ARRAY.info).flatMap((key) => keyOf(key, ARRAY.id));
  return keys.find(({ id }) => id === arrayId);
}

/**
 * From when to when the array has samples.
 * @throws ConfigurationError with advice if the server says that nobody collects them.
 */
export async function registeredArray(
  unisphere: Unisphere,
  arrayId: string,
  window: Window,
): Promise<Span> {
  const key = await arrayKey(unisphere, arrayId);
  const stale = key?.last !== undefined && key.last < window.start;
  if (key && !stale) return key;
  const registered = flag((await registration(unisphere, arrayId))['diagnostic']);
  if (registered === false) {
    throw new ConfigurationError(
      `array ${arrayId} is not registered for performance collection at ${unisphere.origin}: register it in Unisphere (Performance, System Registrations, Diagnostic); nothing is switched on from here`,
    );
  }
  if (key) return key;
  throw new BackendError(
    'no_samples',
    `Unisphere at ${unisphere.origin} has no performance data of array ${arrayId}${registered ? ', although it is registered' : ' and does not say whether it is registered'}`,
  );
}

/** How performance data of this array is collected. */
export async function registration(unisphere: Unisphere, arrayId: string): Promise<Foreign> {
  const path = `/performance/Array/registrationdetails/${segment(arrayId)}`;
  const details = (await unisphere.get(path))['registrationDetailsInfo'];
  const first: unknown = Array.isArray(details) ? details[0] : undefined;
  return isObject(first) ? first : {};
}
