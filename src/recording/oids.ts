/** What the standard MIBs call their columns, for those that hold what is somebody's own. */

const KEYS: readonly (readonly [oid: string, key: string])[] = [
  ['1.3.6.1.2.1.1.4', 'contact'],
  ['1.3.6.1.2.1.1.5', 'hostname'],
  ['1.3.6.1.2.1.1.6', 'contact'],
  ['1.3.6.1.2.1.2.2.1.6', 'mac'],
  ['1.3.6.1.2.1.31.1.1.1.18', 'alias'],
  ['1.3.6.1.2.1.47.1.1.1.1.11', 'serial'],
  ['1.3.6.1.2.1.47.1.1.1.1.14', 'alias'],
  ['1.3.6.1.2.1.25.2.3.1.3', 'path'],
  ['1.3.6.1.2.1.25.3.8.1.2', 'path'],
  ['1.3.6.1.2.1.25.3.8.1.3', 'path'],
  ['1.3.6.1.4.1.2021.9.1.2', 'path'],
];

/** The key a value stands under, for `formOf`; the OID itself where no MIB of these names it. */
export function keyOfOid(oid: string): string {
  return KEYS.find(([column]) => oid === column || oid.startsWith(`${column}.`))?.[1] ?? oid;
}
