// What the authority keeps: one officer prepares, a second person confirms, the node signs.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { introduce } from './lib/job.js';
import { Node, SOURCE, huren, run, temporary, until } from './lib/node.js';
import { PASSWORD, admin } from './lib/people.js';
import { Person } from './lib/person.js';

const CODE = '914403001922038216';
let node, peer, officer, approver, both, lab, key;

const trail = async () => (await node.get('/api/v1/audit', { authorization: `Bearer ${node.token}` })).text
  .split('\n').filter(Boolean).map((line) => JSON.parse(line).line);
const act = async (person, answer) => {
  assert.equal(answer.status, 303, answer.text);
  const path = answer.location.replace('.json', '');
  return { path, ...(await person.get(`${path}.json`)).json };
};
const decide = (person, { path }, decision, reason) => person.send(path, { decision, ...(reason && { reason }) });
const size = async () => (await node.checkpoint()).size;
async function alter(sql) {
  const done = await run('python3', ['-c', 'import sqlite3, sys\nd = sqlite3.connect(sys.argv[1], timeout=10)\n' +
    'd.execute(sys.argv[2])\nd.commit()', join(node.dir, 'huren.db'), sql]);
  assert.equal(done.status, 0, done.stderr);
}

before(async () => {
  [node, peer] = await Promise.all([Node.make('yongchuan'), Node.make('longquanyi')]);
  await Promise.all([node.start(), peer.start()]);
  await introduce(node, peer);
  officer = await admin(node, 'officer', 'officer');
  approver = await admin(node, 'approver', 'approver');
  both = await admin(node, 'both', 'officer', 'approver');
  lab = new Person(node);
  const made = await lab.send('/register', { organisation: '永川检测中心', code: CODE, kind: 'lab', name: 'lab.admin',
    display: '李主任' });
  const { rows } = (await officer.get('/waiting.json')).json;
  await officer.send(`/waiting/${rows[0].number}`, { decision: 'confirm' }, { from: '/waiting' });
  await lab.join(made.json.link, PASSWORD);
  key = (await huren('key', 'new', '--out', join(temporary(), 'lab.json'))).stdout.trim();
});
after(async () => {
  await node?.stop();
  await peer?.stop();
});

test('a confirmed organisation gets its keys published by two people', async () => {
  const before = await size();
  assert.deepEqual((await officer.get('/organisations/new.json')).json.rows.map(({ code, role }) => [code, role]),
    [[CODE, 'lab']]);
  const wrong = await officer.send('/organisations/new', { code: CODE, keys: `${key}\nzNoKey` });
  assert.deepEqual(wrong.json.problems, [{ field: 'keys', wrong: 'keys' }]);
  assert.equal(wrong.json.keys, `${key}\nzNoKey`);
  const one = await act(officer, await officer.send('/organisations/new', { code: CODE, keys: `\r\n ${key} \r\n` }));
  assert.equal(one.act_state, 'waiting');
  assert.deepEqual(one.request.keys, [key]);
  assert.equal(await size(), before, 'nothing is signed yet');
  // The second person is told, the preparer cannot be it.
  assert.equal((await approver.get('/notices.json')).json.rows[0].notice, 'act-waits');
  assert.equal((await decide(officer, one, 'confirm')).status, 403);
  assert.equal((await decide(approver, one, 'confirm')).status, 303);
  const done = (await officer.get(`${one.path}.json`)).json;
  assert.equal(done.act_state, 'done');
  assert.equal(done.second, 'Name of approver');
  const document = await node.get(`/org/${CODE}/did.json`);
  assert.equal(document.json.verificationMethod[0].publicKeyMultibase, key);
  assert.equal((await node.statement(done.statement)).kind, 'did-document');
  assert.equal((await officer.get('/notices.json')).json.rows[0].notice, 'act-done');
  assert.deepEqual((await officer.get('/organisations/new.json')).json.rows, []);
  assert.equal((await decide(approver, one, 'confirm')).status, 409, 'once');
});

const did = () => `did:web:${node.domain}:org:${CODE}`;
const FORM = { certificate_type: 'CMA', certificate_number: 'CMA-2026-1', valid_from: '2026-01-01',
  valid_until: '2031-12-31' };
// Ticks share a name, so the body is written by hand.
async function accredit(person, fields, items) {
  const { csrf } = (await person.get('/accreditations/new.json')).json;
  const body = new URLSearchParams({ ...FORM, lab: did(), ...fields, csrf });
  for (const item of items) body.append('item', item);
  return person.ask('POST', '/accreditations/new.json', { raw: body.toString() });
}
const ITEMS = ['gbt-41798|2022|6.1.1', 'gbt-41798|2022|6.1.2', 'un-r157|00|cut-in'];

test('an accreditation is judged when it is prepared, and published when it is confirmed', async () => {
  const form = (await officer.get('/accreditations/new.json')).json;
  assert.deepEqual(form.labs.map((one) => one.did), [did()]);
  const ticks = form.schemes.flatMap((scheme) => scheme.items.map((item) => item.tick));
  assert.ok(ticks.length > 40);
  const bad = await accredit(officer, { lab: '', certificate_number: '', valid_from: '2026-13-01',
    valid_until: '2025-01-01' }, []);
  assert.deepEqual(bad.json.problems.map(({ field, wrong }) => `${field} ${wrong}`).sort(),
    ['certificate_number missing', 'lab missing', 'scope scope', 'valid_from day']);
  assert.deepEqual((await accredit(officer, { valid_until: '2025-01-01' }, ticks)).json.problems,
    [{ field: 'valid_until', wrong: 'day-before' }]);
  const typed = (await accredit(officer, { certificate_number: '' }, ITEMS.slice(0, 1))).json;
  assert.deepEqual(typed.schemes.flatMap((scheme) => scheme.items.filter((item) => item.on).map((item) => item.tick)),
    ITEMS.slice(0, 1));
  assert.equal(typed.labs[0].on, true);
  assert.equal((await accredit(officer, {}, ['gbt-41798|2022|no-such'])).json.problem.scope.wrong, 'scope');
  const one = await act(both, await accredit(both, {}, ticks));
  assert.equal((await decide(both, one, 'confirm')).status, 403, 'nobody alone, whatever the roles');
  assert.equal((await officer.get('/accreditations.json')).json.rows.length, 0);
  assert.equal((await decide(approver, one, 'confirm')).status, 303);
  const { rows } = (await officer.get('/accreditations.json')).json;
  assert.equal(rows.length, 1);
  assert.equal(rows[0].facts.certificateNumber, 'CMA-2026-1');
  assert.equal(rows[0].facts.item_count, ticks.length);
  assert.equal(rows[0].lasts, 'well');
  assert.ok((await node.get('/organisations.json')).text.includes('CMA-2026-1'));
});

test('those that end soon stand first and can be filtered', async () => {
  const soon = new Date(Date.now() + 30 * 86400000).toISOString().slice(0, 10);
  const one = await act(officer, await accredit(officer, { certificate_number: 'CMA-SOON', valid_until: soon },
    ITEMS.slice(0, 2)));
  await decide(approver, one, 'confirm');
  const numbers = async (query) => (await officer.get(`/accreditations.json${query}`)).json.rows
    .map((row) => [row.facts.certificateNumber, row.lasts]);
  assert.deepEqual(await numbers(''), [['CMA-SOON', 'soon'], ['CMA-2026-1', 'well']]);
  assert.deepEqual(await numbers('?state=soon'), [['CMA-SOON', 'soon']]);
  assert.deepEqual(await numbers('?state=expired'), []);
  assert.deepEqual(await numbers(`?q=${encodeURIComponent('检测中心')}`), await numbers(''));
  assert.deepEqual(await numbers('?q=nobody'), []);
  assert.equal((await officer.get('/accreditations.json?state=odd')).status, 400);
  assert.match((await officer.page('/accreditations?lang=en')).text, /ends soon/);
});

test('suspending, reinstating and withdrawing take a reason and a second person', async () => {
  const [{ uuid }] = (await officer.get('/accreditations.json?state=soon')).json.rows;
  const path = `/accreditations/${uuid}`;
  const state = async () => (await officer.get(`${path}.json`)).json;
  assert.deepEqual((await state()).may.map((row) => row.act_status), ['suspended', 'withdrawn']);
  const empty = await officer.send(path, { act_status: 'suspended', reason_zh: '' });
  assert.deepEqual(empty.json.problems, [{ field: 'reason_zh', wrong: 'missing' }]);
  assert.equal((await officer.send(path, { act_status: 'reinstated', reason_zh: 'x' })).json.problems[0].field,
    'act_status');
  const change = async (status) => {
    const one = await act(officer, await officer.send(path, { act_status: status, reason_zh: `因为${status}` }));
    assert.equal((await decide(approver, one, 'confirm')).status, 303);
    const { act_state: how, statement } = (await officer.get(`${one.path}.json`)).json;
    assert.equal(how, 'done');
    return node.statement(statement);
  };
  assert.equal((await change('suspended')).facts.reason['zh-CN'], '因为suspended');
  assert.equal((await state()).state, 'suspended');
  assert.equal((await officer.get('/accreditations.json?state=suspended')).json.rows.length, 1);
  await change('reinstated');
  assert.equal((await state()).state, 'valid');
  await change('withdrawn');
  assert.deepEqual((await state()).may, []);
  assert.equal((await officer.get('/accreditations.json')).json.rows.length, 1);
  // Another city's statement, or one of another kind, is none of these.
  const newest = (await node.get('/index.json')).json.newest.find((row) => row.kind === 'did-document');
  assert.equal((await officer.get(`/accreditations/${newest.id.slice(9)}.json`)).status, 404);
});

test('a refusal says why, what was handed over can be taken back, and what waits too long lapses', async () => {
  const before = await size();
  const one = await act(officer, await accredit(officer, {}, ITEMS.slice(0, 1)));
  assert.equal((await decide(approver, one, 'refuse')).json.problems[0].wrong, 'reason');
  assert.equal((await decide(approver, one, 'refuse', '证书已过期')).status, 303);
  const refused = (await officer.get(`${one.path}.json`)).json;
  assert.deepEqual([refused.act_state, refused.said], ['refused', '证书已过期']);
  assert.equal((await decide(approver, one, 'confirm')).status, 409);
  const two = await act(officer, await accredit(officer, {}, ITEMS.slice(0, 1)));
  assert.equal((await decide(approver, two, 'take-back')).status, 403);
  assert.equal((await decide(officer, two, 'take-back')).status, 303);
  assert.equal((await decide(approver, two, 'confirm')).status, 409);
  const three = await act(officer, await accredit(officer, {}, ITEMS.slice(0, 1)));
  await alter('UPDATE prepared_act SET prepared = prepared - 30 * 86400 WHERE state = \'waiting\'');
  assert.equal((await officer.get(`${three.path}.json`)).json.act_state, 'lapsed');
  assert.equal((await decide(approver, three, 'confirm')).status, 409);
  assert.equal((await decide(approver, three, 'tear')).status, 400);
  assert.equal(await size(), before);
  const waiting = (await approver.get('/acts.json?show=all')).json.rows;
  assert.deepEqual(waiting.slice(0, 3).map((row) => row.act_state), ['lapsed', 'taken-back', 'refused']);
});

test('an act that was confirmed and cut off is carried out once', async () => {
  const before = await size();
  const one = await act(officer, await accredit(officer, { certificate_number: 'CMA-CUT' }, ITEMS.slice(0, 1)));
  await decide(approver, one, 'confirm');
  assert.equal(await size(), before + 1);
  await alter('UPDATE prepared_act SET state = \'confirmed\' WHERE state = \'done\' AND name LIKE \'%CMA-CUT\'');
  assert.match((await approver.page(`${one.path}?lang=en`)).text, /Try again/);
  assert.equal((await decide(approver, one, 'confirm')).status, 303);
  assert.equal((await officer.get(`${one.path}.json`)).json.act_state, 'done');
  assert.equal(await size(), before + 1, 'it was there already');
});

test('an act that is confirmed twice at the same moment is carried out once', async () => {
  const before = await size();
  const one = await act(officer, await accredit(officer, { certificate_number: 'CMA-TWICE' }, ITEMS.slice(0, 1)));
  const answers = await Promise.all(Array.from({ length: 6 }, () => decide(approver, one, 'confirm')));
  for (const { status, text } of answers) assert.ok(status === 303 || status === 409, text);
  assert.equal((await officer.get(`${one.path}.json`)).json.act_state, 'done');
  assert.equal(await size(), before + 1);
  const told = (await officer.get('/notices.json')).json.rows.filter((row) => row.path === one.path);
  assert.deepEqual(told.map((row) => row.notice), ['act-done']);
  const lines = (await trail()).filter((line) => line.action === 'carry-out-act' && line.detail?.includes('CMA-TWICE'));
  assert.equal(lines.length, 1);
});

test('the other city\'s agreement is read, checked and signed', async () => {
  const folder = temporary();
  const file = join(folder, 'proposal.json');
  await peer.do('agree', 'propose', '--rules', join(SOURCE, 'rules/agreements/sample-yongchuan-longquanyi.json'),
    '--with', node.url, '--out', file);
  const text = readFileSync(file, 'utf8');
  const propose = async (person, body, name = 'file') => {
    const { csrf } = (await person.get('/agreements.json')).json;
    const form = new FormData();
    form.append('csrf', csrf);
    if (name === 'file') form.append('file', new Blob([body]), 'proposal.json');
    else form.append(name, body);
    const encoded = new Response(form);
    return person.ask('POST', '/agreements.json', { raw: Buffer.from(await encoded.arrayBuffer()),
      headers: { 'content-type': encoded.headers.get('content-type') } });
  };
  const forged = JSON.parse(text);
  forged.credentialSubject.agreement.clauses[0].text['zh-CN'] += '！';
  const twisted = JSON.parse(text);
  delete twisted.proof;
  const alone = JSON.parse(text);
  alone.credentialSubject.parties[0].id = 'did:web:elsewhere.example';
  for (const [bad, wrong] of [['', 'missing'], ['{', 'proposal-json'], ['{}', 'proposal-other'],
    ['[1]', 'proposal-other'], [JSON.stringify(forged), 'proposal-proof'],
    [JSON.stringify(twisted), 'proposal-unsigned'], [JSON.stringify(alone), 'proposal-content']]) {
    const answer = await propose(officer, bad, 'proposal');
    assert.equal(answer.status, 400, bad.slice(0, 40));
    assert.deepEqual(answer.json.problems, [{ field: 'proposal', wrong }]);
  }
  // A node can judge the other's signature once it has mirrored its DID document.
  const handed = await until('the proposal is taken', async () => {
    const answer = await propose(officer, text);
    return answer.status === 303 && answer;
  });
  const one = await act(officer, handed);
  assert.equal(one.request.agreement.credentialSubject.agreement.clauses.length, 11);
  const page = (await approver.page(`${one.path}?lang=en`)).text;
  assert.match(page, /Items that carry over/);
  assert.match(page, /6\.1\.1/);
  assert.equal((await decide(officer, one, 'confirm')).status, 403);
  const confirmed = await decide(approver, one, 'confirm');
  assert.equal(confirmed.status, 303, confirmed.text);
  const done = (await officer.get(`${one.path}.json`)).json;
  assert.equal(done.act_state, 'done', done.said);
  assert.equal(done.statement, JSON.parse(text).id);
  const { rows } = (await officer.get('/agreements.json')).json;
  assert.equal(rows.length, 1);
  assert.equal(rows[0].state, 'valid');
  // The other city can publish what this one signed.
  const signed = await node.get(`/statements/${done.statement.slice(9)}`, { accept: 'application/vc' });
  const back = join(folder, 'signed.json');
  writeFileSync(back, signed.text);
  await until('the other city publishes it', async () => (await peer.cli('agree', 'publish', back)).status === 0);
});

test('who may not, does not see them; each step is a line', async () => {
  assert.equal((await lab.get('/acts.json')).status, 403);
  assert.equal((await lab.get('/acts/1.json')).status, 403);
  assert.equal((await lab.send('/acts/1', { decision: 'confirm' }, { from: '/account' })).status, 403);
  assert.equal((await approver.get('/accreditations/new.json')).status, 403);
  assert.equal((await officer.get('/acts/999.json')).status, 404);
  const lines = await until('the refusals', async () => {
    const all = await trail();
    return all.some((line) => line.action === 'confirm-act' && line.actor === 'both') && all;
  });
  for (const action of ['prepare-act', 'confirm-act', 'refuse-act', 'take-back-act', 'carry-out-act'])
    assert.ok(lines.some((line) => line.action === action && line.result === 'ok'), action);
  const refusal = lines.find((line) => line.action === 'confirm-act' && line.actor === 'both');
  assert.match(refusal.detail, /who prepared it does not decide it/);
  assert.match(await node.do('audit', 'verify'), /unbroken/);
  await node.stop();
  assert.deepEqual((await node.fsck()).problems, []);
  await node.start();
});
