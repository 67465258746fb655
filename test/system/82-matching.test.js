// Matches of a listing in both cities, policies for a firm, saved searches with their notice, and the off switch.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { twoNodes } from './lib/job.js';
import { until } from './lib/node.js';
import { PASSWORD, admin } from './lib/people.js';
import { Person } from './lib/person.js';

const CODES = { yongchuan: '914403001922038216', longquanyi: '91500118MA5YLAB01X' };
let job;
const people = {};

// Written by one, published by the other; its UUID, once this node lists it.
async function publish(city, kind, fields) {
  const { reviewer } = people[city];
  const writer = kind === 'policy' ? people[city].authority : people[city].writer;
  const sent = await writer.send(`/listings/new/${kind}`, { ...fields, do: 'submit' });
  assert.equal(sent.status, 303, sent.text);
  const number = /own\/(\d+)/.exec(sent.location)[1];
  const done = await reviewer.send(`/review/${number}`, { do: 'publish' });
  assert.equal(done.status, 303, done.text);
  return (await writer.get(`/listings/own/${number}.json`)).json.listing.slice(9);
}

before(async () => {
  job = await twoNodes();
  await Promise.all(['yongchuan', 'longquanyi'].map(async (city) => {
    const reviewer = await admin(job[city], 'looker', 'officer');
    const stranger = new Person(job[city]);
    const form = { organisation: `样例企业${city}`, code: CODES[city], kind: 'enterprise', name: 'admin',
      display: 'Admin', despite_check: 'on' };
    assert.equal((await stranger.send('/register', form)).status, 200);
    await reviewer.send('/account/confirm', { password: PASSWORD });
    const [{ number }] = (await reviewer.get('/waiting.json')).json.rows;
    await reviewer.send(`/waiting/${number}`, { decision: 'confirm' }, { from: '/waiting' });
    people[city] = { reviewer, writer: await admin(job[city], 'writer', 'publisher', '--organisation', CODES[city]),
      authority: await admin(job[city], 'author', 'publisher') };
  }));
});
after(async () => {
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const matches = async (city, uuid, query = '') => (await job[city].get(`/listings/${uuid}/matches.json${query}`)).json;
let demand, supply, far;

test('the score of a pair is the same on both nodes, bit for bit, and from either side', async () => {
  demand = await publish('yongchuan', 'demand', { title: '采购自动驾驶仿真测试平台',
    summary: '用于域控制器回归测试，需要雨雾场景。',
    'field.industries': 'I65', 'field.regions': '500118', 'field.budget.from': '20', 'field.budget.to': '80',
    'field.certificates': 'CMA\nISO 26262' });
  supply = await publish('longquanyi', 'supply', { title: '自动驾驶仿真测试软件',
    summary: '五千个场景，含雨雾，可批量运行。',
    'field.industries': 'I6513', 'field.regions': '510112', 'field.price.from': '50', 'field.price.to': '100',
    'field.certificates': 'CMA' });
  await setTimeout(1100); // times are whole seconds
  far = await publish('longquanyi', 'supply', { title: '汽车座椅面料', summary: '环保面料。',
    'field.industries': 'C17',
    'field.regions': '510112' });
  const [here, there] = await Promise.all(['yongchuan', 'longquanyi'].map((city) => until(`${city} has them all`,
    async () => {
      const answer = await job[city].get(`/listings/${demand}/matches.json`);
      return answer.status === 200 && answer.json.rows.length === 2 && answer.json;
    })));
  const scores = ({ rows }) => rows.map(({ uuid, score, qualifies, mine, theirs }) =>
    ({ uuid, score, qualifies, mine, theirs }));
  assert.deepEqual(scores(here), scores(there));
  assert.equal(here.rows[0].uuid, supply);
  assert.ok(here.rows[0].score > here.rows[1].score);
  const back = (await matches('longquanyi', supply)).rows.find((row) => row.uuid === demand);
  assert.equal(back.score, here.rows[0].score);
  assert.deepEqual(back.mine, here.rows[0].theirs);
});

test('each part of a score is told, and what is missing to qualify', async () => {
  const [first] = (await matches('yongchuan', demand)).rows;
  assert.equal(first.qualifies, false);
  const parts = Object.fromEntries(first.mine.parts.map((part) => [part.how, part]));
  assert.deepEqual(parts['all-of'].missing, ['ISO 26262']);
  assert.deepEqual(parts['all-of'].shared, ['CMA']);
  assert.ok(parts.text.shared.some((word) => word.includes('仿真测试')), JSON.stringify(parts.text.shared));
  assert.equal(parts.industry.score, 1000);
  const page = await job.yongchuan.get(`/listings/${demand}/matches`);
  assert.match(page.text, /缺少：/);
  assert.match(page.text, /ISO 26262/);
  const listing = await job.yongchuan.get(`/listings/${demand}`);
  assert.ok(listing.text.includes(`/listings/${demand}/matches`));
});

test('pages of matches go on by key, and by date when ranking is off', async () => {
  const seen = [];
  for (let query = '?rows=1'; query;) {
    const page = await matches('yongchuan', demand, query);
    seen.push(...page.rows.map(({ uuid }) => uuid));
    query = page.next && `?rows=1&after=${page.next}`;
  }
  assert.deepEqual(seen, [supply, far]);
  const dated = await matches('yongchuan', demand, '?order=newest');
  assert.equal(dated.order, 'newest');
  assert.deepEqual(dated.rows.map(({ uuid }) => uuid), [far, supply]);
  assert.equal((await job.yongchuan.get(`/listings/${demand}/matches?rows=x`)).status, 400);
  assert.equal((await job.yongchuan.get(`/listings/${randomUUID()}/matches`)).status, 404);
});

test('policies: which fit, and which condition fails', async () => {
  const policy = { 'field.industries': 'C', 'field.document': '样例〔2026〕1号', 'field.source': '样例',
    'field.benefit': '每车补贴。' };
  await publish('yongchuan', 'policy', { ...policy, title: '测试补贴', summary: '样例。', 'field.regions': '500118',
    'field.sizes.small': 'on' });
  await publish('yongchuan', 'policy', { ...policy, title: '龙头企业奖励', summary: '样例。',
    'field.regions': '500000',
    'field.sizes.large': 'on' });
  const typed = 'field.industries=C36&field.regions=500118&field.size=small';
  const { rows, fits, asked } = (await job.yongchuan.get(`/policies.json?${typed}`)).json;
  assert.equal(asked, true);
  assert.equal(fits, 1);
  assert.deepEqual(rows.map(({ title, qualifies }) => [title, qualifies]),
    [['测试补贴', true], ['龙头企业奖励', false]]);
  assert.deepEqual(rows[1].fails.map(({ how }) => how), ['any-of']);
  const elsewhere = (await job.yongchuan.get(`/policies.json?${typed.replace('500118', '510112')}`)).json;
  assert.equal(elsewhere.fits, 0);
  // A condition that fails says what it asks for, in words.
  assert.deepEqual(rows[1].fails[0].missing.map((one) => one['zh-CN']), ['大型']);
  assert.deepEqual(elsewhere.rows.find(({ title }) => title === '测试补贴').fails.map(({ how, missing }) =>
    [how, missing.map((one) => one['zh-CN'])]), [['within', ['永川区']]]);
  const silent = (await job.yongchuan.get('/policies.json?field.industries=C36&field.regions=500118')).json;
  assert.deepEqual(silent.rows.map(({ fails }) => fails[0].missing[0]['zh-CN']).sort(), ['大型', '小型']);
  // Nobody has to know a code: districts and industries are chosen by their names.
  const picked = await job.yongchuan.get('/policies?field.industries.pick=C36&field.regions.pick=500118');
  assert.match(picked.text, /<select [^>]*name="field\.regions\.pick"[^]*<option value="500118" selected>永川区/);
  assert.deepEqual((await job.yongchuan.get('/policies.json?field.industries.pick=C36&field.regions.pick=500118'
    + '&field.size=small')).json.fits, 1);
  const wrong = await job.yongchuan.get('/policies?field.industries=C3');
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /value="C3"|>C3</);
  const member = await publish('yongchuan', 'member', { title: '样例企业', summary: '样例。',
    'field.industries': 'C36',
    'field.regions': '500118', 'field.capabilities': '改装', 'field.size': 'small' });
  assert.equal((await job.yongchuan.get(`/policies.json?for=${member}`)).json.fits, 1);
  const own = (await people.yongchuan.writer.get('/policies.json')).json;
  assert.equal(own.of.uuid, member);
  assert.equal((await job.yongchuan.get('/policies.json')).json.asked, false);
  assert.equal((await job.yongchuan.get(`/policies?for=${demand}`)).status, 400);
});

test('a saved search tells of what is new, once', async () => {
  const { writer } = people.longquanyi;
  const save = (fields) => writer.send('/searches', fields);
  assert.equal((await save({ q: '电磁兼容' })).status, 303);
  assert.equal((await save({ q: '电磁兼容' })).status, 303); // the same again is no second one
  assert.equal((await save({ listing: supply })).status, 303);
  assert.equal((await save({})).status, 400);
  const { rows } = (await writer.get('/searches.json')).json;
  assert.deepEqual(rows.map(({ name, matches: of }) => [name, of]),
    [['自动驾驶仿真测试软件', true], ['电磁兼容', false]]);
  const notices = async () => (await writer.get('/notices.json')).json.rows
    .filter(({ notice }) => /-found$/.test(notice));
  const told = (count) => until(`${count} told`, async () => {
    const all = await notices();
    return all.length >= count && all;
  });
  assert.deepEqual(await notices(), []);
  await publish('yongchuan', 'demand', { title: '整车电磁兼容试验', summary: '需要暗室。', 'field.industries': 'M74',
    'field.regions': '500118' });
  const [notice] = await told(1);
  assert.equal(notice.notice, 'search-found');
  assert.equal(notice.name, '电磁兼容');
  await publish('yongchuan', 'demand', { title: '电磁兼容整改', summary: '需要暗室。', 'field.industries': 'M74',
    'field.regions': '500118' });
  await publish('yongchuan', 'demand', { title: '自动驾驶仿真测试软件', summary: '批量运行。',
    'field.industries': 'I65',
    'field.regions': '500118' });
  const both = await told(2);
  assert.deepEqual(both.map((one) => one.notice).sort(), ['match-found', 'search-found']);
  const other = people.yongchuan.writer;
  const theirs = await other.send(`/searches/${rows[0].number}/end`, {}, { from: '/searches' });
  assert.equal(theirs.status, 404);
  for (const { number } of rows)
    assert.equal((await writer.send(`/searches/${number}/end`, {}, { from: '/searches' })).status, 303);
  assert.deepEqual((await writer.get('/searches.json')).json.rows, []);
});

test('how lists are ordered is told from the rules, and can be switched off', async () => {
  const stranger = new Person(job.yongchuan);
  const { pairs } = (await stranger.get('/ranking.json')).json;
  const demands = pairs.find(({ title, of }) => title.en === 'Demand' && of.en === 'Supply');
  assert.deepEqual(demands.rules.map(({ how, weight, gate }) => [how, weight, gate]), [['text', 40, false],
    ['industry', 20, false], ['region', 15, false], ['overlap', 15, false], ['all-of', 10, true]]);
  const order = async (person) => (await person.get('/listings.json?q=仿真测试')).json.order;
  for (const person of [stranger, people.yongchuan.writer]) {
    assert.equal(await order(person), 'relevance');
    assert.equal((await person.send('/ranking', { order: 'newest' })).status, 303);
    assert.equal(await order(person), 'newest');
    assert.equal((await person.send('/ranking', { order: 'relevance' })).status, 303);
    assert.equal(await order(person), 'relevance');
  }
  assert.equal((await job.yongchuan.get('/listings.json?q=仿真测试&order=newest')).json.order, 'newest');
});
