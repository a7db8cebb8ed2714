/** Whether calls end when they are told to. */
import { LISTS } from '../backend/lists.ts';
import { withSignal } from '../driver/scope.ts';
import { finding, judged, type CheckResult, type Finding } from './check.ts';
import type { OpenedDriver } from './open.ts';

/** Every reading method ends soon after its signal, whatever it waits for. */
export async function checkSignals(opened: OpenedDriver, graceMs: number): Promise<CheckResult> {
  const findings: Finding[] = [];
  for (const { method, run } of readingCalls(opened)) {
    if (!(await opened.session.offers(method))) continue;
    const error = await interrupt(run, method, graceMs);
    if (error !== undefined) findings.push(error);
  }
  return judged(findings);
}

function readingCalls(opened: OpenedDriver) {
  const raw = () => opened.raw() ?? failedSession();
  const plain = ['getStorage', 'getAccessUrl', 'listAlertSources', 'getCapabilities', 'getLatestPerfTimestamp'] as const; // prettier-ignore
  const calls = [...plain, ...LISTS.map(({ method }) => method)].map((method) => ({
    method,
    run: async (signal: AbortSignal): Promise<unknown> => await raw()[method]?.(signal),
  }));
  return [
    ...calls,
    {
      method: 'listAlerts' as const,
      run: async (signal: AbortSignal): Promise<unknown> => await raw().listAlerts?.({}, signal),
    },
  ];
}

function failedSession(): never {
  throw new Error('there is no session');
}

async function interrupt(
  run: (signal: AbortSignal) => Promise<unknown>,
  method: string,
  graceMs: number,
): Promise<Finding | undefined> {
  const stop = new AbortController();
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), graceMs);
  const running = withSignal(stop.signal, () => run(stop.signal), method).then(
    () => 'ended' as const,
    () => 'ended' as const,
  );
  stop.abort(new Error('the check has ended the call'));
  const outcome = await Promise.race([running, late.promise]);
  clearTimeout(timer);
  if (outcome === 'ended') return undefined;
  return finding('ignores_signal', method, {
    value: `still running ${graceMs / 1_000} s after its signal`,
    expected: 'an end soon after the signal of the call',
  });
}
