// The main job in both directions: accredit, agree, report, decide, check offline.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HUREN, run, temporary, until } from './lib/node.js';
import { cosigned, prepare, recognise } from './lib/job.js';

const OUTCOMES = ['recognised', 'covered', 'retest', 'add-on', 'refused'];
let job, there, back;

before(async () => {
  job = await prepare();
  there = await recognise(job.yongchuan, job.longquanyi, job.labs.yongchuan);
  back = await recognise(job.longquanyi, job.yongchuan, job.labs.longquanyi);
});
after(async () => {
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const itemsOf = ({ decision }) => decision.statement.credentialSubject.outcome.items;

test('each direction gives a signed decision with every item judged', () => {
  for (const [way, city] of [[there, job.longquanyi], [back, job.yongchuan]]) {
    assert.equal(way.decision.kind, 'decision');
    assert.equal(way.decision.issuer.id, city.did);
    assert.equal(way.decision.state, 'valid');
    assert.ok(itemsOf(way).length > 0);
    for (const item of itemsOf(way)) assert.ok(OUTCOMES.includes(item.outcome), item.outcome);
  }
});

test('both directions together show each of the five outcomes', () => {
  const seen = new Set([...itemsOf(there), ...itemsOf(back)].map((item) => item.outcome));
  assert.deepEqual([...seen].sort(), [...OUTCOMES].sort());
});

test('each item says why in Chinese and English, with the clauses', () => {
  for (const item of [...itemsOf(there), ...itemsOf(back)]) {
    const text = JSON.stringify(item);
    assert.match(text, /"zh-CN":"[^"]*[\u4e00-\u9fff]/, text);
    assert.match(text, /"en":"[^"]*[a-z]/, text);
    assert.ok(item.agreementClause || item.ruleClause, text);
  }
});

test('the documents still to hand in are listed', () => {
  const documents = there.decision.statement.credentialSubject.outcome.documents;
  assert.ok(documents.length > 0);
});

test('the decision is made again byte by byte from its logged inputs', async () => {
  for (const [way, city] of [[there, job.longquanyi], [back, job.yongchuan]]) {
    const explained = await city.do('decide', '--explain', way.decision.id, '--json');
    assert.equal(explained.same, true);
    assert.equal(explained.today.same, true);
  }
});

test('the other side mirrors the decision and both witnesses cosign', async () => {
  for (const [city, peer] of [[job.yongchuan, job.longquanyi], [job.longquanyi, job.yongchuan]]) {
    const { size } = await city.checkpoint();
    await until(`${peer.name} has everything of ${city.name}`, async () => {
      const { json } = await peer.get('/peers.json');
      return json.rows[0].size >= size && json.rows[0].state === 'fresh';
    });
    await cosigned(city);
  }
});

// The command with no network at all where the kernel lets us, else as it is.
async function verifyOffline(bundle, trust) {
  const alone = await run('unshare', ['-n', 'true']);
  return alone.status === 0
    ? run('unshare', ['-n', HUREN, 'verify', bundle, '--trust', trust, '--json'])
    : run(HUREN, ['verify', bundle, '--trust', trust, '--json']);
}

test('a citizen checks the bundle offline and on the public page', async () => {
  const folder = temporary();
  const bundle = join(folder, 'report.bundle');
  const trust = join(folder, 'trust.policy');
  const id = there.submission.statement.id;
  await job.yongchuan.do('report', 'bundle', id, '--out', bundle);
  await job.longquanyi.do('tlog', 'policy', '--out', trust);
  const result = await verifyOffline(bundle, trust);
  assert.equal(result.status, 0, result.stderr);
  const found = JSON.parse(result.stdout);
  assert.equal(found.verdict, 'good');
  assert.equal(found.id, id);
  assert.ok(found.witnesses >= 1);
  const checked = await job.longquanyi.post('/check.json', 'application/json', readFileSync(bundle));
  assert.equal(checked.status, 200, checked.text);
  assert.equal(checked.json.result.verdict, 'good', checked.text);
});

test('a bundle with any changed byte in the statement is not good', async () => {
  const folder = temporary();
  const trust = join(folder, 'trust.policy');
  const good = join(folder, 'good');
  await job.yongchuan.do('report', 'bundle', there.submission.statement.id, '--out', good);
  await job.longquanyi.do('tlog', 'policy', '--out', trust);
  const text = readFileSync(good, 'utf8');
  for (const [from, to] of [['"pass"', '"fail"'], ['SAMPLE-YC5', 'SAMPLE-YC6'], ['2026-07-06', '2026-07-07']]) {
    assert.ok(text.includes(from));
    const bad = join(folder, 'bad');
    writeFileSync(bad, text.replace(from, to));
    const result = await verifyOffline(bad, trust);
    assert.notEqual(result.status, 0, `${from} to ${to}`);
  }
});

test('what the public page shows of a conditional report is not its content', async () => {
  const id = there.submission.statement.id.replace('urn:uuid:', '');
  const open = await job.yongchuan.get(`/statements/${id}.json`);
  assert.equal(open.json.entitled, false);
  assert.equal(open.json.statement, undefined);
  assert.ok(!open.text.includes('LSYYC5A14TA000001'));
  const closed = await job.yongchuan.get(`/statements/${id}.json`,
    { authorization: `Bearer ${job.yongchuan.token}` });
  assert.equal(closed.json.statement.id, there.submission.statement.id);
});

test('both nodes are clean for the checker', async () => {
  for (const city of [job.yongchuan, job.longquanyi]) {
    await city.stop();
    const report = await city.fsck();
    assert.deepEqual(report.problems, []);
    assert.ok(report.mirror_entries > 0);
    assert.ok(report.bodies > report.entries);
  }
});
