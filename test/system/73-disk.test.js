// A full disk and a read-only disk: refused early, told plainly, nothing lost. Needs the right to mount.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { cloneReport, makeLab, seedOf, signReport } from './lib/job.js';
import { FAULTY, HUREN, Node, run, temporary, until } from './lib/node.js';

let disk, canMount = false;
before(async () => {
  disk = join(temporary(), 'disk');
  mkdirSync(disk);
  canMount = (await run('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', disk])).status === 0;
});
after(async () => { if (canMount) await run('umount', ['-l', disk]); });

// Each test leaves the disk empty, however it ended.
let node = null;
afterEach(async () => {
  await run('mount', ['-o', 'remount,rw', disk]);
  await node?.kill();
  rmSync(join(disk, 'ballast'), { force: true });
  if (node) rmSync(node.dir, { recursive: true, force: true });
  node = null;
});

async function withReports(name) {
  node = await Node.make('yongchuan', { dir: join(disk, name) });
  await node.start();
  const lab = await makeLab(node);
  const { statement } = await signReport(node, lab);
  let number = 0;
  const publish = () => node.publish(cloneReport(statement, seedOf(lab.keyFile), `D-${name}-${number++}`));
  assert.equal((await publish()).status, 201);
  return publish;
}

test('a nearly full disk: new statements are refused, reading goes on, room lets it go on', async (t) => {
  if (!canMount) return t.skip('may not mount');
  const publish = await withReports('full');
  const { size } = await node.checkpoint();
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(110 << 20));
  const refused = await until('refused', async () => {
    const answer = await publish();
    return answer.status !== 201 && answer;
  }, 30000);
  assert.equal(refused.status, 503, refused.text);
  assert.match(refused.json.detail, /disk/);
  assert.equal((await node.get('/')).status, 200);
  const told = await node.checkpoint();
  assert.ok(told.size >= size);
  rmSync(join(disk, 'ballast'));
  await until('accepted again', async () => (await publish()).status === 201, 30000);
  await node.stop();
  assert.deepEqual((await node.fsck()).problems, []);
  return undefined;
});

test('a disk full to the last byte at once: no lie is told', async (t) => {
  if (!canMount) return t.skip('may not mount');
  const publish = await withReports('brim');
  const acknowledged = [];
  try { writeFileSync(join(disk, 'ballast'), Buffer.alloc(200 << 20)); } catch { /* as full as can be */ }
  for (let i = 0; i < 20; i++) {
    const answer = await publish();
    if (answer.status === 201) acknowledged.push(answer.json);
  }
  await node.kill();
  rmSync(join(disk, 'ballast'), { force: true });
  await node.start();
  for (const { index, id } of acknowledged)
    assert.equal(JSON.parse(await node.do('tlog', 'entry', String(index))).id, id);
  assert.equal((await publish()).status, 201);
  await node.stop();
  assert.deepEqual((await node.fsck()).problems, []);
  return undefined;
});

test('a read-only disk: the node refuses to start and says so; afterwards all is as it was', async (t) => {
  if (!canMount) return t.skip('may not mount');
  await withReports('fixed');
  const { size } = await node.checkpoint();
  await node.stop();
  assert.equal((await run('mount', ['-o', 'remount,ro', disk])).status, 0);
  const refused = await run(HUREN, ['serve', '--dir', node.dir]);
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /read-?only|could not/);
  assert.deepEqual((await node.fsck()).problems, []);
  await run('mount', ['-o', 'remount,rw', disk]);
  await node.start();
  assert.equal((await node.checkpoint()).size, size);
  return undefined;
});

test('each of the first file writes failing leaves a node that starts again clean', async (t) => {
  if (!FAULTY) return t.skip('HUREN_FAULTY names no program built with -Dfault=true');
  for (const fault of ['write:1', 'fsync:1', 'rename:1', 'write:2', 'fsync:2']) {
    node = await Node.make('yongchuan');
    await node.start();
    const lab = await makeLab(node);
    const { statement } = await signReport(node, lab);
    await node.stop();
    node.spawn({ program: FAULTY, env: { HUREN_FAULT: fault } });
    const acknowledged = [];
    await until('it answers or ends', async () =>
      !node.child || node.get('/tlog/checkpoint').then(() => true, () => false), 30000);
    for (let i = 0; i < 300 && node.child; i += 25) {
      const answers = await Promise.all(Array.from({ length: 25 }, (_, k) =>
        node.publish(cloneReport(statement, seedOf(lab.keyFile), `F-${i + k}`)).catch(() => null)));
      acknowledged.push(...answers.filter((answer) => answer?.status === 201).map((answer) => answer.json));
    }
    await node.kill();
    await node.start();
    for (const { index, id } of acknowledged.slice(-20))
      assert.equal(JSON.parse(await node.do('tlog', 'entry', String(index))).id, id, fault);
    await node.stop();
    assert.deepEqual((await node.fsck()).problems, [], fault);
  }
  return undefined;
});
