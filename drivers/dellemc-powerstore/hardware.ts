/** Pure: the parts of the hardware that have no list of their own. */
import {
  compact,
  identifier,
  lookup,
  number,
  text,
  withId,
  type Component,
  type Foreign,
} from 'delfin-agent/driver';
import { detailsOf, isDrive, isNode, lifecycleOf, placeOf } from './records.ts';
import { COMPONENT_STATES, COMPONENT_TYPES, EMPTY } from './states.ts';

/** Empty places are listed as parts, too. */
export function toComponents(hardware: readonly Foreign[]): Component[] {
  const present = hardware.filter((one) => one['lifecycle_state'] !== EMPTY);
  const ids = new Set(withId(present, (_one, id) => id));
  const parts = present.filter((one) => !isNode(one) && !isDrive(one));
  return withId(parts, (one, id) => toComponent(one, id, ids));
}

function toComponent(part: Foreign, id: string, ids: ReadonlySet<string>): Component {
  const details = detailsOf(part);
  const parent = identifier(part['parent_id']);
  return compact<Component>({
    native_component_id: id,
    name: identifier(part['name']),
    type: lookup(COMPONENT_TYPES, part['type']) ?? 'other',
    status: lookup(COMPONENT_STATES, lifecycleOf(part)),
    native_parent_id: parent !== undefined && ids.has(parent) ? parent : undefined,
    location: placeOf(part),
    model: text(details['model_name']),
    serial_number: text(part['serial_number']),
    part_number: text(part['part_number']),
    firmware: text(details['firmware_version']),
    fan_speed: number(details['rpm_reading']),
  });
}
