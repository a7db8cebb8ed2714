/** The commands of the InForm OS command line, and what they print. */
import type { ArrayModel, Port } from './data.ts';
import {
  showBatteries,
  showCages,
  showCageStates,
  showSensors,
  showSupplies,
  showWear,
  hasSensors,
} from './hardware.ts';
import { column, number, printPairs, printTable, wide } from './print.ts';
import { showRemoteCopy } from './remote-copy.ts';
import { showHosts, showSets, showVluns } from './shell-mapping.ts';
import { printReport } from './shell-reports.ts';

type Command = (model: ArrayModel, words: readonly string[]) => string;

/** By the command's words without its arguments; the longest match wins. */
const COMMANDS: Readonly<Record<string, Command>> = {
  showwsapi: () =>
    [
      '-Service- -State- -HTTP_State- HTTP_Port -HTTPS_State- HTTPS_Port -Version- -------------API_URL--------------',
      'Enabled   Active  Disabled          8008 Enabled             8080 1.6.3     https://192.0.2.5:8080/api/v1',
      '',
    ].join('\n'),
  'showsys -d': showSystem,
  'showversion -b': (model) =>
    `Release version ${model.version} (MU4)\nPatches:  P65,P72\n\nComponent Name                   Version\nCLI Server                       ${model.version} (MU4)\n`,
  checkhealth: (model) => checkHealth(model),
  'showalert -d': showAlerts,
  shownode: showNodes,
  'shownode -cpu': (model) => (model.sparse ? invalid('-cpu') : showCpus(model)),
  showeeprom: (model) => (model.sparse ? invalid('showeeprom') : showEeprom(model)),
  showpd: showDisks,
  'showpd -i': showInventory,
  'showpd -e': showWear,
  'shownode -ps': showSupplies,
  showbattery: (model) => (model.alletra ? 'No batteries listed\n' : showBatteries()),
  shownodeenv: (model) => (hasSensors(model) ? showSensors(model) : invalid('shownodeenv')),
  'showcage -d': showCages,
  'showcage -state': showCageStates,
  showrcopy: showRemoteCopy,
  showport: showPorts,
  'showport -i': (model) => (model.sparse ? invalid('-i') : showPortInventory(model)),
  'showport -par': showPortParameters,
  'showport -c': showPortConnections,
  'showport -iscsi': (model) => showNetwork(model, 'iscsi', ['IPAddr', 'Netmask/PrefixLen']),
  'showport -rcip': (model) => showNetwork(model, 'rcip', ['HwAddr', 'IPAddr', 'Netmask']),
  'showport -fs': (model) =>
    model.sparse ? invalid('-fs') : showNetwork(model, 'fs', ['IPAddr', 'Netmask']),
  'showport -fcoe': () => 'No FCoE ports\n',
  'showhost -d': showHosts,
  showhost: showHosts,
  'showhostset -d': (model) => showSets(model.hostSets),
  'showvvset -d': (model) => showSets(model.volumeSets),
  showvv: showVolumes,
  showcpg: showCpgs,
  'showvlun -t': showVluns,
  srstatvv: printReport,
  srstatport: printReport,
  srstatpd: printReport,
  srstatld: printReport,
  srstatcpu: printReport,
};

const WRITES = /^(remove|add|set|create|dismiss|admit|start|stop|grow)/;

export function isWrite(line: string): boolean {
  return WRITES.test(line);
}

/** What a command prints; errors are text as well. */
export function run(model: ArrayModel, line: string): string {
  const words = line.trim().split(/\s+/);
  const [name = ''] = words;
  if (isWrite(line)) return change(line);
  const known = COMMANDS[words.slice(0, 2).join(' ')] ?? COMMANDS[name];
  return known ? known(model, words) : invalid(name);
}

function invalid(name: string): string {
  return name.startsWith('-') ? `Invalid option: ${name}\n` : `invalid command name "${name}"\n`;
}

function change(line: string): string {
  const [, id] = /^removealert -f (\d+)$/.exec(line) ?? [];
  if (id) return Number(id) > 1000 ? `Unable to read alert ${id}\n` : '';
  return '';
}

function checkHealth(model: ArrayModel): string {
  const components = 'vv, vlun, snmp, port, node, network, ld, dar, cage, cabling';
  if (model.primera) {
    return `Checking vv\nThe following components are healthy: ${components}, task, pd\nSystem is healthy\n`;
  }
  return [
    'Checking vv',
    'Checking pd',
    `The following components are healthy: ${components}`,
    'Component -----Summary Description------ Qty',
    'PD        PDs that are degraded or failed  2',
    'Task      Failed Tasks                     1',
    '--------------------------------------------',
    '        2 total                            3',
    '',
  ].join('\n');
}

function showSystem(model: ArrayModel): string {
  const { capacity } = model;
  const pairs = (title: string, lines: readonly (readonly [string, string])[]) =>
    `${title}\n${printPairs(lines)}\n`;
  return [
    pairs('------------General-------------', [
      ['System Name', model.name],
      ['System Model', model.model],
      ['Serial Number', model.serial],
      ['System ID', '7327'],
      ['Number of Nodes', String(model.nodes.length)],
    ]),
    pairs(model.alletra ? '---Raw System Capacity (MiB)---' : '-----System Capacity (MB)-----', [
      [model.alletra ? 'Total Capacity' : 'Total Capacity (MB)', String(capacity.total)],
      ['Allocated Capacity', String(capacity.allocated)],
      ['Free Capacity', String(capacity.free)],
      ['Failed Capacity', String(capacity.failed)],
    ]),
    pairs('---------System Descriptors----------', [
      ['Location', model.location ?? ''],
      ['Owner', ''],
      ['Contact', ''],
      ['Comment', model.comment ?? ''],
    ]),
  ].join('\n');
}

function showAlerts(model: ArrayModel): string {
  const blocks = model.alerts.map((alert) =>
    printPairs([
      ['Id', String(alert.id)],
      ['State', alert.state],
      ['Message Code', `0x${alert.code.toString(16).padStart(7, '0')}`],
      ['Time', `${local(alert.time)} PDT`],
      ['Severity', alert.severity],
      ['Type', alert.name],
      ['Message', alert.message],
      ['Component', alert.component],
    ]),
  );
  return `${blocks.join('\n\n')}\n\n${blocks.length} alerts\n`;
}

/** The wall clock of the array: Pacific daylight time. */
function local(time: number): string {
  return new Date(time - 7 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

function showNodes(model: ArrayModel): string {
  if (model.alletra) {
    return printTable(
      [number('Node'), wide('Name'), column('Encl:Bay'), column('Master'), column('InCluster'), number('Mem(MiB)'), wide('Up_Since')],
      model.nodes.map((node) => [
        String(node.id), node.name, `1:${node.id + 1}`, node.id === 0 ? 'Yes' : 'No', node.online ? 'Yes' : 'No', String(node.controlMib + node.dataMib), '2026-03-10 01:25:24 PDT',
      ]),
      { closing: false },
    ); // prettier-ignore
  }
  return printTable(
    [number('Node'), wide('Name'), wide('State'), column('Master'), column('IC'), column('SLED'), column('LED'), number('Mem(MB)'), number('Mem(MB)'), number('Available(%)')],
    model.nodes.map((node) => [
      String(node.id), node.name, node.state, node.id === 0 ? 'Yes' : 'No', 'Yes', 'Off', 'GreenBlnk', String(node.controlMib), String(node.dataMib), '100',
    ]),
    { above: '                                        Control    Data        Cache', closing: false },
  ); // prettier-ignore
}

function showCpus(model: ArrayModel): string {
  if (model.primera) {
    return printTable(
      [number('Node'), number('CPU'), number('Cores'), wide('Manufacturer'), wide('Serial'), number('CPUSpeed(MHz)')],
      model.nodes.map((node) => [String(node.id), '0', String(node.cores), 'GenuineIntel', '--', String(node.speedMhz)]),
      { closing: false },
    ); // prettier-ignore
  }
  const rows = model.nodes.flatMap((node) =>
    Array.from({ length: node.cores }, (_, core) => [
      String(node.id), String(core), 'GenuineIntel', '--', String(node.speedMhz), '1334.57',
    ]),
  ); // prettier-ignore
  return printTable(
    [number('Node'), number('CPU'), wide('Manufacturer'), wide('Serial'), number('CPUSpeed(MHz)'), number('BusSpeed(MHz)')],
    rows,
    { above: '----------------------------CPUs----------------------------', closing: false },
  ); // prettier-ignore
}

function showEeprom(model: ArrayModel): string {
  return model.nodes
    .map(
      ({ id }) =>
        `Node: ${id}\n--------\n System serial: 1000183\n  BIOS version: 4.8.34\n    OS version: ${model.version}\n  Reset reason: Unknown\n`,
    )
    .join('\n');
}

function showDisks(model: ArrayModel): string {
  if (model.alletra) {
    return printTable(
      [number('Id'), column('CagePos'), column('Type'), column('RPM'), column('State'), number('Total(MiB)'), number('Free(MiB)'), number('Capacity(GB)')],
      model.disks.map((disk) => [String(disk.id), disk.position, disk.type, 'N/A', disk.state, String(disk.sizeMib), '1024', '600']),
    ); // prettier-ignore
  }
  return printTable(
    [number('Id'), column('CagePos'), column('Type'), number('RPM'), column('State'), number('Total'), number('Free'), column('A'), column('B'), number('Cap(GB)')],
    model.disks.map((disk) => [
      String(disk.id), disk.position, disk.type, String(disk.rpm), disk.state, String(disk.sizeMib), '1024', '0:0:1*', '-----', '600',
    ]),
    { above: '                             ---Size(MB)--- ----Ports----' },
  ); // prettier-ignore
}

function showInventory(model: ArrayModel): string {
  return printTable(
    [number('Id'), column('CagePos'), column('State'), wide('Node_WWN'), wide('MFR'), wide('Model'), wide('Serial'), wide('FW_Rev'), column('Protocol'), column('MediaType'), wide('AdmissionTime')],
    model.disks.map((disk) => [
      String(disk.id), disk.position, disk.state, '5000CCA0160F3B3F', disk.maker, disk.model, disk.serial, disk.firmware, model.primera ? 'NVMe' : 'SAS', 'Magnetic', '2016-05-06 12:34:56 CEST',
    ]),
  ); // prettier-ignore
}

function showPorts(model: ArrayModel): string {
  // Free ports have no partner: the column stays blank.
  if (model.alletra) {
    return printTable(
      [column('N:S:P'), number('Mode'), number('State'), wide('Node_WWN/IP'), wide('Port_WWN/HW_Addr'), number('Type'), column('Protocol'), column('Label')],
      model.ports.map((port) => [
        port.id, port.mode, port.state, port.address.length === 16 ? '2FF70002AC001C9F' : (port.ip ?? '-'), port.address, port.use, port.protocol, port.label,
      ]),
      { closing: String(model.ports.length).padStart(5) },
    ); // prettier-ignore
  }
  return printTable(
    [column('N:S:P'), wide('Mode'), wide('State'), wide('Node_WWN'), wide('Port_WWN/HW_Addr'), wide('Type'), column('Protocol'), wide('Label'), column('Partner'), column('FailoverState')],
    model.ports.map((port) => [
      port.id, port.mode, port.state, port.address.length === 16 ? '2FF70002AC001C9F' : '-', port.address, port.use, port.protocol, port.label, port.use === 'free' ? '' : '-', port.use === 'free' ? '-' : 'none',
    ]),
    { closing: String(model.ports.length).padStart(5) },
  ); // prettier-ignore
}

function showPortInventory(model: ArrayModel): string {
  return printTable(
    ['N:S:P', 'Brand', 'Model', 'Rev', 'Firmware', 'Serial', 'HWType'].map(column),
    model.ports.map((port) => [port.id, 'QLOGIC', 'QLE2672', '02', '8.1.1', 'RFE1228G50820', port.hardware]),
    { closing: false },
  ); // prettier-ignore
}

function showPortParameters(model: ArrayModel): string {
  return printTable(
    ['N:S:P', 'Connmode', 'ConnType', 'CfgRate', 'MaxRate', 'Class2', 'UniqNodeWwn', 'VCN', 'IntCoal', 'TMWO', 'SSAN'].map(column),
    model.ports.map((port) => [port.id, port.use, 'point', 'auto', port.maxRate, 'n/a', 'n/a', 'disabled', 'enabled', 'n/a', 'n/a']),
    { closing: String(model.ports.length) },
  ); // prettier-ignore
}

/** Ports with several devices continue below; those without have only dashes. */
function showPortConnections(model: ArrayModel): string {
  const rows = model.ports
    .filter(({ protocol }) => protocol === 'FC' || protocol === 'SAS')
    .flatMap((port) => {
      const first = [port.id, port.mode, port.rate === '-' ? '-' : 'host_a', '0', 'valid', 'fabric', port.rate, '3', 'allowed'];
      return port.use === 'host' ? [first, ['', '', 'host_b', '0', 'valid', 'fabric', '4Gbps', '3', 'allowed']] : [first];
    }); // prettier-ignore
  return printTable(
    ['N:S:P', 'Mode', 'Device', 'Pos', 'Config', 'Topology', 'Rate', 'Cls', 'Mode_change'].map(
      column,
    ),
    rows,
  );
}

function showNetwork(model: ArrayModel, use: string, columns: readonly string[]): string {
  const ports = model.ports.filter((port) => port.use === use);
  const value = (port: Port, title: string) => {
    if (title === 'HwAddr') return port.address;
    if (title === 'IPAddr') return port.ip ?? (use === 'iscsi' ? '0.0.0.0' : '-');
    return port.mask ?? (use === 'iscsi' ? '0.0.0.0' : '-');
  };
  return printTable(
    [
      column('N:S:P'),
      column('State'),
      ...columns.map((title) => (title === 'HwAddr' ? wide(title) : column(title))),
      column('Gateway'),
      number('MTU'),
      number('Rate'),
    ],
    ports.map((port) => [
      port.id,
      port.state,
      ...columns.map((title) => value(port, title)),
      '-',
      '1500',
      port.rate,
    ]),
  );
}

const PROVISIONINGS = ['', 'full', 'tpvv', 'snp', 'peer', 'unknown', 'tdvv', 'dds'];
const STATES: Readonly<Record<number, string>> = {
  1: 'normal',
  2: 'degraded',
  3: 'failed',
  99: 'unknown',
  77: 'bent',
};

function showVolumes(model: ArrayModel, words: readonly string[]): string {
  const asked = words[1] === '-showcols' ? (words[2] ?? '').split(',') : undefined;
  const yes = (state: number | undefined) =>
    state === undefined ? 'NA' : state === 1 ? 'Yes' : 'No';
  const cells = (volume: ArrayModel['volumes'][number]): Readonly<Record<string, string>> => ({
    Id: String(volume.id),
    Name: volume.name,
    Prov: PROVISIONINGS[volume.provisioning] ?? 'odd',
    Compr: yes(volume.compression),
    Dedup: yes(volume.deduplication),
    Type: volume.provisioning === 3 ? 'vcopy' : 'base',
    State: STATES[volume.state] ?? 'normal',
    UsrCPG: volume.cpg?.name ?? '--',
    VV_WWN: volume.wwn,
    Usr_Used_MB: String(volume.usedMib),
    VSize_MB: String(volume.sizeMib),
  });
  const titles = asked ?? ['Id', 'Name', 'Prov', 'Type', 'State', 'VSize_MB'];
  const first = model.volumes[0];
  const missing = first && titles.find((title) => !(title in cells(first)));
  if (missing) return `Invalid option: column ${missing}\n`;
  return printTable(
    titles.map((title) => (title === 'Id' ? number(title) : column(title))),
    model.volumes.map((volume) => titles.map((title) => cells(volume)[title] ?? '')),
  );
}

function showCpgs(model: ArrayModel): string {
  if (model.alletra) {
    return printTable(
      [number('Id'), column('Name'), column('Warn%'), ...['VVs', 'TPVVs', 'TDVVs', 'Used', 'Free', 'Total'].map(number)],
      model.cpgs.map((cpg) => {
        const add = (field: 'total' | 'used') => cpg.spaces.reduce((sum, space) => sum + space[field], 0);
        return [String(cpg.id), cpg.name, '-', '3', '2', '1', String(add('used')), String(add('total') - add('used')), String(add('total'))];
      }),
    ); // prettier-ignore
  }
  return printTable(
    [number('Id'), column('Name'), column('Warn%'), ...['VVs', 'TPVVs', 'Usr', 'Snp', 'Total', 'Used', 'Total', 'Used', 'Total', 'Used'].map(number)],
    model.cpgs.map((cpg) => [
      String(cpg.id), cpg.name, '-', '3', '2', '3', '1', ...cpg.spaces.flatMap(({ total, used }) => [String(total), String(used)]),
    ]),
    { above: '                    -Volumes-  -Usage- ---- Usr ---- -- Snp --- --- Adm ---' },
  ); // prettier-ignore
}
