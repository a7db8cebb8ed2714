/** Parts, wear, copies and addresses, with values as IBM's command line prints them. */
import { describe, expect, it } from 'vitest';
import { consoleOf } from '../../drivers/ibm-storwize_svc/inventory.ts';
import { openScripted } from './ibm-storwize_svc.script.ts';

const SYSTEM =
  'id:00000200A1207E1F\nname:svc\ntime_zone:246 Asia/Shanghai\nconsole_IP:192.0.2.7:443\nused_capacity_before_reduction:600\nused_capacity_after_reduction:240\n';

describe('what is in the enclosures', () => {
  const SCRIPT = {
    'lsenclosure -delim !':
      'id!status!type!managed!product_MTM!serial_number!total_PSUs\n1!online!control!yes!2076-24F!78N16G4!2\n2!degraded!expansion!yes!2076-24E!78N16G9!2\n',
    'lsenclosurestats -delim !':
      'enclosure_id!stat_name!stat_current!stat_peak!stat_peak_time\n1!power_w!332!333!221126132328\n1!temp_c!24!25!221126132328\n2!temp_c!61!61!221126132328\n2!temp_f!142!142!221126132328\n',
    'lsenclosurecanister -delim !':
      'enclosure_id!canister_id!status!type!node_id\n1!1!online!node!1\n',
    'lsenclosurepsu -delim !':
      'enclosure_id!PSU_id!status!input_power\n1!1!online!ac\n1!2!offline!\n',
    'lsenclosurefanmodule -delim !':
      'enclosure_id!fan_module_id!status!error_sequence_number!FRU_part_number!FRU_identity\n2!1!offline!120!31P1847!11S31P1847YM10BG47P0R1\n',
    'lsenclosurebattery -delim !':
      'enclosure_id!battery_id!status!charging_status!recondition_needed!percent_charged!end_of_life_warning\n1!1!online!idle!no!100!no\n1!2!online!charging!no!37!yes\n',
  };

  it('a failed fan, a hot enclosure, a battery at its end and a supply without power', async () => {
    await using opened = openScripted(SCRIPT);
    const found = (await opened.session.listComponents?.(opened.signal)) ?? [];
    const one = (id: string) => found.find((part) => part.native_component_id === id);
    expect(one('enclosure_2_fan_module_1')).toEqual({
      native_component_id: 'enclosure_2_fan_module_1',
      name: 'enclosure 2 fan module 1',
      type: 'fan',
      status: 'failed',
      native_parent_id: 'enclosure_2',
      location: 'enclosure 2',
      part_number: '31P1847',
      serial_number: '11S31P1847YM10BG47P0R1',
    });
    expect(one('enclosure_2')).toMatchObject({ status: 'degraded', temperature: 61 });
    expect(one('enclosure_1')).toMatchObject({ status: 'ok', temperature: 24, power: 332 });
    expect(one('enclosure_1_battery_2')).toMatchObject({
      status: 'predicted_failure',
      charge_ratio: 0.37,
    });
    expect(one('enclosure_1_PSU_2')).toMatchObject({ type: 'power_supply', status: 'failed' });
    expect(found).toHaveLength(8);
    expect(opened.logged).toEqual([]);
  });

  it('one kind that cannot be read costs that kind, told', async () => {
    await using opened = openScripted({
      ...SCRIPT,
      'lsenclosurepsu -delim !': 'CMMVC6010E The command failed.\n',
    });
    const found = (await opened.session.listComponents?.(opened.signal)) ?? [];
    expect(found).toHaveLength(6);
    expect(opened.logged.join()).toContain('CMMVC6010E');
  });

  it('nothing is asked of enclosures where there are none', async () => {
    await using opened = openScripted({
      'lsenclosure -delim !': '',
      'lsnodebattery -delim !':
        'node_id!node_name!battery_id!status!charging_status!recondition_needed!percent_charged!end_of_life_warning\n2!n2!1!degraded!charging!yes!12!no\n',
    });
    expect(await opened.session.listComponents?.(opened.signal)).toEqual([
      {
        native_component_id: 'node_2_battery_1',
        name: 'node n2 battery 1',
        type: 'battery',
        status: 'degraded',
        native_parent_id: '2',
        location: 'node n2',
        charge_ratio: 0.12,
      },
    ]);
    expect(opened.commands.filter((command) => command.startsWith('lsenclosurepsu'))).toEqual([]);
  });

  it('a battery of which no node is told is a part all the same', async () => {
    await using opened = openScripted({
      'lsenclosure -delim !': '',
      'lsnodebattery -delim !':
        'battery_slot!FRU_part_number!status!percent_charged!end_of_life_warning\n1!00RS123!online!99!no\n',
    });
    expect(await opened.session.listComponents?.(opened.signal)).toEqual([
      {
        native_component_id: 'battery_1',
        name: 'battery 1',
        type: 'battery',
        status: 'ok',
        part_number: '00RS123',
        charge_ratio: 0.99,
      },
    ]);
  });

  it('a drive that has written more than it is made for has nothing left', async () => {
    const drive = (id: number, used: string) =>
      `id:${id}\nstatus:online\nuse:member\nwrite_endurance_used:${used}\n`;
    await using opened = openScripted({
      'lsmdisk -bytes -delim !': 'id!name!status\n0!m0!online\n',
      'lsmdisk -bytes -delim : 0': 'id:0\nname:m0\nstatus:online\n',
      'lsdrive -bytes -delim !': 'id!status\n0!online\n1!online\n2!online\n',
      'lsdrive -bytes -delim : 0': drive(0, '97'),
      'lsdrive -bytes -delim : 1': drive(1, '103'),
      'lsdrive -bytes -delim : 2': drive(2, ''),
    });
    const disks = (await opened.session.listDisks?.(opened.signal)) ?? [];
    expect(disks.slice(1).map((disk) => disk.endurance_remaining)).toEqual([0.03, 0, undefined]);
  });
});

describe('copies', () => {
  const TITLES =
    'id!name!master_cluster_id!master_cluster_name!master_vdisk_id!master_vdisk_name!aux_cluster_id!aux_cluster_name!aux_vdisk_id!aux_vdisk_name!primary!state!progress!copy_type!freeze_time';
  const script = (...rows: readonly string[]) => ({
    'lsrcrelationship -delim !': `${TITLES}\n${rows.join('\n')}\n`,
    'lssystem -bytes -delim :': SYSTEM,
  });
  const OWN = '00000200A1207E1F';

  it('a stalled one is suspended; its age is that of the last consistent copy, by the array’s zone', async () => {
    await using opened = openScripted(
      script(
        `5!rc!${OWN}!svc!11!a!0000020321A06C9C!dr!12!b!master!consistent_stopped!!global!2026/03/01/08/00/00`,
      ),
      undefined,
      { now: () => Date.UTC(2026, 2, 1, 1, 30) },
    );
    expect(await opened.session.listReplications?.(opened.signal)).toEqual([
      {
        native_replication_id: 'rc_5',
        name: 'rc',
        type: 'async',
        role: 'source',
        status: 'suspended',
        native_volume_id: '11',
        remote_system: 'dr',
        remote_resource: 'b',
        lag: 90 * 60_000,
      },
    ]);
  });

  it.each([
    ['consistent_disconnected', 'aux', 'source', 'failed'],
    ['inconsistent_copying', 'master', 'target', 'syncing'],
    ['idling', '', 'unknown', 'suspended'],
    ['consistent_synchronized', 'aux', 'source', 'normal'],
  ])('%s with the primary "%s": this side is %s, %s', async (state, primary, role, status) => {
    await using opened = openScripted(
      script(`6!rc!0000020321A06C9C!dr!12!b!${OWN}!svc!11!a!${primary}!${state}!42!metro!`),
    );
    expect(await opened.session.listReplications?.(opened.signal)).toMatchObject([
      { role, status, type: 'sync', native_volume_id: '11', remote_system: 'dr', progress: 0.42 },
    ]);
  });

  it('both sides of an active-active copy are here', async () => {
    await using opened = openScripted(
      script(`7!hs!${OWN}!svc!1!a!${OWN}!svc!2!b!master!consistent_synchronized!!activeactive!`),
    );
    expect(await opened.session.listReplications?.(opened.signal)).toEqual([
      {
        native_replication_id: 'rc_7',
        name: 'hs',
        type: 'active_active',
        role: 'both',
        status: 'normal',
        native_volume_id: '1',
        remote_resource: 'b',
      },
    ]);
  });
});

it('the reduction of the system is what was written by what is stored', async () => {
  await using opened = openScripted({ 'lssystem -bytes -delim :': SYSTEM });
  expect(await opened.session.getStorage(opened.signal)).toMatchObject({ data_reduction: 2.5 });
});

it.each([
  ['192.0.2.7:443', 'https://192.0.2.7/'],
  ['192.0.2.7:8443', 'https://192.0.2.7:8443/'],
  ['[2001:db8::7]:443', 'https://[2001:db8::7]/'],
  ['', 'https://svc.example/'],
  ['0.0.0.0:443', 'https://svc.example/'],
  ['javascript:alert(1)', 'https://svc.example/'],
])('console_IP "%s" is the console %s', (written, url) => {
  expect(consoleOf({ console_IP: written }, 'svc.example')).toBe(url);
});
