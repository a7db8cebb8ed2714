/** `health`: asks a running agent of this machine, for container health checks. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { DEFAULT_LISTEN, listenFault, parseListen } from '../config/listen.ts';
import { UsageError } from './context.ts';

const TIMEOUT_MS = 2_500;

export interface HealthOptions {
  readonly listen: readonly string[];
  /** Ask whether it is ready: every array has answered or failed once. */
  readonly ready: boolean;
}

export async function health(options: HealthOptions): Promise<void> {
  await checkHealth(options);
  process.stdout.write('ok\n');
}

/** @throws UsageError if it is not well, with what it says. */
export async function checkHealth({ listen, ready }: HealthOptions): Promise<void> {
  const [address = DEFAULT_LISTEN] = listen;
  const fault = listenFault(address);
  if (fault) throw new UsageError(`--web.listen-address: ${address} ${fault}`);
  const options = { ...targetOf(address), path: ready ? '/-/ready' : '/-/healthy' };
  // Whichever of both it speaks: the other one says nothing of use.
  const answers = await Promise.allSettled([
    ask(requestHttp, options),
    // No password is sent and no page is believed: whose certificate it is does not matter.
    ask(requestHttps, { ...options, rejectUnauthorized: false }),
  ]);
  const found = answers.find((answer) => answer.status === 'fulfilled');
  if (!found) {
    const reasons = answers.map((answer) => (answer.status === 'rejected' ? answer.reason : ''));
    const codes = [...new Set(reasons.map(codeOf))];
    const advice = codes.includes('ECONNREFUSED')
      ? 'is the agent running?'
      : 'where client certificates are asked for, set web_health: open';
    throw new UsageError(`${address} does not answer (${codes.join(', ')}): ${advice}`);
  }
  const { status, text } = found.value;
  // Who asks for a password is alive; whether it is ready it does not say.
  if (status === 200 || (status === 401 && !ready)) return;
  const advice = status === 401 || status === 403 ? ' (web_health: open lets it say so)' : '';
  throw new UsageError(`${address} answers ${status}: ${text.trim().slice(0, 200)}${advice}`);
}

function ask(
  request: typeof requestHttps,
  options: RequestOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.end();
  });
}

/** Bound to every interface it can be reached at loopback. */
function targetOf(address: string): RequestOptions {
  const at = parseListen(address);
  if (at.kind === 'unix') return { socketPath: at.path };
  if (at.kind === 'fd') return {};
  const host = ['', '0.0.0.0', '::'].includes(at.host) ? 'localhost' : at.host;
  return { host, port: at.port };
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
