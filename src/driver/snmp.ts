/** Reading an SNMP agent with net-snmp: v2c and v3, bounded and counted. */
import type { SnmpAccess } from './access.ts';
import type { TransportScope } from './http.ts';
import type { SnmpClient } from './transports.ts';

export function createSnmp(_access: SnmpAccess, _scope: TransportScope): SnmpClient {
  throw new Error('placeholder');
}
