/** The `fields` of a query: which names exist, and what is shown of a record. */
import type { Json } from './types.ts';

/** Fields that cost the array more: shown only where they are named. */
const COSTLY: Readonly<Record<string, readonly string[]>> = {
  '/api/storage/volumes': [
    'efficiency', 'error_state', 'guarantee', 'nas.path', 'nas.security_style', 'snaplock',
    'is_svm_root', 'space.snapshot', 'space.logical_space',
  ],
  '/api/storage/aggregates': ['space.footprint', 'space.total_provisioned_space'],
  '/api/storage/luns': ['space.efficiency_ratio', 'space.snapshot', 'status.mapped'],
  '/api/storage/namespaces': ['space.efficiency_ratio', 'space.snapshot', 'status.mapped'],
  '/api/protocols/san/igroups': [
    'connectivity_tracking', 'initiators.connectivity_tracking', 'igroups',
  ],
  '/api/protocols/nvme/subsystems': ['hosts'],
  '/api/cluster/nodes': ['controller.frus'],
  '/api/application/consistency-groups': ['volumes', 'luns', 'namespaces'],
  '/api/svm/svms': ['nfs.enabled'],
  '/api/network/fc/ports': ['fabric.name'],
}; // prettier-ignore
const EVERYWHERE = ['metric', 'statistics'];

/** Shown whatever is asked for. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  '/api/storage/qtrees': ['volume', 'id'],
  '/api/storage/quota/reports': ['volume', 'index', 'svm'],
  '/api/protocols/cifs/shares': ['svm'],
  '/api/cluster/sensors': ['node', 'index'],
  '/api/storage/shelves': ['uid'],
  '/api/protocols/san/lun-maps': ['lun', 'igroup'],
  '/api/protocols/nvme/subsystem-maps': ['subsystem', 'namespace'],
  '/api/network/fc/logins': ['interface', 'initiator'],
  '/api/protocols/san/iscsi/sessions': ['svm', 'target_portal_group', 'tsih'],
  '/api/support/ems/events': ['node', 'index', 'message'],
  '/api/support/snmp/traphosts': ['host'],
};

/** Every name of a field that one of the records has, of lists those of their elements. */
export function namesOf(records: readonly Json[]): Set<string> {
  const names = new Set(['*', '**', ...EVERYWHERE]);
  const add = (value: unknown, above: string): void => {
    if (Array.isArray(value)) for (const one of value) add(one, above);
    else if (isObject(value)) {
      for (const [name, child] of Object.entries(value)) {
        const path = above === '' ? name : `${above}.${name}`;
        names.add(path);
        add(child, path);
      }
    }
  };
  for (const record of records) add(record, '');
  return names;
}

export function isNamed(names: ReadonlySet<string>, field: string): boolean {
  return names.has(field) || /^(?:metric|statistics)\./.test(field);
}

/** Names of fields, nested; `all`: with everything below. */
interface Tree {
  all: boolean;
  readonly below: Map<string, Tree>;
}

const tree = (): Tree => ({ all: false, below: new Map() });

function treeOf(paths: readonly string[]): Tree {
  const root = tree();
  for (const path of paths) {
    let at = root;
    for (const name of path.split('.')) {
      const next = at.below.get(name) ?? tree();
      at.below.set(name, next);
      at = next;
    }
    at.all = true;
  }
  return root;
}

/** What is shown of the records of a collection to who asks for these fields. */
export function selection(path: string, asked: readonly string[]): (record: Json) => Json {
  const costly = [...(COSTLY[path] ?? []), ...EVERYWHERE];
  const hidden = costly.filter(
    (one) => !asked.some((field) => field === '**' || field === one || field.startsWith(`${one}.`)),
  );
  const wanted = treeOf(['uuid', 'name', ...(KEYS[path] ?? []), ...asked]);
  wanted.all = asked.includes('*') || asked.includes('**');
  const not = treeOf(hidden);
  return (record) => project(record, wanted, not) as Json;
}

function project(value: unknown, wanted: Tree, hidden: Tree | undefined): unknown {
  if (Array.isArray(value)) return value.map((one) => project(one, wanted, hidden));
  if (!isObject(value)) return value;
  const shown: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value)) {
    const below = wanted.all ? wanted : wanted.below.get(name);
    const not = hidden?.below.get(name);
    if (below && !not?.all) shown[name] = project(child, below, not);
  }
  return shown;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !('rawJSON' in value)
  );
}
