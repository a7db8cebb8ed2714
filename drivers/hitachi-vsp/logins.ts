/** Which initiators are logged in to which port: extra data that not every server gives. */
import {
  BackendError,
  flag,
  isObject,
  NotSupported,
  text,
  type Foreign,
} from 'delfin-agent/driver';
import type { ArrayClient } from './client.ts';

/** Port id -> initiators (WWN or iSCSI name, lower case); a port without entry is not known. */
export type LoggedIn = ReadonlyMap<string, ReadonlySet<string>>;

const NAMES = ['loginWwn', 'loginIscsiName', 'wwn', 'iscsiName'] as const;

export async function listLoggedIn(client: ArrayClient): Promise<LoggedIn> {
  try {
    const ports = await client.list('/ports', { detailInfoType: 'logins' });
    return new Map(ports.flatMap(toEntry));
  } catch (error) {
    if (error instanceof NotSupported || error instanceof BackendError) return new Map();
    throw error;
  }
}

function toEntry(port: Foreign): [string, ReadonlySet<string>][] {
  const id = text(port['portId']);
  const logins = port['logins'];
  if (id === undefined || !Array.isArray(logins)) return [];
  const names = logins
    .filter(isObject)
    // Newer versions also list who was logged in once.
    .filter((login) => flag(login['isLogin']) !== false)
    .flatMap((login) => NAMES.flatMap((field) => text(login[field])?.toLowerCase() ?? []));
  return [[id, new Set(names)]];
}
