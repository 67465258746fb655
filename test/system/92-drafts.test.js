// A lab's reports in the browser: drafted, handed over, signed by somebody else, amended, withdrawn, imported.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { draftOf } from './lib/job.js';
import { equip, typedItem, write, PASSPHRASE } from './lib/lab.js';
import { listen } from './lib/listener.js';
import { HUREN, SOURCE, huren, Node, run, temporary, until } from './lib/node.js';
import { admin, invite, register } from './lib/people.js';

const CODE = '91500118MA5YCL002G';
const SAMPLE = draftOf('yongchuan');
let node, did, engineer, colleague, signatory, stranger, approver;

const trail = async () => (await node.get('/api/v1/audit', { authorization: `Bearer ${node.token}` })).text
  .split('\n').filter(Boolean).map((line) => JSON.parse(line).line);
const line = (what) => until(`a line ${JSON.stringify(what)}`, async () => (await trail()).find((found) =>
  Object.entries(what).every(([member, value]) => found[member] === value)));
const numbered = (number) => ({ ...SAMPLE, number });
const act = async (person, id, what, fields = {}) => {
  const { revision } = (await person.get(`/drafts/${id}.json`)).json;
  return person.send(`/drafts/${id}/${what}`, { revision, ...fields }, { from: `/drafts/${id}` });
};
async function ready(number, items) {
  const id = await write(engineer, numbered(number), items);
  const handed = await act(engineer, id, 'hand-over');
  assert.equal(handed.status, 303, handed.text);
  return id;
}

// A form with a file.
async function handIn(person, path, { from, text, limits, name = 'a.json', fields = {} }) {
  const { revision = '', csrf } = (await person.get(`${from}.json`)).json;
  const body = new FormData();
  for (const [key, value] of Object.entries({ csrf, revision, ...fields })) body.set(key, value);
  body.set('d-file', new Blob([text]), name);
  if (limits) body.set('d-limits', new Blob([limits]), 'limits.json');
  const request = new Request('http://x/', { method: 'POST', body });
  return person.ask('POST', `${path}.json`, { raw: Buffer.from(await request.arrayBuffer()),
    headers: { 'content-type': request.headers.get('content-type') } });
}

before(async () => {
  node = await (await Node.make('yongchuan')).start();
  const officer = await admin(node, 'officer', 'officer');
  approver = await admin(node, 'approver', 'approver');
  const head = await register(node, officer, { code: CODE, name: 'lab.admin', organisation: SAMPLE.lab.name });
  const other = await register(node, officer, { code: '914403001922038216', name: 'other.admin' });
  engineer = await invite(head, 'engineer', 'lab-engineer');
  colleague = await invite(head, 'colleague', 'lab-engineer', 'lab-signatory');
  signatory = await invite(head, 'signatory', 'lab-signatory');
  stranger = await invite(other, 'stranger', 'lab-engineer', 'lab-signatory');
  did = await equip(node, CODE);
});
after(() => node?.stop());

test('a draft by hand is handed over, signed by another person, and published', async () => {
  const id = await ready('YC-2026-0101');
  assert.equal((await act(engineer, id, 'hand-over')).status, 409);
  const seen = (await signatory.get(`/drafts/${id}/sign.json`)).json;
  assert.equal(seen.state, 'ready-for-signature');
  assert.equal(seen.items.length, 2);
  assert.deepEqual(seen.may.sign, true);
  const wrong = await act(signatory, id, 'sign', { 'd-passphrase': 'not the passphrase' });
  assert.equal(wrong.status, 400);
  assert.deepEqual(wrong.json.problems, [{ field: 'd-passphrase', wrong: 'd-passphrase' }]);
  const signed = await act(signatory, id, 'sign', { 'd-passphrase': PASSPHRASE });
  assert.equal(signed.status, 303, signed.text);
  const after_ = (await engineer.get(`/drafts/${id}.json`)).json;
  assert.equal(after_.state, 'signed');
  const page = await engineer.page(`/drafts/${id}`);
  assert.ok(page.text.includes(`/statements/${after_.statement.slice(9)}`));
  const report = (await node.get(`/statements/${after_.statement.slice(9)}.json`,
    { authorization: `Bearer ${node.token}` })).json;
  assert.equal(report.state, 'valid');
  assert.equal(report.issuer.id, did);
  assert.equal(report.proof.signatures_held, true);
  assert.equal(report.proof.signatures.length, 2);
  assert.equal(report.statement.credentialSubject.inspectionReport.number, 'YC-2026-0101');
  assert.deepEqual(report.statement.credentialSubject.assessment[0].itemResult,
    { ...SAMPLE.items[0], title: SAMPLE.items[0].title });
  assert.deepEqual(report.statement.credentialSubject.inspectionReport.vehicle.hardware, SAMPLE.vehicle.hardware);
  await line({ action: 'draft-sign', actor: 'signatory', result: 'ok', target: `/drafts/${id}` });
  await line({ action: 'draft-sign', actor: 'signatory', result: 'refused', target: `/drafts/${id}` });
});

test('who wrote in a draft does not sign it, whatever roles they have', async () => {
  const id = await write(engineer, numbered('YC-2026-0102'));
  const { revision } = (await colleague.get(`/drafts/${id}/edit/report.json`)).json;
  const changed = await colleague.send(`/drafts/${id}/edit/report`, { revision, 'd-sampling': '送样' });
  assert.equal(changed.status, 303, changed.text);
  assert.equal((await act(engineer, id, 'hand-over')).status, 303);
  assert.equal((await engineer.get(`/drafts/${id}/sign.json`)).status, 403);
  assert.equal((await colleague.get(`/drafts/${id}/sign.json`)).json.may.wrote, true);
  const refused = await act(colleague, id, 'sign', { 'd-passphrase': PASSPHRASE });
  assert.equal(refused.status, 403, refused.text);
  await line({ action: 'draft-sign', actor: 'colleague', result: 'refused', detail: 'wrote in it' });
  assert.equal((await act(signatory, id, 'sign', { 'd-passphrase': PASSPHRASE })).status, 303);
});

test('two engineers do not write over each other, and nothing typed is lost', async () => {
  const id = await write(engineer, numbered('YC-2026-0103'), []);
  const path = `/drafts/${id}/edit/report`;
  const { revision } = (await engineer.get(`${path}.json`)).json;
  assert.equal((await colleague.send(path, { revision, 'd-deviations': '无偏离' })).status, 303);
  const late = await engineer.send(path, { revision, 'd-deviations': '有偏离', 'd-title': '改过的名称' });
  assert.equal(late.status, 409);
  assert.equal(late.json.problems[0].wrong, 'd-changed');
  const field = (name) => late.json.fields.find((row) => row.field === name);
  assert.equal(field('d-title').value, '改过的名称');
  assert.equal(field('d-deviations').value, '有偏离');
  assert.equal(field('d-deviations').stored.value, '无偏离');
  assert.equal((await engineer.get(`${path}.json`)).json.fields.find((row) => row.field === 'd-deviations').value,
    '无偏离');
  const again = await engineer.send(path, { revision: late.json.revision, 'd-deviations': '有偏离' });
  assert.equal(again.status, 303);
  const bad = await engineer.send(path, { revision: 1, 'd-from': '2026-02-30', 'd-title': '甲乙' }, { html: true });
  assert.equal(bad.status, 400);
  assert.match(bad.text, /value="甲乙"/);
  assert.match(bad.text, /id="d-from-problem"/);
});

test('values are judged line by line', async () => {
  const id = await write(engineer, numbered('YC-2026-0104'), []);
  const path = `/drafts/${id}/items/new`;
  const { revision } = (await engineer.get(`${path}.json`)).json;
  const answer = await engineer.send(path, { revision, ...typedItem(SAMPLE.items[0]), 'd-runs': '1 | pass\n2 | perhaps',
    'd-measured': 'speed | 1 | m/s\nspeed | fast | m/s', 'd-item': '9.9.9', 'd-tested': 'soon' });
  assert.equal(answer.status, 400);
  assert.deepEqual(Object.fromEntries(answer.json.problems.map(({ field, wrong, line: at }) => [field, [wrong, at]])), {
    'd-item': ['d-unknown', undefined], 'd-tested': ['d-day', undefined], 'd-runs': ['d-run', 2],
    'd-measured': ['d-measured', 2] });
  const missing = await act(engineer, id, 'hand-over');
  assert.equal(missing.status, 400);
  assert.deepEqual(missing.json.problems, [{ field: 'd-items', wrong: 'd-no-items' }]);
});

test('a signatory sends back with a reason, and it can be handed over again', async () => {
  const id = await ready('YC-2026-0105');
  const { revision } = (await engineer.get(`/drafts/${id}/edit/report.json`)).json;
  assert.equal((await engineer.send(`/drafts/${id}/edit/report`, { revision, 'd-title': '偷改' })).status, 409);
  assert.equal((await act(signatory, id, 'send-back', { 'd-reason': '' })).status, 400);
  const long = await act(signatory, id, 'send-back', { 'd-reason': 'x'.repeat(2001) });
  assert.deepEqual(long.json.problems, [{ field: 'd-reason', wrong: 'long' }]);
  assert.equal(long.json.reason.length, 2001);
  assert.equal((await act(signatory, id, 'send-back', { 'd-reason': '车辆照片缺一张' })).status, 303);
  const back = (await engineer.get(`/drafts/${id}.json`)).json;
  assert.equal(back.state, 'drafting');
  assert.equal(back.sent_back, '车辆照片缺一张');
  assert.equal((await act(engineer, id, 'hand-over')).status, 303);
});

// The lab's keys as the node keeps them: Ed25519, and SM2 beside it.
const keysKept = () => readdirSync(join(node.dir, 'keys')).filter((name) => name.startsWith(`org-${CODE}-`));
const keyFile = () => join(node.dir, 'keys', keysKept().find((name) => name.includes('-z6Mk')));

// Taken from the page, signed by the command line, handed in.
async function signElsewhere(id) {
  const folder = temporary();
  const { csrf } = (await signatory.get(`/drafts/${id}/sign.json`)).json;
  const taken = await signatory.ask('POST', `/drafts/${id}/unsigned`, { form: { csrf } });
  assert.equal(taken.status, 200, taken.text);
  const paths = Object.fromEntries(['unsigned', 'signed', 'pass'].map((name) => [name, join(folder, name)]));
  writeFileSync(paths.unsigned, taken.text);
  writeFileSync(paths.pass, `${PASSPHRASE}\n`, { mode: 0o600 });
  const made = await huren('report', 'sign', '--made', paths.unsigned, '--did', did, '--key',
    keyFile(), '--passphrase-file', paths.pass, '--out', paths.signed);
  assert.equal(made.status, 0, made.stderr);
  return readFileSync(paths.signed, 'utf8');
}

test('the lab may sign on its own machine and hand the statement in', async () => {
  const id = await ready('YC-2026-0106');
  const signed = await signElsewhere(id);
  // By the API nobody answers for the signature.
  const direct = await node.post('/api/v1/statements', 'application/vnd.huren.submission+json', signed);
  assert.equal(direct.status, 403, direct.text);
  const broken = await handIn(signatory, `/drafts/${id}/signed`, { from: `/drafts/${id}/sign`, text: '{' });
  assert.deepEqual(broken.json.problems.map(({ wrong, refusal }) => [wrong, refusal]), [['d-refused', 'no-json']]);
  assert.equal((await uploadTo(id, '{}')).status, 400);
  assert.equal((await uploadTo(id, signed.replace('YC-2026-0106', 'YC-2026-9999'))).status, 400);
  const published = await uploadTo(id, signed);
  assert.equal(published.status, 303, published.text);
  assert.equal((await signatory.get(`/drafts/${id}.json`)).json.state, 'signed');
});

// Three runs judged by the command line.
async function evaluated() {
  const sim = process.env.HUREN_SIM ?? join(dirname(HUREN), '..', '..', 'test', 'sim', 'huren-sim');
  const folder = temporary();
  const files = [];
  for (const number of ['1', '2']) {
    files.push(join(folder, `run${number}.mf4`));
    const made = await run(sim, ['cut-in', '--outcome', 'fail', '--run', number, '--out', files.at(-1)]);
    assert.equal(made.status, 0, made.stderr);
  }
  const rule = (name) => join(SOURCE, 'rules', name);
  const out = join(folder, 'result.json');
  const settings = ['ego_length=4.8 m', 'ego_width=1.9 m', 'lead_length=4.6 m', 'lead_width=1.8 m'];
  const judged = await huren('evaluate', '--scheme', 'un-r157', '--scenario', 'cut-in', '--mapping',
    rule('mappings/sample-cut-in.json'), '--limits', rule('samples/limits-un-r157.json'),
    ...settings.flatMap((text) => ['--set', text]), '--plots', '--out', out, ...files);
  assert.equal(judged.status, 10, judged.stderr + judged.stdout);
  for (const file of [...files, rule('samples/limits-un-r157.json')]) await node.do('evidence', 'add', file);
  return { files, settings, text: readFileSync(out, 'utf8') };
}
const digestOf = (path) => createHash('sha256').update(readFileSync(path)).digest('base64url');
const finished = (person, job) => until('the evaluation is done', async () => {
  const found = (await person.get(`/drafts/evaluations/${job}.json`)).json;
  return !found.working && found;
}, 30000, 100);

test('a draft begins from an evaluation, and tells what was changed by hand', async () => {
  const { text, files, settings } = await evaluated();
  const limits = readFileSync(join(SOURCE, 'rules/samples/limits-un-r157.json'), 'utf8');
  assert.equal((await handIn(engineer, '/drafts/new/evaluation', { from: '/drafts/new', text: '{}' })).status, 400);
  const begun = await handIn(engineer, '/drafts/new/evaluation', { from: '/drafts/new', text, limits });
  assert.equal(begun.status, 303, begun.text);
  const path = begun.location.replace('.json', '');
  let draft = (await engineer.get(`${path}.json`)).json;
  assert.equal(draft.items[0].evaluated, true);
  assert.deepEqual(draft.compared.map(({ bound, held, differs }) => [bound, held, differs]), [[true, true, false]]);
  assert.equal(draft.evaluations[0].runs.length, 2);
  assert.ok(draft.evidence.some(({ name, held }) => name === 'evaluation-cut-in.json' && held));
  const picture = draft.evaluations[0].runs[0].picture;
  assert.match((await engineer.get(picture)).text, /^<svg/);
  assert.equal((await stranger.get(picture)).status, 404);
  // Now a verdict is changed by hand, and what an evaluation says besides; the scheme last, which items follow.
  const { revision, fields } = (await engineer.get(`${path}/items/1.json`)).json;
  const value = (name) => fields.find((row) => row.field === name).value;
  const changed = await engineer.send(`${path}/items/1`, { revision, 'd-verdict': 'pass',
    'd-runs': value('d-runs').replaceAll('fail', 'pass'), 'd-clause': '5.2.9', 'd-tested': '2026-07-06' });
  assert.equal(changed.status, 303, changed.text);
  const { revision: next } = (await engineer.get(`${path}.json`)).json;
  const moved = await engineer.send(`${path}/edit/report`, { revision: next, 'd-scheme': 'gbt-41798:2022' });
  assert.equal(moved.status, 303, moved.text);
  draft = (await signatory.get(`${path}.json`)).json;
  const [{ differs, differences }] = draft.compared;
  assert.equal(differs, true);
  assert.deepEqual(differences[0], { field: 'd-verdict', taken: ['fail'], added: ['pass'] });
  assert.deepEqual(differences.map(({ field }) => field), ['d-verdict', 'd-runs', 'd-clause', 'd-tested', 'd-scheme']);
  const { taken, added } = differences.at(-1);
  assert.deepEqual([taken, added], [['un-r157:00'], ['gbt-41798:2022']]);
  // The node judges the evidence again: the evaluation holds, whatever the draft says.
  const again = await signatory.send(`${path}/evaluate-again`, {}, { from: path });
  assert.equal(again.status, 303, again.text);
  const { jobs } = (await signatory.get(`${path}.json`)).json;
  const job = await finished(signatory, jobs[0].job);
  assert.equal(job.recomputed, 'identical', JSON.stringify(job));
  assert.equal((await stranger.get(`/drafts/evaluations/${jobs[0].job}.json`)).status, 404);
  // The same by the node alone, from files named by digest.
  const form = { 'd-scenario-of': 'un-r157:00:cut-in', 'd-mapping': 'mappings/sample-cut-in.json',
    'd-limits': digestOf(join(SOURCE, 'rules/samples/limits-un-r157.json')), 'd-settings': settings.join('\r\n'),
    'd-run-files': files.map(digestOf).join('\r\n') };
  const wrong = await engineer.send('/drafts/new/evaluate',
    { ...form, 'd-run-files': 'no.such.mf4', 'd-settings': 'x' });
  assert.deepEqual(wrong.json.problems.map(({ field, wrong: word, line: at }) => [field, word, at]),
    [['d-run-files', 'd-no-file', 1], ['d-settings', 'd-setting', 1]]);
  const [own, foreign] = await Promise.all([signatory, stranger].map((person) =>
    listen(node, { topic: 'progress', person })));
  const asked = await engineer.send('/drafts/new/evaluate', form);
  assert.equal(asked.status, 303, asked.text);
  const page = await engineer.page(asked.location.replace('.json', ''));
  assert.match(page.text, /<noscript><meta http-equiv="refresh"|href="\/drafts"/);
  const result = await finished(engineer, asked.location.split('/')[3].replace('.json', ''));
  assert.equal(result.state, 'd-done', JSON.stringify(result));
  assert.equal(result.verdict, 'fail');
  await until('each run and the end are told', () => own.of('progress').length >= files.length + 1);
  assert.equal(own.of('progress').at(-1).job, result.job);
  assert.deepEqual(foreign.events, []);
  for (const listener of [own, foreign]) listener.close();
  const [newest] = (await engineer.get('/drafts.json')).json.rows;
  const made = (await engineer.get(`/drafts/${newest.draft}.json`)).json;
  assert.equal(made.compared[0].differs, false);
  assert.ok(made.evidence.some(({ name }) => name === 'limits-un-r157.json'));
});

test('a report is amended: the new one is signed, the old one withdrawn for the reason given', async () => {
  const id = await ready('YC-2026-0107');
  assert.equal((await act(signatory, id, 'sign', { 'd-passphrase': PASSPHRASE })).status, 303);
  const { statement } = (await engineer.get(`/drafts/${id}.json`)).json;
  const path = `/statements/${statement.slice(9)}`;
  assert.match((await engineer.page(path)).text, /\/amend"/);
  assert.doesNotMatch((await stranger.page(path)).text, /\/amend"/);
  assert.equal((await stranger.get(`${path}/amend.json`)).status, 404);
  const empty = await engineer.send(`${path}/amend`, { 'd-reason-zh': '限值写错', 'd-reason-en': '' });
  assert.deepEqual(empty.json.problems, [{ field: 'd-reason-en', wrong: 'missing' }]);
  const begun = await engineer.send(`${path}/amend`, { 'd-reason-zh': '限值写错', 'd-reason-en': 'a wrong limit' });
  assert.equal(begun.status, 303, begun.text);
  const amended = begun.location.split('/')[2].replace('.json', '');
  const draft = (await engineer.get(`/drafts/${amended}.json`)).json;
  assert.equal(draft.amends, statement);
  assert.deepEqual(draft.missing.map(({ field }) => field), ['d-number', 'd-issued']);
  const { revision } = draft;
  assert.equal((await engineer.send(`/drafts/${amended}/edit/report`, { revision, 'd-number': 'YC-2026-0107-1',
    'd-issued': '2026-09-01' })).status, 303);
  assert.equal((await act(engineer, amended, 'hand-over')).status, 303);
  assert.equal((await act(signatory, amended, 'sign', { 'd-passphrase': PASSPHRASE })).status, 303);
  const old = (await node.get(`${path}.json`)).json;
  assert.equal(old.state, 'withdrawn');
  assert.deepEqual(old.state_reason, { 'zh-CN': '限值写错', en: 'a wrong limit' });
  await line({ action: 'report-withdraw', actor: 'signatory', result: 'ok', target: statement });
  assert.equal((await engineer.send(`${path}/amend`, { 'd-reason-zh': '再', 'd-reason-en': 'again' })).status, 409);
});

// An amendment of a new report, handed over: [number of its draft, path of the old report].
async function amendment(number, reason) {
  const id = await ready(number);
  assert.equal((await act(signatory, id, 'sign', { 'd-passphrase': PASSPHRASE })).status, 303);
  const path = `/statements/${(await engineer.get(`/drafts/${id}.json`)).json.statement.slice(9)}`;
  const amended = (await engineer.send(`${path}/amend`, reason)).location.split('/')[2].replace('.json', '');
  const { revision } = (await engineer.get(`/drafts/${amended}.json`)).json;
  await engineer.send(`/drafts/${amended}/edit/report`, { revision, 'd-number': `${number}-1`,
    'd-issued': '2026-09-01' });
  assert.equal((await act(engineer, amended, 'hand-over')).status, 303);
  return [amended, path];
}
const uploadTo = (id, text) => handIn(signatory, `/drafts/${id}/signed`, { from: `/drafts/${id}/sign`, text });

test('an amendment signed elsewhere brings the withdrawal of the old report, signed in the same go', async () => {
  const [id, path] = await amendment('YC-2026-0108', { 'd-reason-zh': '型号写错', 'd-reason-en': 'a wrong model' });
  const signed = JSON.parse(await signElsewhere(id));
  assert.equal(signed.withdrawal.statement.credentialSubject.id, `urn:uuid:${path.split('/')[2]}`);
  const another = structuredClone(signed);
  another.withdrawal.statement.credentialSubject.reason.en = 'another reason';
  assert.equal((await uploadTo(id, JSON.stringify(another))).status, 400);
  const unsigned = structuredClone(signed);
  delete unsigned.withdrawal.statement.proof;
  assert.equal((await uploadTo(id, JSON.stringify(unsigned))).status, 400);
  assert.equal((await node.get(`${path}.json`)).json.state, 'valid');
  assert.equal((await engineer.get(`/drafts/${id}.json`)).json.state, 'ready-for-signature');
  assert.equal((await uploadTo(id, JSON.stringify(signed))).status, 303);
  const old = (await node.get(`${path}.json`)).json;
  assert.equal(old.state, 'withdrawn');
  assert.deepEqual(old.state_reason, { 'zh-CN': '型号写错', en: 'a wrong model' });
  assert.equal((await engineer.get(`/drafts/${id}.json`)).json.left, undefined);
  await line({ action: 'report-withdraw', actor: 'signatory', result: 'ok', target: old.id });
});

test('an amendment that comes without the withdrawal says that the old report is still in force', async () => {
  const reason = { 'd-reason-zh': '车型写错', 'd-reason-en': 'a wrong type' };
  const [id, path] = await amendment('YC-2026-0109', reason);
  assert.match((await signatory.page(`/drafts/${id}/sign`)).text, /一并签字/);
  const { withdrawal, ...alone } = JSON.parse(await signElsewhere(id));
  assert.ok(withdrawal);
  assert.equal((await engineer.get(`/drafts/${id}.json`)).json.left, undefined);
  assert.equal((await uploadTo(id, JSON.stringify(alone))).status, 303);
  const { left, amend_reason: told } = (await engineer.get(`/drafts/${id}.json`)).json;
  assert.deepEqual([left, told], [true, { 'zh-CN': '车型写错', en: 'a wrong type' }]);
  const page = await signatory.page(`/drafts/${id}`);
  assert.ok(page.text.includes(`href="${path}/withdraw"`));
  assert.ok(page.text.includes('车型写错'));
  assert.equal((await signatory.send(`${path}/withdraw`, { ...reason, 'd-passphrase': PASSPHRASE })).status, 303);
  assert.equal((await engineer.get(`/drafts/${id}.json`)).json.left, undefined);
});

test('a signatory withdraws a report with a reason in two languages', async () => {
  const { statement } = (await engineer.get('/drafts/1.json')).json;
  const path = `/statements/${statement.slice(9)}`;
  assert.equal((await engineer.get(`${path}/withdraw.json`)).status, 403);
  const reason = { 'd-reason-zh': '样品不符', 'd-reason-en': 'another specimen' };
  const wrong = await signatory.send(`${path}/withdraw`, { ...reason, 'd-passphrase': 'wrong passphrase' });
  assert.deepEqual(wrong.json.problems, [{ field: 'd-passphrase', wrong: 'd-passphrase' }]);
  assert.equal(wrong.json.reason_zh, '样品不符');
  assert.equal((await signatory.send(`${path}/withdraw`, { ...reason, 'd-passphrase': PASSPHRASE })).status, 303);
  const { state, state_reason: told } = (await node.get(`${path}.json`)).json;
  assert.deepEqual([state, told.en], ['withdrawn', 'another specimen']);
});

test('a table becomes drafts: a preview, all errors at once, then those that are good', async () => {
  const template = (await engineer.get('/imports/template.csv')).text;
  const workbook = await fetch(`${node.url}/imports/template.xlsx`, { headers: {
    cookie: [...engineer.cookies].map(([name, value]) => `${name}=${value}`).join('; ') } });
  assert.equal(Buffer.from(await workbook.arrayBuffer()).subarray(0, 2).toString(), 'PK');
  const heads = template.replace('\ufeff', '').trim().split(',');
  assert.ok(heads.includes('报告编号') && heads.includes('测量值'), template);
  const item = typedItem(SAMPLE.items[0]);
  const row = (fields) => heads.map((head) => `"${(fields[head] ?? '').replaceAll('"', '""')}"`).join(',');
  const good = { 检测方案: 'gbt-41798:2022', 报告编号: 'YC-2026-0201', 报告名称: '批量一', 检测项目: '6.1.1',
    试验场景: item['d-scenario'], 试验日期: '2026/7/6', 判定: '通过', 各次试验: '通过;通过;通过',
    测量值: item['d-measured'], 条款: '6.1.1' };
  const table = [template.trim().replace('\ufeff', ''), row(good), row({ ...good, 检测项目: '6.1.4', 条款: '6.1.4' }),
    row({ ...good, 报告编号: 'YC-2026-0202', 检测项目: '9.9', 判定: '也许' }),
    row({ ...good, 报告编号: 'YC-2026-0101' }), row({ 检测项目: '6.1.1' })].join('\r\n');
  const broken = await handIn(engineer, '/imports', { from: '/imports', text: 'a,"b', name: 'broken.csv' });
  assert.equal(broken.status, 400);
  const read = await handIn(engineer, '/imports', { from: '/imports', text: table, name: 'reports.csv' });
  assert.equal(read.status, 303, read.text);
  const path = read.location.replace('.json', '');
  const seen = (await engineer.get(`${path}.json`)).json;
  assert.deepEqual(seen.errors.map(({ row: at, field, wrong }) => [at, field, wrong]), [[4, 'd-item', 'd-unknown'],
    [4, 'd-verdict', 'd-unknown'], [5, 'd-number', 'd-number-used'], [6, 'd-number', 'missing']]);
  assert.deepEqual(seen.drafts.map(({ number, items, good: fine }) => [number, items, fine]),
    [['YC-2026-0201', 2, true], ['YC-2026-0202', 0, false], ['YC-2026-0101', 1, false]]);
  assert.equal(seen.good_drafts, 1);
  assert.equal(seen.good_rows, 2);
  assert.equal((await stranger.get(`${path}.json`)).status, 404);
  const made = await engineer.send(`${path}/make`, {}, { from: path });
  assert.equal(made.status, 303, made.text);
  assert.equal((await engineer.send(`${path}/make`, {}, { from: path })).status, 400);
  const [draft] = (await engineer.get('/drafts.json?q=YC-2026-0201')).json.rows;
  const { items, title } = (await engineer.get(`/drafts/${draft.draft}.json`)).json;
  assert.equal(title, '批量一');
  assert.deepEqual(items.map((one) => [one.item, one.verdict, one.runs.length, one.testedOn]),
    [['6.1.1', 'pass', 3, '2026-07-06'], ['6.1.4', 'pass', 3, '2026-07-06']]);
  await line({ action: 'import', actor: 'engineer', result: 'ok', detail: '1 drafts' });
});

test('drafts are found by two characters, by state, and page by page', async () => {
  const found = (await engineer.get(`/drafts.json?q=${encodeURIComponent('检验')}&state=signed`)).json;
  assert.ok(found.rows.length >= 2);
  assert.ok(found.rows.every((row) => row.state === 'signed'));
  assert.equal((await engineer.get(`/drafts.json?q=${encodeURIComponent('猛犸')}`)).json.rows.length, 0);
  assert.equal((await engineer.get('/drafts.json?q=YC-2026-0103')).json.rows.length, 1);
  const first = (await engineer.get('/drafts.json?rows=2')).json;
  assert.equal(first.rows.length, 2);
  const second = (await engineer.get(`/drafts.json?rows=2&after=${first.next}`)).json;
  assert.ok(Number(second.rows[0].draft) < Number(first.rows[1].draft));
  assert.equal((await engineer.get('/drafts.json?state=odd')).status, 400);
});

test('the list is a file by its filters, and its page leads there', async () => {
  const { rows } = (await engineer.get('/drafts.json?state=signed&rows=100')).json;
  assert.match((await engineer.page('/drafts?state=signed')).text, /href="\/drafts\.csv\?state=signed"/);
  const csv = await engineer.get('/drafts.csv?state=signed');
  const [head, ...lines] = csv.text.trim().split('\r\n');
  assert.match(head, /报告,报告名称,最近变化,修改人,状态,凭证,标识$/);
  assert.deepEqual(lines.map((text) => text.split(',').at(-1)), rows.map((row) => row.draft));
  assert.ok(lines.every((text) => text.includes('已签发')), csv.text);
  const book = await engineer.get('/drafts.xlsx?state=signed');
  assert.deepEqual([book.status, book.text.slice(0, 2)], [200, 'PK']);
  assert.equal((await stranger.get('/drafts.csv')).text.trim().split('\r\n').length, 1);
  assert.equal((await engineer.get('/drafts.csv?state=odd')).status, 400);
  // Who has no part in drafting is refused the list and its files alike.
  for (const path of ['/drafts.json', '/drafts.csv', '/drafts.xlsx'])
    assert.equal((await approver.get(path)).status, 403, path);
  await line({ action: 'export', actor: 'engineer', target: '/drafts.csv', result: 'ok' });
});

test('another lab sees nothing of it and can do nothing to it', async () => {
  assert.deepEqual((await stranger.get('/drafts.json')).json.rows, []);
  for (const path of ['/drafts/1.json', '/drafts/1/edit/report.json', '/drafts/1/items/1.json', '/drafts/1/sign.json'])
    assert.equal((await stranger.get(path)).status, 404, path);
  const writing = { 'edit/report': { 'd-title': 'x' }, 'items/1': { 'd-item': '6.1.1' }, 'hand-over': {},
    sign: { 'd-passphrase': PASSPHRASE }, unsigned: {} };
  for (const [path, fields] of Object.entries(writing)) {
    const answer = await stranger.send(`/drafts/1/${path}`, { revision: 1, ...fields }, { from: '/drafts' });
    assert.equal(answer.status, 404, path);
  }
  for (const path of ['discard', 'send-back', 'items/1/drop'])
    assert.ok([404, 409].includes((await stranger.send(`/drafts/1/${path}`, { revision: 1, 'd-reason': 'x' },
      { from: '/drafts' })).status), path);
});

test('a lab makes a key on its page: confirmed, it signs, and the old one no more', async () => {
  const fresh = 'thirteen loud goats';
  const form = { algorithm: 'both', 'd-passphrase-new': fresh, 'd-passphrase-again': fresh };
  const before_ = keysKept();
  assert.equal((await engineer.get('/lab-key.json')).status, 403);
  const differs = await signatory.send('/lab-key', { ...form, 'd-passphrase-again': 'x' });
  assert.deepEqual(differs.json.problems, [{ field: 'd-passphrase-again', wrong: 'differs' }]);
  const made = await signatory.send('/lab-key', form);
  assert.equal(made.status, 303, made.text);
  const { proposal, keys, here } = (await signatory.get('/lab-key.json')).json;
  assert.deepEqual([proposal.act_state, proposal.request.newVersion, proposal.request.keys.length, here, keys.length],
    ['waiting', true, 2, true, 2]);
  assert.equal((await signatory.send('/lab-key', form)).status, 409);
  await line({ action: 'lab-key', actor: 'signatory', result: 'ok', target: `act ${proposal.number}, lab-key` });
  await line({ action: 'lab-key', actor: 'signatory', result: 'refused' });
  assert.equal((await stranger.get('/lab-key.json')).json.proposal, undefined);
  assert.equal((await stranger.send('/lab-key/take-back', {}, { from: '/lab-key' })).status, 404);
  const waiting = await ready('YC-2026-0110');
  assert.equal((await act(signatory, waiting, 'sign', { 'd-passphrase': PASSPHRASE })).status, 303);
  const page = await approver.page(`/acts/${proposal.number}`);
  assert.ok(page.text.includes(proposal.request.keys[0]));
  const own = await signatory.send(`/acts/${proposal.number}`, { decision: 'confirm' }, { from: '/lab-key' });
  assert.equal(own.status, 403);
  const confirmed = await approver.send(`/acts/${proposal.number}`, { decision: 'confirm' },
    { from: `/acts/${proposal.number}` });
  assert.equal(confirmed.status, 303, confirmed.text);
  const then = (await signatory.get('/lab-key.json')).json;
  assert.equal(then.proposal.act_state, 'done', JSON.stringify(then.proposal));
  assert.deepEqual(then.keys.map(({ algorithm, signs, here: kept }) => [algorithm, signs, kept]),
    [['Ed25519', false, false], ['SM2', false, false], ['Ed25519', true, true], ['SM2', true, true]]);
  assert.equal(keysKept().length, 2);
  assert.ok(keysKept().every((name) => !before_.includes(name)));
  const id = await ready('YC-2026-0111');
  assert.equal((await act(signatory, id, 'sign', { 'd-passphrase': PASSPHRASE })).status, 400);
  const signed = await act(signatory, id, 'sign', { 'd-passphrase': fresh });
  assert.equal(signed.status, 303, signed.text);
  for (const draft of [waiting, id]) {
    const { statement } = (await engineer.get(`/drafts/${draft}.json`)).json;
    const { proof } = (await node.get(`/statements/${statement.slice(9)}.json`,
      { authorization: `Bearer ${node.token}` })).json;
    assert.deepEqual([proof.signatures_held, proof.signatures.length], [true, 2]);
  }
});
