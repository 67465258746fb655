// Papers: what a reader may read, printed; the text comes back, the code decodes, the same bytes twice.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeLab, prepare, recognise } from './lib/job.js';
import { HUREN, SOURCE, huren, run, temporary } from './lib/node.js';

const SIM = process.env.HUREN_SIM ?? join(HUREN, '..', '..', '..', 'test', 'sim', 'huren-sim');
const rule = (name) => join(SOURCE, 'rules', name);
const uuid = (id) => id.replace('urn:uuid:', '');
const folder = temporary();
let job, made, judged, pages = 0;

// A report that binds an evaluation of two passed runs and a failed one.
async function evaluated() {
  const files = [];
  for (const [number, outcome] of [[1, 'pass'], [2, 'pass'], [3, 'fail']]) {
    files.push(join(folder, `run${number}.mf4`));
    const done = await run(SIM, ['cut-in', '--outcome', outcome, '--run', String(number), '--out', files.at(-1)]);
    assert.equal(done.status, 0, done.stderr);
  }
  const result = join(folder, 'result.json');
  await huren('evaluate', '--scheme', 'un-r157', '--scenario', 'cut-in', '--mapping',
    rule('mappings/sample-cut-in.json'), '--limits', rule('samples/limits-un-r157.json'), '--set',
    'ego_length=4.8 m', '--set', 'ego_width=1.9 m', '--set', 'lead_length=4.6 m', '--set', 'lead_width=1.8 m',
    '--plots', '--out', result, ...files);
  const base = { ...job.labs.yongchuan.draft, items: [], evidence: [] };
  writeFileSync(join(folder, 'base.json'), JSON.stringify(base));
  const drafted = await huren('report', 'draft', '--from-evaluation', result, '--base', join(folder, 'base.json'),
    '--mapping', rule('mappings/sample-cut-in.json'), '--limits', rule('samples/limits-un-r157.json'), '--tested-on',
    base.performedFrom, '--out', join(folder, 'draft.json'));
  assert.equal(drafted.status, 0, drafted.stderr);
  const draft = JSON.parse(readFileSync(join(folder, 'draft.json'), 'utf8'));
  const scope = { ...structuredClone(draft), scheme: { id: 'un-r157', edition: '00' } };
  const lab = await makeLab(job.yongchuan, { draft: scope, code: '91500118MA5YCL003E' });
  for (const file of [...files, result]) await job.yongchuan.do('evidence', 'add', file);
  return recognise(job.yongchuan, job.longquanyi, { ...lab, draft }, { number: 'YC-EVAL-1' });
}
before(async () => {
  job = await prepare();
  made = await recognise(job.yongchuan, job.longquanyi, job.labs.yongchuan);
  judged = await evaluated();
});
after(() => Promise.all([job?.yongchuan.stop(), job?.longquanyi.stop()]));

const ask = (node, id, query, headers) => fetch(`${node.url}/statements/${uuid(id)}/pdf?${query}`, { headers });
// The paper as a file, and its text.
async function paper(node, id, query = 'lang=zh-CN') {
  const answer = await ask(node, id, query, { authorization: `Bearer ${node.token}` });
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(answer.status, 200, bytes.toString());
  assert.equal(answer.headers.get('content-type'), 'application/pdf');
  const file = join(folder, `${pages++}.pdf`);
  writeFileSync(file, bytes);
  const text = await run('pdftotext', ['-layout', file, '-']);
  assert.equal(text.status, 0, text.stderr);
  assert.equal(text.stderr, ''); // a file that poppler has something to say about is no good
  return { answer, bytes, file, text: text.stdout };
}

test('the report gives back its verdicts, values and digest in Chinese, page by page', async () => {
  const { file, text } = await paper(job.yongchuan, made.submission.statement.id);
  for (const words of ['检验检测报告', '永川样例智能网联汽车检测有限公司', 'YC-SAMPLE-2026-0001', '共 17 项',
    '58.9 km/h', '签名', '透明日志第', '北京时间', 'LSYYC5A14TA000001']) assert.ok(text.includes(words), words);
  assert.equal(text.match(/限速标志 +2026-07-06 +3 +通过/g)?.length, 1, text.slice(0, 2000));
  const info = (await run('pdfinfo', [file])).stdout;
  const count = Number(info.match(/Pages: +(\d+)/)[1]);
  for (let page = 1; page <= count; page++) assert.match(text, new RegExp(`第 ?${page} ?页 ?共 ?${count} ?页`));
  assert.match(info, /Title: +检验检测报告 YC-SAMPLE-2026-0001/);
  assert.match(info, /Page size: .*A4/);
  const model = (await job.yongchuan.get(`/statements/${uuid(made.submission.statement.id)}.json`)).json;
  assert.equal(text.split(model.digest).length - 1, count + 1); // in every foot, and in the proof
  const table = (await run('pdftotext', ['-l', '1', file, '-'])).stdout;
  assert.ok(table.includes('未通过') === text.includes('未通过') && table.includes('通过'), 'verdicts on page one');
});

test('fonts are embedded and have their characters; the paper is tagged and has bookmarks', async () => {
  const { file, bytes } = await paper(job.longquanyi, made.decision.id);
  const fonts = (await run('pdffonts', [file])).stdout.trim().split('\n').slice(2);
  assert.ok(fonts.length >= 2);
  for (const line of fonts) assert.match(line, /^[A-Z]{6}\+NotoSansCJKsc-(Regular|Bold) .* yes yes yes /);
  assert.match((await run('pdfinfo', ['-struct', file])).stdout, /Table[^]*TH/);
  assert.ok(bytes.includes('/Outlines'));
});

test('the code on page one leads to the statement and its digest', async () => {
  const { file } = await paper(job.yongchuan, made.submission.statement.id);
  await run('pdftoppm', ['-r', '200', '-f', '1', '-l', '1', '-png', '-singlefile', file, join(folder, 'page')]);
  const read = await run('zbarimg', ['--raw', '-q', join(folder, 'page.png')]);
  const model = (await job.yongchuan.get(`/statements/${uuid(made.submission.statement.id)}.json`)).json;
  assert.equal(read.stdout.trim(), `${job.yongchuan.url}/statements/${uuid(model.id)}#${model.digest}`);
});

test('a decision says every outcome with its reasons in both languages', async () => {
  const { text } = await paper(job.longquanyi, made.decision.id);
  for (const words of ['予以互认', 'Recognised', '已覆盖', '需补测', '需测附加项目', '不予互认', 'Refused', '待提交',
    '通用项目已由 6.1.1、6.1.4 覆盖', 'The general item is covered by', '协议第 5 条',
    '97号文']) assert.ok(text.includes(words), words);
  const english = await paper(job.longquanyi, made.decision.id, 'lang=en');
  assert.match(english.text, /Recognition decision[^]*page 1 of \d/);
  assert.ok(english.text.includes('通用项目已由'));
});

test('a decision names its applicant as known here, with the DID below; strangers read neither', async () => {
  const { text, bytes } = await paper(job.longquanyi, made.decision.id);
  const { statement, applicant } = (await job.longquanyi.get(`/statements/${uuid(made.decision.id)}.json`,
    { authorization: `Bearer ${job.longquanyi.token}` })).json;
  const { applicant: did } = statement.credentialSubject.request;
  assert.deepEqual(applicant, { id: did, name: '样例汽车有限公司' });
  assert.match(text, new RegExp(`申请方 +样例汽车有限公司\\n+ +${did}\\n`));
  assert.ok(bytes.equals((await paper(job.longquanyi, made.decision.id)).bytes));
  assert.equal((await job.longquanyi.get(`/statements/${uuid(made.decision.id)}.json`)).json.applicant, undefined);
});

test('an evaluation is printed alone, its pictures as lines and text', async () => {
  const { json } = await job.yongchuan.get(`/statements/${uuid(judged.submission.statement.id)}.json`,
    { authorization: `Bearer ${job.yongchuan.token}` });
  const { file, text } = await paper(job.yongchuan, judged.submission.statement.id,
    `lang=zh-CN&evaluation=${json.evaluations[0].document}`);
  for (const words of ['判定记录', 'run3.mf4', '切入后无接触', 'ego_speed']) assert.ok(text.includes(words), words);
  const bitmaps = (await run('pdfimages', ['-list', file])).stdout.trim().split('\n').slice(2);
  assert.deepEqual(bitmaps, []);
  const whole = await paper(job.yongchuan, judged.submission.statement.id);
  assert.ok(whole.text.includes('由测量文件判定') && whole.text.includes('ego_speed'));
  const none = await ask(job.yongchuan, judged.submission.statement.id, 'evaluation=abc',
    { authorization: `Bearer ${job.yongchuan.token}` });
  assert.equal(none.status, 404);
});

test('the same statement and state are the same bytes; the tag saves the printing', async () => {
  const one = await paper(job.yongchuan, made.submission.statement.id);
  const two = await paper(job.yongchuan, made.submission.statement.id);
  assert.ok(one.bytes.equals(two.bytes));
  const again = await ask(job.yongchuan, made.submission.statement.id, 'lang=zh-CN',
    { authorization: `Bearer ${job.yongchuan.token}`, 'if-none-match': one.answer.headers.get('etag') });
  assert.equal(again.status, 304);
  const english = await paper(job.yongchuan, made.submission.statement.id, 'lang=en');
  assert.notEqual(english.answer.headers.get('etag'), one.answer.headers.get('etag'));
});

test('only who may read the body gets the paper; an accreditation is for anyone', async () => {
  assert.equal((await ask(job.yongchuan, made.submission.statement.id, '', {})).status, 403);
  assert.equal((await ask(job.yongchuan, '00000000-0000-4000-8000-000000000000', '', {})).status, 404);
  const { json } = await job.yongchuan.get('/organisations.json');
  const { id } = json.rows.flatMap((row) => row.accreditations)[0];
  const open = await ask(job.yongchuan, id, 'lang=zh-CN', {});
  assert.equal(open.status, 200);
  assert.equal((await ask(job.yongchuan, job.agreement.id, '', {})).status, 404);
  const page = await job.yongchuan.get(`/statements/${uuid(id)}?lang=zh-CN`, { accept: 'text/html' });
  assert.ok(page.text.includes(`/statements/${uuid(id)}/pdf?lang=zh-CN`));
});

test('the command writes the file, by number', async () => {
  const out = join(folder, 'by-number.pdf');
  await job.yongchuan.cli('report', 'print', 'YC-SAMPLE-2026-0001', '--lang', 'zh', '--out', out);
  const { bytes } = await paper(job.yongchuan, made.submission.statement.id);
  assert.ok(readFileSync(out).equals(bytes));
});

test('what was withdrawn says so on every page', async () => {
  await job.yongchuan.do('withdraw', made.submission.statement.id, '--reason-zh', '传感器标定失准', '--reason-en',
    'out of calibration', '--did', job.labs.yongchuan.did, '--key', job.labs.yongchuan.keyFile);
  const { text, file } = await paper(job.yongchuan, made.submission.statement.id);
  const count = Number((await run('pdfinfo', [file])).stdout.match(/Pages: +(\d+)/)[1]);
  assert.equal(text.match(/已撤回 \/ Withdrawn · .*传感器标定失准/g).length, count);
});
