// Members in a browser: directory, one member, the schematic picture; on a phone and without a script.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node } from '../system/lib/node.js';
import { makeLab } from '../system/lib/job.js';
import { admin } from '../system/lib/people.js';
import { launch, open, overhang, PHONE, violations } from './lib/browser.js';

let node, browser;

before(async () => {
  node = await Node.make('yongchuan');
  await node.start();
  browser = await launch();
  await makeLab(node);
  const publisher = await admin(node, 'publisher', 'publisher');
  const reviewer = await admin(node, 'reviewer', 'officer');
  const sent = await publisher.send('/listings/new/member', { title: '样例主管部门', summary: '负责车辆互认。',
    'field.industries.pick': 'M74', 'field.regions.pick': '500118', 'field.capabilities': '雨雾模拟', do: 'submit' });
  await reviewer.send(`/review/${/own\/(\d+)/.exec(sent.location)[1]}`, { do: 'publish' });
});
after(async () => {
  await browser?.close();
  await node?.stop();
});

const PAGES = ['/members', '/members?region=500118&industry=M74', '/members/map', '/members/yongchuan.huren.example',
  '/members/91500118MA5YCL002G', '/listings'];

test('axe-core finds nothing, and nothing reaches past the edge of a phone', async () => {
  for (const viewport of [undefined, PHONE]) {
    const page = await open(browser, viewport ? { viewport } : {});
    for (const path of PAGES) {
      const answer = await page.goto(node.url + path, { waitUntil: 'domcontentloaded' });
      assert.equal(answer.status(), 200, path);
      assert.deepEqual(await violations(page), [], path);
      assert.ok(await overhang(page) <= 0, path);
    }
    assert.deepEqual(page.trouble, []);
    await page.context().close();
  }
});

test('without a script, a district is found by the box, by its tile and in the table', async () => {
  const page = await open(browser, { javaScriptEnabled: false });
  await page.goto(`${node.url}/members`);
  await page.selectOption('select[name=region]', '500118');
  await page.click('.finder button');
  assert.equal(await page.locator('tbody tr').count(), 1);
  await page.goto(`${node.url}/members/map`);
  await page.click('summary');
  assert.equal(await page.locator('details td a[href="/members?region=500118"]').count(), 1);
  await page.locator('svg a[href="/members?region=500118"] rect').click();
  await page.waitForURL('**/members?region=500118');
  await page.locator('tbody a').first().click();
  assert.match(await page.locator('main').innerText(), /雨雾模拟/);
  await page.context().close();
});
