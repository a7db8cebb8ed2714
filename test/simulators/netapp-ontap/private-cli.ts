/** `/api/private/cli`: what other clients read beside the documented API, as far as they need it. */
import type { Cluster, Json } from './types.ts';

/** Command -> the documented collection, and its fields by the names of the command line. */
const COMMANDS: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>> = {
  lun: [
    '/api/storage/luns',
    { lun: 'name', path: 'name', uuid: 'uuid', volume: 'location.volume.name', vserver: 'svm.name', node: 'location.node.name', state: 'status.state', size: 'space.size', size_used: 'space.used' },
  ],
  volume: [
    '/api/storage/volumes',
    { volume: 'name', vserver: 'svm.name', instance_uuid: 'uuid', state: 'state', type: 'type', volume_style_extended: 'style', size: 'space.size', total: 'space.size', used: 'space.used', available: 'space.available', snapshot_count: 'snapshot_count', size_used_by_snapshots: 'space.snapshot.used', logical_used: 'space.logical_space.used' },
  ],
  node: ['/api/cluster/nodes', { node: 'name' }],
}; // prettier-ignore

export function privateCli(array: Cluster, path: string): readonly Json[] | undefined {
  const command = /^\/api\/private\/cli\/(\w+)$/.exec(path)?.[1];
  const found = command === undefined ? undefined : COMMANDS[command];
  if (!found) return undefined;
  const [collection, fields] = found;
  return (array.collections[collection] ?? [])
    .filter(({ truth }) => truth !== undefined)
    .map(({ record }) =>
      Object.fromEntries(
        Object.entries(fields).map(([name, field]) => [name, valueAt(record, field)]),
      ),
    );
}

export function valueAt(record: Json, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Json | undefined)?.[name], record);
}
