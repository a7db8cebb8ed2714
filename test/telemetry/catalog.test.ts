import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRIC_NAMES, UNITS } from 'delfin-agent/driver';
import { CATALOG, labelsOf } from '../../src/telemetry/catalog.ts';
import { SELF } from '../../src/telemetry/self.ts';
import { baseUnit, toBase } from '../../src/telemetry/units.ts';
import { GO } from '../kit/collector.ts';
import { runProgram } from '../kit/programs.ts';

describe('the catalog', () => {
  it('has every name once', () => {
    for (const key of ['name', 'instrument'] as const) {
      const names = CATALOG.map((family) => family[key]);
      expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    }
    expect(CATALOG.map(({ index }) => index)).toEqual(CATALOG.map((_, at) => at));
  });

  it('calls the metrics what dashboards of the project call them', () => {
    const names = new Set(CATALOG.map(({ name }) => name));
    const expected = `
      storage_system_up storage_system_info storage_volume_info storage_volume_group_member_info
      storage_volume_read_operations_per_second storage_volume_throughput_bytes_per_second
      storage_volume_latency_seconds storage_port_write_io_size_bytes storage_pool_cache_hit_ratio
      storage_system_read_cache_hit_ratio storage_controller_cpu_utilization_ratio
      storage_pool_capacity_subscribed_bytes storage_system_capacity_raw_bytes storage_disk_capacity_bytes
      storage_quota_capacity_hard_limit_bytes storage_quota_file_soft_limit storage_controller_cpus
      storage_controller_memory_size_bytes storage_disk_rotation_speed_rpm storage_disk_health_score
      storage_port_speed_bytes_per_second storage_port_max_speed_bytes_per_second storage_port_status
      storage_port_connection_status storage_initiator_status storage_alert_active
      storage_alert_received_total storage_system_performance_sample_timestamp_seconds
      storage_system_inventory_sample_timestamp_seconds delfin_build_info delfin_collection_runs_total
      delfin_collection_errors_total delfin_collection_last_duration_seconds
      delfin_collection_last_success_timestamp_seconds delfin_trap_received_total
      delfin_trap_dropped_total delfin_series_active delfin_series_dropped_total
      delfin_otlp_export_errors_total delfin_config_last_reload_successful`.match(/\w+/g);
    expect(expected?.filter((name) => !names.has(name))).toEqual([]);
  });

  it("names the agent's own metrics as their table does", () => {
    const names = CATALOG.filter(({ group }) => group === 'self').map(({ name }) => name);
    expect(names).toEqual(Object.keys(SELF));
  });

  it('has labels that are valid, unique and namespaced', () => {
    for (const family of CATALOG) {
      const labels = labelsOf(family);
      expect(new Set(labels).size, family.name).toBe(labels.length);
      for (const label of labels)
        expect(label, family.name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/);
    }
  });

  it.skipIf(!GO)(
    "gives every metric the name that Prometheus' own translator gives it",
    async () => {
      const input = CATALOG.map(({ instrument, unit, kind }) => ({
        Name: instrument,
        Unit: unit,
        Kind: kind,
      }));
      const cwd = join(import.meta.dirname, '../kit/translator');
      const { code, stdout, stderr } = await runProgram(GO ?? '', ['run', '.'], {
        input: JSON.stringify(input),
        cwd,
      });
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toEqual(CATALOG.map(({ name }) => name));
    },
    300_000,
  );
});

describe('units', () => {
  it('converts powers of two and of ten apart, exactly', () => {
    expect([
      toBase('MiB/s', 1), toBase('MB/s', 1), toBase('KiB/s', 1), toBase('KB/s', 1), toBase('B/s', 1),
      toBase('KiB', 4), toBase('KB', 4), toBase('ms', 0.742), toBase('us', 3), toBase('s', 2),
      toBase('%', 85), toBase('1', 0.5), toBase('IOPS', 7), toBase('B', 9),
    ]).toEqual([
      1_048_576, 1_000_000, 1_024, 1_000, 1, 4_096, 4_000, 0.000742, 0.000003, 2, 0.85, 0.5, 7, 9,
    ]); // prettier-ignore
    expect(UNITS.every((unit) => Number.isFinite(toBase(unit, 1)))).toBe(true);
  });

  it('knows the base unit of every measure', () => {
    expect(METRIC_NAMES.map(baseUnit)).toEqual([
      ...Array.from({ length: 3 }, () => '{operation}/s'),
      ...Array.from({ length: 3 }, () => 'By/s'),
      ...Array.from({ length: 3 }, () => 's'),
      ...Array.from({ length: 3 }, () => 'By'),
      ...Array.from({ length: 4 }, () => '1'),
    ]);
  });
});
