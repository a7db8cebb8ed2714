/**
 * docs/semconv/registry.yaml: the catalog as a registry of semantic conventions (definition/2), for
 * OpenTelemetry Weaver and whatever reads its format.
 */
import type { TObject } from 'typebox';
import { stringify } from 'yaml';
import { LISTS } from '../src/backend/lists.ts';
import { AlertSchema } from '../src/driver/alerts.ts';
import { StorageSchema } from '../src/driver/records.ts';
import { CATALOG, identityAttributes, type Family } from '../src/telemetry/catalog.ts';
import { snakeCase } from '../src/telemetry/logs/snake-case.ts';
import { INFOS, STATUSES } from '../src/telemetry/tables.ts';

/** What of a field's schema is told. */
interface Property {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
}

type Properties = Readonly<Record<string, Property>>;

interface Attribute {
  readonly brief: string;
  readonly type?: 'string' | 'int' | 'boolean' | 'any';
  readonly values?: readonly string[];
}

/** Metrics and attributes that OpenTelemetry defines: they are named, not defined again. */
const isForeign = (name: string) => !/^(storage|delfin|snmp)\./.test(name);

const SCHEMAS: ReadonlyMap<string, TObject> = new Map<string, TObject>([
  ['storage', StorageSchema],
  ...LISTS.flatMap(({ parts }) => parts.map(({ name, schema }) => [name, schema] as const)),
]);

/** Attributes that are no field of a record. */
const OTHERS: Readonly<Record<string, Attribute>> = {
  'storage.system.name': { brief: 'Name of the array in the configuration of the agent' },
  'storage.state': { brief: 'State that the series is about; the metric has the states' },
  'storage.pool.name': { brief: 'Name of the pool' },
  'storage.quota.subject': { brief: 'User, group or tree that the quota is for' },
  'storage.alert.state': {
    brief: 'What became of the alert',
    values: ['raised', 'updated', 'cleared', 'event'],
  },
  'storage.alert.source': { brief: 'How the agent learned of it', values: ['trap', 'poll'] },
  'storage.alert.clear_type': { brief: 'How the alert ends', values: ['automatic', 'manual'] },
  'delfin.collection.kind': {
    brief: 'What is collected',
    values: ['inventory', 'performance', 'alerts'],
  },
  'delfin.reason': { brief: 'Why it was dropped; docs/operations.md has the reasons' },
  'delfin.signal': { brief: 'Signal that is exported', values: ['metrics', 'logs'] },
  'delfin.parse_error': { brief: 'Why a trap is no alert' },
  'snmp.version': { brief: 'Version of SNMP', values: ['v1', 'v2c', 'v3'] },
  'snmp.pdu.type': { brief: 'Kind of the notification' },
  'snmp.trap.oid': { brief: 'Object identifier of the trap, as SNMPv2 writes it' },
  'snmp.trap.name': { brief: 'Name of a standard trap' },
  'snmp.trap.agent_address': { brief: 'Address that the trap names as its sender' },
  'snmp.trap.enterprise': { brief: 'Enterprise of an SNMPv1 trap' },
  'snmp.engine.id': { brief: 'Engine of the sender, hexadecimal' },
  'snmp.varbinds': { brief: 'Variable bindings: oid, type, value', type: 'any' },
};

const ALERT_FIELDS = [
  'state', 'id', 'name', 'sequence_number', 'match_key', 'severity', 'category', 'type',
  'resource_type', 'location', 'recovery_advice', 'clear_type', 'source',
] as const; // prettier-ignore

const TRAP_ATTRIBUTES = [
  'snmp.version', 'snmp.pdu.type', 'snmp.trap.oid', 'snmp.trap.name', 'snmp.trap.agent_address',
  'snmp.trap.enterprise', 'snmp.engine.id', 'snmp.varbinds', 'network.peer.address',
  'network.peer.port', 'network.transport',
] as const; // prettier-ignore

const ENTITY_ATTRIBUTES = ['entity.type', 'entity.id'] as const;

/** Event -> its attributes. */
const EVENTS = {
  'storage.alert': {
    brief: 'An alert of an array began, changed or ended.',
    attributes: [
      ...ALERT_FIELDS.map((field) => `storage.alert.${field}`),
      ...TRAP_ATTRIBUTES,
      'log.record.uid',
    ],
  },
  'snmp.trap': {
    brief: 'A notification that no driver made an alert of.',
    attributes: ['delfin.parse_error', ...TRAP_ATTRIBUTES, 'log.record.uid'],
  },
  'entity.state': {
    brief: 'An object of an array was found or changed, or an hour has passed.',
    attributes: [
      ...ENTITY_ATTRIBUTES,
      'entity.description',
      'entity.relationships',
      'entity.report.interval',
    ],
  },
  'entity.delete': {
    brief: 'An object is gone from its array.',
    attributes: ENTITY_ATTRIBUTES,
  },
} as const;

export function semconvRegistry(): string {
  const metrics = CATALOG.filter(({ instrument }) => !isForeign(instrument));
  const used = new Set([
    ...metrics.flatMap(({ attributes }) => attributes),
    ...Object.values(EVENTS).flatMap(({ attributes }): readonly string[] => attributes),
  ]);
  const own = [...used].filter((key) => !isForeign(key)).sort();
  const known = attributesOfRecords();
  return stringify(
    {
      file_format: 'definition/2',
      imports: {
        metrics: CATALOG.map(({ instrument }) => instrument).filter(isForeign),
      },
      attributes: own.map((key) => toAttribute(key, OTHERS[key] ?? known.get(key))),
      entities: INFOS.filter(({ word }) => word !== 'masking_view').map(toEntity),
      metrics: metrics.map(toMetric),
      events: Object.entries(EVENTS).map(([name, { brief, attributes }]) => ({
        name,
        brief,
        stability: 'development',
        attributes: attributes.map((ref) => ({ ref, requirement_level: 'recommended' })),
      })),
    },
    { lineWidth: 0 },
  );
}

/** Attributes that are fields of records, with what their schemas say. */
function attributesOfRecords(): ReadonlyMap<string, Attribute> {
  const known = new Map<string, Attribute>();
  for (const { word, list, id, extra } of INFOS) {
    const properties = (SCHEMAS.get(list)?.properties ?? {}) as Properties;
    const fields = [
      ...extra,
      { field: id ?? '', attribute: `storage.${word}.id` },
      { field: 'name', attribute: `storage.${word}.name` },
      { field: 'type', attribute: `storage.${word}.type` },
    ];
    for (const { field, attribute } of fields) {
      // A reference to another resource is told where that resource is.
      if (!attribute.startsWith(`storage.${word}.`) && known.has(attribute)) continue;
      const property = properties[field];
      if (property?.description) known.set(attribute, fromProperty(property));
    }
  }
  for (const field of ALERT_FIELDS) {
    const properties = AlertSchema.properties as Properties;
    const property = properties[field] ?? properties[`alert_${field}`];
    if (!property) continue;
    const { values, ...rest } = fromProperty(property);
    known.set(`storage.alert.${field}`, {
      ...rest,
      ...(values ? { values: values.map(snakeCase) } : {}),
    });
  }
  return known;
}

function fromProperty({ type, description = '', enum: values }: Property): Attribute {
  return {
    brief: description,
    type: type === 'boolean' ? 'boolean' : 'string',
    ...(values ? { values } : {}),
  };
}

/** @throws Error for an attribute that nothing is said of: a mistake of ours. */
function toAttribute(key: string, attribute: Attribute | undefined) {
  if (!attribute) throw new Error(`scripts/semconv.ts says nothing of ${key}`);
  const { brief, type = 'string', values } = attribute;
  return {
    key,
    type: values ? { members: values.map((id) => ({ id, stability: 'development' })) } : type,
    brief: `${brief}.`,
    stability: 'development',
  };
}

/** An object and the facts of its info metric: those that tell it from all others, and the rest. */
function toEntity({ word, extra }: (typeof INFOS)[number]) {
  const facts = extra.map(({ attribute }) => attribute);
  const [system = '', ...own] = identityAttributes(word);
  const identity = own.filter((key) => key.endsWith('.id'));
  const description = [...own.filter((key) => !identity.includes(key)), ...facts];
  return {
    type: `storage.${word}`,
    brief: `A ${word === 'system' ? 'storage array' : word.replaceAll('_', ' ')} as the array tells it.`,
    stability: 'development',
    identity: [system, ...identity].map((ref) => ({ ref })),
    ...(description.length > 0
      ? {
          description: description.map((ref) => ({ ref, requirement_level: 'recommended' })),
        }
      : {}),
  };
}

const STATES = new Map(STATUSES.map(({ instrument, states }) => [instrument, states]));

function toMetric({ instrument, unit, kind, help, attributes }: Family) {
  const states = STATES.get(instrument);
  return {
    name: instrument,
    instrument: kind === 'updown' ? 'updowncounter' : kind,
    unit,
    brief: help,
    ...(states ? { note: `States: ${states.join(', ')}.` } : {}),
    stability: 'development',
    attributes: attributes.map((ref) => ({
      ref,
      requirement_level: /\.(id|state|severity)$|^storage\.system\.name$/.test(ref)
        ? 'required'
        : 'recommended',
    })),
  };
}
