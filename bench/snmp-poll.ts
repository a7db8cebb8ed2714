/** A process that looks at one SNMP agent as an inventory and a performance round do, each time it is told to. */
import driver from '../drivers/generic-snmp_host/index.ts';
import { capabilities } from '../drivers/generic-snmp_host/metrics.ts';
import { openDriver } from '../src/testing/open.ts';
import { gather } from '../test/kit/samples.ts';
import { measureEach } from './kit/told.ts';

const LISTS = ['listControllers', 'listPorts', 'listDisks', 'listFilesystems'] as const;

const access = { snmp: { host: '127.0.0.1', port: Number(process.argv[2]), community: 'public' } };
const opened = openDriver(driver, access);

measureEach(async () => {
  await opened.getStorage();
  for (const list of LISTS) await opened.list(list);
  await opened.session.call('collectPerfMetrics', (session, signal) =>
    gather(session.collectPerfMetrics?.(capabilities.resource_metrics, 0, Date.now(), signal)),
  );
});
