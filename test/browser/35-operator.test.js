// Who runs the node, in a browser: health, a backup and its rehearsal, with the script and without.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Node, temporary } from '../system/lib/node.js';
import { admin } from '../system/lib/people.js';
import { DESKTOP, PHONE, launch, openAs, overhang, violations } from './lib/browser.js';

let browser, node, person;
before(async () => {
  node = await Node.make('yongchuan');
  const path = join(node.dir, 'node.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')),
    backup_dir: join(temporary(), 'backups') }));
  [browser] = await Promise.all([launch(), node.start()]);
  person = await admin(node, 'operator', 'system-admin');
});
after(async () => {
  await browser?.close();
  await node?.stop();
});

const signedIn = (options) => openAs(browser, person, options);

test('a backup is made and rehearsed, and the page tells it by itself', async () => {
  const page = await signedIn({ viewport: DESKTOP });
  await page.goto(`${node.url}/operator/backups?lang=en`);
  await page.click('text=Back up now');
  await page.waitForSelector('tbody tr', { timeout: 15000 });
  await page.click('tbody button');
  await page.waitForSelector('tbody .chip:has-text("Not witnessed")', { timeout: 15000 });
  assert.match(await page.innerText('tbody'), /cosigned by nobody/);
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});

test('without a script every step is there', async () => {
  const page = await signedIn({ viewport: PHONE, javaScriptEnabled: false });
  await page.goto(`${node.url}/operator`);
  await page.click('main a.button');
  await page.fill('#hours', 'daily');
  await page.click('form[action="/operator/backup-settings"] button');
  assert.equal(await page.inputValue('#hours'), 'daily');
  assert.equal(await page.getAttribute('#hours', 'aria-invalid'), 'true');
  await page.fill('#hours', '24');
  await page.click('form[action="/operator/backup-settings"] button');
  assert.equal(await page.inputValue('#hours'), '24');
  assert.equal(await page.getAttribute('#hours', 'aria-invalid'), null);
  await page.context().close();
});

test('both pages pass in both languages, on desktop and phone, light and dark', async () => {
  for (const options of [{ viewport: DESKTOP }, { viewport: PHONE, colorScheme: 'dark' }]) {
    const page = await signedIn(options);
    for (const path of ['/operator', '/operator/backups'])
      for (const lang of ['zh-CN', 'en']) {
        const answer = await page.goto(`${node.url}${path}?lang=${lang}`, { waitUntil: 'domcontentloaded' });
        assert.equal(answer.status(), 200);
        assert.deepEqual(await violations(page), [], `${path} ${lang}`);
        assert.ok(await overhang(page) <= 0, `${path} ${lang} ${JSON.stringify(options)}`);
        if (process.env.SHOTS)
          await page.screenshot({ fullPage: true,
            path: join(process.env.SHOTS, `${path.replaceAll('/', '_')}-${lang}-${options.viewport.width}.png`) });
      }
    await page.context().close();
  }
});
