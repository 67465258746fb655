// Backups: a fresh one goes on, an old one refuses to sign a fork and says what to do.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cloneReport, prepare, seedOf, signReport } from './lib/job.js';
import { Node, temporary, until } from './lib/node.js';

let job, node, seed, template, folder;
before(async () => {
  job = await prepare();
  node = job.yongchuan;
  seed = seedOf(job.labs.yongchuan.keyFile);
  template = (await signReport(node, job.labs.yongchuan)).statement;
  folder = temporary();
});
after(async () => {
  await node?.stop();
  await job?.longquanyi.stop();
});

const publish = (number) => node.publish(cloneReport(template, seed, number));
const cosigned = async () => {
  const { size } = await node.checkpoint();
  return (await node.get('/index.json')).json.checkpoint.cosigned_size >= size;
};
async function restore(from) {
  const dir = join(temporary(), 'restored');
  const made = await node.cli('backup', '--out', join(temporary(), 'unused'));
  assert.equal(made.status, 0, made.stderr);
  const again = Node.at(node, dir);
  const result = await again.cli('restore', '--from', from);
  assert.equal(result.status, 0, result.stderr);
  for (const name of ['keys', 'token', 'node.json'])
    cpSync(join(node.dir, name), join(dir, name), { recursive: true });
  return again;
}

test('a backup of a running node is clean for the checker', async () => {
  await publish('R-1');
  await node.do('backup', '--out', join(folder, 'old'));
  const copy = await restore(join(folder, 'old'));
  assert.deepEqual((await copy.fsck()).problems, []);
});

test('an old backup refuses to sign, raises the alarm and says what to do', async () => {
  for (let i = 0; i < 5; i++) assert.equal((await publish(`R-later-${i}`)).status, 201);
  await until('cosigned', cosigned);
  const { size } = await node.checkpoint();
  await node.stop();
  const original = node;
  node = await restore(join(folder, 'old'));
  await node.start();
  const home = await until('the alarm', async () => {
    const { json } = await node.get('/index.json');
    return json.alarm && json;
  }, 15000);
  assert.match(home.alarm, /restor|backup|fork/i);
  assert.match(home.alarm, new RegExp(String(size)));
  const refused = await publish('R-never');
  assert.ok(refused.status >= 400, refused.text);
  assert.equal((await node.get('/tlog/checkpoint')).status, 503);
  assert.match((await node.get('/')).text, /role="alert"[^]*停止签署/);
  await node.stop();
  node = original;
  await node.start();
  await until('the peer follows again', async () => {
    const { rows } = (await job.longquanyi.get('/peers.json')).json;
    return rows[0].state === 'fresh' && rows[0].size >= size && rows[0];
  }, 90000);
});

test('a fresh backup goes on once a witness has confirmed its size', async () => {
  await until('cosigned', cosigned);
  const { size } = await node.checkpoint();
  await node.do('backup', '--out', join(folder, 'fresh'));
  await node.stop();
  node = await restore(join(folder, 'fresh'));
  await node.start();
  await until('signing again', async () => (await publish('R-again')).status === 201, 20000);
  assert.ok((await node.checkpoint()).size > size);
  assert.ok(!(await node.get('/index.json')).json.alarm);
});

test('while no witness answers, a restored node does not sign', async () => {
  await until('cosigned', cosigned);
  await node.do('backup', '--out', join(folder, 'lonely'));
  await node.stop();
  await job.longquanyi.stop();
  node = await restore(join(folder, 'lonely'));
  await node.start();
  const refused = await publish('R-lonely');
  assert.equal(refused.status, 503, refused.text);
  await job.longquanyi.start();
  await until('signing again', async () => (await publish('R-company')).status === 201, 60000);
});

test('restore refuses a folder that holds something', async () => {
  const result = await node.cli('restore', '--from', join(folder, 'fresh'));
  assert.notEqual(result.status, 0);
});
