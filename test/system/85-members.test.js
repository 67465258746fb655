// Members of both cities: from a profile in the form to the other city's directory, translated, renewed, and gone.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeLab, twoNodes } from './lib/job.js';
import { SOURCE, temporary, until } from './lib/node.js';
import { PASSWORD, admin } from './lib/people.js';
import { Person } from './lib/person.js';

let job, publisher, reviewer, code;

before(async () => {
  job = await twoNodes();
  publisher = await admin(job.yongchuan, 'publisher', 'publisher');
  reviewer = await admin(job.yongchuan, 'reviewer', 'officer');
  await makeLab(job.yongchuan);
});
after(async () => {
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const members = async (node, query) => (await node.get(`/members.json?${new URLSearchParams(query)}`)).json.rows;
const PROFILE = { title: '永川样例主管部门', summary: '负责车辆互认。', 'field.industries.pick': 'M74',
  'field.industries': 'C3612', 'field.regions': '500118', 'field.capabilities': '雨雾模拟',
  'en.title': 'Sample authority', 'en.summary': 'Recognises tests.',
  'en.field.capabilities': 'rain and fog', do: 'submit' };

async function publish(person, path, fields) {
  const sent = await person.send(path, fields);
  assert.equal(sent.status, 303, sent.text);
  const number = /own\/(\d+)/.exec(sent.location)[1];
  const done = await reviewer.send(`/review/${number}`, { do: 'publish' });
  assert.equal(done.status, 303, done.text);
  return number;
}

test('who is known from a DID document only is listed as such, with its city', async () => {
  const rows = await until('the lab is a member', async () => {
    const found = await members(job.yongchuan, { kind: 'lab' });
    return found.length > 0 && found;
  });
  assert.equal(rows[0].claimed, false);
  const page = await job.yongchuan.get(`/members/${rows[0].code}`);
  assert.equal(page.status, 200);
  const { json } = await job.yongchuan.get(`/members/${rows[0].code}.json`);
  assert.equal(json.rows[0].accreditations.length > 0, true);
  assert.equal((await job.yongchuan.get('/members/none.json')).status, 404);
});

let number;
test('a published profile is found in both cities, by two characters, district and industry', async () => {
  number = await publish(publisher, '/listings/new/member', PROFILE);
  for (const node of [job.yongchuan, job.longquanyi]) {
    const [row] = await until('the profile is there', async () => {
      const found = await members(node, { q: '雨雾' });
      return found.length > 0 && found;
    });
    code = row.code;
    assert.equal(row.claimed, true);
    assert.equal(row.role, 'authority');
    assert.deepEqual(row.industries, ['M74', 'C3612']);
    assert.equal(row.region_names[0].text['zh-CN'], '永川区 500118');
    assert.equal(row.city.own, node === job.yongchuan);
    for (const query of [{ region: '500118' }, { region: '500000' }, { industry: 'M' }, { industry: 'C36' },
      { kind: 'authority', industry: 'M74', q: '雨雾' }])
      assert.ok((await members(node, query)).some((one) => one.code === code), JSON.stringify(query));
    for (const query of [{ region: '510112' }, { industry: 'C35' }, { kind: 'lab', industry: 'M74' }])
      assert.ok(!(await members(node, query)).some((one) => one.code === code), JSON.stringify(query));
    const { tiles } = (await node.get('/members/map.json')).json;
    assert.equal(tiles.find((tile) => tile.code === '500118').members, 1);
    assert.equal(tiles.find((tile) => tile.code === '510112').members, 0);
  }
  assert.equal((await job.yongchuan.get('/members.json?region=5001')).status, 400);
  const csv = await job.yongchuan.get('/members.csv?industry=M74');
  assert.match(csv.text, /永川区 500118/);
});

test('the token posts for an organisation by its code, and takes it back; what does not hold is told', async () => {
  const { yongchuan: node } = job;
  const folder = temporary();
  const file = (name, value) => {
    writeFileSync(join(folder, name), JSON.stringify(value));
    return join(folder, name);
  };
  const sample = JSON.parse(readFileSync(join(SOURCE, 'rules/samples/listings/yongchuan-07-supply.json'), 'utf8'));
  const made = await node.do('listing', 'post', file('a.json', sample), '--reviewed', '--json');
  assert.equal(made.state, 'published');
  const waits = await node.do('listing', 'post', file('b.json', sample), '--json');
  assert.equal(waits.state, 'review');
  const found = (await node.do('listing', 'list', '--text', '仿真', '--kind', 'supply', '--json')).rows;
  assert.equal(found.length, 1);
  assert.equal(found[0].organisation, sample.organisation.name);
  for (const [change, told] of [[{ organisation: { code: '91500118MA5YCX0010' } }, /no organisation of this code/],
    [{ listing: { ...sample.listing, fields: { ...sample.listing.fields, regions: ['5'] } } }, /regions.*not-a-code/],
    [{ listing: { ...sample.listing, kind: 'none' } }, /no such kind/]]) {
    const refused = await node.cli('listing', 'post', file('c.json', { ...sample, ...change }), '--reviewed');
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, told);
  }
  const gone = await node.do('listing', 'withdraw', made.listing, '--reason', '样例', '--erase', '--json');
  assert.equal(gone.state, 'erased');
  const left = (await node.do('listing', 'list', '--text', '仿真', '--kind', 'supply', '--json')).rows;
  assert.equal(left.length, 0);
});

test('the English page shows the owner\'s translation, and says when there is none', async () => {
  const { text } = await job.longquanyi.get(`/members/${code}?lang=en`);
  assert.match(text, /Sample authority/);
  assert.match(text, /rain and fog/);
  assert.match(text, /Translated by the publisher/);
  const chinese = await job.longquanyi.get(`/members/${code}?lang=zh-CN`);
  assert.doesNotMatch(chinese.text, /Sample authority/);
  const { text: plain } = await (async () => {
    await publish(publisher, '/listings/new/facility', { title: '样例测试场', summary: '六车道。',
      'field.type': 'track',
      'field.regions.pick': '500118', 'field.capabilities': '雨雾', 'field.capacity': '2', 'field.address': '永川',
      do: 'submit' });
    const [row] = (await job.yongchuan.get('/listings.json?kind=facility&region=500000')).json.rows;
    return job.yongchuan.get(`/listings/${row.uuid}?lang=en`);
  })();
  assert.match(plain, /gave no translation/);
  const [own] = (await job.yongchuan.get(`/members/${code}.json`)).json.rows;
  assert.equal(own.facilities[0].title, '样例测试场');
});

test('renewed, it is a new version; changed, it has to be handed in', async () => {
  const before = (await publisher.get(`/listings/own/${number}.json`)).json;
  const renewed = await publisher.send(`/listings/own/${number}/renew`, {}, { from: `/listings/own/${number}` });
  assert.equal(renewed.status, 303, renewed.text);
  const now = (await publisher.get(`/listings/own/${number}.json`)).json;
  assert.equal(now.version, before.version + 1);
  assert.equal(now.state, 'published');
  await publisher.send(`/listings/own/${number}`, { ...PROFILE, title: '改名', do: 'save',
    revision: String(now.revision) });
  const refused = await publisher.send(`/listings/own/${number}/renew`, {}, { from: `/listings/own/${number}` });
  assert.equal(refused.status, 409, refused.text);
});

test('withdrawn, the profile leaves the directory of both cities', async () => {
  await publisher.send('/account/confirm', { password: PASSWORD });
  const gone = await publisher.send(`/listings/own/${number}/end`, { do: 'erase', reason: '不再需要' },
    { from: `/listings/own/${number}` });
  assert.equal(gone.status, 303, gone.text);
  for (const node of [job.yongchuan, job.longquanyi]) {
    await until('no word of it is found', async () => (await members(node, { q: '雨雾' })).length === 0);
    const answer = await node.get(`/members/${code}.json`);
    assert.doesNotMatch(answer.text, /雨雾|Sample authority/);
  }
});

test('a person takes their data along, and leaves', async () => {
  const mine = await publisher.get('/account/export');
  assert.equal(mine.status, 200);
  assert.match(mine.headers.get('content-disposition'), /^attachment; filename="own-data\.json"$/);
  assert.equal(mine.json.account.name, 'publisher');
  assert.ok(mine.json.listings.length > 0 && mine.json.audit.length > 0);
  assert.doesNotMatch(mine.text, /reviewer/);
  await publisher.send('/account/confirm', { password: PASSWORD });
  const left = await publisher.send('/account/leave');
  assert.equal(left.status, 303, left.text);
  assert.equal((await publisher.get('/account.json')).status, 401);
  const again = await new Person(job.yongchuan).signIn('publisher', PASSWORD);
  assert.notEqual(again.status, 303);
});
