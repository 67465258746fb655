// One Chromium for all tests, Debian's, with a fresh profile; and what every page must pass.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const PROGRAM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

export const launch = () => chromium.launch({ executablePath: PROGRAM, args: ['--headless', '--no-sandbox',
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync'] });

// A page in a context of its own. `page.trouble` gathers what the scripts of the page did wrong.
export async function open(browser, { initScript, ...options } = {}) {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  context.setDefaultTimeout(15000);
  if (initScript) await context.addInitScript(initScript);
  const page = await context.newPage();
  page.trouble = [];
  page.on('pageerror', (error) => page.trouble.push(error.message));
  page.on('console', (message) => /content security policy/i.test(message.text()) && page.trouble.push(message.text()));
  return page;
}

// The same for somebody who is signed in.
export async function openAs(browser, person, options) {
  const page = await open(browser, options);
  await page.context().addCookies([...person.cookies].map(([name, value]) => ({ name, value, url: person.node.url })));
  return page;
}

// Violations that axe-core finds, one line each.
export async function violations(page) {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
  return found.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`));
}

// How far the page reaches past the right edge.
export const overhang = (page) => page.evaluate(() =>
  document.documentElement.scrollWidth - document.documentElement.clientWidth);
