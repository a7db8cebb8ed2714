/** The pages as a browser shows them: of a running agent, and of a server that says what a test wants. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgent, workspace, type RunningAgent } from '../kit/agent.ts';
import { openPage, startBrowser } from '../kit/browser.ts';
import { eventually } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';
import { arrayDocument, serve, statusDocument } from '../web/kit.ts';

const EVIL = '<img src=x onerror=alert(1)>\u202e';

function backend(name: string, fake: string): string {
  return `  - { name: ${JSON.stringify(name)}, vendor: fake_storage, model: fake_driver, performance: { interval: 5s }, fake: { sample_interval: 1, serial_number: ${JSON.stringify(`S-${name}`)}, ${fake} } }\n`;
}

/** The part that is looked at. */
interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { html: string }[];
  }[];
}
const AXE = new URL(import.meta.resolve('axe-core/axe.min.js'));

const WIDE = { width: 1_100, height: 700 };
const row = (page: Page, name: string) => page.locator('tbody tr', { hasText: name });
const section = (page: Page, name: string) => page.locator(`section[aria-label="${name}"]`);
const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');
const pathOf = (name: string) => `/arrays/${encodeURIComponent(name)}`;
/** What the page does by itself every few seconds. */
const refresh = (page: Page) =>
  page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);

if (!hasProgram('chromium')) console.log('skipped: Chromium is not installed (chromium)');

describe.skipIf(!hasProgram('chromium'))('in a browser', () => {
  const resources = new AsyncDisposableStack();
  let agent: RunningAgent;
  let browser: Browser;

  beforeAll(async () => {
    const space = resources.use(workspace());
    const config = [
      'workers: 1\nbackends:\n',
      backend('dc1-array', 'volumes: 40'),
      backend('dc1-file', 'fail: { lists: [shares], malformed: [qtrees], unsupported: [disks] }'),
      backend(EVIL, 'odd_names: true'),
      backend('dc2-array', 'password: wrong'),
    ].join('');
    agent = resources.use(await startAgent(space.write('config.yaml', config)));
    browser = resources.adopt(await startBrowser(), (started) => started.close());
    await eventually('collections of every kind', async () => {
      const { backends } = JSON.parse((await agent.get('/api/v1/status')).text) as {
        backends: { runs: object }[];
      };
      return backends.every(({ runs }) => Object.keys(runs).length === 3) ? true : undefined;
    });
  });
  afterAll(() => resources.disposeAsync());

  it('shows each array, its state and its problems', async () => {
    await using opened = await openPage(browser, agent.url, WIDE);
    const { page, complaints, requests } = opened;
    expect(await page.title()).toBe('delfin-agent');
    expect(await page.locator('header').innerText()).toContain('3 of 4 arrays up');
    const good = row(page, 'dc1-array');
    expect(await good.locator('.pill').innerText()).toBe('up');
    expect(await good.innerText()).toMatch(/fake_model, S-dc1-array, 1\.0\.0[\s\S]* ago\s+40/);
    expect(await row(page, 'dc1-file').locator('.pill').innerText()).toBe('problems');
    const down = row(page, 'dc2-array');
    expect(await down.locator('.pill').innerText()).toBe('down');
    expect(await down.innerText()).toMatch(/: authentication, fake array: login refused/);
    expect(complaints).toEqual([]);
    expect(requests.map((url) => url.replace(agent.url, ''))).toEqual(['/', '/assets/page.css', '/assets/page.js', '/assets/icon.svg'].slice(0, requests.length)); // prettier-ignore
  });

  it('shows all about one array: what it gives, what fails, its alerts and parts', async () => {
    await using opened = await openPage(browser, `${agent.url}/arrays/dc1-file`, WIDE);
    const { page, complaints } = opened;
    const read = (name: string) => section(page, name).innerText();
    expect(await read('Problems')).toMatch(/listShares\s+backend\s+fake array: shares failed as configured/); // prettier-ignore
    expect(await read('Collections')).toMatch(/inventory\s+ok.*\n?.*ago\s+5 min/);
    expect(await read('Active alerts')).toMatch(/severity\s+since\s+alert\s+\w+\s+.* ago/);
    expect(await read('Inventory')).toMatch(/volumes\s+yes\s+yes\s+\d+\s+\d+ s ago[\s\S]*disks\s+yes\s+no/); // prettier-ignore
    expect(await read('Inventory')).toMatch(/shares\s+yes\s+fails/);
    expect(await read('Performance')).toMatch(/volume\s+\d+ s ago\s+5 s\s+\d+/);
    expect(await read('Measures')).toMatch(/volume\s+with samples: iops/);
    expect(await read('Components')).toMatch(/fan\s+.*\d+ ok/);
    expect(await read('Requests')).toMatch(/of 2 in flight/);
    expect(await read('Dropped')).toMatch(/invalid record\s+\d+/);
    expect(complaints).toEqual([]);
  });

  it('leads to every page that it names, also for an odd name', async () => {
    await using opened = await openPage(browser, agent.url, WIDE);
    const { page } = opened;
    const links = async () =>
      await page.evaluate<string[]>(`Array.from(document.links, (link) => link.href)`);
    const overview = await links();
    expect(overview).toHaveLength(8);
    await row(page, 'onerror').getByRole('link').click();
    expect(await page.locator('h1').innerText()).toBe('<img src=x onerror=alert(1)>\\u202e');
    for (const url of new Set([...overview, ...(await links())])) {
      if (url.startsWith(agent.url)) expect([url, (await fetch(url)).status]).toEqual([url, 200]);
    }
    expect(opened.complaints).toEqual([]);
  });

  it.each([
    ['light', '/', { ...WIDE }],
    ['dark, on a phone', '/', { width: 360, height: 740, dark: true }],
    ['dark', '/arrays/dc1-file', { ...WIDE, dark: true }],
    ['light, on a phone', '/arrays/dc1-file', { width: 360, height: 740 }],
    ['light, on a phone', pathOf(EVIL), { width: 360, height: 740 }],
    ['dark, on a small phone', '/arrays/dc2-array', { width: 320, height: 640, dark: true }],
  ])('is accessible and fits: %s, %s', async (_how, path, size) => {
    await using opened = await openPage(browser, `${agent.url}${path}`, size);
    const { page, complaints } = opened;
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(size.width); // prettier-ignore
    await page.evaluate(readFileSync(AXE, 'utf8'));
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('is used with the keyboard alone', async () => {
    await using opened = await openPage(browser, agent.url, WIDE);
    const { page } = opened;
    const tabTo = async (text: string) => {
      for (let presses = 0; presses < 20; presses += 1) {
        await page.keyboard.press('Tab');
        if ((await focused(page)) === text) return;
      }
      throw new Error(`Tab does not reach ${text}`);
    };
    await tabTo('dc1-array');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/arrays\/dc1-array$/);
    await tabTo('all arrays');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${agent.url}/`);
    await tabTo('Pause updates');
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe('Resume updates');
  });

  it('works without a script', async () => {
    await using opened = await openPage(browser, `${agent.url}/`, { ...WIDE, script: false });
    const { page } = opened;
    expect(await page.locator('meta[http-equiv="refresh"]').getAttribute('content')).toBe('30');
    expect(await page.locator('#pause').isVisible()).toBe(false);
    await row(page, 'dc1-array').getByRole('link').click();
    expect(await page.locator('h1').innerText()).toBe('dc1-array');
  });

  it('is brought up to date without losing focus, place or elements; says when it can not be', async () => {
    const named = (name: string) => arrayDocument({ name });
    let names = Array.from({ length: 80 }, (_, at) => `b${at}`);
    let isBroken = false;
    let asked = 0;
    await using server = await serve({
      status() {
        asked += 1;
        if (isBroken) throw new Error('broken');
        return statusDocument({ now: asked * 1_000, backends: names.map(named) });
      },
    });
    await using opened = await openPage(browser, `http://127.0.0.1:${server.port}/`, WIDE);
    const { page } = opened;
    const link = row(page, 'b60').getByRole('link');
    await link.focus();
    await page.evaluate('document.activeElement.closest("tr").mine = true; scrollTo(0, 900)');
    const before = await page.evaluate('scrollY');
    names = ['added', ...names.filter((name) => name !== 'b79'), 'last'];
    await refresh(page);
    await row(page, 'added').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(81);
    expect(await row(page, 'b79').count()).toBe(0);
    expect(await focused(page)).toBe('b60');
    expect(await page.evaluate('document.activeElement.closest("tr").mine')).toBe(true);
    // The row that came on top may push what is in sight, not carry it away.
    expect(Math.abs(Number(await page.evaluate('scrollY')) - Number(before))).toBeLessThan(100);
    expect(opened.complaints).toEqual([]);

    isBroken = true;
    await refresh(page);
    await page.getByText('The agent answers 500; what you see is no longer current.').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(81);
    isBroken = false;
    await refresh(page);
    await page.locator('#news:empty').waitFor({ state: 'attached' });

    await page.locator('#pause').click();
    const answered = asked;
    await refresh(page);
    await page.locator('#pause').click();
    await eventually('the next answer', () => (asked > answered ? true : undefined));
    expect(asked).toBe(answered + 1);
  });

  it('shows five hundred arrays', async () => {
    const backends = Array.from({ length: 500 }, (_, at) => arrayDocument({ name: `array-${at}` }));
    await using server = await serve({ status: () => statusDocument({ backends }) });
    await using opened = await openPage(browser, `http://127.0.0.1:${server.port}/`, WIDE);
    const { page, complaints } = opened;
    expect(await page.locator('header').innerText()).toContain('500 of 500 arrays up');
    expect(await page.locator('tbody tr').count()).toBe(500);
    await refresh(page);
    expect(complaints).toEqual([]);
  });
});
