// The alliance across two nodes: joining, a vote with the line cut and healed, groups, minutes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { rulesWithShortVotes } from './lib/alliance.js';
import { introduce } from './lib/job.js';
import { Node, until } from './lib/node.js';
import { admin, register } from './lib/people.js';
import { Person } from './lib/person.js';
import { Proxy } from './lib/proxy.js';

let one, two, toOne, toTwo, officerOne, officerTwo, first, second, third, charter;

const organisation = (node, officer, code, name, kind = 'enterprise') => register(node, officer, { code, name, kind,
  organisation: `公司 ${name}` });
const CODES = { first: '914403001922038216', second: '91440300708461136T', third: '91310000132260250X' };

before(async () => {
  process.env.HUREN_RULES = rulesWithShortVotes(); // also when they start again
  [one, two] = await Promise.all([Node.make('yongchuan'), Node.make('longquanyi')]);
  [toOne, toTwo] = await Promise.all([Proxy.open(one.port), Proxy.open(two.port)]);
  await Promise.all([one, two].map((node) => node.start()));
  await introduce(one, two, { yongchuan: toOne.url, longquanyi: toTwo.url });
  [officerOne, officerTwo] = await Promise.all([admin(one, 'officer', 'officer'),
    admin(two, 'officer', 'officer')]);
  [first, second] = await Promise.all([organisation(one, officerOne, CODES.first, 'first'),
    organisation(two, officerTwo, CODES.second, 'second')]);
  third = await organisation(one, officerOne, CODES.third, 'third', 'university');
  ({ digest: charter } = (await first.get('/alliance/charter.json')).json);
});
after(async () => {
  toOne?.close();
  toTwo?.close();
  await one?.stop();
  await two?.stop();
});

const seen = async (person, path) => (await person.get(`${path}.json`)).json;
const done = async (person, path, form, options) => {
  const answer = await person.send(path, form, options);
  assert.equal(answer.status, 303, answer.text);
  return answer.location.replace(/\.json/, '');
};
const apply = (person, form = { accept: 'on', charter }) => person.send('/alliance/join', form,
  { from: '/alliance/charter' });
async function decide(officer, name, form) {
  const { rows } = await seen(officer, '/alliance/applications');
  const row = rows.find((one) => one.name === `公司 ${name}`);
  return officer.send(`/alliance/applications/${row.number}`, form, { from: '/alliance/applications' });
}
const both = (what, path, holds, ms = 15000) => until(what, async () => {
  const [a, b] = [await seen(first, path), await seen(second, path)];
  return holds(a) && holds(b) && [a, b];
}, ms, 100);
// China's time, so many seconds from now.
const closing = (seconds) => new Date(Date.now() + (8 * 3600 + seconds) * 1000).toISOString().slice(0, 19);
const motion = (title, seconds, more = {}) => ({ title, motion_text: '是否通过？', motion_kind: 'ordinary',
  closes: closing(seconds), ...more });

test('who asks accepts the charter by its digest, and the own city confirms', async () => {
  const refused = await apply(first, { charter });
  assert.deepEqual(refused.json.problems.map(({ field, wrong }) => [field, wrong]), [['accept', 'charter-accept']]);
  assert.equal((await apply(first, { accept: 'on', charter: 'A'.repeat(43) })).json.problems[0].wrong,
    'charter-changed');
  for (const person of [first, second, third]) assert.equal((await apply(person)).status, 303);
  assert.equal((await apply(first)).json.problems[0].wrong, 'state');
  assert.equal((await seen(first, '/alliance')).own.alliance_standing, 'waiting');
  assert.match((await officerOne.get('/notices.json')).text, /alliance-apply/);
  assert.equal((await decide(officerOne, 'third', { do: 'refuse' })).json.problems[0].wrong, 'reason');
  const { rows: [, { number }], csrf } = await seen(officerOne, '/alliance/applications');
  const long = '缺'.repeat(300);
  for (const page of ['', `?after=${number}`]) { // also sent from a page that does not list it any more
    const again = await officerOne.ask('POST', `/alliance/applications/${number}.json${page}`, { form: { csrf,
      do: 'refuse', reason: long } });
    assert.deepEqual(again.json.problems.map(({ field, wrong }) => [field, wrong]), [['reason', 'too-long']]);
    assert.deepEqual(again.json.rows.filter((row) => 'reason' in row).map((row) => [row.number, row.reason]),
      [[number, long]]);
  }
  assert.equal((await decide(officerOne, 'third', { do: 'refuse', reason: '材料不全' })).status, 303);
  assert.equal((await seen(third, '/alliance')).own.reason, '材料不全');
  assert.equal((await third.send('/alliance/votes/new', motion('不是成员', 60))).status, 403);
  assert.equal((await decide(officerOne, 'first', { do: 'confirm' })).status, 303);
  assert.equal((await decide(officerTwo, 'second', { do: 'confirm' })).status, 303);
  const [a] = await both('both know both', '/alliance/members', ({ rows }) => rows.length === 2);
  assert.deepEqual(a.rows.map(({ code, city }) => [code, city.own]), [[CODES.first, true], [CODES.second, false]]);
  const statement = await new Person(two).get(`/statements/${a.rows[0].uuid}.json`);
  assert.equal(statement.json.statement.credentialSubject.charter, charter);
});

test('a motion names its voters; a vote is its member\'s, changeable, and hidden before closing', async () => {
  const wrong = await first.send('/alliance/votes/new', motion('', -60, { motion_kind: 'x' }));
  assert.deepEqual(wrong.json.problems.map(({ field, wrong: word }) => [field, word]).sort(),
    [['closes', 'closes-soon'], ['motion_kind', 'not-a-choice'], ['title', 'missing']]);
  assert.equal(wrong.json.form.motion_text, '是否通过？');
  const path = await done(first, '/alliance/votes/new', motion('年度计划', 7));
  const [a, b] = await both('it is known', path, ({ title }) => title === '年度计划');
  assert.equal(a.voters_digest, b.voters_digest);
  assert.deepEqual(b.ballots.map(({ code }) => code), [CODES.first, CODES.second]);
  assert.match((await second.get('/notices.json')).text, /alliance-motion/);
  await done(first, path, { choice: 'no' });
  await done(first, path, { choice: 'yes' });
  assert.equal((await first.send(path, { choice: 'maybe' })).json.problems[0].wrong, 'missing');
  assert.equal((await third.send(path, { choice: 'yes' })).status, 403);
  assert.equal((await officerOne.send(path, { choice: 'yes' })).status, 403);
  assert.equal((await seen(first, path)).own.choice, 'yes');
  assert.equal((await seen(new Person(one), path)).own, undefined);
  assert.equal((await seen(third, path)).own, undefined);
  assert.deepEqual((await seen(first, path)).ballots.map(({ choice }) => choice), [undefined, undefined]);

  // Cut before the other city votes: each counts its own, and neither has a result.
  toOne.cut();
  toTwo.cut();
  await done(second, path, { choice: 'abstain' });
  await until('it is closed', async () => (await seen(first, path)).missing === 1 &&
    (await seen(second, path)).missing === 1, 15000);
  for (const person of [first, second]) assert.equal((await seen(person, path)).vote_result, 'open');
  assert.equal((await first.send(path, { choice: 'no' })).json.problems[0].wrong, 'vote-closed');
  toOne.heal();
  toTwo.heal();
  const [x, y] = await both('both have both tallies', path, ({ missing }) => missing === 0, 30000);
  for (const vote of [x, y]) {
    assert.equal(vote.vote_result, 'carried');
    assert.deepEqual([vote.yes, vote.no, vote.abstain, vote.voted, vote.voters], [1, 0, 1, 2, 2]);
    assert.deepEqual(vote.ballots.map(({ choice }) => choice), ['yes', 'abstain']);
  }
  const picture = await new Person(two).get(`${path}/picture`);
  assert.match(picture.headers.get('content-type'), /svg/);
});

test('groups of both cities: joined, left, the chair passed on within its city', async () => {
  const path = await done(first, '/alliance/groups/new', { group_name: '车路云工作组', group_purpose: '共用道路' });
  const [a] = await both('it is known', path, ({ seats }) => seats?.length === 1);
  assert.equal(a.chair, '公司 first');
  await done(second, path, { do: 'join' });
  await both('both are in it', path, ({ seats }) => seats.length === 2);
  assert.equal((await second.send(path, { do: 'join' })).json.problems[0].wrong, 'state');
  assert.equal((await second.send(path, { do: 'chair', code: CODES.second })).status, 403);
  assert.equal((await second.send(path, { do: 'end' })).status, 403);
  for (const [officer, act] of [[officerOne, 'join'], [officerTwo, 'join'], [officerTwo, 'end']])
    assert.equal((await officer.send(path, { do: act })).status, 403);
  assert.equal((await third.send(path, { do: 'join' })).status, 403); // no member
  assert.equal((await apply(third)).status, 303);
  assert.equal((await decide(officerOne, 'third', { do: 'confirm' })).status, 303);
  await done(third, path, { do: 'join' });
  assert.equal((await first.send(path, { do: 'chair', code: CODES.second })).json.problems[0].wrong, 'state');
  await done(first, path, { do: 'chair', code: CODES.third });
  await both('the chair is another', path, ({ chair }) => chair === '公司 third');
  await done(second, path, { do: 'leave' });
  await both('one has left', path, ({ seats }) => seats.length === 2);

  // Minutes: the chair drafts, another of the group approves, both cities read them.
  const form = { group: path.split('/').at(-1), title: '第一次会议', meeting_place: '永川', held: '2026-01-15',
    present: `${CODES.first} 公司\r\n${CODES.third}`, agenda: '分工\n\n计划', 'decision.0': '按计划分工',
    'vote.0': `urn:uuid:${(await seen(first, '/alliance/votes')).rows[0].uuid}`, 'decision.2': '月底再开' };
  const from = `/alliance/minutes/new?group=${form.group}`;
  const send = (person, changes) => person.send('/alliance/minutes/new', { ...form, ...changes },
    { from: '/account' });
  assert.equal((await first.get(from)).status, 403);
  const refused = await send(third, { present: '91000000000000000X', agenda: '', held: '2099-01-01' });
  assert.deepEqual(refused.json.problems.map(({ field, wrong }) => [field, wrong]).sort(), [['agenda', 'missing'],
    ['held', 'not-held-yet'], ['present', 'not-a-member']]);
  assert.equal(refused.json.form.title, form.title);
  assert.equal((await send(first, {})).status, 403);
  const saved = await send(third, {});
  assert.equal(saved.status, 303, saved.text);
  const draft = saved.location.replace(/\.json.*|\?.*/, '');
  assert.equal((await third.send(draft, { do: 'approve', revision: '1' })).status, 403); // not who drafted
  assert.equal((await second.get(`${draft}.json`)).status, 404);
  const minutes = await done(first, draft, { do: 'approve', revision: '1' });
  const [m, n] = await both('they are published', minutes, ({ title }) => title === '第一次会议');
  assert.equal(m.digest, n.digest);
  assert.deepEqual(n.decisions.map(({ text, vote }) => [text, vote?.vote_result]), [['按计划分工', 'carried'],
    ['月底再开', undefined]]);
  assert.deepEqual([n.drafted.name, n.approved.name, n.present.length], ['公司 third', '公司 first', 2]);
  assert.equal((await first.send(draft, { do: 'approve', revision: '1' }, { from: '/account' })).status, 404);
});

test('who has left cannot vote, and stays a voter of votes that were open', async () => {
  await both('all three are known', '/alliance/members', ({ rows }) => rows.length === 3);
  const path = await done(second, '/alliance/votes/new', motion('修改章程', 6, { motion_kind: 'amendment' }));
  await both('it is known', path, ({ title }) => title === '修改章程');
  await done(third, path, { choice: 'yes' });
  await done(third, '/alliance/leave', {}, { from: '/alliance/charter' });
  assert.equal((await third.send(path, { choice: 'no' })).status, 403);
  const [a, b] = await both('it is counted', path, ({ vote_result: result }) => !['voting', 'open'].includes(result));
  for (const vote of [a, b])
    assert.deepEqual([vote.vote_result, vote.voters, vote.voted, vote.yes], ['no-quorum', 3, 1, 1]);
  await both('two are left', '/alliance/members', ({ rows }) => rows.length === 2);
  assert.equal((await third.send('/alliance/votes/new', motion('再提案', 60))).status, 403);
});

test('every act has its line, and the store is whole', async () => {
  const trail = (await one.get('/api/v1/audit', { authorization: `Bearer ${one.token}` })).text;
  for (const action of ['apply', 'refuse', 'confirm', 'motion', 'vote', 'group', 'minutes', 'leave'])
    assert.match(trail, new RegExp(`"action":"alliance-${action}"`), action);
  await one.do('fsck');
});
