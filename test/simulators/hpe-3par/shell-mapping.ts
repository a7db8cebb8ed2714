/** `showhost`, `showhostset`, `showvvset`, `showvlun`. */
import type { ArrayModel, NamedSet, Vlun } from './data.ts';
import { column, number, printTable, wide } from './print.ts';

export function showHosts(model: ArrayModel): string {
  const columns = [
    number('Id'),
    column('Name'),
    column('Persona'),
    wide(model.alletra ? 'WWN/iSCSI_Name/NQN' : 'WWN/iSCSI_Name'),
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
  return printTable(columns, model.old || model.alletra ? unrepeated(rows) : rows, {
    closing: `${rows.length} total`,
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

export function showSets(sets: readonly NamedSet[]): string {
  if (sets.length === 0) return 'No sets listed\n';
  const rows = sets.flatMap((set) => [
    [String(set.id), set.name, set.members[0]?.name ?? '--', set.comment ?? '--'],
    ...set.members.slice(1).map(({ name }) => ['', '', name, '']),
  ]);
  return printTable([number('Id'), column('Name'), column('Members'), column('Comment')], rows);
}

export function showVluns(model: ArrayModel): string {
  const name = (item: Vlun['volume'] | Vlun['host']) =>
    item === undefined ? '----' : 'members' in item ? `set:${item.name}` : item.name;
  return printTable(
    [number('Lun'), column('VVName'), column('HostName'), wide('Host_WWN/iSCSI_Name'), column('Port'), column('Type')],
    model.vluns.map((vlun) => [
      String(vlun.lun), name(vlun.volume), name(vlun.host), vlun.initiator ?? '-'.repeat(16), vlun.port ?? '-----', vlun.type,
    ]),
  ); // prettier-ignore
}
