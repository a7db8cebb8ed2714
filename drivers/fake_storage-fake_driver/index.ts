/** A made-up array: deterministic from a seed, every resource type, failures on demand. */
import { allBut, defineDriver, Type } from 'delfin-agent/driver';
import { alertsAt, parseFakeTrap } from './alerts.ts';
import { connect } from './client.ts';
import { components, replications } from './hardware.ts';
import { capabilitiesOf, samples } from './metrics.ts';
import { FakeOptions, optionsOf } from './options.ts';
import { createArray } from './records.ts';

export default defineDriver({
  vendor: 'fake_storage',
  model: 'fake_driver',
  title: 'Made-up array for trials, demos and tests',
  access: Type.Object({ fake: Type.Optional(FakeOptions) }),
  methods: allBut('addTrapConfig', 'removeTrapConfig', 'getLatestPerfTimestamp'),
  capabilities: () => capabilitiesOf(optionsOf(undefined)),
  parseAlert: parseFakeTrap,

  async open(access, context) {
    const options = optionsOf(access.fake);
    const array = createArray(options);
    const client = await connect(options, context);
    const cleared = new Set<string>();
    const read = <T>(list: string, value: () => T | Promise<T>) => client.read(list, value);
    return {
      getStorage: () => read('storage', () => array.storage()),
      listStoragePools: () => read('storage_pools', () => array.pools()),
      listVolumes: () => read('volumes', () => array.volumesInTurns(context.now())),
      listControllers: () => read('controllers', () => array.controllers()),
      listPorts: () => read('ports', () => array.ports()),
      listDisks: () => read('disks', () => array.disks()),
      listFilesystems: () => read('filesystems', () => array.filesystems()),
      listQtrees: () => read('qtrees', () => array.qtrees()),
      listQuotas: () => read('quotas', () => array.quotas()),
      listShares: () => read('shares', () => array.shares()),
      listStorageHosts: () => read('storage_hosts', () => array.hosts()),
      listStorageHostInitiators: () => read('storage_host_initiators', () => array.initiators()),
      listStorageHostGroups: () => read('storage_host_groups', () => array.hostGroups()),
      listPortGroups: () => read('port_groups', () => array.portGroups()),
      listVolumeGroups: () => read('volume_groups', () => array.volumeGroups(context.now())),
      listMaskingViews: () => read('masking_views', () => array.maskingViews(context.now())),
      listComponents: () => read('components', () => components(options)),
      listReplications: () => read('replications', () => replications(options)),
      listAlertSources: () => read('alert_sources', () => options.alert_sources),
      getAccessUrl: () => read('access_url', () => `https://fake-${options.seed}.example/`),
      listAlerts: (query) =>
        read('alerts', () =>
          alertsAt(options, context.now(), query).filter(
            (alert) => !cleared.has(alert.sequence_number ?? ''),
          ),
        ),
      clearAlert: async (sequenceNumber) => void cleared.add(sequenceNumber),
      getCapabilities: async () => capabilitiesOf(options),
      async *collectPerfMetrics(resourceMetrics, startTime, endTime) {
        yield* await read('performance', () =>
          samples({ options, array, context, resourceMetrics, startTime, endTime }),
        );
      },
      close: () => client.close(),
    };
  },
});
