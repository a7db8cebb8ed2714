/** Reading the API's nested objects: references, addresses, versions and durations. */
import { identifier, objects, pick, text, type Foreign } from 'delfin-agent/driver';

/** The uuid of what a field like `node: { uuid, name }` refers to. */
export function uuidAt(record: Foreign, path: string): string | undefined {
  return identifier(pick(record, `${path}.uuid`));
}

/** An id made of the keys of the object's URL; without one of them there is none. */
export function joined(...keys: readonly unknown[]): string | undefined {
  const parts = keys.map(identifier);
  return parts.includes(undefined) ? undefined : parts.join('/');
}

/** What is listed at a path in each of them: with its owner as `of`, its place in the list as `at`. */
export function listedIn(owners: readonly Foreign[], path: string): readonly Foreign[] {
  return owners.flatMap((of) => objects(pick(of, path)).map((one, at) => ({ ...one, of, at })));
}

/** Addresses that the cluster or a node is managed by. */
export function addressesOf(owner: Foreign): string[] {
  const interfaces = objects(owner['management_interfaces']);
  return interfaces.flatMap((one) => text(pick(one, 'ip.address')) ?? []);
}

const DURATION =
  /^P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$/;
const UNITS_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** An ISO 8601 duration (`P1DT2H`, `PT8H35M42S`), ms. */
export function durationOf(value: unknown): number | undefined {
  const found = DURATION.exec(text(value) ?? '');
  if (!found || found.slice(1).every((part) => part === undefined)) return undefined;
  return UNITS_MS.reduce((sum, unit, index) => sum + Number(found[index + 1] ?? 0) * unit, 0);
}

/** `NetApp Release 9.14.1P3: Tue ...` -> `9.14.1P3`. */
export function releaseOf(owner: Foreign): string | undefined {
  const full = text(pick(owner, 'version.full'));
  return /\b(\d+\.\d+(?:\.\d+)?\w*)/.exec(full ?? '')?.[1] ?? full;
}
