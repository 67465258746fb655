// Interest in a browser: shown, answered, looked at, concluded, without a script too; totals as charts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node } from '../system/lib/node.js';
import { admin, invite, register } from '../system/lib/people.js';
import { DESKTOP, PHONE, launch, openAs, overhang, violations } from './lib/browser.js';

let browser, node, owner, seeker, uuid;

before(async () => {
  node = await Node.make('yongchuan');
  [browser] = await Promise.all([launch(), node.start()]);
  owner = await admin(node, 'owner', 'publisher');
  const officer = await admin(node, 'officer', 'officer');
  const firm = await register(node, officer, { code: '91440300708461136T', name: 'firm', kind: 'enterprise',
    organisation: '渝西智行科技有限公司' });
  seeker = await invite(firm, 'seeker', 'publisher');
  const sent = await owner.send('/listings/new/demand', { title: '封闭测试场夜间时段', summary: '配雨雾模拟。',
    'field.industries': 'M74', 'field.regions': '500118', 'field.cooperation.lease': 'on', do: 'submit' });
  await officer.send(`/review/${/own\/(\d+)/.exec(sent.location)[1]}`, { do: 'publish' });
  [{ uuid }] = (await node.get('/listings.json')).json.rows;
});
after(async () => {
  await browser?.close();
  await node?.stop();
});

const as = (person, options) => openAs(browser, person, options);
async function holds(page, what) {
  assert.deepEqual(await violations(page), [], what);
  assert.ok(await overhang(page) <= 0, what);
}
const shoot = async (page, name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/${name}.png`,
  fullPage: true });
const looks = [['zh-CN', 'light', DESKTOP], ['en', 'dark', PHONE]];
async function look(page, path, name) {
  for (const [lang, theme, viewport] of looks) {
    await page.setViewportSize(viewport);
    await page.goto(`${node.url}${path}?lang=${lang}&theme=${theme}`);
    await shoot(page, `${name}-${lang}-${theme}`);
    await holds(page, `${path} ${lang} ${theme}`);
  }
}

test('without a script: a form refused keeps what was typed, then is sent', async () => {
  const page = await as(seeker, { javaScriptEnabled: false });
  await page.goto(`${node.url}/listings/${uuid}`);
  await page.click(`a[href="/deals/new/${uuid}"]`);
  await page.fill('#cooperation', '租用三个夜间');
  await page.fill('#who_we_are', '做自动驾驶的公司');
  await page.fill('#person', '王小明');
  await page.fill('#phone', '13800138000');
  await page.check('#agreed');
  await page.click('main form.form button');
  assert.equal(await page.getAttribute('#unclear', 'aria-invalid'), 'true');
  assert.equal(await page.inputValue('#cooperation'), '租用三个夜间');
  await shoot(page, 'refused');
  await page.fill('#unclear', '雨强能到多少');
  assert.equal(await page.isChecked('#agreed'), true);
  await page.click('main form.form button');
  await page.waitForURL(/\/deals\/\d+/);
  await page.context().close();
});

test('accepted, both see the person masked, and in clear when asked; then signed', async () => {
  const page = await as(owner);
  await page.goto(`${node.url}/deals`);
  await page.click('.table tbody a');
  const path = new URL(page.url()).pathname;
  await look(page, path, 'received');
  await page.click('summary:has-text("Accept")');
  await page.fill('#person', '李四');
  await page.fill('#mail_to', 'li@owner.example');
  await page.check('#agreed');
  await page.click('details[open] button');
  assert.doesNotMatch(await page.textContent('main'), /王小明/);
  await page.click(`form[action="${path}/people"] button`);
  assert.match(await page.textContent('main'), /王小明/);
  await page.goto(`${node.url}${path}`);
  await page.click('summary:has-text("Report as signed")');
  await page.click('details[open] button');
  assert.equal(await page.locator('#deal_type[aria-invalid=true]').count(), 1);
  await holds(page, 'refused');
  await page.check('input[name=deal_type][value=facility]');
  await page.fill('#amount', '120');
  await page.fill('#signed_day', '2026-11-30');
  await page.click('details[open] button');
  await look(page, path, 'signed');
  await look(page, '/deals', 'deals');
  await look(page, `${path}/erase`, 'erase');
  await page.context().close();
});

test('the form and the totals hold for axe, on a phone, in the dark', async () => {
  const page = await as(seeker);
  await look(page, `/deals/new/${uuid}`, 'form');
  await look(page, '/outcomes', 'outcomes');
  assert.ok(await page.locator('.chart img').first().evaluate((img) => img.naturalWidth > 0));
  await page.click('summary:has-text("Table") >> nth=0');
  assert.match(await page.textContent('main'), /<3/);
  await holds(page, 'table open');
  assert.deepEqual(page.trouble, []);
  await page.context().close();
});
