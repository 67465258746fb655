// Interest across the two cities: asked, answered, noted, signed; with the line cut; contact data shown and erased.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { introduce } from './lib/job.js';
import { Node, until } from './lib/node.js';
import { admin, invite, register } from './lib/people.js';
import { Person } from './lib/person.js';
import { Proxy } from './lib/proxy.js';

let one, two, toOne, toTwo, owner, seeker, reviewer, stranger, uuid;

// An organisation that the authority confirmed, and its publisher.
async function organisation(node, officer, code, name) {
  const first = await register(node, officer, { code, name, kind: 'enterprise', organisation: `公司 ${name}` });
  return invite(first, `${name}.p`, 'publisher');
}

before(async () => {
  [one, two] = await Promise.all([Node.make('yongchuan'), Node.make('longquanyi')]);
  [toOne, toTwo] = await Promise.all([Proxy.open(one.port), Proxy.open(two.port)]);
  await Promise.all([one.start(), two.start()]);
  await introduce(one, two, { yongchuan: toOne.url, longquanyi: toTwo.url });
  [owner, reviewer] = await Promise.all([admin(one, 'publisher', 'publisher'),
    admin(one, 'reviewer', 'officer', 'publisher')]);
  const officer = await admin(two, 'officer', 'officer');
  seeker = await organisation(two, officer, '91440300708461136T', 'seeker');
  stranger = await organisation(one, reviewer, '914403001922038216', 'stranger');
  const sent = await owner.send('/listings/new/demand', { title: '封闭测试场夜间时段', summary: '配雨雾模拟。',
    'field.industries': 'M74', 'field.regions': '500118', 'field.cooperation.lease': 'on', do: 'submit' });
  assert.equal(sent.status, 303, sent.text);
  const [, number] = /own\/(\d+)/.exec(sent.location);
  assert.equal((await reviewer.send(`/review/${number}`, { do: 'publish' })).status, 303);
  const row = await until('the other city finds it', async () =>
    (await two.get(`/listings.json?q=${encodeURIComponent('雨雾')}`)).json.rows[0]);
  ({ uuid } = row);
});
after(async () => {
  toOne?.close();
  toTwo?.close();
  await one?.stop();
  await two?.stop();
});

const ANSWERS = { cooperation: '租用三个夜间', unclear: '雨强能到多少', who_we_are: '做自动驾驶的公司' };
const SEEKER = { person: '王小明', phone: '13800138000', mail_to: 'wang@seeker.example', agreed: 'on' };
const OWNER = { person: '李四', phone: '02388887777', mail_to: 'li@owner.example', agreed: 'on' };
const first = async (person) => (await person.get('/deals.json')).json.rows[0];
const deal = async (person) => (await person.get(`/deals/${(await first(person)).number}.json`)).json;
const act = async (person, form) => {
  const path = `/deals/${(await first(person)).number}`;
  return person.send(path, form);
};
const done = async (person, form) => {
  const answer = await act(person, form);
  assert.equal(answer.status, 303, answer.text);
};
const both = (what, holds, ms) => until(what, async () => {
  const [a, b] = [await deal(owner), await deal(seeker)];
  return holds(a, b) && [a, b];
}, ms);
const log = ({ events }) => events.map((x) => [x.said_by, x.deal_act, x.time, x.text, x.idle]);

test('what is missing is named, and nothing is kept', async () => {
  const refused = await seeker.send(`/deals/new/${uuid}`, { ...ANSWERS, unclear: '', person: '王', phone: 'x' });
  assert.equal(refused.status, 400, refused.text);
  assert.deepEqual(refused.json.problems.map(({ field, wrong }) => [field, wrong]).sort(),
    [['agreed', 'person-agrees'], ['phone', 'phone'], ['unclear', 'missing']]);
  assert.equal(refused.json.cooperation, ANSWERS.cooperation);
  assert.deepEqual((await seeker.get('/deals.json')).json.rows, []);
  assert.equal((await owner.send(`/deals/new/${uuid}`, { ...ANSWERS, ...OWNER })).status, 403);
});

test('interest shown while the line is cut arrives when it heals, without contact data', async () => {
  toOne.cut();
  const sent = await seeker.send(`/deals/new/${uuid}`, { ...ANSWERS, ...SEEKER });
  assert.equal(sent.status, 303, sent.text);
  const again = await seeker.send(`/deals/new/${uuid}`, { ...ANSWERS, ...SEEKER });
  assert.equal(again.json.problems[0].wrong, 'interest-open');
  await until('it waits', async () => (await deal(seeker)).waiting === 1);
  assert.equal(await first(owner), undefined);
  toOne.heal();
  const row = await until('it arrived', () => first(owner), 20000);
  assert.equal(row.partner, '公司 seeker');
  assert.equal(row.city.own, false);
  const there = await owner.get(`/deals/${row.number}.json`);
  assert.equal(there.json.answers.unclear, ANSWERS.unclear);
  assert.deepEqual(there.json.people, []);
  assert.doesNotMatch(there.text, /王小明|13800138000|wang@/);
  assert.match((await owner.get('/notices.json')).text, /deal-interest/);
  assert.equal((await stranger.get(`/deals/${row.number}.json`)).status, 404);
  assert.deepEqual((await stranger.get('/deals.json')).json.rows, []);
});

test('after both agree each sees the other\'s person: masked, and in clear with a line', async () => {
  assert.equal((await act(owner, { do: 'sign', deal_type: 'facility', amount: '1', signed_day: '2026-01-01' })).status,
    409);
  assert.equal((await act(seeker, { do: 'accept', ...OWNER })).status, 409);
  await done(owner, { do: 'accept', ...OWNER });
  const [a, b] = await both('both people are on both sides', (x, y) => x.people.length === 2 && y.people.length === 2,
    15000);
  for (const page of [a, b]) assert.doesNotMatch(JSON.stringify(page), /王小明|13800138000|李四|02388887777/);
  assert.deepEqual(a.people.map((p) => p.person), ['李***', '王***']);
  const path = `/deals/${(await first(owner)).number}`;
  const clear = await owner.send(`${path}/people`, {}, { from: path });
  assert.match(clear.text, /王小明/);
  assert.match(clear.text, /13800138000/);
  const trail = (await one.get('/api/v1/audit', { authorization: `Bearer ${one.token}` })).text;
  assert.match(trail, /"action":"deal-unmask","actor":"publisher"/);
  assert.doesNotMatch(trail, /王小明|13800138000/);
  const data = await seeker.send('/deals/data', {}, { from: '/deals' });
  assert.equal(data.json.contacts[0].name, '王小明');
  assert.equal(data.json.contacts.length, 1);
});

test('both act with the line cut: healed, they have one state and one order', async () => {
  await both('all is delivered', (x, y) => x.waiting === 0 && y.waiting === 0, 15000);
  toOne.cut();
  toTwo.cut();
  await done(owner, { do: 'note', deal_how: 'phone', deal_text: '谈了时间' });
  await done(seeker, { do: 'note', deal_how: 'mail', deal_text: '谈了价格' });
  await done(seeker, { do: 'fail', deal_text: '太贵' });
  await done(owner, { do: 'sign', deal_type: 'facility', amount: '120', signed_day: '2025-01-15' });
  assert.equal((await deal(owner)).deal_state, 'signed');
  assert.equal((await deal(seeker)).deal_state, 'unsuccessful');
  toOne.heal();
  toTwo.heal();
  const [a, b] = await both('all is delivered', (x, y) => x.waiting === 0 && y.waiting === 0 &&
    x.events.length === y.events.length, 30000);
  assert.deepEqual(log(a), log(b));
  assert.equal(a.deal_state, 'signed');
  assert.equal(b.deal_state, 'signed');
  assert.equal(b.amount, 120);
  assert.deepEqual(a.events.filter((x) => x.idle).map((x) => x.deal_act), ['fail']);
});

test('what was signed long ago is asked after, and the answer reaches the other side', async () => {
  await until('a notice asks', async () => /deal-year/.test((await seeker.get('/notices.json')).text), 10000);
  await done(seeker, { do: 'follow-up', deal_text: '继续合作' });
  await both('it arrived', (x) => x.events.some((y) => y.deal_act === 'follow-up'), 10000);
});

test('whoever erases is told where name and phone still stand, without seeing them', async () => {
  await done(seeker, { do: 'note', deal_how: 'phone', deal_text: '请打 138 0013-8000，找王小明' });
  const path = `/deals/${(await first(seeker)).number}`;
  const page = await seeker.get(`${path}/erase.json`);
  assert.deepEqual(page.json.traces.map(({ trace_place: place, path: at, found }) => [place, at,
    found.map(({ trace }) => trace)]), [['deal', path, ['name', 'phone']]]);
  assert.doesNotMatch(page.text, /王小明|8000|wang@/);
  assert.match((await seeker.page(`${path}/erase`)).text, /备份/);
  assert.equal((await seeker.get('/account/leave.json')).json.traces[0].path, path);
  assert.deepEqual((await stranger.get('/account/leave.json')).json.traces, []);
  assert.equal((await stranger.get(`/deals/${(await first(owner)).number}/erase.json`)).status, 404);
});

test('erased by its owner, contact data is gone from both nodes', async () => {
  await done(seeker, { do: 'erase' });
  assert.equal((await seeker.get(`/deals/${(await first(seeker)).number}/erase.json`)).status, 404);
  assert.equal((await deal(seeker)).possible.erase, undefined);
  const [a, b] = await both('it is gone', (x, y) => x.people.length === 1 && y.people.length === 1, 10000);
  assert.equal(a.people[0].own, true);
  assert.equal(b.people[0].own, false);
  assert.deepEqual((await seeker.send('/deals/data', {}, { from: '/deals' })).json.contacts, []);
});

test('public totals hide small counts, the authority sees them; both as files', async () => {
  const shown = (await new Person(one).get('/outcomes.json')).json;
  assert.equal(shown.exact, false);
  assert.ok(shown.rows.length >= 3);
  for (const row of shown.rows) {
    assert.equal(row.interest, '<3');
    assert.equal(row.amount, '-');
  }
  const exact = (await reviewer.get('/outcomes.json')).json.rows.find((row) => row.dimension === 'kind');
  assert.deepEqual([exact.key, exact.interest, exact.signed, exact.amount], ['demand', '1', '1', '120']);
  assert.match((await reviewer.get('/outcomes.csv')).text, /demand/);
  assert.doesNotMatch((await new Person(one).get('/outcomes.csv')).text, /120/);
  const picture = await new Person(one).get('/outcomes/city/picture');
  assert.match(picture.headers.get('content-type'), /svg/);
  assert.match(picture.text, /&lt;3/);
  assert.equal((await new Person(one).get('/outcomes/other/picture')).status, 404);
  assert.match((await owner.get('/deals.csv')).text, /封闭测试场夜间时段/);
});

test('the door takes nothing that is not signed by a peer', async () => {
  const answer = await fetch(`${one.url}/peer/v1/deal`, { method: 'POST', headers: { 'content-type':
    'application/json' }, body: '{}' });
  assert.ok([400, 401, 403].includes(answer.status), `${answer.status}`);
});
