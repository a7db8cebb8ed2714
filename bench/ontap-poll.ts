/** A process that looks at one ONTAP cluster as an inventory and a performance round do, each time it is told to. */
import driver from '../drivers/netapp-ontap/index.ts';
import { inRound } from '../src/driver/scope.ts';
import { openDriver } from '../src/testing/open.ts';
import { gather } from '../test/kit/samples.ts';
import { measureEach } from './kit/told.ts';

const LISTS = ['listStoragePools', 'listVolumes', 'listFilesystems', 'listControllers'] as const;
const WINDOW_MS = 120_000;

const access = JSON.parse(process.argv[2] ?? '{}') as Record<string, unknown>;
const opened = openDriver(driver, access);
const asked = driver.capabilities?.().resource_metrics ?? {};

measureEach(async () => {
  await inRound(async () => {
    await opened.getStorage();
    for (const list of LISTS) await opened.list(list);
  });
  const end = Date.now();
  await opened.session.call('collectPerfMetrics', (session, signal) =>
    gather(session.collectPerfMetrics?.(asked, end - WINDOW_MS, end, signal)),
  );
});
