/** A driver that need not wait: what hangs ends at once. */
import type { Driver } from '../driver/driver.ts';
import { BackendTimeout } from '../driver/errors.ts';
import { faults, MARK_HEADER } from './faults.ts';

/** The driver in a context without waiting: see `faults.hung`. */
export function hurried(driver: Driver): Driver {
  let count = 0;
  const orTimeout = async <T>(mark: string, work: Promise<T>): Promise<T> => {
    const result = await work.catch((error: unknown) => {
      if (!faults.hung(mark)) throw error;
      throw new BackendTimeout('no answer within 30 s');
    });
    if (faults.hung(mark)) throw new BackendTimeout('no answer within 30 s');
    return result;
  };
  return {
    ...driver,
    open: (access, context) =>
      driver.open(access, {
        ...context,
        pause: (ms) => context.pause(Math.min(ms, 1)),
        async http(rest, httpOptions) {
          const client = await context.http(rest, httpOptions);
          return {
            ...client,
            request(request) {
              count += 1;
              const mark = String(count);
              const headers = { ...request.headers, [MARK_HEADER]: mark };
              return orTimeout(mark, client.request({ ...request, headers }));
            },
          };
        },
        async ssh(ssh, sshOptions) {
          const client = await context.ssh(ssh, sshOptions);
          return {
            ...client,
            exec: (command, exec) => orTimeout(command, client.exec(command, exec)),
            readFile: (path, read) => orTimeout(`read ${path}`, client.readFile(path, read)),
          };
        },
      }),
  };
}
