/** Enclosures, fans, power supplies, batteries and modules -> component records. */
import {
  compact,
  flag,
  lookup,
  positive,
  text,
  type Component,
  type Foreign,
} from 'delfin-agent/driver';
import type { ResourceName } from './fields.ts';
import { byHealth, healthOf, label, reasonsOf, reference } from './records.ts';

/** Collections of parts; their ids are unique over all of them. */
export const PART_TYPES: Partial<Record<ResourceName, Component['type']>> = {
  dpe: 'enclosure',
  dae: 'enclosure',
  fan: 'fan',
  powerSupply: 'power_supply',
  battery: 'battery',
  memoryModule: 'memory',
  ioModule: 'module',
  lcc: 'module',
  ssc: 'module',
  ssd: 'module',
};

const STATES = byHealth('ok', 'degraded', 'failed');

/** Reasons of the health that say that there is no such part, for example ALRT_BBU_MISSING. */
const GONE = /_(MISSING|REMOVED|EMPTY|NOT_PRESENT)$/;

export function toComponent(content: Foreign, id: string, type: Component['type']): Component {
  return compact<Component>({
    native_component_id: id,
    name: label(content['name']),
    type,
    status: stateOf(content),
    // The array itself is the parent of enclosures, and no part.
    native_parent_id: type === 'enclosure' ? undefined : reference(content['parent']),
    location: label(content['name']),
    vendor: text(content['manufacturer']),
    model: text(content['model']),
    serial_number: text(content['emcSerialNumber']) ?? text(content['vendorSerialNumber']),
    part_number: text(content['emcPartNumber']) ?? text(content['vendorPartNumber']),
    firmware: text(content['firmwareVersion']),
    // Those of an enclosure that measures nothing are 0.
    temperature: positive(content['currentTemperature']),
    power: positive(content['currentPower']),
  });
}

function stateOf(content: Foreign): Component['status'] {
  const isGone = reasonsOf(content).some((reason) => GONE.test(reason));
  if (isGone || flag(content['isInserted']) === false) return 'missing';
  const state = lookup(STATES, healthOf(content));
  const isDue = flag(content['needsReplacement']) === true;
  return isDue && (state === 'ok' || state === undefined) ? 'predicted_failure' : state;
}
