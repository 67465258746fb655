// A report is withdrawn: the other city shows within two seconds that its decision is affected, and why.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HUREN, run, temporary, until } from './lib/node.js';
import { cosigned, prepare, recognise } from './lib/job.js';

let job, made;
before(async () => {
  job = await prepare();
  made = await recognise(job.yongchuan, job.longquanyi, job.labs.yongchuan);
});
after(async () => {
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const reason = '样车软件版本记录有误';

async function affectedState() {
  const page = await job.longquanyi.get(`/statements/${made.decision.id.replace('urn:uuid:', '')}.json`);
  return page.json;
}

test('suspending and reinstating come and go', async () => {
  const id = made.submission.statement.id;
  const { labs, yongchuan } = job;
  const say = (status) => yongchuan.do('withdraw', id, '--status', status, '--reason-zh', reason, '--reason-en',
    'check of the software record', '--did', labs.yongchuan.did, '--key', labs.yongchuan.keyFile, '--json');
  await say('suspended');
  await until('affected by the suspension', async () => (await affectedState()).state === 'affected', 2000);
  await say('reinstated');
  await until('valid again', async () => (await affectedState()).state === 'valid', 2000);
});

test('the other city shows a withdrawal within two seconds, with the reason', async () => {
  const id = made.submission.statement.id;
  const lab = job.labs.yongchuan;
  await job.yongchuan.do('withdraw', id, '--reason-zh', reason, '--reason-en', 'wrong software version on record',
    '--did', lab.did, '--key', lab.keyFile, '--json');
  const page = await until('affected', async () => {
    const state = await affectedState();
    return state.state === 'affected' && state;
  }, 2000);
  assert.equal(page.affected.cause.id, id);
  assert.equal(page.affected.reason['zh-CN'], reason);
});

test('how the items come out is told to those entitled, and to nobody else', async () => {
  const { affected: open } = await affectedState();
  assert.deepEqual(Object.keys(open).sort(), ['cause', 'reason', 'since']);
  const { longquanyi } = job;
  const { affected: whole } = (await longquanyi.get(`/statements/${made.decision.id.replace('urn:uuid:', '')}.json`,
    { authorization: `Bearer ${longquanyi.token}` })).json;
  assert.ok(whole.items.length > 0);
});

test('a bundle made afterwards is genuine but withdrawn', async () => {
  const folder = temporary();
  await cosigned(job.yongchuan);
  await job.yongchuan.do('report', 'bundle', made.submission.statement.id, '--out', join(folder, 'bundle'));
  await job.yongchuan.do('tlog', 'policy', '--out', join(folder, 'policy'));
  const result = await run(HUREN, ['verify', join(folder, 'bundle'), '--trust', join(folder, 'policy'), '--json']);
  assert.notEqual(result.status, 0);
  assert.equal(JSON.parse(result.stdout).verdict, 'withdrawn');
});

test('a withdrawal stays: it cannot be reinstated', async () => {
  const lab = job.labs.yongchuan;
  const result = await job.yongchuan.cli('withdraw', made.submission.statement.id, '--status', 'reinstated',
    '--reason-en', 'no', '--did', lab.did, '--key', lab.keyFile);
  assert.notEqual(result.status, 0);
});

test('somebody else cannot withdraw it', async () => {
  const lab = job.labs.longquanyi;
  const second = await recognise(job.longquanyi, job.yongchuan, lab);
  const result = await job.longquanyi.cli('withdraw', second.submission.statement.id, '--reason-en', 'no', '--did',
    job.labs.yongchuan.did, '--key', job.labs.yongchuan.keyFile);
  assert.notEqual(result.status, 0);
  assert.equal((await job.longquanyi.statement(second.submission.statement.id)).state, 'valid');
});

test('the status list says the same, bit by bit', async () => {
  await job.yongchuan.stop();
  const report = await job.yongchuan.fsck();
  assert.deepEqual(report.problems, []);
  assert.equal(report.statuses, 1);
});
