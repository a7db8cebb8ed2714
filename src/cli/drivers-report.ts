/** The checks of a driver, for people: what is wrong whole, what is absent in one line. */
import { sentence, type CheckReport, type CheckResult } from '../testing/check.ts';
import { printable } from './tables.ts';

const print = (line: string) => void process.stdout.write(`${printable(line)}\n`);

export interface Printer {
  begin(title: string, over: string): void;
  result(group: string, name: string, result: CheckResult): void;
  end(report: CheckReport, notes: readonly string[]): void;
}

export function createPrinter(): Printer {
  let current: string | undefined;
  /** Why -> what is absent for it in the current group. */
  const lacking = new Map<string, string[]>();
  const endGroup = () => {
    for (const [note, names] of lacking) print(`  absent  ${names.join(', ')}: ${note}`);
    lacking.clear();
  };
  return {
    begin(title, over) {
      print(title);
      print(`over ${over}`);
    },
    result(group, name, result) {
      if (group !== current) {
        endGroup();
        print('');
        print(group);
      }
      current = group;
      if (result.state === 'ok') print(`  ok      ${name}${result.note === undefined ? '' : `: ${result.note}`}`); // prettier-ignore
      if (result.state === 'absent')
        lacking.set(result.note, [...(lacking.get(result.note) ?? []), name]);
      if (result.state !== 'wrong') return;
      print(`  WRONG   ${name}`);
      for (const fault of result.findings) print(`          ${sentence(fault)}`);
      if (result.more > 0) print(`          ... and ${result.more} more`);
    },
    end({ counts }, notes) {
      endGroup();
      print('');
      for (const note of notes) print(note);
      print(`${counts.ok} ok, ${counts.absent} absent, ${counts.wrong} wrong`);
    },
  };
}
