/** Hardware: one answer with a list for each kind of part, some of them within others. Pure. */
import {
  ComponentSchema,
  identifier,
  lookup,
  number,
  objects,
  pick,
  recordsOf,
  text,
  type Component,
  type Foreign,
} from 'delfin-agent/driver';

/** The API's lists by what they hold. Controllers and drives have lists of their own. */
const KINDS: Readonly<Record<string, Component['type']>> = {
  dkcs: 'enclosure', driveBoxes: 'enclosure', hsnbxs: 'enclosure',
  fans: 'fan', iswFans: 'fan', chbbfans: 'fan',
  dkcpss: 'power_supply', dbps: 'power_supply', iswpss: 'power_supply', chbbps: 'power_supply',
  batteries: 'battery',
  cacheMemories: 'memory', cacheFlashMemories: 'memory',
  chbs: 'module', dkbs: 'module', lanbs: 'module', bkmfs: 'module', pecbs: 'module',
  encs: 'module', isws: 'module', swpks: 'module', pcps: 'module',
  sfps: 'sfp', xPaths: 'other',
}; // prettier-ignore
const CONTROLLERS = 'ctls';

const STATES: Readonly<Record<string, Component['status']>> = {
  normal: 'ok', warning: 'degraded', failed: 'failed', blocked: 'failed', blockade: 'failed',
  notinstalled: 'missing',
}; // prettier-ignore

/** `Warning(port)` is a warning. */
const stateOf = (field: string) => (one: Foreign) => {
  const word = text(pick(one, field));
  const [plain = ''] = (word ?? '').replaceAll(/[ _-]/g, '').toLowerCase().split('(', 1);
  return Object.hasOwn(STATES, plain) ? STATES[plain] : lookup<'unknown'>({}, word);
};

export function toComponents(answer: Foreign): Component[] {
  const power = number(pick(answer, 'system.powerConsumption'));
  const whole = { native_component_id: 'system', name: 'Storage system', type: 'other' } as const;
  const parts = partsIn(answer);
  return [
    ...(power === undefined ? [] : [{ ...whole, power }]),
    ...toParts(parts.filter(({ list }) => list !== CONTROLLERS)),
    // What measures heat has a state of its own for it.
    ...toThermometers(parts).filter((one) => 'temperature' in one || 'status' in one),
  ];
}

/** Parts nest to any depth that JSON may have. An id is unique within its owner's, and depends on no other part. */
function partsIn(owner: Foreign, parent?: string): Foreign[] {
  return Object.entries(owner).flatMap(([list, entries]) => {
    if (!Object.hasOwn(KINDS, list) && list !== CONTROLLERS) return [];
    return objects(entries).flatMap((part) => {
      const location = identifier(part['location']) ?? identifier(part['portId']);
      if (location === undefined) return [];
      const id = parent === undefined ? location : `${parent}/${location}`;
      return [{ list, part, location, id, parent }, ...partsIn(part, id)];
    });
  });
}

const toParts = recordsOf(ComponentSchema, {
  native_component_id: 'id',
  name: 'location',
  type: ({ list }) => KINDS[String(list)],
  status: stateOf('part.status'),
  native_parent_id: 'parent',
  location: 'location',
  model: 'part.type',
  serial_number: 'part.serialNumber',
});

const toThermometers = recordsOf(ComponentSchema, {
  native_component_id: ({ id }) => `${String(id)}/temperature`,
  name: ({ location }) => `${String(location)} temperature`,
  type: 'temperature',
  status: stateOf('part.temperatureStatus'),
  native_parent_id: 'id',
  location: 'location',
  temperature: 'part.temperature',
});
