/** The array's SNMP settings, changed by jobs that take two looks to complete. */
import type { ServedRequest } from '../../kit/http-server.ts';
import { ok, refuse, type Answer } from './api.ts';

export interface SnmpSettings {
  isSNMPAgentEnabled: boolean;
  snmpVersion: string;
  sendingTrapSetting: { snmpv1v2cSettings: { community: string; sendTrapTo: string[] }[] };
  requestAuthenticationSetting: {
    snmpv1v2cSettings: { community: string; requestsPermitted: string[] }[];
  };
  systemGroupInformation: { storageSystemName: string; contact: string; location: string };
}

export interface Settings {
  readonly snmp: SnmpSettings;
  handle(request: ServedRequest, path: string): Answer | undefined;
}

export function createSettings(): Settings {
  const snmp: SnmpSettings = {
    isSNMPAgentEnabled: true,
    snmpVersion: 'v2c',
    sendingTrapSetting: {
      snmpv1v2cSettings: [{ community: 'public', sendTrapTo: ['192.0.2.50'] }],
    },
    requestAuthenticationSetting: {
      snmpv1v2cSettings: [{ community: 'read', requestsPermitted: ['192.0.2.51'] }],
    },
    systemGroupInformation: {
      storageSystemName: 'VSP',
      contact: 'admin@example.com',
      location: 'DC 1',
    },
  };
  let looks = 0;

  function change(request: ServedRequest): Answer {
    const body = JSON.parse(request.body) as SnmpSettings;
    const complete = Object.keys(snmp).every((key) => Object.hasOwn(body, key));
    if (!complete) return refuse(400, 'A required attribute is missing.');
    Object.assign(snmp, body);
    looks = 0;
    return { status: 202, body: { jobId: 7, status: 'Initializing', state: 'Queued' } };
  }

  /** An address that does not exist is found out by the job, not by the request. */
  function job(): Answer {
    looks += 1;
    if (looks < 2) return ok({ jobId: 7, status: 'InProgress', state: 'Started' });
    const wrong = JSON.stringify(snmp.sendingTrapSetting).includes('0.0.0.0');
    if (!wrong) return ok({ jobId: 7, status: 'Completed', state: 'Succeeded' });
    const error = { messageId: 'KART30000-E', message: 'The command ended abnormally.' };
    return ok({ jobId: 7, status: 'Completed', state: 'Failed', error });
  }

  return {
    snmp,
    handle(request, path) {
      if (path === '/jobs/7') return job();
      if (path !== '/snmp-settings/instance') return undefined;
      return request.method === 'PATCH' ? change(request) : ok(snmp);
    },
  };
}
