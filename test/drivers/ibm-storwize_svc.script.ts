/** A session on a scripted command line: exact commands and what they print, all others unknown. */
import {
  InvalidResponse,
  NotSupported,
  Secret,
  type DriverContext,
  type Session,
} from 'delfin-agent/driver';
import driver from '../../drivers/ibm-storwize_svc/index.ts';

export interface Scripted extends AsyncDisposable {
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly commands: string[];
  readonly logged: string[];
}

type Script = Readonly<Record<string, string>>;

interface ScriptedOptions {
  readonly copy_statistics?: boolean;
  readonly now?: () => number;
}

export function openScripted(
  script: Script,
  files?: Script,
  { now = Date.now, ...options }: ScriptedOptions = {},
): Scripted {
  const commands: string[] = [];
  const logged: string[] = [];
  const log = (fields: object, message: string) =>
    void logged.push(
      `${message} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? String(value) : value))}`,
    );
  const controller = new AbortController();
  const refuse = () => Promise.reject(new NotSupported('not scripted'));
  const context: DriverContext = {
    name: 'scripted',
    model: 'storwize_svc',
    storageId: 'scripted',
    timezone: 'UTC',
    log: { debug: log, info: log, warn: log, error: log },
    signal: controller.signal,
    now,
    pause: () => Promise.resolve(),
    http: refuse,
    snmp: refuse,
    ssh: () =>
      Promise.resolve({
        exec(command) {
          commands.push(command);
          const said = script[command];
          if (said === undefined) {
            const [name = ''] = command.split(' ');
            const known = Object.keys(script).some((line) => line.split(' ')[0] === name);
            // A known command without these flags, or a command that the release lacks.
            return Promise.resolve(
              known
                ? { stdout: '', stderr: 'CMMVC5709E [-x] is not a supported parameter.\n', code: 1 }
                : { stdout: '', stderr: `rbash: ${name}: command not found\n`, code: 127 },
            );
          }
          const failed = said.startsWith('CMMVC');
          return Promise.resolve({
            stdout: failed ? '' : said,
            stderr: failed ? said : '',
            code: failed ? 1 : 0,
          });
        },
        readdir: refuse,
        readFile(path) {
          const content = files?.[path];
          return content === undefined
            ? Promise.reject(new InvalidResponse(`no ${path}`))
            : Promise.resolve(Buffer.from(content));
        },
        close: () => Promise.resolve(),
      }),
  };
  const access = { ssh: { host: 'x', username: 'u', password: new Secret('p') }, ...options };
  const opening = driver.open(access, context);
  const session = new Proxy({} as Session, {
    get:
      (_, method: keyof Session) =>
      async (...args: never[]) => {
        const open = await opening;
        return await (open[method] as (...all: never[]) => unknown)(...args);
      },
  });
  return {
    session,
    signal: controller.signal,
    commands,
    logged,
    async [Symbol.asyncDispose]() {
      await (await opening).close();
    },
  };
}

/** What a call fails with; undefined if it does not. */
export const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
