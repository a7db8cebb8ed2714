/** Durations and sizes as people write them. */

const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_UNITS = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
} as const;

/** `1m30s` as milliseconds. The schema has checked the form. */
export function parseDuration(written: string): number {
  let total = 0;
  for (const [, amount, unit] of written.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * DURATION_UNITS[unit as keyof typeof DURATION_UNITS];
  }
  return total;
}

/** `128MiB` as bytes. The schema has checked the form. */
export function parseSize(written: string): number {
  const [, amount, unit = 'B'] = /^([\d.]+)\s*(\w+)?$/.exec(written.trim()) ?? [];
  return Math.round(Number(amount) * SIZE_UNITS[unit as keyof typeof SIZE_UNITS]);
}

/** `host:port`, `[v6]:port`, `:port`. An empty host is every interface. */
export function parseAddress(written: string): { host: string; port: number } {
  const colon = written.lastIndexOf(':');
  return {
    host: written.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(written.slice(colon + 1)),
  };
}
