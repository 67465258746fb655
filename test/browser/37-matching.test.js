// Matches, policies, saved searches and the statement of ranking, as people see them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node } from '../system/lib/node.js';
import { PASSWORD, admin } from '../system/lib/people.js';
import { Person } from '../system/lib/person.js';
import { DESKTOP, PHONE, launch, openAs, overhang, violations } from './lib/browser.js';

const CODE = '914403001922038216';
let browser, node, writer, reviewer, demand;

async function publish(by, kind, fields) {
  const sent = await by.send(`/listings/new/${kind}`, { summary: '样例说明。', 'field.regions': '500118', ...fields,
    do: 'submit' });
  assert.equal(sent.status, 303, sent.text);
  const number = /own\/(\d+)/.exec(sent.location)[1];
  await reviewer.send(`/review/${number}`, { do: 'publish' });
  return (await by.get(`/listings/own/${number}.json`)).json.listing.slice(9);
}

before(async () => {
  [browser, node] = await Promise.all([launch(), Node.make('yongchuan')]);
  await node.start();
  reviewer = await admin(node, 'looker', 'officer');
  const author = await admin(node, 'author', 'publisher');
  await new Person(node).send('/register', { organisation: '样例企业', code: CODE, kind: 'enterprise', name: 'admin',
    display: 'Admin' });
  await reviewer.send('/account/confirm', { password: PASSWORD });
  await reviewer.send('/waiting/2', { decision: 'confirm' }, { from: '/waiting' });
  writer = await admin(node, 'writer', 'publisher', '--organisation', CODE);
  demand = await publish(author, 'demand', { title: '采购自动驾驶仿真测试平台',
    summary: '用于域控制器回归测试，需要雨雾场景。',
    'field.industries': 'I65', 'field.budget.from': '20', 'field.budget.to': '80',
    'field.certificates': 'CMA\nISO 26262' });
  const supply = { 'field.industries': 'I6513', 'field.certificates': 'CMA' };
  await publish(writer, 'supply', { ...supply, title: '自动驾驶仿真测试软件',
    summary: '五千个场景，含雨雾，可批量运行。',
    'field.price.from': '50', 'field.price.to': '100' });
  await publish(writer, 'supply', { ...supply, title: '场景仿真软件与一个很长很长的名称用来看看标题在手机上怎样换行',
    'field.certificates': 'CMA\nISO 26262' });
  await publish(writer, 'member', { title: '样例企业', 'field.industries': 'C36', 'field.capabilities': '无人物流车',
    'field.size': 'small' });
  const policy = { 'field.industries': 'C', 'field.document': '样例〔2026〕1号', 'field.source': '样例',
    'field.benefit': '每车补贴。' };
  await publish(author, 'policy', { ...policy, title: '道路测试补贴', 'field.sizes.small': 'on' });
  await publish(author, 'policy', { ...policy, title: '龙头企业与专精特新企业奖励办法', 'field.regions': '510112',
    'field.sizes.large': 'on', 'field.certificates': '高新技术企业' });
  await writer.send('/searches', { q: '电磁兼容', kind: 'demand' });
  await writer.send('/searches', { listing: demand });
});
after(async () => {
  await browser?.close();
  await node?.stop();
});

test('nothing for axe, nothing past the edge, in both languages and widths, light and dark', async () => {
  const paths = { matches: `/listings/${demand}/matches`, policies: '/policies',
    typed: '/policies?field.industries=C36&field.regions=510112',
    wrong: '/policies?field.industries=C3', ranking: '/ranking', searches: '/searches?q=%E4%BB%BF%E7%9C%9F',
    listings: '/listings?q=%E6%B5%8B%E8%AF%95' };
  for (const [viewport, colorScheme, lang] of [[DESKTOP, 'light', 'zh-CN'], [PHONE, 'dark', 'en']]) {
    const page = await openAs(browser, writer, { viewport, colorScheme });
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(`${node.url}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
      await page.evaluate(() => document.querySelectorAll('.match details').forEach((one) => { one.open = true; }));
      assert.deepEqual(await violations(page), [], `${path} in ${lang}`);
      assert.ok(await overhang(page) <= 0, `${path} reaches past the edge`);
      assert.doesNotMatch(await page.innerText('main'), /\{\{|undefined/, path);
      const { SHOTS } = process.env; // a folder for pictures of them, when somebody wants to look
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${lang}.png`, fullPage: true });
    }
    assert.deepEqual(page.trouble, []);
    await page.context().close();
  }
});

test('a search is kept from the list and ranking is switched off, without a script', async () => {
  const page = await openAs(browser, writer, { javaScriptEnabled: false });
  await page.goto(`${node.url}/listings?q=${encodeURIComponent('补贴')}&lang=en`);
  await page.click('text=Tell me of new results');
  await page.click('main form button >> text=Save');
  assert.equal(await page.locator('main tbody tr').count(), 3);
  await page.goto(`${node.url}/ranking`);
  await page.click('text=Order by date alone');
  assert.match(await page.innerText('main'), /By date alone, newest first/);
  await page.goto(`${node.url}/listings?q=${encodeURIComponent('补贴')}`);
  assert.match(await page.innerText('main'), /By date alone, newest first/);
  await page.context().close();
});
