/** The simulated cluster in the seed's terms. */
import type { Scenario, Truth, TruthRecord } from '../../kit/simulator.ts';
import { samples } from './history.ts';
import { leave, sparseTruth } from './sparse.ts';
import type { Cluster } from './types.ts';

/** What performance of the whole array is labelled with in the tests. */
const SYSTEM = 'array-under-test';

export function truthOf(array: Cluster, scenario: Scenario, clock: () => number): Truth {
  const { collections, groups } = array;
  const isUnlicensed = scenario === 'unlicensed';
  const of = (path: string): TruthRecord[] =>
    (collections[path] ?? []).flatMap(({ truth }) =>
      truth ? [sparseTruth(scenario, path, truth)] : [],
    );
  const has = (path: string) => collections[path] !== undefined;
  const list = (path: string) => (has(path) ? of(path) : undefined);
  const pools = has('/api/storage/aggregates')
    ? of('/api/storage/aggregates')
    : of('/api/storage/availability-zones');
  const cifs = isUnlicensed ? [] : of('/api/protocols/cifs/shares');
  // A qtree without its path is not found by it.
  const shares = scenario === 'sparse' ? cifs.map((one) => leave(one, ['native_qtree_id'])) : cifs;
  const replications = of('/api/snapmirror/relationships');
  const isFiler = has('/api/storage/volumes');
  return {
    storage: sparseTruth(scenario, '/api/cluster', array.storage),
    lists: withoutUndefined({
      listStoragePools: pools,
      listVolumes: [...of('/api/storage/luns'), ...of('/api/storage/namespaces')],
      listControllers: of('/api/cluster/nodes'),
      listPorts: [
        ...of('/api/network/fc/ports'),
        ...of('/api/network/ethernet/ports'),
        ...of('/api/network/ip/interfaces'),
        ...of('/api/network/fc/interfaces'),
      ],
      listDisks: of('/api/storage/disks'),
      listFilesystems: list('/api/storage/volumes'),
      listQtrees: list('/api/storage/qtrees'),
      listQuotas: isUnlicensed ? undefined : list('/api/storage/quota/reports'),
      listShares: isFiler ? [...shares, ...array.exports] : undefined,
      listStorageHosts: [
        ...of('/api/protocols/san/igroups'),
        ...of('/api/protocols/nvme/subsystems'),
      ],
      listStorageHostInitiators: array.initiators,
      listStorageHostGroups: {
        ...groups.hosts,
        storage_host_groups: (groups.hosts['storage_host_groups'] ?? []).map((one) =>
          sparseTruth(scenario, '/api/protocols/san/igroups', one),
        ),
      },
      listVolumeGroups: has('/api/application/consistency-groups') ? groups.volumes : undefined,
      listPortGroups: has('/api/protocols/san/portsets') ? groups.ports : undefined,
      listMaskingViews: [
        ...of('/api/protocols/san/lun-maps'),
        ...of('/api/protocols/nvme/subsystem-maps'),
      ],
      listComponents: array.components,
      listReplications: isUnlicensed
        ? undefined
        : isFiler
          ? replications
          : replications.map((one) => leave(one, ['native_filesystem_id'])),
    }),
    alerts: array.alerts,
    samples: (start, end) =>
      scenario === 'sparse'
        ? []
        : samples(array.loads, { start, end: Math.min(end, clock()) }, SYSTEM),
  };
}

function withoutUndefined<T extends object>(lists: {
  readonly [K in keyof T]: T[K] | undefined;
}): T {
  return Object.fromEntries(
    Object.entries(lists).filter(([, value]) => value !== undefined),
  ) as unknown as T;
}
