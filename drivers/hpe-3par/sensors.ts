/**
 * `shownodeenv`: a block a node, a line a sensor.
 *
 *     Node 0
 *     ---------
 *     ------Measurement------ -Reading- -Lo_Limit- -Hi_Limit- -----Status-----
 *                    Ambient      21 C        5 C       40 C Within Tolerance
 *                  PS0 Fan0   4380 RPM   1540 RPM   7140 RPM Within Tolerance
 */
import type { Component } from 'delfin-agent/driver';

const UNITS: Readonly<
  Record<string, { readonly type: Component['type']; readonly field: keyof Component }>
> = {
  C: { type: 'temperature', field: 'temperature' },
  V: { type: 'voltage', field: 'voltage' },
  RPM: { type: 'fan', field: 'fan_speed' },
  W: { type: 'other', field: 'power' },
};

/** More of them, with one name, would be counted for ever. */
const MOST_SENSORS = 10_000;

/** Currents have no place in the contract. */
export function sensorsOf(lines: readonly string[]) {
  const found = new Map<string, Component>();
  let node: string | undefined;
  for (const line of lines) {
    const words = line.match(/\S+/g) ?? [];
    if (words.length === 2 && words[0] === 'Node' && /^\d+$/.test(words[1] ?? '')) {
      node = words[1];
      continue;
    }
    // The first number with a unit behind it, after the name.
    const at = words.findIndex(
      (word, index) =>
        index > 0 && /^-?\d+(\.\d+)?$/.test(word) && /^(C|V|A|W|RPM)$/.test(words[index + 1] ?? ''),
    );
    const kind = UNITS[words[at + 1] ?? ''];
    if (node === undefined || at < 1 || !kind || found.size >= MOST_SENSORS) continue;
    const name = words.slice(0, at).join(' ');
    const plain = `node_${node}_${name}`;
    // Some names come twice.
    let id = plain;
    for (let count = 2; found.has(id); count += 1) id = `${plain}#${count}`;
    found.set(id, {
      native_component_id: id,
      name: `node ${node} ${name}`,
      type: kind.type,
      status: stateOf(words.slice(at + 2).join(' ')),
      native_parent_id: node,
      location: `node ${node}`,
      [kind.field]: Number(words[at]),
    });
  }
  return { said: [...found.values()], size: found.size };
}

/** By what follows the two limits. */
function stateOf(said: string): NonNullable<Component['status']> {
  if (/within tolerance$/i.test(said)) return 'ok';
  return /out of tolerance|out of range|above|below|exceed|fail/i.test(said) ? 'failed' : 'unknown';
}
