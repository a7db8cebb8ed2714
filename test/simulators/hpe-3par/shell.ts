/** The commands of the InForm OS command line, and what they print. */
import type { ArrayModel, NamedSet, Port, Vlun } from './data.ts';
import { printPairs, printTable, type PrintedColumn } from './print.ts';
import { printReport } from './shell-reports.ts';

type Command = (model: ArrayModel, words: readonly string[]) => string;

const column = (title: string): PrintedColumn => ({ title });
const number = (title: string): PrintedColumn => ({ title, right: true });
const wide = (title: string): PrintedColumn => ({ title, dashes: true });

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
  checkhealth: (model) =>
    model.primera
      ? 'The following components are healthy: vv, vlun, task, snmp, port, pd, node, network, ld, dar, cage, cabling\nSystem is healthy\n'
      : 'Checking vv\nChecking vlun\nChecking pd\nThe following components are healthy: vv, vlun\nComponent ---Description---------------- Qty\nPD        PDs that are degraded or failed  2\n',
  'showalert -d': showAlerts,
  shownode: showNodes,
  'shownode -cpu': (model) => (model.sparse ? invalid('-cpu') : showCpus(model)),
  showeeprom: (model) => (model.sparse ? invalid('showeeprom') : showEeprom(model)),
  showpd: showDisks,
  'showpd -i': showInventory,
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
    pairs('-----System Capacity (MB)-----', [
      ['Total Capacity', String(capacity.total)],
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
  const size = model.primera ? 'Total' : 'Total';
  return printTable(
    [number('Id'), column('CagePos'), column('Type'), number('RPM'), column('State'), number(size), number('Free'), column('A'), column('B'), number('Cap(GB)')],
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

function showHosts(model: ArrayModel): string {
  const columns = [
    number('Id'),
    column('Name'),
    column('Persona'),
    wide('WWN/iSCSI_Name'),
    column('Port'),
    column('IP_addr'),
  ];
  const rows = [
    ...model.hosts.flatMap((host) => {
      const owner = [String(host.id), host.name, 'Generic'];
      if (host.paths.length === 0) return [[...owner, '--', '---', '---']];
      return host.paths.flatMap((path) => pathRows(owner, path));
    }),
    ...model.strangers.flatMap((path) => pathRows(['--', '--', '--'], path)),
  ];
  return printTable(columns, model.old ? unrepeated(rows) : rows, {
    closing: String(rows.length),
  });
}

/** Further paths of a host leave its columns blank. */
function unrepeated(rows: readonly (readonly string[])[]): string[][] {
  return rows.map((row, index) => {
    const repeats = row[0] !== '--' && row[0] === rows[index - 1]?.[0];
    return repeats ? ['', '', '', ...row.slice(3)] : [...row];
  });
}

function pathRows(owner: readonly string[], path: { wwn: string; ports: readonly string[] }) {
  const ip = path.wwn.startsWith('iqn') ? '10.99.1.77' : 'n/a';
  return path.ports.length === 0
    ? [[...owner, path.wwn, '---', 'n/a']]
    : path.ports.map((port) => [...owner, path.wwn, port, ip]);
}

function showSets(sets: readonly NamedSet[]): string {
  if (sets.length === 0) return 'No sets listed\n';
  const rows = sets.flatMap((set) => [
    [String(set.id), set.name, set.members[0]?.name ?? '--', set.comment ?? '--'],
    ...set.members.slice(1).map(({ name }) => ['', '', name, '']),
  ]);
  return printTable([number('Id'), column('Name'), column('Members'), column('Comment')], rows);
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
  return printTable(
    [number('Id'), column('Name'), column('Warn%'), ...['VVs', 'TPVVs', 'Usr', 'Snp', 'Total', 'Used', 'Total', 'Used', 'Total', 'Used'].map(number)],
    model.cpgs.map((cpg) => [
      String(cpg.id), cpg.name, '-', '3', '2', '3', '1', ...cpg.spaces.flatMap(({ total, used }) => [String(total), String(used)]),
    ]),
    { above: '                    -Volumes-  -Usage- ---- Usr ---- -- Snp --- --- Adm ---' },
  ); // prettier-ignore
}

function showVluns(model: ArrayModel): string {
  const name = (item: Vlun['volume'] | Vlun['host']) =>
    item === undefined ? '----' : 'members' in item ? `set:${item.name}` : item.name;
  return printTable(
    [number('Lun'), column('VVName'), column('HostName'), wide('Host_WWN/iSCSI_Name'), column('Port'), column('Type')],
    model.vluns.map((vlun) => [
      String(vlun.lun), name(vlun.volume), name(vlun.host), vlun.initiator ?? '-'.repeat(16), vlun.port ?? '-----', vlun.type,
    ]),
  ); // prettier-ignore
}
