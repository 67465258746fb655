// A request for recognition from people to people: five steps, missing documents, two officers, an objection.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bring, companyOf, people, upload } from './lib/dossier.js';
import { until } from './lib/node.js';

let job, city, report, company, stranger, officer, approver, both, request;

before(async () => {
  ({ job, city, report, company, officer, approver, both } = await people());
  stranger = await companyOf(city, officer, '91440300708461136T', 'other');
});
after(async () => {
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const inDays = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);
const look = async (person = officer, id = request) => (await person.get(
  `${person === company ? '/requests' : '/queue'}/${id}.json`)).json;
const state = (word, id = request) => until(`state ${word}`, async () => {
  const now = await look(officer, id);
  return now.state === word && now;
});
const act = (person, what, fields = {}, id = request) => person.send(`/queue/${id}/${what}`, fields,
  { from: `/queue/${id}` });
// As the page does: what it showed goes back with it.
const approve = async (person) => act(person, 'approve', { shown: (await look(person)).prepared?.shown ?? '' });

test('a report of the other city comes here for its holder, and for nobody else', async () => {
  assert.deepEqual((await company.get('/vehicles.json')).json.rows, []);
  const empty = await company.send('/vehicles', { report: 'nonsense' });
  assert.deepEqual(empty.json.problems, [{ field: 'report', wrong: 'report-id' }]);
  const link = `${job.yongchuan.url}/statements/${report.replace('urn:uuid:', '')}`;
  await bring(company, link);
  const other = await stranger.send('/vehicles', { report });
  assert.deepEqual(other.json.problems, [{ field: 'report', wrong: 'report-other' }]);
  const { rows } = (await company.get('/vehicles.json')).json;
  assert.equal(rows.length, 1);
  assert.equal(rows[0].model, 'SAMPLE-YC5');
  assert.deepEqual(rows[0].reports.map((one) => one.id), [report]);
  assert.match(rows[0].reports[0].as_of, /Z$/); // else the page would say that it is not here yet
  assert.deepEqual((await stranger.get('/vehicles.json')).json.rows, []);
});

test('five steps are kept as typed, judged one by one, and sent', async () => {
  const { vehicles } = (await company.get('/requests/new.json')).json;
  const wrong = await company.send('/requests/new', { configuration: vehicles[0].fingerprint, vins: 'short' });
  assert.equal(wrong.status, 400);
  assert.deepEqual(wrong.json.problems, [{ field: 'vins', wrong: 'vins' }]);
  assert.equal(wrong.json.vins, 'short');
  const { id } = wrong.json;
  assert.equal((await company.get(`/requests/new/${id}/1.json`)).json.vins, 'short');
  assert.equal((await company.get(`/requests/new/${id}/2.json`)).status, 404);
  const step = (n, fields) => company.send(`/requests/new/${id}/${n}`, fields);
  assert.equal((await step(1, { configuration: vehicles[0].fingerprint,
    vins: 'lsyyc5a14ta000001, LSYYC5A16TA000002' })).location, `/requests/new/${id}/2.json`);
  assert.deepEqual((await step(2, {})).json.problems, [{ field: 'reports', wrong: 'choose' }]);
  assert.equal((await step(2, { [`report.${report.replace('urn:uuid:', '')}`]: 'on' })).status, 303);
  const { groups } = (await company.get(`/requests/new/${id}/3.json`)).json;
  const ticked = groups.flatMap(({ elements }) => elements).filter(({ on }) => on).map(({ element }) => element);
  assert.ok(ticked.includes('road:urban'), ticked.join(' '));
  const odd = Object.fromEntries(ticked.map((word) => [`odd.${word}`, 'on']));
  assert.deepEqual((await step(3, { ...odd, speed: 'quick' })).json.problems, [{ field: 'speed', wrong: 'speed' }]);
  assert.equal((await step(3, { ...odd, speed: '60' })).status, 303);
  const place = `/requests/new/${id}/4`;
  assert.deepEqual((await upload(company, `${place}/documents`, place, { document: 'insurance' }, null)).json.problems,
    [{ field: 'file', wrong: 'file' }]);
  assert.equal((await upload(company, `${place}/documents`, place, { document: 'insurance', valid_until: inDays(200) }))
    .location, `${place}.json`);
  assert.equal((await upload(company, `${place}/documents`, place, { document: 'insurance', csrf: 'x' })).status, 403);
  assert.equal((await stranger.get(`${place}.json`)).status, 404);
  assert.equal((await step(4, {})).status, 303);
  const last = (await company.get(`/requests/new/${id}/5.json`)).json;
  assert.deepEqual(last.request.vins, ['LSYYC5A14TA000001', 'LSYYC5A16TA000002']);
  const sent = await step(5, {});
  assert.equal(sent.status, 303, sent.text);
  request = Number(/\/requests\/(\d+)\.json/.exec(sent.location)[1]);
  assert.deepEqual((await company.get('/requests.json')).json.drafts, []);
  // What was handed in is a file of the company, held by the request.
  const { rows: [file] } = (await company.get('/files.json')).json;
  const { used_by: uses } = (await company.get(`/files/${file.digest}.json`)).json;
  assert.deepEqual(uses.map(({ file_use: kind, path }) => [kind, path]), [['request', `/requests/${request}`]]);
  const now = await state('examining');
  assert.deepEqual(now.events.map(({ event }) => event), ['sent', 'collected']);
  assert.equal(now.clock.clock, 'fine');
  assert.equal(now.clock.left, 20);
  assert.equal((await stranger.get(`/requests/${request}.json`)).status, 404);
});

test('the queue has it, with what would be decided, item by item', async () => {
  const { rows } = (await officer.get('/queue.json')).json;
  assert.deepEqual(rows.map((row) => row.id), [request]);
  assert.deepEqual((await approver.get('/queue.json')).json.rows, []);
  assert.equal((await officer.get('/queue.json?q=sample-yc5')).json.rows.length, 1);
  assert.equal((await officer.get('/queue.json?q=%E6%97%A0%E6%AD%A4')).json.rows.length, 0);
  assert.equal((await officer.get('/queue.json?show=never')).status, 400);
  const { preview, choices } = await look();
  assert.ok(preview.outcome.items.length > 20);
  assert.ok(preview.outcome.items.every((item) => item.text && item.outcome));
  assert.ok(choices.some(({ document, on }) => document === 'origin-plate' && on));
  assert.ok(choices.some(({ document, on }) => document === 'insurance' && !on));
});

test('the list of own requests is a file by its filters, and its page leads there', async () => {
  const page = (await company.page('/requests?show=open')).text;
  assert.match(page, /href="\/requests\.csv\?show=open"/);
  const [head, ...lines] = (await company.get('/requests.csv?show=open')).text.trim().split('\r\n');
  assert.match(head, /申请编号,型号（类别）,提交时间,时限,截止日期,最近变化,状态,标识$/);
  assert.equal(lines.length, 1);
  assert.match(lines[0], /SAMPLE-YC5.*,在期限内,20\d\d-\d\d-\d\d,.*,审查中,/);
  assert.equal(Number(lines[0].split(',').at(-1)), request);
  const count = async (person, query) => (await person.get(`/requests.csv${query}`)).text.trim().split('\r\n').length;
  assert.deepEqual([await count(company, '?show=closed'), await count(company, '?q=sample-yc5'),
    await count(company, '?q=%E6%97%A0%E6%AD%A4'), await count(stranger, '')], [1, 2, 1, 1]);
  assert.equal((await company.get('/requests.csv?show=never')).status, 400);
  const book = await company.get('/requests.xlsx');
  assert.deepEqual([book.status, book.text.slice(0, 2)], [200, 'PK']);
  assert.equal((await officer.get('/requests.csv')).status, 403);
});

test('missing documents stop the clock until they are handed back', async () => {
  const nothing = await act(officer, 'missing', {});
  assert.deepEqual(nothing.json.problems, [{ field: 'text', wrong: 'written' }]);
  assert.equal((await act(officer, 'missing', { 'ask.origin-plate': 'on', text: '请补交号牌。' })).status, 303);
  const asked = await look(company);
  assert.equal(asked.state, 'asked');
  assert.equal(asked.clock.clock, 'stopped');
  assert.deepEqual(asked.asked.documents.map(({ document, here }) => [document, here]), [['origin-plate', false]]);
  const place = `/requests/${request}`;
  const early = await company.send(`${place}/back`, {}, { from: place });
  assert.equal(early.status, 400);
  assert.deepEqual(early.json.problems, [{ field: 'back', wrong: 'nothing-given' }]);
  assert.deepEqual([early.json.state, early.json.clock], ['asked', asked.clock]);
  assert.equal((await upload(company, `${place}/documents`, place,
    { document: 'origin-plate', valid_until: inDays(100) })).status, 303);
  assert.equal((await upload(stranger, `${place}/documents`, '/account', { document: 'origin-plate' })).status, 404);
  const handed = await look(company);
  assert.deepEqual(handed.asked.documents.map(({ here }) => here), [true]);
  const file = handed.documents.find(({ document }) => document === 'origin-plate');
  const got = await officer.get(`/queue/${request}/documents/${file.id}`);
  assert.equal(got.text, '%PDF-1.4 sample');
  assert.match(got.headers.get('content-disposition'), /^attachment/);
  assert.equal((await stranger.get(`/requests/${request}/documents/${file.id}`)).status, 404);
  assert.deepEqual((await company.get(`/files/${file.digest}.json`)).json.readers.map(({ reader }) => reader),
    ['officer']);
  assert.equal((await company.send(`${place}/back`, {}, { from: place })).status, 303);
  const back = await look();
  assert.equal(back.state, 'examining');
  assert.equal(back.clock.clock, 'fine');
  const plate = back.preview.outcome.documents.find(({ document }) => document === 'origin-plate');
  assert.equal(plate.state, 'handed-in');
});

test('messages go both ways, and internal steps stay inside', async () => {
  assert.equal((await act(officer, 'messages', { message: '已收到。\n谢谢' })).status, 303);
  const long = '好'.repeat(1300); // as much as the form takes
  assert.equal((await act(officer, 'messages', { message: long })).status, 303);
  assert.equal((await company.send(`/requests/${request}/messages`, { message: '<b>好</b>' },
    { from: `/requests/${request}` })).status, 303);
  const { events } = await look(company);
  assert.deepEqual(events.filter(({ event }) => event === 'said').map(({ side }) => side), ['authority', 'authority',
    'company']);
  assert.ok(events.some(({ text }) => text === long));
  assert.ok(!(await company.page(`/requests/${request}`)).text.includes('<b>好</b>'));
});

test('who prepared never approves, changed inputs are told, and the second person issues', async () => {
  assert.equal((await act(approver, 'prepare')).status, 403);
  assert.equal((await act(both, 'prepare')).status, 303);
  const own = await approve(both);
  assert.equal(own.status, 403);
  assert.equal(own.json.problem.form.wrong, 'second-person');
  assert.equal((await approve(officer)).status, 403);
  assert.equal((await look(company)).events.some(({ event }) => event === 'prepared'), false);
  // A document that came in between makes it another decision.
  const place = `/requests/${request}`;
  assert.equal((await upload(company, `${place}/documents`, place, { document: 'test-plan' })).status, 303);
  assert.equal((await look(approver)).preview.changed, true);
  const changed = await approve(approver);
  assert.equal(changed.status, 409);
  assert.equal(changed.json.state, 'examining');
  assert.equal((await act(officer, 'prepare')).status, 303);
  const again = await act(officer, 'prepare');
  assert.equal(again.status, 409);
  assert.equal((await act(approver, 'return', { reason: '请再看第二项' })).status, 303);
  assert.equal((await act(officer, 'prepare')).status, 303);
  assert.equal((await approve(approver)).location, `/queue/${request}.json`);
  const decided = await look(company);
  assert.equal(decided.state, 'decided');
  assert.equal(decided.clock.clock, 'done');
  assert.ok(decided.decision.outcome.items.length > 20);
  const explained = await city.do('decide', '--explain', decided.decision.id, '--json');
  assert.equal(explained.same, true);
});

test('decision and report open to those they concern, and to nobody else', async () => {
  const { decision } = await look(company);
  const read = [[decision.id, [company, officer, approver]], [report, [company]]];
  for (const [id, readers] of read) {
    const at = `/statements/${id.replace('urn:uuid:', '')}`;
    for (const person of [company, officer, approver, stranger]) {
      const status = readers.includes(person) ? 200 : 403;
      for (const file of ['pdf', 'bundle']) assert.equal((await person.get(`${at}/${file}`)).status, status, file);
      const { json } = await person.get(`${at}.json`);
      assert.equal(json.entitled, status === 200);
      assert.equal(json.statement !== undefined, status === 200);
    }
    for (const file of ['pdf', 'bundle']) assert.equal((await city.get(`${at}/${file}`)).status, 403);
  }
  const paper = await company.get(`/statements/${decision.id.replace('urn:uuid:', '')}/pdf`);
  assert.equal(paper.headers.get('cache-control'), 'private, no-cache');
  assert.ok(paper.text.startsWith('%PDF-'));
});

test('an objection is answered by two people: kept, then decided anew', async () => {
  const place = `/requests/${request}`;
  const first = (await look(company)).decision.id;
  const object = (reason) => company.send(`${place}/objection`, { reason }, { from: place });
  assert.deepEqual((await object('')).json.problems, [{ field: 'reason', wrong: 'written' }]);
  assert.equal((await object('第 6.3.3 项应予互认。')).status, 303);
  assert.equal((await look(company)).clock.clock, 'none');
  assert.equal((await look()).objection, '第 6.3.3 项应予互认。');
  assert.equal((await act(both, 'prepare', { outcome: 'kept', answer: '维持。' })).status, 303);
  assert.equal((await look(approver)).prepared.reply, '维持。');
  assert.equal((await approve(both)).status, 403);
  assert.equal((await approve(approver)).status, 303);
  assert.equal((await look(company)).decision.id, first);
  assert.equal((await object('再次提出。')).status, 303);
  assert.equal((await act(officer, 'prepare', { outcome: 'anew', answer: '重新作出。' })).status, 303);
  assert.equal((await approve(approver)).status, 303);
  const anew = await look(company);
  assert.notEqual(anew.decision.id, first);
  assert.equal(anew.state, 'decided');
  assert.equal((await city.statement(first)).state, 'withdrawn');
  assert.ok(anew.events.some(({ text }) => text === '重新作出。'));
  assert.deepEqual(anew.events.filter(({ event }) => ['kept', 'anew'].includes(event)).map(({ event }) => event),
    ['kept', 'anew']);
});

test('every step and every refusal is in the trail, and the checker is content', async () => {
  const lines = async () => (await city.get('/api/v1/audit', { authorization: `Bearer ${city.token}` })).text
    .split('\n').filter(Boolean).map((line) => JSON.parse(line).line);
  await until('the refused approvals', async () => (await lines()).filter((line) =>
    line.action === 'approve-decision' && line.result === 'refused' && line.actor === 'both').length === 2);
  const actions = new Set((await lines()).map((line) => line.action));
  for (const word of ['send-request', 'hand-in', 'ask-documents', 'prepare-decision', 'approve-decision',
    'return-decision', 'object', 'answer-objection']) assert.ok(actions.has(word), word);
  const foreign = (await lines()).filter((line) => line.actor === 'other.officer' && line.action === 'access')
    .map(({ target }) => target.split(' ')[0]);
  for (const word of ['draft', 'request']) assert.ok(foreign.includes(word), word);
  await city.stop();
  assert.deepEqual((await city.fsck()).problems, []);
  await city.start();
  assert.equal((await look(company)).state, 'decided');
});
