/**
 * The sample of the driver developer guide: dummy values for every resource, as in SODA Delfin's
 * guide. It is loaded as a third-party module: `drivers: ["./docs/sample-driver.ts"]`.
 */
import { defineDriver, measures, Type, type PerfMetric } from 'delfin-agent/driver';

const indices = [0, 1, 2];

export default defineDriver({
  vendor: 'sample_vendor',
  model: 'sample_model',
  title: 'Sample arrays',
  access: Type.Object({}),
  capabilities: () => ({
    is_historic: false,
    resource_metrics: { storage: measures({ throughput: 'MB/s' }) },
  }),

  parseAlert: (trap) => ({
    alert_id: trap.trap_oid,
    severity: 'Major',
    category: 'Fault',
    occur_time: trap.received_at,
    match_key: trap.trap_oid,
  }),

  async open(_access, context) {
    return {
      getStorage: async () => ({
        name: 'sample',
        description: 'sample',
        vendor: 'sample_vendor',
        model: 'sample_model',
        status: 'normal',
        serial_number: '123',
        firmware_version: '1.0.0',
        location: 'HK',
        total_capacity: 123,
        used_capacity: 0,
        free_capacity: 123,
        raw_capacity: 123,
        subscribed_capacity: 123,
      }),
      listStoragePools: async () =>
        indices.map((index) => ({
          native_storage_pool_id: `sample_original_id_${index}`,
          name: `sample_pool_${index}`,
          description: 'Sample Pool',
          status: 'normal',
          total_capacity: 123,
          used_capacity: 0,
          free_capacity: 123,
        })),
      listVolumes: async () =>
        indices.map((index) => ({
          native_volume_id: `sample_original_id_${index}`,
          name: `sample_vol_${index}`,
          description: 'Sample Volume',
          status: 'available',
          native_storage_pool_id: `sample_original_id_${index}`,
          wwn: `fake_wwn_${index}`,
          total_capacity: 12,
          used_capacity: 2,
          free_capacity: 10,
        })),
      listControllers: async () =>
        indices.map((index) => ({
          native_controller_id: `sample_original_id_${index}`,
          name: `sample_ctrl_${index}`,
          status: 'normal',
          location: 'rack-10',
          soft_version: 'v1.0.0',
          cpu_info: 'Intel Xenon',
          memory_size: 10_000_000,
        })),
      listPorts: async () =>
        indices.map((index) => ({
          native_port_id: `sample_original_id_${index}`,
          name: `sample_port_${index}`,
          type: 'fc',
          health_status: 'normal',
          speed: 1_000,
          max_speed: 10_000,
          wwn: 'wwn12345',
        })),
      listDisks: async () =>
        indices.map((index) => ({
          native_disk_id: `sample_original_id_${index}`,
          name: `sample_disk_${index}`,
          status: 'normal',
          serial_number: 'serial-123',
          manufacturer: 'Seagate',
          model: 'Model-SSD',
          location: 'cage-10',
          capacity: 1_000_000,
          speed: 20_000,
          health_score: 98,
        })),
      listQuotas: async () =>
        indices.map((index) => ({
          native_quota_id: `sample_original_id_${index}`,
          native_qtree_id: `sample_original_id_${index}`,
          type: 'tree',
          capacity_hard_limit: 9_000_000,
          capacity_soft_limit: 7_500_000,
          used_capacity: 1_000_000,
          file_hard_limit: 900_000,
          file_soft_limit: 750_000,
          file_count: 200_000,
        })),
      listFilesystems: async () =>
        indices.map((index) => ({
          native_filesystem_id: `sample_original_id_${index}`,
          name: `sample_fs_${index}`,
          native_pool_id: `sample_original_id_${index}`,
          status: 'normal',
          worm: 'non_worm',
          total_capacity: 12,
          used_capacity: 2,
          free_capacity: 10,
        })),
      listQtrees: async () =>
        indices.map((index) => ({
          native_qtree_id: `sample_original_id_${index}`,
          name: `sample_qtree_${index}`,
          native_filesystem_id: `sample_original_id_${index}`,
          security_mode: 'ntfs',
          path: '\\opt\\path',
        })),
      listShares: async () =>
        indices.map((index) => ({
          native_share_id: `sample_original_id_${index}`,
          name: `sample_share_${index}`,
          native_filesystem_id: `sample_original_id_${index}`,
          native_qtree_id: `sample_original_id_${index}`,
          protocol: 'cifs',
          path: '\\opt\\share_path',
        })),
      listAlerts: async () => [],
      collectPerfMetrics: async (resourceMetrics): Promise<readonly PerfMetric[]> => {
        const unit = resourceMetrics.storage?.throughput?.unit;
        if (!unit) return [];
        const labels = {
          storage_id: context.storageId,
          resource_type: 'storage',
          resource_id: context.storageId,
          resource_name: 'sample',
          type: 'RAW',
          unit,
        } as const;
        return [{ name: 'throughput', labels, values: { [context.now()]: 75.637 } }];
      },
      close: async () => {},
    };
  },
});
