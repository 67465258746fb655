// Listings as people meet them: the form that keeps what was typed, the review, the page, without a script too.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node } from '../system/lib/node.js';
import { admin } from '../system/lib/people.js';
import { DESKTOP, PHONE, launch, openAs, overhang, violations } from './lib/browser.js';

let browser, node, publisher, reviewer;
before(async () => {
  [browser, node] = await Promise.all([launch(), Node.make('yongchuan').then((made) => made.start())]);
  publisher = await admin(node, 'publisher', 'publisher');
  reviewer = await admin(node, 'reviewer', 'officer');
});
after(async () => {
  await browser?.close();
  await node?.stop();
});

const as = (person, options) => openAs(browser, person, options);
async function look(page, path, lang) {
  const answer = await page.goto(`${node.url}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
  assert.equal(answer.status(), 200, path);
  assert.deepEqual(await violations(page), [], `${path} in ${lang}`);
  assert.ok(await overhang(page) <= 0, `${path} reaches past the edge`);
}

test('a need is typed, refused, mended, reviewed and read', async () => {
  const page = await as(publisher, { viewport: PHONE, javaScriptEnabled: false });
  await page.goto(`${node.url}/listings/own`);
  await page.click('a[href="/listings/new/demand"]');
  await page.fill('#title', '夜间测试时段');
  await page.fill('#summary', '每周两晚，配雨雾模拟。');
  await page.fill('#industries', 'C3');
  await page.fill('#regions', '500118');
  await page.click('button[value=submit]');
  assert.match(await page.innerText('.notice.bad'), /所属行业/);
  assert.equal(await page.inputValue('#industries'), 'C3');
  assert.equal(await page.getAttribute('#industries', 'aria-invalid'), 'true');
  await page.fill('#industries', 'M74');
  await page.click('button[value=submit]');
  assert.match(await page.innerText('.notice.good'), /审核/);
  await page.context().close();
  const other = await as(reviewer, { viewport: DESKTOP });
  await other.goto(`${node.url}/review`);
  await other.click('td.main a');
  await other.click('button[value=publish]');
  await other.goto(`${node.url}/listings?q=${encodeURIComponent('雨雾')}`);
  await other.click('td.main a');
  assert.equal(await other.innerText('h1'), '夜间测试时段');
  assert.deepEqual(other.trouble, []);
  await other.context().close();
});

test('a file is attached without a script, refused beside its field, and saved by who reads', async () => {
  const page = await as(publisher, { viewport: PHONE, javaScriptEnabled: false });
  await page.goto(`${node.url}/listings/own`);
  await page.click('td.main a');
  const pdf = { name: '说明书.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 雨雾') };
  await page.setInputFiles('#file', { ...pdf, buffer: Buffer.from('<html>') });
  await page.click('button[value=upload]');
  assert.match(await page.innerText('#file-problem'), /PDF/);
  assert.equal(await page.getAttribute('#file', 'aria-invalid'), 'true');
  await page.setInputFiles('#file', pdf);
  await page.click('button[value=upload]');
  assert.match(await page.innerText('.attached'), /说明书\.pdf/);
  assert.ok(await overhang(page) <= 0);
  await page.click('button[value=remove]');
  assert.equal(await page.locator('.attached').count(), 0);
  await page.selectOption('#digest', { index: 1 });
  await page.click('button[value=choose]');
  await page.click('button[value=submit]');
  await page.context().close();
  const other = await as(reviewer, { viewport: DESKTOP });
  await other.goto(`${node.url}/review`);
  await other.click('td.main a');
  await other.click('button[value=publish]');
  const { uuid } = (await node.get('/listings.json')).json.rows[0];
  await other.goto(`${node.url}/listings/${uuid}`);
  const [download] = await Promise.all([other.waitForEvent('download'), other.click('.attached a')]);
  assert.equal(download.suggestedFilename(), '说明书.pdf');
  await other.context().close();
});

test('axe-core finds nothing on the pages of listings', async () => {
  const { uuid } = (await node.get('/listings.json')).json.rows[0];
  const sent = await publisher.send('/listings/new/opportunity', { title: '仿真平台', summary: '云端',
    'field.industries': 'I65',
    'field.regions': '510112', 'field.scene': 'scene', do: 'submit' });
  assert.equal(sent.status, 303, sent.text);
  const id = /own\/(\d+)/.exec(sent.location)[1];
  for (const [viewport, lang] of [[DESKTOP, 'zh-CN'], [PHONE, 'en']]) {
    const page = await as(publisher, { viewport });
    for (const path of ['/listings', `/listings/${uuid}`, '/listings/own', `/listings/own/${id}`,
      '/listings/new/facility'])
      await look(page, path, lang);
    await page.context().close();
    const other = await as(reviewer, { viewport });
    for (const path of ['/review', `/review/${id}`]) await look(other, path, lang);
    await other.context().close();
  }
});
