// From measurement files to a verdict that the other city computes again; forgeries are told exactly.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeLab, prepare, recognise } from './lib/job.js';
import { HUREN, SOURCE, huren, run, temporary, until } from './lib/node.js';

const SIM = process.env.HUREN_SIM ?? join(dirname(HUREN), '..', '..', 'test', 'sim', 'huren-sim');
const rule = (name) => join(SOURCE, 'rules', name);
const uuid = (id) => id.replace('urn:uuid:', '');
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
async function must(...args) {
  const done = await huren(...args);
  assert.equal(done.status, 0, `${args.join(' ')}: ${done.stderr}${done.stdout}`);
  return done.stdout;
}

// Three runs of a cut-in, judged; the draft that binds the evaluation.
async function evaluated(folder, outcome = 'pass') {
  const files = [];
  for (const number of [1, 2, 3]) {
    files.push(join(folder, `run${number}.mf4`));
    const made = await run(SIM, ['cut-in', '--outcome', outcome, '--run', String(number), '--out', files.at(-1)]);
    assert.equal(made.status, 0, made.stderr);
  }
  const result = join(folder, 'result.json');
  const judged = await huren('evaluate', '--scheme', 'un-r157', '--scenario', 'cut-in', '--mapping',
    rule('mappings/sample-cut-in.json'), '--limits', rule('samples/limits-un-r157.json'), '--set', 'ego_length=4.8 m',
    '--set', 'ego_width=1.9 m', '--set', 'lead_length=4.6 m', '--set', 'lead_width=1.8 m', '--plots', '--out', result,
    ...files);
  assert.ok([0, 10].includes(judged.status), judged.stderr);
  return { files, result, status: judged.status };
}

describe('recomputation', () => {
  let cities;
  let lab;
  let folder;
  let made;
  let draft;
  let report;
  before(async () => {
    cities = await prepare();
    folder = temporary();
    made = await evaluated(folder);
    await must('slice', 'commit', made.files[0], '--mapping', rule('mappings/sample-cut-in.json'), '--seed',
      join(folder, 'seed'), '--out', join(folder, 'commitment.json'));
    const base = { ...cities.labs.yongchuan.draft };
    writeFileSync(join(folder, 'base.json'), JSON.stringify({ ...base, items: [], evidence: [] }));
    await must('report', 'draft', '--from-evaluation', made.result, '--base', join(folder, 'base.json'), '--mapping',
      rule('mappings/sample-cut-in.json'), '--limits', rule('samples/limits-un-r157.json'), '--slices',
      join(folder, 'commitment.json'), '--tested-on', base.performedFrom, '--out', join(folder, 'draft.json'));
    draft = json(join(folder, 'draft.json'));
    const scope = structuredClone(draft);
    scope.scheme = { id: 'un-r157', edition: '00' };
    lab = await makeLab(cities.yongchuan, { draft: scope, code: '91500118MA5YCL003E' });
    draft.lab = { ...draft.lab };
    for (const file of [...made.files, made.result, rule('samples/limits-un-r157.json'),
      rule('mappings/sample-cut-in.json')])
      await cities.yongchuan.do('evidence', 'add', file);
  });
  after(() => Promise.all([cities.yongchuan.stop(), cities.longquanyi.stop()]));

  const submit = async (change, number) => {
    const done = await recognise(cities.yongchuan, cities.longquanyi, { ...lab, draft }, { ...change, number });
    return done.submission.statement.id;
  };

  it('fills the draft from the evaluation', () => {
    const [item] = draft.items;
    const document = json(made.result);
    assert.equal(item.verdict, document.verdict);
    assert.equal(item.runs.length, 3);
    assert.ok(item.measurements.some((m) => m.margin !== undefined && m.limit !== undefined));
    assert.equal(item.evaluation.criteria, document.criteria.digest);
    assert.deepEqual(item.evaluation.runs.map((r) => r.files[0]), document.runs.map((r) => r.files[0].digest));
    assert.ok(draft.evidence.find((e) => e.name === 'run1.mf4').slices.root);
  });

  it('is identical in the other city, and says so in a statement that both show', async () => {
    report = await submit({}, 'YC-EVAL-1');
    const told = await cities.longquanyi.do('recompute', report, '--publish', '--json');
    assert.equal(told.result, 'identical', JSON.stringify(told));
    const statement = (await cities.longquanyi.statement(told.statement)).statement;
    assert.equal(statement.credentialSubject.id, report);
    assert.deepEqual(statement.credentialSubject.items, { identical: 1, different: 0, open: 0 });
    for (const node of [cities.longquanyi, cities.yongchuan]) {
      const page = await until(`${node.name} shows it`, async () => {
        const { json: model } = await node.get(`/statements/${uuid(report)}.json`,
          { authorization: `Bearer ${node.token}` });
        return model.recomputations?.length > 0 && model;
      });
      assert.equal(page.recomputations[0].result, 'identical');
      assert.equal(page.recomputations[0].issuer.id, cities.longquanyi.did);
      assert.equal(page.evaluations[0].held, true);
      assert.equal(page.evaluations[0].runs.length, 3);
      const { picture } = page.evaluations[0].runs[0];
      assert.equal((await node.get(picture)).status, 401);
      const svg = await node.get(picture, { authorization: `Bearer ${node.token}` });
      assert.equal(svg.status, 200);
      assert.equal(svg.headers.get('content-type'), 'image/svg+xml');
      assert.match(svg.text, /<svg/);
      const html = await node.get(`/statements/${uuid(report)}?lang=en`,
        { authorization: `Bearer ${node.token}`, accept: 'text/html' });
      assert.match(html.text, /Recomputed by/);
      assert.doesNotMatch(html.text, /style=/);
    }
  });

  it('takes local files, and tells one that is missing or another', async () => {
    const same = await cities.longquanyi.do('recompute', report, '--files', folder, '--json').catch((e) => e);
    assert.match(String(same.result ?? same), /open|identical/);
    const other = temporary();
    for (const file of [made.files[0], made.files[1], made.result])
      writeFileSync(join(other, file.split('/').at(-1)), readFileSync(file));
    writeFileSync(join(other, 'limits-un-r157.json'), readFileSync(rule('samples/limits-un-r157.json')));
    const missing = await cities.longquanyi.cli('recompute', report, '--files', other, '--json');
    assert.equal(missing.status, 75);
    const lacks = JSON.parse(missing.stdout).items[0].differences;
    assert.deepEqual(lacks.map((d) => [d.what, d.where]), [['file missing', 'file run3.mf4']]);
    await run(SIM, ['cut-in', '--outcome', 'fail', '--run', '3', '--out', join(other, 'run3.mf4')]);
    const swapped = await cities.longquanyi.cli('recompute', report, '--files', other, '--json');
    assert.equal(swapped.status, 73);
    assert.deepEqual(JSON.parse(swapped.stdout).items[0].differences.map((d) => [d.what, d.where]),
      [['digest', 'file run3.mf4']]);
  });

  it('tells a margin that the laboratory changed, to the number', async () => {
    const items = structuredClone(draft.items);
    const index = items[0].measurements.findIndex((m) => m.margin !== undefined && m.limit === undefined);
    const changed = items[0].measurements[index < 0 ? 0 : index];
    const truth = changed.margin;
    changed.margin = '9.75';
    if (changed.value === truth) changed.value = '9.75';
    const forged = await submit({ items }, 'YC-EVAL-2');
    const told = await cities.longquanyi.cli('recompute', forged, '--publish', '--json');
    assert.equal(told.status, 73, told.stderr);
    const detail = JSON.parse(told.stdout);
    assert.equal(detail.result, 'different');
    const difference = detail.items[0].differences.find((d) => d.what === 'margin');
    assert.deepEqual([difference.bound, difference.found], ['9.75', truth]);
    assert.match(difference.where, /^run \d, the report's "/);
    const words = await cities.longquanyi.cli('recompute', forged);
    assert.match(words.stdout, /margin: bound 9\.75, found/);
  });

  it('tells an evaluation whose margin was changed before it was handed in', async () => {
    const document = json(made.result);
    const criterion = document.runs[1].criteria.find((c) => c.id === 'no-contact');
    const truth = criterion.margin;
    criterion.margin = '7.5';
    const file = join(temporary(), 'result.json');
    const { createHash } = await import('node:crypto');
    const sorted = (v) => (Array.isArray(v) ? v.map(sorted) : v && typeof v === 'object'
      ? Object.fromEntries(Object.keys(v).sort().map((k) => [k, sorted(v[k])])) : v);
    const bytes = JSON.stringify(sorted(document));
    writeFileSync(file, bytes);
    await cities.yongchuan.do('evidence', 'add', file);
    const digest = createHash('sha256').update(bytes).digest('base64url');
    const items = structuredClone(draft.items);
    items[0].evaluation.document = digest;
    const evidence = [...draft.evidence, { name: 'forged.json', digest, bytes: Buffer.byteLength(bytes),
      mediaType: 'application/vnd.huren.evaluation+json' }];
    const forged = await submit({ items, evidence }, 'YC-EVAL-3');
    const told = await cities.longquanyi.cli('recompute', forged, '--json');
    assert.equal(told.status, 73, told.stderr);
    assert.deepEqual(JSON.parse(told.stdout).items[0].differences,
      [{ what: 'margin', where: 'run 2, criterion no-contact', bound: '7.5', found: truth }]);
  });

  it('proves a slice against the report, and nothing changed passes', async () => {
    const { submission } = { submission: await cities.yongchuan.get(`/statements/${uuid(report)}/bundle`,
      { authorization: `Bearer ${cities.yongchuan.token}` }) };
    const bundle = join(folder, 'bundle.json');
    writeFileSync(bundle, submission.bytes);
    const slice = join(folder, 'slice.json');
    await must('slice', 'make', made.files[0], '--mapping', rule('mappings/sample-cut-in.json'), '--seed',
      join(folder, 'seed'), '--channels', 'ego_speed', '--from', '2s', '--to', '4s', '--out', slice);
    assert.match(await must('slice', 'check', slice, '--report', bundle), /proven: part of "run1.mf4"/);
    const text = readFileSync(slice, 'utf8');
    assert.doesNotMatch(text, /lead_speed/);
    const parsed = JSON.parse(text);
    parsed.parts[0].content.values[0] += 1;
    writeFileSync(slice, JSON.stringify(parsed));
    const refused = await huren('slice', 'check', slice, '--report', bundle);
    assert.equal(refused.status, 1, refused.stderr);
    const other = await must('slice', 'make', made.files[1], '--mapping', rule('mappings/sample-cut-in.json'), '--seed',
      join(folder, 'seed'), '--channels', 'ego_speed', '--from', '2s', '--to', '4s', '--out', slice);
    assert.equal(other, '');
    assert.equal((await huren('slice', 'check', slice, '--report', bundle)).status, 1);
  });

  it('leaves both nodes clean for the checker', async () => {
    await Promise.all([cities.yongchuan.stop(), cities.longquanyi.stop()]);
    for (const node of [cities.yongchuan, cities.longquanyi])
      assert.deepEqual((await node.fsck()).problems, []);
  });
});
