// The page of all parts, the theme asked for without a script, and the first page, whose receipts arrive live.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node } from '../system/lib/node.js';
import { DESKTOP, PHONE, launch, open, overhang, violations } from './lib/browser.js';

let browser, node;
before(async () => {
  node = await Node.make('yongchuan');
  [browser] = await Promise.all([launch(), node.start()]);
});
after(async () => {
  await browser?.close();
  await node?.stop();
});

test('the parts hold in both languages and themes, on desktop, phone and in large type', async () => {
  const page = await open(browser);
  for (const [lang, theme, viewport, size] of [['zh-CN', 'light', DESKTOP, 'usual'], ['en', 'dark', DESKTOP, 'usual'],
    ['zh-CN', 'dark', PHONE, 'large'], ['en', 'light', PHONE, 'large']]) {
    await page.setViewportSize(viewport);
    await page.goto(`${node.url}/design?lang=${lang}&theme=${theme}&size=${size}`);
    const what = `${lang} ${theme} ${size}`;
    assert.deepEqual(await violations(page), [], what);
    assert.ok(await overhang(page) <= 0, what);
  }
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('every state has a shape of its own beside word and colour', async () => {
  const page = await open(browser);
  await page.goto(`${node.url}/design`);
  const rows = await page.evaluate(() => [...document.querySelectorAll('.plate.light .chips')].map((row) =>
    [...row.querySelectorAll('.chip')].map((chip) =>
      [chip.textContent, chip.querySelector('use').href.baseVal.trim()])));
  assert.deepEqual(rows.map((row) => row.length), [5, 5, 6, 5, 4, 3]);
  for (const chip of rows.flat()) {
    assert.ok(chip[0].length > 0);
    assert.match(chip[1], /#[a-z-]+$/);
  }
  for (const row of rows.slice(0, 2)) assert.equal(new Set(row.map(([, shape]) => shape)).size, 5);
  await page.context().close();
});

test('the page weighs at most 60 kB with all it loads', async () => {
  const page = await open(browser);
  const client = await page.context().newCDPSession(page);
  let bytes = 0;
  client.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
  await client.send('Network.enable');
  await page.goto(`${node.url}/design`, { waitUntil: 'networkidle' });
  assert.ok(bytes > 10000 && bytes <= 61440, `${bytes} bytes`);
  await page.context().close();
});

const paper = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
test('the theme is switched without a script, is kept, and goes back to the system\'s', async () => {
  const page = await open(browser, { javaScriptEnabled: false, colorScheme: 'light' });
  const theme = async (name) => {
    await page.click('.prefs a:has(svg)');
    await page.waitForURL(new RegExp(`theme=${name}`));
  };
  await page.goto(`${node.url}/reports?q=x&lang=en`);
  const light = await page.screenshot({ clip: { x: 300, y: 700, width: 4, height: 4 } });
  await theme('dark');
  assert.match(page.url(), /q=x.*theme=dark/);
  const dark = await page.screenshot({ clip: { x: 300, y: 700, width: 4, height: 4 } });
  assert.notDeepEqual(dark, light);
  await page.goto(`${node.url}/about`);
  assert.equal(await page.getAttribute('html', 'class'), 'dark');
  await theme('light');
  assert.equal(await page.getAttribute('html', 'class'), 'light');
  await theme('system');
  assert.equal(await page.getAttribute('html', 'class'), null);
  await page.context().close();
  const asked = await open(browser, { colorScheme: 'dark' });
  await asked.goto(`${node.url}/about`);
  const system = await paper(asked);
  await asked.goto(`${node.url}/about?theme=light`);
  assert.notEqual(await paper(asked), system);
  await asked.goto(`${node.url}/about?theme=dark`);
  assert.equal(await paper(asked), system);
  await asked.context().close();
});

test('a receipt arrives on the first page without asking, and is marked as new', async () => {
  const page = await open(browser);
  const asked = [];
  await Promise.all([page.waitForResponse((answer) => answer.url().includes('/events')),
    page.goto(`${node.url}/?lang=en`)]);
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const before = await page.locator('tr[data-id]').count();
  await node.do('org', 'add', '--name', 'Lab', '--code', '91500118MA5YCL002G', '--role', 'lab', '--passphrase-file',
    `${node.dir}/token`);
  await page.waitForSelector('tr.new[data-id]');
  assert.equal(await page.locator('tr[data-id]').count(), before + 1);
  assert.ok(asked.filter((path) => path === '/').length <= 2, asked.join(' '));
  assert.equal(asked.includes('/index.json'), false);
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});
