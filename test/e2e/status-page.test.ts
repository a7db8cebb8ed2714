/** The status page of a running agent, as a browser shows it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgent, workspace, type RunningAgent } from '../kit/agent.ts';
import { openPage, startBrowser } from '../kit/browser.ts';
import { eventually } from '../kit/ports.ts';
import { hasProgram } from '../kit/programs.ts';

const EVIL = '<img src=x onerror=alert(1)>';

function backend(name: string, fake: string): string {
  return `  - { name: ${JSON.stringify(name)}, vendor: fake_storage, model: fake_driver, inventory: { interval: 1s }, performance: { interval: 1s }, alerts: { interval: 1s }, fake: { sample_interval: 1, serial_number: ${JSON.stringify(`S-${name}`)}, ${fake} } }\n`;
}

describe.skipIf(!hasProgram('chromium'))('the status page in a browser', () => {
  const resources = new AsyncDisposableStack();
  let agent: RunningAgent;
  let browser: Browser;

  beforeAll(async () => {
    const space = resources.use(workspace());
    const config = [
      'backends:\n',
      backend('dc1-array', 'volumes: 240'),
      backend('dc1-file', 'fail: { lists: [shares], malformed: [qtrees], unsupported: [disks] }'),
      backend(EVIL, 'odd_names: true'),
      backend('dc2-array', 'password: wrong'),
    ].join('');
    agent = resources.use(await startAgent(space.write('config.yaml', config)));
    await agent.ready();
    browser = resources.adopt(await startBrowser(), (started) => started.close());
    await eventually('collections of every kind', async () => {
      const { backends } = JSON.parse((await agent.get('/api/v1/status')).text) as {
        backends: { runs: object }[];
      };
      return backends.every(({ runs }) => Object.keys(runs).length === 3) ? true : undefined;
    });
  });
  afterAll(() => resources.disposeAsync());

  const wide = { width: 1_100, height: 700 };
  const card = (name: string) => `article:has(h2:text-is(${JSON.stringify(name)}))`;

  it('shows each array, its state and its problems', async () => {
    await using opened = await openPage(browser, agent.url, wide);
    const { page } = opened;
    expect(await page.title()).toBe('delfin-agent');
    expect(await page.locator('header').innerText()).toContain('3 of 4 arrays up');
    expect(await page.locator('h2').allInnerTexts()).toEqual([EVIL, 'dc1-array', 'dc1-file', 'dc2-array']); // prettier-ignore
    const good = page.locator(card('dc1-array'));
    expect(await good.locator('.head .pill').innerText()).toBe('up');
    expect(await good.innerText()).toMatch(/fake_model, S-dc1-array, 1\.0\.0[\s\S]*240 volumes[\s\S]*Active alerts: /); // prettier-ignore
    expect(await good.locator('.runs td:first-child').allInnerTexts()).toEqual(['inventory', 'performance', 'alerts']); // prettier-ignore
    const problems = page.locator(card('dc1-file'));
    expect(await problems.locator('.head .pill').innerText()).toBe('up, with problems');
    expect(await problems.innerText()).toMatch(/listShares\s+backend\s+fake array: shares failed as configured[\s\S]*Dropped: .*invalid record/); // prettier-ignore
    const down = page.locator(card('dc2-array'));
    expect(await down.locator('.head .pill').innerText()).toBe('down');
    expect(await down.innerText()).toContain('authentication: fake array: login refused');
    expect(opened.complaints).toEqual([]);
  });

  it('leads to the pages that it names, also for an odd name', async () => {
    await using opened = await openPage(browser, agent.url, wide);
    const { page } = opened;
    for (const [name, path] of [
      ['metrics', '/metrics'],
      ['config', '/config'],
      ['sd', '/sd'],
      ['status', '/api/v1/status'],
    ] as const) {
      // prettier-ignore
      const response = page.waitForResponse(`${agent.url}${path}`);
      await page.locator('nav').getByText(name, { exact: true }).click();
      expect((await response).status()).toBe(200);
      await page.goto(agent.url);
    }
    await page.locator(card(EVIL)).getByText('metrics', { exact: true }).click();
    await page.waitForURL(/system=/);
    expect(await page.locator('body').innerText()).toContain(`storage_system_up{storage_system_name="${EVIL}"} 1`); // prettier-ignore
  });

  it.each([
    ['a phone', { width: 400, height: 800 }],
    ['a phone in the dark', { width: 400, height: 800, dark: true }],
    ['a small phone', { width: 320, height: 640 }],
  ])('fits %s', async (_what, size) => {
    await using opened = await openPage(browser, agent.url, size);
    const { page } = opened;
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(size.width); // prettier-ignore
    expect(await page.locator(`${card('dc2-array')} .head .pill`).isVisible()).toBe(true);
    // Text is readable on its background (WCAG AA: 4.5 to 1).
    for (const mood of ['good', 'odd', 'bad'])
      expect(Number(await page.evaluate(contrastOf(`.pill.${mood}`))), mood).toBeGreaterThan(4.5);
    expect(opened.complaints).toEqual([]);
  });
});

/** Runs in the page: the contrast of an element's colour against the card that it is on. */
function contrastOf(selector: string): string {
  return `(() => {
    const parse = (color) => color.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    const luminance = (color) => {
      const [red, green, blue] = parse(color);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const element = document.querySelector('article ${selector}');
    const front = luminance(getComputedStyle(element).color);
    const back = luminance(getComputedStyle(element.closest('article')).backgroundColor);
    return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
  })()`;
}
