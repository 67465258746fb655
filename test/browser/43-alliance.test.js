// The alliance in a browser: joining, a vote, a group, minutes, without a script too; every page with axe-core.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { rulesWithShortVotes } from '../system/lib/alliance.js';
import { Node, until } from '../system/lib/node.js';
import { admin, register } from '../system/lib/people.js';
import { DESKTOP, PHONE, launch, openAs, overhang, violations } from './lib/browser.js';

let browser, node, officer, firm, university;
const paths = {};

before(async () => {
  node = await Node.make('yongchuan');
  [browser] = await Promise.all([launch(), node.start({ env: { HUREN_RULES: rulesWithShortVotes() } })]);
  officer = await admin(node, 'officer', 'officer');
  firm = await register(node, officer, { code: '91440300708461136T', name: 'firm', kind: 'enterprise',
    organisation: '渝西智行科技有限公司' });
  university = await register(node, officer, { code: '914403001922038216', name: 'university', kind: 'university',
    organisation: '永川职业技术大学' });
});
after(async () => {
  await browser?.close();
  await node?.stop();
});

const as = (person, options) => openAs(browser, person, options);
const shoot = async (page, name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/${name}.png`,
  fullPage: true });
const looks = [['zh-CN', 'light', DESKTOP], ['en', 'dark', PHONE]];
let turn = 0;
// In one look after the other; those in `both` in each.
async function look(page, path, name) {
  const both = process.env.SHOTS || name === 'vote';
  for (const [lang, theme, viewport] of both ? looks : [looks[turn++ % 2]]) {
    await page.setViewportSize(viewport);
    const answer = await page.goto(`${node.url}${path}${path.includes('?') ? '&' : '?'}lang=${lang}&theme=${theme}`);
    assert.equal(answer.status(), 200, path);
    await shoot(page, `${name}-${lang}-${theme}`);
    assert.deepEqual(await violations(page), [], `${path} ${lang} ${theme}`);
    assert.ok(await overhang(page) <= 0, `${path} ${lang} ${theme}`);
  }
}
const closing = (seconds) => new Date(Date.now() + (8 * 3600 + seconds) * 1000).toISOString().slice(0, 19);

test('without a script: the charter is accepted, a refused form keeps what was typed', async () => {
  const page = await as(firm, { javaScriptEnabled: false });
  await page.goto(`${node.url}/alliance?lang=zh-CN`);
  await page.click('main a[href="/alliance/charter#join"]');
  await page.click('#join button');
  assert.equal(await page.getAttribute('#accept', 'aria-invalid'), 'true');
  await page.check('#accept');
  await page.click('#join button');
  await page.waitForURL(/done=applied/);
  const charter = (await university.get('/alliance/charter.json')).json.digest;
  await university.send('/alliance/join', { accept: 'on', charter }, { from: '/alliance/charter' });
  const desk = await as(officer, { javaScriptEnabled: false });
  const long = '缺'.repeat(300);
  await desk.goto(`${node.url}/alliance/applications`);
  await desk.fill('main section >> nth=1 >> textarea', long);
  await desk.click('main section >> nth=1 >> button[value=refuse]');
  await desk.click('main .notice.bad a'); // leads to the form that was refused, and only that one is marked
  assert.equal(new URL(desk.url()).hash, '#reason');
  const reasons = desk.locator('main textarea');
  assert.equal(await desk.inputValue('main section >> nth=1 >> #reason'), long);
  assert.deepEqual([await reasons.nth(0).inputValue(), await reasons.nth(0).getAttribute('aria-invalid'),
    await reasons.nth(1).getAttribute('aria-invalid')], ['', null, 'true']);
  for (let i = 2; i > 0; i--) {
    await desk.goto(`${node.url}/alliance/applications`);
    assert.equal(await desk.locator('main section').count(), i);
    await desk.click('main section >> nth=0 >> button[value=confirm]');
  }
  await page.goto(`${node.url}/alliance/votes/new`);
  await page.fill('#motion_text', '同意 2027 年度工作计划？');
  await page.fill('#closes', closing(3600));
  await page.click('main form.form button');
  assert.equal(await page.getAttribute('#title', 'aria-invalid'), 'true');
  assert.equal(await page.inputValue('#motion_text'), '同意 2027 年度工作计划？');
  await page.fill('#title', '2027 年度工作计划');
  await page.click('main form.form button');
  await page.waitForURL(/votes\/[0-9a-f-]{36}/);
  paths.voting = new URL(page.url()).pathname;
  await page.check('input[value=yes]');
  await page.click('main form button');
  assert.match(await page.locator('.notice.good').innerText(), /已记录/);
  const made = await firm.send('/alliance/votes/new', { title: '下一次会议在龙泉驿召开', motion_text: '是否同意？',
    motion_kind: 'ordinary', closes: closing(4) });
  paths.vote = made.location.replace('.json', '');
  await university.send(paths.vote, { choice: 'yes' });
  await page.context().close();
  await desk.context().close();
});

test('a group and its minutes, approved by a second organisation', async () => {
  const page = await as(firm, { javaScriptEnabled: false });
  await page.goto(`${node.url}/alliance/groups/new`);
  await page.fill('#group_name', '车路云一体化工作组');
  await page.fill('#group_purpose', '共用两地开放道路，统一数据接口。');
  await page.click('main form.form button');
  await page.waitForURL(/groups\/[0-9a-f-]{36}/);
  paths.group = new URL(page.url()).pathname;
  await university.send(paths.group, { do: 'join' });
  await page.goto(`${node.url}${paths.group}`);
  await page.click('main a[href^="/alliance/minutes/new"]');
  paths.write = `${new URL(page.url()).pathname}${new URL(page.url()).search}`;
  assert.match(await page.inputValue('#present'), /91440300708461136T 渝西智行/);
  await page.fill('#title', '工作组第一次会议');
  await page.fill('#meeting_place', '永川');
  await page.fill('#held', '2026-01-15');
  await page.fill('#decision-0', '按年度计划分工');
  await page.selectOption('select[name="vote.0"]', { label: '2027 年度工作计划' });
  await page.click('main form.form button');
  assert.equal(await page.getAttribute('#agenda', 'aria-invalid'), 'true');
  assert.equal(await page.inputValue('#decision-0'), '按年度计划分工');
  await page.fill('#agenda', '分工\n下一步');
  await page.click('main form.form button');
  await page.waitForURL(/drafts\/\d+/);
  paths.draft = new URL(page.url()).pathname;
  await look(await as(university), paths.draft, 'approve');
  const other = await as(university, { javaScriptEnabled: false });
  await other.goto(`${node.url}${paths.draft}`);
  await other.click('button[value=approve]');
  await other.waitForURL(/minutes\/[0-9a-f-]{36}/);
  paths.minutes = new URL(other.url()).pathname;
  await page.context().close();
  await other.context().close();
});

test('every page holds before axe-core, in Chinese and wide or in English, narrow and dark', async () => {
  const own = await as(firm);
  await until('the vote is counted', async () => (await firm.get(`${paths.vote}.json`)).json.vote_result === 'carried');
  delete paths.draft; // it is published
  const row = (await firm.get('/alliance/members.json')).json.rows[0];
  const desk = (async () => {
    const page = await as(officer);
    await look(page, '/alliance/applications', 'applications');
    await look(page, '/alliance/minutes/new', 'minutes-new');
    await look(page, `/statements/${row.uuid}`, 'statement');
  })();
  // One page after the other in three windows side by side.
  const left = Object.entries({ overview: '/alliance', charter: '/alliance/charter', votes: '/alliance/votes',
    groups: '/alliance/groups', all: '/alliance/minutes', members: '/alliance/members',
    move: '/alliance/votes/new', found: '/alliance/groups/new', ...paths });
  await Promise.all([own, await as(firm), await as(firm)].map(async (page) => {
    for (let next = left.shift(); next; next = left.shift()) await look(page, next[1], next[0]);
  }));
  await desk;
  const picture = await (await fetch(`${node.url}${paths.vote}/picture`)).text();
  assert.match(picture, /赞成/);
});
