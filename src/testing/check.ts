/**
 * Checks as data: what is looked at, and what was found. Any test runner can run them
 * (`defineChecks`), `drivers test` does without one (`runChecks`).
 */
import { DriverError, errorType } from '../driver/errors.ts';
import { messageOf } from '../driver/message.ts';

/** What kinds of faults there are, and what to do about each. */
export const RULES = {
  failed_call: 'throw only the errors of delfin-agent/driver, and only where the array failed',
  required_method: 'return getStorage, listStoragePools, listVolumes and close from open()',
  undeclared_method: 'name in `methods` what the sessions of this driver can offer, nothing else',
  unknown_field: 'use the field names of the contract; a value without a field is left out',
  invalid_field: 'convert the value, or leave the field out (undefined) where the array gives none',
  unknown_value: "translate it with lookup(TABLE, raw); add the array's word to the table",
  missing_id: 'every record has its id, as text; leave out an object that has none',
  duplicate_id: 'ids are unique in their list; make them of what the array itself tells apart',
  dangling_reference: 'refer to objects by exactly the id that their own list gives',
  incomplete_list: "read every page (allPages) and every parent's children (parts.children)",
  invented_record: 'return what the array has, each object once',
  wrong_value: "compare the field with the vendor's reference: unit, sentinel, table of states",
  wrong_unit: "state the vendor's exact unit; the core converts",
  wrong_time: 'times are epoch milliseconds: multiply seconds by 1000',
  missing_sample: 'return every sample of the window, both ends included, at its own time',
  invented_sample: 'return only samples that the array has, at its own time, ids as in the lists',
  write_request: 'only clearAlert, addTrapConfig and removeTrapConfig may change the array',
  several_sessions: 'log in once in open() and use that session for every request (openRest does)',
  not_logged_out: 'log out in close()',
  secret_in_log: 'a Secret is revealed for the wire only; never put what reveal() gives in a text',
  endless_list: 'end at the last page, and when a page brings nothing new (allPages does both)',
  blocks_thread:
    'end the loop: nothing else runs, no time-out ends it, until a call waits for something',
  ignores_signal: "wait with context.pause() and the context's transports; pass `signal` to others",
  wrong_error: 'throw the error of the contract that says what happened (section "Errors")',
  wrong_alert: 'an alert has alert_id, severity and category, and its time in epoch ms',
  colliding_alerts:
    'make match_key of what tells the faults apart (type and part), never of a time',
  wrong_trap: 'a trap and the list of alerts tell the same of one fault, with the same match_key',
  untold_loss: 'tell what could not be read (parts.children, parts.union, parts.tell), or throw',
  untrue: 'a part that could not be read is absent; never 0, never a default',
  many_requests: 'repeat a failed request once (openRest does); ask nothing in circles',
  not_recovered: 'remember no failure: only what the array says in its own words is unsupported',
} as const;
export type Rule = keyof typeof RULES;

/** One fault: where it is, what is there, what was expected, what to do. */
export interface Finding {
  readonly rule: Rule;
  /** The method of the contract. */
  readonly call: string;
  /** Which record of the answer. */
  readonly index?: number;
  readonly field?: string;
  readonly value?: string;
  readonly expected: string;
  readonly advice: string;
}

export type CheckResult =
  | { readonly state: 'ok'; readonly note?: string }
  /** There was nothing to look at; why. */
  | { readonly state: 'absent'; readonly note: string }
  /** `more`: how many there are beside these. */
  | { readonly state: 'wrong'; readonly findings: readonly Finding[]; readonly more: number };

export interface Check {
  readonly name: string;
  /** Never rejects: what is thrown within is a finding. */
  run(): Promise<CheckResult>;
}

/** Checks over one running array, in their order; `start` before them, `stop` after them. */
export interface CheckGroup {
  readonly name: string;
  readonly checks: readonly Check[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The advice is the rule's unless there is a better one. */
export function finding(
  rule: Rule,
  call: string,
  fault: Omit<Finding, 'rule' | 'call' | 'advice'> & { readonly advice?: string },
): Finding {
  return { rule, call, ...fault, advice: fault.advice ?? RULES[rule] };
}

export const ok = (note?: string): CheckResult =>
  note === undefined ? { state: 'ok' } : { state: 'ok', note };
export const absent = (note: string): CheckResult => ({ state: 'absent', note });

/** Findings of one check that are shown; of one kind about one field two. */
const MOST_FINDINGS = 6;
const MOST_ALIKE = 2;

/** Wrong if there are findings, else what else it is. */
export function judged(findings: readonly Finding[], otherwise: CheckResult = ok()): CheckResult {
  if (findings.length === 0) return otherwise;
  const kinds = Map.groupBy(findings, ({ rule, call, field }) => `${rule} ${call} ${field}`);
  const shown = Array.from(kinds.values(), (alike) => alike.slice(0, MOST_ALIKE))
    .flat()
    .slice(0, MOST_FINDINGS);
  return { state: 'wrong', findings: shown, more: findings.length - shown.length };
}

/** A check of a method of the contract, or of something else that has a name. */
export function check(name: string, call: string, look: () => Promise<CheckResult>): Check {
  return {
    name,
    async run() {
      try {
        return await look();
      } catch (error) {
        return judged([failedCall(call, error)]);
      }
    },
  };
}

/** What a call threw; of an error that is none of the contract also where. */
export function failedCall(call: string, error: unknown): Finding {
  const message = messageOf(error);
  const where = error instanceof Error ? /\n\s+(at .*)/.exec(error.stack ?? '')?.[1] : undefined;
  const ours = error instanceof DriverError;
  return finding('failed_call', call, {
    value: `${errorType(error)}: ${message}${ours || where === undefined ? '' : ` (${where})`}`,
    expected: 'an answer',
    ...(ours ? { advice: 'see what the array answered; the message says what it was' } : {}),
  });
}

export interface CheckReport {
  readonly ok: boolean;
  readonly counts: Readonly<Record<CheckResult['state'], number>>;
  readonly checks: readonly ({ readonly group: string; readonly name: string } & CheckResult)[];
}

/**
 * Runs them one after the other. `onResult` is told of each as it ends. `stuck` resolves if one keeps
 * its thread for ever, with where it stood: that one is wrong, and the last.
 */
export async function runChecks(
  groups: readonly CheckGroup[],
  onResult: (group: string, name: string, result: CheckResult) => void = () => {},
  stuck: Promise<string> = new Promise(() => {}),
): Promise<CheckReport> {
  const counts = { ok: 0, absent: 0, wrong: 0 };
  const checks: CheckReport['checks'][number][] = [];
  const add = (group: string, name: string, result: CheckResult) => {
    counts[result.state] += 1;
    checks.push({ group, name, ...result });
    onResult(group, name, result);
  };
  let isStuck = false;
  void stuck.then(() => (isStuck = true));
  for (const group of groups) {
    if (isStuck) break;
    try {
      await group.start();
      for (const { name, run } of group.checks) {
        if (isStuck) break;
        add(group.name, name, await Promise.race([run(), stuck.then((at) => blocked(name, at))]));
      }
    } catch (error) {
      add(group.name, 'start', judged([failedCall('open', error)]));
    } finally {
      await group.stop();
    }
  }
  return { ok: counts.wrong === 0, counts, checks };
}

function blocked(name: string, at: string): CheckResult {
  const expected = 'an end, or a wait, at which other work goes on';
  return judged([finding('blocks_thread', name, { value: `in a loop at ${at}`, expected })]);
}

/** The functions of a test runner: those of node:test, or vitest's with `before` and `after`. */
export interface TestRunner {
  describe(name: string, options: { readonly timeout: number }, define: () => void): unknown;
  it(name: string, test: () => Promise<void>): unknown;
  before(hook: () => Promise<void>): unknown;
  after(hook: () => Promise<void>): unknown;
}

/** A fault matrix has many cases. */
const GROUP_TIMEOUT_MS = 600_000;

/**
 * Makes tests of them: `defineChecks(conformance({ driver, simulator }), nodeTest)` with
 * `import * as nodeTest from 'node:test'`. A test fails with its findings as its message.
 */
export function defineChecks(
  groups: readonly CheckGroup[],
  { describe, it, before, after }: TestRunner,
  onResult: (group: string, name: string, result: CheckResult) => void = () => {},
): void {
  for (const group of groups) {
    describe(group.name, { timeout: GROUP_TIMEOUT_MS }, () => {
      before(() => group.start());
      after(() => group.stop());
      for (const { name, run } of group.checks) {
        it(name, async () => {
          const result = await run();
          onResult(group.name, name, result);
          if (result.state === 'wrong') throw new Error(result.findings.map(sentence).join('\n'));
        });
      }
    });
  }
}

/** `listVolumes[17].native_storage_pool_id is "p9": expected ...; do ...` */
export function sentence(fault: Finding): string {
  const { rule, call, index, field, value, expected, advice } = fault;
  const at = `${call}${index === undefined ? '' : `[${index}]`}${field === undefined ? '' : `.${field}`}`;
  const is = value === undefined ? '' : ` is ${value}`;
  return `${rule}: ${at}${is}; expected ${expected}; ${advice}`;
}
