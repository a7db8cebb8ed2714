/** Looks over a driver's shoulder: the sessions it opens, what it asks and what it logs. */
import type { Driver, DriverContext, Log, Session } from '../driver/driver.ts';
import { runningMethod } from '../driver/scope.ts';

export interface Watcher {
  opened?(session: Session): void;
  /** A request is about to leave: `GET /path`, a command, `get 1.3.6...`. What is thrown keeps it back. */
  request?(call: string, request: string): void;
  logged?(line: string): void;
}

export function watch(driver: Driver, watcher: Watcher): Driver {
  return {
    ...driver,
    async open(access, context) {
      const session = await driver.open(access, watchContext(context, watcher));
      watcher.opened?.(session);
      return session;
    },
  };
}

function watchContext(context: DriverContext, watcher: Watcher): DriverContext {
  const ask = (request: string) => watcher.request?.(runningMethod() ?? 'open', request);
  const asking = async <T>(request: string, work: () => Promise<T>): Promise<T> => {
    ask(request);
    return await work();
  };
  return {
    ...context,
    log: watchLog(context.log, watcher),
    async http(access, options) {
      const client = await context.http(access, options);
      return {
        ...client,
        request: (request) =>
          asking(`${request.method ?? 'GET'} ${request.path}`, () => client.request(request)),
      };
    },
    async ssh(access, options) {
      const client = await context.ssh(access, options);
      return {
        ...client,
        exec: (command, exec) => asking(command, () => client.exec(command, exec)),
        readdir: (path) => asking(`readdir ${path}`, () => client.readdir(path)),
        readFile: (path, read) => asking(`read ${path}`, () => client.readFile(path, read)),
      };
    },
    async snmp(access) {
      const client = await context.snmp(access);
      return {
        ...client,
        get: (oids, failed) => asking(`get ${oids[0] ?? ''}`, () => client.get(oids, failed)),
        read: (oid, columns) => asking(`read ${oid}`, () => client.read(oid, columns)),
        table: (oid, columns) => asking(`read ${oid}`, () => client.table(oid, columns)),
      };
    },
  };
}

function watchLog(log: Log, watcher: Watcher): Log {
  const watched =
    (level: keyof Log) =>
    (fields: Record<string, unknown>, message: string): void => {
      watcher.logged?.(asText(fields, message));
      log[level](fields, message);
    };
  return {
    debug: watched('debug'),
    info: watched('info'),
    warn: watched('warn'),
    error: watched('error'),
  };
}

/** A log record as one line, errors with their stacks. */
export function asText(fields: Record<string, unknown>, message: string): string {
  const written = JSON.stringify(fields, (_key, value: unknown) =>
    value instanceof Error ? String(value.stack) : value,
  );
  return `${message} ${written}`;
}
