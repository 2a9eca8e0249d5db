// A person's browser: Debian's Chromium, what goes wrong in its pages, and whether they suit every person.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import puppeteer from 'puppeteer-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const widths = [320, 720];
export const themes = ['light', 'dark'];

export const launch = () => puppeteer.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--force-color-profile=srgb', '--font-render-hinting=none'],
});

// openTab opens an empty page whose `faults` collect what the pages that `ours` accepts, by their address, do wrong.
export async function openTab(browser, { width = 720, height = 900, theme = 'light', ours = () => true } = {}) {
  const tab = await browser.newPage();
  await tab.setViewport({ width, height });
  await setTheme(tab, theme);
  await tab.evaluateOnNewDocument(() => addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    console.error(`securitypolicyviolation: ${violatedDirective} ${blockedURI} in ${location.href}`)));
  tab.faults = [];
  tab.on('console', message => {
    const address = / in (\S+)$/.exec(message.text())?.[1] ?? message.location().url ?? '';
    if (message.type() === 'error' && ours(address)) tab.faults.push(message.text());
  });
  tab.on('pageerror', error => {
    const address = /(about:srcdoc|https?:[^\s)]*?):\d+:\d+/.exec(error.stack ?? '')?.[1] ?? '';
    if (ours(address)) tab.faults.push(String(error));
  });
  return tab;
}

export const setTheme = (tab, theme) => tab.emulateMediaFeatures([
  { name: 'prefers-color-scheme', value: theme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);

// audit fails unless axe finds nothing in a document. A transparent one stands on its host's surface, so it gets that
// for the while: axe would take white for it, whatever the theme.
export async function audit(frame, theme) {
  const found = await frame.evaluate(async (source, surface) => {
    if (!globalThis.axe) (0, eval)(source);
    const own = getComputedStyle(document.body).backgroundColor;
    const transparent = own === 'rgba(0, 0, 0, 0)' && getComputedStyle(document.documentElement).backgroundColor === own;
    if (transparent) document.body.style.backgroundColor = surface;
    const { violations } = await globalThis.axe.run(document, { preload: false, resultTypes: ['violations'] });
    if (transparent) document.body.style.backgroundColor = '';
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  }, axe, theme === 'dark' ? '#17191c' : '#ffffff');
  assert.deepEqual(found, [], 'axe finds nothing');
}

// reachAll fails unless the tab key goes through every control of a document, in its order.
export async function reachAll(tab, frame) {
  const wanted = await frame.evaluate(() => {
    const reachable = 'button:not(:disabled), input:not(:disabled), select, textarea, summary, a[href], [tabindex="0"]';
    globalThis.controls = [...document.querySelectorAll(reachable)].filter(one => one.checkVisibility());
    controls[0]?.focus();
    return controls.length;
  });
  const reached = [];
  for (let i = 0; i < wanted; i++) {
    reached.push(await frame.evaluate(() => controls.indexOf(document.activeElement)));
    await tab.keyboard.press('Tab');
  }
  assert.deepEqual(reached, Array.from({ length: wanted }, (_, i) => i), 'the tab key reaches every control in order');
  return wanted;
}

// fits fails if a document is wider than its window.
export async function fits(frame) {
  const [needed, given] = await frame.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(needed <= given, `the page is ${needed} px wide in a window of ${given} px`);
}
