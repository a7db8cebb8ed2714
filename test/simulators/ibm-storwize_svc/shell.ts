/** The command line: flags, filters, errors with their CMMVC codes. */
import type { Model } from './data.ts';
import type { DumpFile } from './files.ts';
import { printDetail, printList, type Entry } from './print.ts';
import { viewsOf } from './views.ts';

export interface Answer {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

const ok = (out: string): Answer => ({ out, err: '', code: 0 });
const failed = (err: string, code = 1): Answer => ({ out: '', err: `${err}\n`, code });

const WITH_VALUE = new Set([
  '-delim', '-prefix', '-filtervalue', '-monitoring', '-message', '-fix', '-ip', '-community',
  '-port', '-error', '-warning', '-info',
]); // prettier-ignore
const PLAIN = new Set(['-bytes', '-nohdr']);
const WITH_BYTES = new Set([
  'lssystem', 'lsmdiskgrp', 'lsvdisk', 'lsvdiskcopy', 'lssevdiskcopy', 'lsmdisk', 'lsdrive',
]); // prettier-ignore

export const isWrite = (line: string) => !/^(ls\w+|scp -f )/.test(line.trim());

interface Command {
  readonly name: string;
  readonly flags: ReadonlyMap<string, string>;
  readonly target: string | undefined;
}

/** `dumps`: the files that are on the configuration node now. */
export function createShell(
  model: Model,
  dumps: () => readonly DumpFile[],
  licensed: boolean,
  copy: (node: string) => void = () => {},
) {
  const views = viewsOf(model);
  const unlicensed = licensed
    ? []
    : ['lshostcluster', 'lsvolumegroup', 'lsdrive', 'lshostvdiskmap'];

  return (line: string): Answer => {
    const command = parse(line);
    if (typeof command === 'string') return failed(command);
    if (unlicensed.includes(command.name))
      return failed(`rbash: ${command.name}: command not found`, 127);
    if (command.name === 'cpdumps') copy(command.target ?? '');
    const written = write(model, command);
    if (written) return written;
    if (command.name === 'lsdumps') return ok(dumpList(dumps(), command));
    const view = views.get(command.name);
    if (!view) return failed(`rbash: ${command.name}: command not found`, 127);
    if (command.flags.has('-bytes') && !WITH_BYTES.has(command.name)) {
      return failed('CMMVC5709E [-bytes] is not a supported parameter.');
    }
    return show(command, view());
  };
}

/** A node that is not the configuration node, by its own address: it knows its own files. */
export function createNodeShell(dumps: () => readonly DumpFile[]) {
  return (line: string): Answer => {
    const service = /^sainfo (lsfiles .*)$/.exec(line)?.[1];
    const command = parse(service ?? line);
    if (typeof command === 'string') return failed(command);
    if (service === undefined) return failed(`rbash: ${command.name}: command not found`, 127);
    return ok(dumpList(dumps(), command));
  };
}

function parse(line: string): Command | string {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
  const [name = '', ...rest] = words;
  const flags = new Map<string, string>();
  let target: string | undefined;
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? '';
    if (WITH_VALUE.has(word)) flags.set(word, rest[(index += 1)] ?? '');
    else if (PLAIN.has(word)) flags.set(word, '');
    else if (word.startsWith('-')) return `CMMVC5709E [${word}] is not a supported parameter.`;
    else target = word;
  }
  if ((flags.get('-delim') ?? 'x').length !== 1) {
    return 'CMMVC5709E [-delim] is not a supported parameter.';
  }
  return { name, flags, target };
}

function show({ name, flags, target }: Command, entries: readonly Entry[]): Answer {
  const style = { delimiter: flags.get('-delim'), bytes: flags.has('-bytes') };
  if (name === 'lssystem') {
    return ok(entries.map((entry) => printDetail(entry, style)).join(''));
  }
  if (target === undefined) return ok(printList(selected(name, flags, entries), style));
  const found = entries.filter((entry) => entry.id === target);
  if (found.length === 0) return failed('CMMVC5754E The specified object does not exist.');
  return ok(found.map((entry) => printDetail(entry, style)).join('\n'));
}

function selected(name: string, flags: Command['flags'], entries: readonly Entry[]) {
  if (name === 'lseventlog') {
    const monitoring = flags.get('-monitoring') === 'yes' && flags.get('-message') === 'no';
    return entries.filter((entry) => monitoring && entry.list['fixed'] === 'no');
  }
  const filter = flags.get('-filtervalue');
  if (filter === undefined) return entries;
  const [field = '', wanted] = filter.split('=');
  return entries.filter((entry) =>
    entry.detail.some(([title, value]) => title === field && value === wanted),
  );
}

function dumpList(dumps: readonly DumpFile[], { flags }: Command): string {
  if (flags.get('-prefix') !== '/dumps/iostats') return '';
  const rows = dumps.map(({ name }, index) => ({ list: { id: String(index), filename: name } }));
  return printList(rows, { delimiter: flags.get('-delim'), bytes: false });
}

function write(model: Model, { name, flags, target }: Command): Answer | undefined {
  if (name === 'cheventlog') {
    const index = model.events.findIndex((event) => event.sequence === flags.get('-fix'));
    const event = model.events[index];
    if (!event) return failed('CMMVC8275E The event log entry does not exist.');
    model.events[index] = { ...event, listed: false };
    return ok('');
  }
  if (name === 'mksnmpserver') {
    const id = String(model.snmpServers.length);
    model.snmpServers.push({
      id,
      ip: flags.get('-ip') ?? '',
      port: flags.get('-port') ?? '162',
      community: flags.get('-community') ?? 'public',
    });
    return ok(`SNMP Server id [${id}] successfully created\n`);
  }
  if (name === 'rmsnmpserver') {
    const index = model.snmpServers.findIndex((server) => server.id === target);
    if (index < 0) return failed('CMMVC5754E The specified object does not exist.');
    model.snmpServers.splice(index, 1);
    return ok('');
  }
  return name === 'cpdumps' ? ok('') : undefined;
}
