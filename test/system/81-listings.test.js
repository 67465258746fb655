// A listing from the form to the other city's page, changed, and erased in both: what people do in a browser. Both
// cities change and withdraw with the line cut, and come to the same.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join as path_of } from 'node:path';
import { after, before, test } from 'node:test';
import { introduce } from './lib/job.js';
import { Node, until } from './lib/node.js';
import { PASSWORD, admin } from './lib/people.js';
import { Person } from './lib/person.js';
import { Proxy } from './lib/proxy.js';

let job, lines, publisher, reviewer;

before(async () => {
  const [yongchuan, longquanyi] = await Promise.all([Node.make('yongchuan'), Node.make('longquanyi')]);
  job = { yongchuan, longquanyi };
  lines = await Promise.all([Proxy.open(yongchuan.port), Proxy.open(longquanyi.port)]);
  await Promise.all([yongchuan.start(), longquanyi.start()]);
  await introduce(yongchuan, longquanyi, { yongchuan: lines[0].url, longquanyi: lines[1].url });
  [publisher, reviewer] = await Promise.all([admin(yongchuan, 'publisher', 'publisher'),
    admin(yongchuan, 'reviewer', 'officer', 'publisher')]);
});
after(async () => {
  lines?.forEach((line) => line.close());
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const FIELDS = { title: '封闭测试场夜间时段', summary: '六车道环道，配雨雾模拟。', 'field.industries': 'M74',
  'field.regions': '500118、510112', 'field.budget.from': '20', 'field.budget.to': '80',
  'field.cooperation.lease': 'on', do: 'submit' };
// A form with a file, sent as a browser without a script does.
async function hand(person, path, from, fields, file) {
  const form = new FormData();
  form.set('csrf', (await person.get(`${from}.json`)).json.csrf);
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  if (file) form.set('file', new Blob([file.bytes]), file.name);
  const answer = await fetch(`${person.node.url}${path}.json`, { method: 'POST', body: form, redirect: 'manual',
    headers: { cookie: [...person.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      accept: 'application/json' } });
  const text = await answer.text();
  return { status: answer.status, text, get json() { return JSON.parse(text); } };
}
const bytes_of = async (node, path, headers = {}) => {
  const answer = await fetch(node.url + path, { headers, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
};
const blob = (node, digest) => {
  const hex = Buffer.from(digest, 'base64url').toString('hex');
  return path_of(node.dir, 'evidence', hex.slice(0, 2), hex);
};
const found = async (node, text) => (await node.get(`/listings.json?q=${encodeURIComponent(text)}`)).json.rows;

test('a stranger sees only what is published', async () => {
  const stranger = new Person(job.yongchuan);
  for (const path of ['/listings/own', '/listings/new/demand', '/review'])
    assert.equal((await stranger.get(`${path}.json`)).status, 401, path);
  assert.equal((await publisher.get('/review.json')).status, 403);
  const page = await stranger.page('/listings');
  assert.equal(page.status, 200);
});

test('a form that does not hold is kept with what was typed, and every fault named', async () => {
  const refused = await publisher.send('/listings/new/demand', { ...FIELDS, 'field.budget.from': 'viel',
    'field.industries': 'C3', title: '缺' });
  assert.equal(refused.status, 400, refused.text);
  const { wrongs, inputs, number } = refused.json;
  assert.deepEqual(wrongs.map(({ place, wrong }) => [place, wrong]).sort(),
    [['budget', 'not-a-number'], ['industries', 'not-a-code']]);
  assert.equal(inputs.find(({ id }) => id === 'budget').begin, 'viel');
  const kept = (await publisher.get(`/listings/own/${number}.json`)).json;
  assert.equal(kept.state, 'draft');
  assert.equal(kept.inputs.find(({ id }) => id === 'budget').begin, 'viel');
});

let number, uuid;
test('handed in, looked at by somebody else, it is found in both cities', async () => {
  const sent = await publisher.send('/listings/new/demand', FIELDS);
  assert.equal(sent.status, 303, sent.text);
  number = /own\/(\d+)/.exec(sent.location)[1];
  assert.deepEqual(await found(job.yongchuan, '雨雾'), []);
  const waiting = (await reviewer.get('/review.json')).json.rows;
  assert.ok(waiting.some((row) => row.number === number));
  const empty = await reviewer.send(`/review/${number}`, { do: 'return' });
  assert.equal(empty.status, 400);
  const done = await reviewer.send(`/review/${number}`, { do: 'publish' });
  assert.equal(done.status, 303, done.text);
  const [row] = await found(job.yongchuan, '雨雾');
  uuid = row.uuid;
  assert.equal(row.city.own, true);
  const there = await until('the other city finds it', async () => (await found(job.longquanyi, '雨雾'))[0]);
  assert.equal(there.uuid, uuid);
  assert.equal(there.city.own, false);
  assert.ok(there.as_of);
  const page = await job.longquanyi.get(`/listings/${uuid}`);
  assert.match(page.text, /六车道环道/);
  assert.match(page.text, /500118/);
});

test('two who change it at once do not overwrite each other', async () => {
  const first = await publisher.send(`/listings/own/${number}`, { ...FIELDS, do: 'save', revision: '1',
    title: '封闭测试场白天时段' });
  assert.equal(first.status, 303, first.text);
  const second = await publisher.send(`/listings/own/${number}`, { ...FIELDS, do: 'save', revision: '1' });
  assert.equal(second.status, 409, second.text);
  // Nothing typed is lost: it stands in the form, which saves over the other's when it is sent again.
  assert.equal(second.json.problem.title.wrong, 'listing-changed');
  assert.deepEqual([second.json.title, second.json.revision], [FIELDS.title, 2]);
});

test('nobody reviews what they wrote', async () => {
  const sent = await reviewer.send('/listings/new/demand', FIELDS);
  const own = /own\/(\d+)/.exec(sent.location)[1];
  assert.equal((await reviewer.send(`/review/${own}`, { do: 'publish' })).status, 403);
});

const PDF = Buffer.from(`%PDF-1.7\n${'雨雾测试场说明书 '.repeat(2000)}`);
const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const DIGEST = createHash('sha256').update(PDF).digest('base64url');
const file_path = () => `/listings/${uuid}/files/${DIGEST}`;
const draft = async () => (await publisher.get(`/listings/own/${number}.json`)).json;
const put = async (fields, file) => hand(publisher, `/listings/own/${number}/attachments`, `/listings/own/${number}`,
  { revision: String((await draft()).revision), ...fields }, file);

test('what cannot be attached is told beside the field, and nothing is kept', async () => {
  const wrong = async (answer) => Object.entries((await answer).json.problem).map(([field, one]) => [field, one.wrong]);
  assert.deepEqual(await wrong(put({ do: 'upload' }, { name: 'a.pdf', bytes: '<html><script>' })),
    [['file', 'file-type']]);
  assert.deepEqual(await wrong(put({ do: 'upload' }, { name: 'a.pdf', bytes: '' })), [['file', 'file-missing']]);
  assert.deepEqual(await wrong(put({ do: 'choose' })), [['digest', 'missing']]);
  assert.deepEqual(await wrong(put({ do: 'choose', digest: DIGEST })), [['digest', 'file-gone']]);
  assert.equal((await put({ do: 'upload', revision: '1' }, { name: 'a.pdf', bytes: PDF })).status, 409);
  assert.deepEqual((await draft()).files.attachments, []);
  const other = await hand(reviewer, `/listings/own/${number}/attachments`, '/account', { revision: '2', do: 'remove',
    digest: DIGEST });
  assert.ok(other.status >= 400, other.text); // of one organisation, but it has no such file
});

test('attached, it is scanned data of the statement, and is downloaded in both cities', async () => {
  assert.equal((await put({ do: 'upload' }, { name: '说明书.pdf', bytes: PDF })).status, 303);
  assert.equal((await put({ do: 'choose', digest: DIGEST })).json.problem.digest.wrong, 'file-twice');
  assert.equal((await bytes_of(job.yongchuan, file_path())).status, 404); // a draft's is nobody's yet
  const { revision, files } = await draft();
  assert.deepEqual(files.attachments.map((one) => [one.name, one.digest, one.scan]),
    [['说明书.pdf', DIGEST, 'not-scanned']]);
  const sent = await publisher.send(`/listings/own/${number}`, { ...FIELDS, revision: String(revision) });
  assert.equal(sent.status, 303, sent.text);
  const shown = await reviewer.get(`/review/${number}/files/${DIGEST}`);
  assert.equal(shown.status, 200, shown.text);
  assert.equal((await publisher.get(`/review/${number}/files/${DIGEST}`)).status, 403);
  assert.equal((await reviewer.send(`/review/${number}`, { do: 'publish' })).status, 303);
  const own = await bytes_of(job.yongchuan, file_path());
  assert.deepEqual([own.status, own.bytes.equals(PDF)], [200, true]);
  assert.match(own.headers.get('content-disposition'), /^attachment; filename\*=UTF-8''%E8/);
  assert.deepEqual(['content-type', 'x-content-type-options'].map((name) => own.headers.get(name)),
    ['application/octet-stream', 'nosniff']);
  const part = await bytes_of(job.yongchuan, file_path(), { range: 'bytes=0-7' });
  assert.deepEqual([part.status, part.bytes.toString()], [206, '%PDF-1.7']);
  // The other city: first it is asked for, then it is there, the same bytes.
  const there = async () => (await job.longquanyi.get(`/listings/${uuid}.json`)).json.attachments?.[0];
  assert.equal((await until('the other city knows of it', there)).digest, DIGEST);
  const asked = await bytes_of(job.longquanyi, file_path(), { accept: 'text/html' });
  assert.equal(asked.status, 202);
  assert.equal(asked.headers.get('refresh'), '2');
  assert.match(asked.bytes.toString(), /正在从另一城市的节点取回/);
  const copy = await until('the copy is there', async () => {
    const answer = await bytes_of(job.longquanyi, file_path());
    return answer.status === 200 && answer;
  });
  assert.ok(copy.bytes.equals(PDF));
  assert.match(copy.headers.get('content-disposition'), /^attachment; /);
  assert.equal((await bytes_of(job.longquanyi, `/listings/${uuid}/files/${'A'.repeat(43)}`)).status, 404);
  // Who read it, for its owner: strangers without an address, the officer by name, the other node.
  const { readers, used_by: uses } = (await publisher.get(`/files/${DIGEST}.json`)).json;
  assert.deepEqual(new Set(readers.map(({ reader }) => reader)), new Set(['public', 'reviewer',
    (await job.longquanyi.get('/index.json')).json.node.did]));
  assert.ok(readers.filter(({ reader }) => reader === 'public').every(({ address }) => address === ''));
  assert.deepEqual(uses.map(({ path }) => path).sort(), [`/listings/${uuid}`, `/listings/own/${number}`]);
  const page = await new Person(job.longquanyi).page(`/listings/${uuid}`);
  assert.match(page.text, new RegExp(`href="${file_path()}"`));
});

test('a version that does not name it any more ends it, and the copy goes', async () => {
  assert.equal((await put({ do: 'remove', digest: DIGEST })).status, 303);
  assert.equal((await bytes_of(job.yongchuan, file_path())).status, 200); // the published version names it still
  assert.equal((await put({ do: 'choose', digest: DIGEST })).status, 303);
  assert.equal((await put({ do: 'upload' }, { name: 'b.png', bytes: PNG })).status, 303);
  assert.equal((await put({ do: 'remove', digest: DIGEST })).status, 303);
  const { revision } = await draft();
  const sent = await publisher.send(`/listings/own/${number}`, { ...FIELDS, revision: String(revision) });
  assert.equal(sent.status, 303);
  assert.ok(existsSync(blob(job.longquanyi, DIGEST)));
  assert.equal((await reviewer.send(`/review/${number}`, { do: 'publish' })).status, 303);
  assert.equal((await bytes_of(job.yongchuan, file_path())).status, 404);
  await until('the other city took its copy away', async () => !existsSync(blob(job.longquanyi, DIGEST)));
  assert.equal((await bytes_of(job.longquanyi, file_path())).status, 404);
});

test('erased, nothing of it is left in either city but receipts', async () => {
  const asked = await publisher.send('/account/confirm', { password: PASSWORD });
  assert.equal(asked.status, 303);
  const gone = await publisher.send(`/listings/own/${number}/end`, { do: 'erase', reason: '不再需要' },
    { from: `/listings/own/${number}` });
  assert.equal(gone.status, 303, gone.text);
  assert.deepEqual(await found(job.yongchuan, '雨雾'), []);
  await until('the other city forgot it', async () => (await found(job.longquanyi, '雨雾')).length === 0);
  for (const node of [job.yongchuan, job.longquanyi]) {
    const page = await node.get(`/listings/${uuid}`);
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /雨雾|测试场|b\.png/);
    const png = createHash('sha256').update(PNG).digest('base64url');
    assert.equal((await bytes_of(node, `/listings/${uuid}/files/${png}`)).status, 404);
    const { id } = (await node.get(`/listings/${uuid}.json`)).json;
    const statement = await node.get(`/statements/${id.replace('urn:uuid:', '')}.json`);
    assert.equal(statement.status, 200);
    assert.doesNotMatch(statement.text, /雨雾/);
  }
});

test('both cities change and withdraw with the line cut: healed, both show the same', async () => {
  const there = { publisher: await admin(job.longquanyi, 'publisher2', 'publisher'),
    reviewer: await admin(job.longquanyi, 'reviewer2', 'officer') };
  const publish = async (by, looks, title) => {
    const sent = await by.send('/listings/new/demand', { ...FIELDS, title });
    assert.equal(sent.status, 303, sent.text);
    const at = /own\/(\d+)/.exec(sent.location)[1];
    assert.equal((await looks.send(`/review/${at}`, { do: 'publish' })).status, 303);
    return at;
  };
  const change = async (by, looks, at, title) => {
    const { revision } = (await by.get(`/listings/own/${at}.json`)).json;
    const sent = await by.send(`/listings/own/${at}`, { ...FIELDS, title, revision: `${revision}` });
    assert.equal(sent.status, 303, sent.text);
    assert.equal((await looks.send(`/review/${at}`, { do: 'publish' })).status, 303);
  };
  const withdraw = async (by, at) => {
    const sent = await by.send(`/listings/own/${at}/end`, { do: 'withdraw', reason: '已有合作方' },
      { from: `/listings/own/${at}` });
    assert.equal(sent.status, 303, sent.text);
  };
  const titles = async (node) => (await node.get('/listings.json?kind=demand')).json.rows.map((row) =>
    [row.title, row.uuid, row.version].join(' ')).sort();
  const same = (what, holds) => until(what, async () => {
    const [one, two] = [await titles(job.yongchuan), await titles(job.longquanyi)];
    return JSON.stringify(one) === JSON.stringify(two) && holds(one.join()) && one;
  }, 20000);

  const ours = [await publish(publisher, reviewer, '甲一'), await publish(publisher, reviewer, '甲二')];
  const theirs = [await publish(there.publisher, there.reviewer, '乙一'),
    await publish(there.publisher, there.reviewer, '乙二')];
  await same('all four are in both cities', (text) =>
    ['甲一', '甲二', '乙一', '乙二'].every((one) => text.includes(one)));
  lines.forEach((line) => line.cut());
  await Promise.all([change(publisher, reviewer, ours[0], '甲一改'), withdraw(publisher, ours[1]),
    change(there.publisher, there.reviewer, theirs[0], '乙一改'), withdraw(there.publisher, theirs[1])]);
  // withdrawn after a change that the other city has not seen either
  await change(publisher, reviewer, ours[0], '甲一再改');
  await change(there.publisher, there.reviewer, theirs[0], '乙一再改');
  await withdraw(there.publisher, theirs[0]);
  assert.match((await titles(job.longquanyi)).join(), /甲一 .*甲二 /);
  assert.match((await titles(job.yongchuan)).join(), /乙一 .*乙二 /);
  lines.forEach((line) => line.heal());
  const all = await same('both show what stands', (text) => text.includes('甲一再改') && !/甲二|乙/.test(text));
  assert.equal(all.length, 1);
});
