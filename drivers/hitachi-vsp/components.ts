/** Hardware: one answer with a list for each kind of part, some of them within others. Pure. */
import {
  compact,
  identifier,
  isObject,
  lookup,
  number,
  objects,
  signed,
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

const STATES = {
  normal: 'ok', warning: 'degraded', failed: 'failed', blocked: 'failed', blockade: 'failed',
  notinstalled: 'missing',
} as const; // prettier-ignore

/** `Warning(port)` is a warning. */
function stateOf(value: unknown): Component['status'] {
  const word = text(value);
  const [plain = ''] = (word ?? '').split('(', 1);
  const state = plain.replaceAll(/[ _-]/g, '').toLowerCase();
  return isState(state) ? STATES[state] : lookup<'unknown'>({}, word);
}

function isState(word: string): word is keyof typeof STATES {
  return Object.hasOwn(STATES, word);
}

export function toComponents(answer: Foreign): Component[] {
  const power = isObject(answer['system'])
    ? number(answer['system']['powerConsumption'])
    : undefined;
  const whole: Component[] =
    power === undefined
      ? []
      : [{ native_component_id: 'system', name: 'Storage system', type: 'other', power }];
  return [...whole, ...partsIn(answer, undefined)];
}

/** Parts nest to any depth that JSON may have. */
function partsIn(owner: Foreign, parent: string | undefined): Component[] {
  return Object.entries(owner).flatMap(([list, entries]) => {
    const type = KINDS[list];
    if (type === undefined && list !== 'ctls') return [];
    return objects(entries).flatMap((part) => {
      const location = identifier(part['location']) ?? identifier(part['portId']);
      if (location === undefined) return [];
      // Unique within its owner, and independent of all other parts.
      const id = parent === undefined ? location : `${parent}/${location}`;
      const own = type && toComponent(part, { type, id, location, parent });
      return [own ?? [], temperatureOf(part, { id, location }), partsIn(part, id)].flat();
    });
  });
}

interface Where {
  readonly type: Component['type'];
  readonly id: string;
  readonly location: string;
  readonly parent: string | undefined;
}

function toComponent(part: Foreign, { type, id, location, parent }: Where): Component {
  return compact<Component>({
    native_component_id: id,
    name: location,
    type,
    status: stateOf(part['status']),
    native_parent_id: parent,
    location,
    model: text(part['type']),
    serial_number: text(part['serialNumber']),
  });
}

/** What measures heat has a state of its own for it. */
function temperatureOf(
  part: Foreign,
  { id, location }: Pick<Where, 'id' | 'location'>,
): Component | readonly [] {
  const temperature = signed(part['temperature']);
  const status = stateOf(part['temperatureStatus']);
  if (temperature === undefined && status === undefined) return [];
  return compact<Component>({
    native_component_id: `${id}/temperature`,
    name: `${location} temperature`,
    type: 'temperature',
    status,
    native_parent_id: id,
    location,
    temperature,
  });
}
