// Evidence files between two cities: kept, handed out by agreement, gone on with after a cut link.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { agree, draftOf, makeApplicant, makeLab, prepare, recognise } from './lib/job.js';
import { Node, temporary, until } from './lib/node.js';
import { Proxy } from './lib/proxy.js';
import { signedGet } from './lib/signed.js';

const digest = (bytes) => createHash('sha256').update(bytes).digest('base64url');
const hex = (name) => Buffer.from(name, 'base64url').toString('hex');
const held = (node, name) => join(node.dir, 'evidence', hex(name).slice(0, 2), hex(name));
const uuid = (id) => id.replace('urn:uuid:', '');
const folder = temporary();

describe('evidence', () => {
  let cities;
  let report;
  const files = [
    { name: 'run1.mf4', bytes: randomBytes(3000000), mediaType: 'application/vnd.asam.mdf4' },
    { name: '第二次.csv', bytes: Buffer.from('t,v\n0,1\n'), mediaType: 'text/csv' },
  ];
  const named = () => files.map((f) => ({ name: f.name, digest: digest(f.bytes), bytes: f.bytes.length,
    mediaType: f.mediaType }));

  before(async () => {
    cities = await prepare();
    for (const f of files) writeFileSync(join(folder, f.name), f.bytes);
    const { submission } = await recognise(cities.yongchuan, cities.longquanyi, cities.labs.yongchuan,
      { evidence: named() });
    report = submission.statement.id;
  });
  after(() => Promise.all([cities.yongchuan.stop(), cities.longquanyi.stop()]));

  it('is kept by digest and told', async () => {
    const { yongchuan } = cities;
    const added = await yongchuan.do('evidence', 'add', ...files.map((f) => join(folder, f.name)), '--json');
    assert.deepEqual(added.map(({ digest: d, name, bytes }) => ({ digest: d, name, bytes })),
      files.map((f) => ({ digest: digest(f.bytes), name: f.name, bytes: f.bytes.length })));
    for (const f of files) assert.deepEqual(readFileSync(held(yongchuan, digest(f.bytes))), f.bytes);
    const { rows } = await yongchuan.do('evidence', 'list', '--json');
    assert.equal(rows.length, 2);
  });

  it('comes back whole and by range, to who has the token', async () => {
    const { yongchuan } = cities;
    const path = `/api/v1/evidence/${digest(files[0].bytes)}`;
    const headers = { authorization: `Bearer ${yongchuan.token}` };
    assert.equal((await yongchuan.get(path)).status, 401);
    const whole = await yongchuan.get(path, headers);
    assert.equal(whole.status, 200);
    assert.deepEqual(whole.bytes, files[0].bytes);
    assert.equal(whole.headers.get('accept-ranges'), 'bytes');
    const part = await yongchuan.get(path, { ...headers, range: 'bytes=1000000-1000099' });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-range'), 'bytes 1000000-1000099/3000000');
    assert.deepEqual(part.bytes, files[0].bytes.subarray(1000000, 1000100));
    const tail = await yongchuan.get(path, { ...headers, range: 'bytes=-5' });
    assert.deepEqual(tail.bytes, files[0].bytes.subarray(-5));
    const outside = await yongchuan.get(path, { ...headers, range: 'bytes=3000000-' });
    assert.equal(outside.status, 416);
    assert.equal(outside.headers.get('content-range'), 'bytes */3000000');
    const same = await yongchuan.get(path, { ...headers, 'if-none-match': whole.headers.get('etag') });
    assert.equal(same.status, 304);
    const out = join(folder, 'back.mf4');
    await yongchuan.do('evidence', 'get', digest(files[0].bytes), '--out', out, '--report', report);
    assert.deepEqual(readFileSync(out), files[0].bytes);
  });

  it('is refused to strangers, under another report, and with a wrong digest', async () => {
    const { yongchuan, longquanyi } = cities;
    const path = `/statements/${uuid(report)}/evidence/${digest(files[0].bytes)}`;
    assert.equal((await yongchuan.get(path)).status, 401);
    assert.equal((await signedGet(longquanyi, yongchuan, path)).status, 200);
    const forged = await signedGet(longquanyi, yongchuan, path, { seed: randomBytes(32) });
    assert.equal(forged.status, 403);
    const other = await signedGet(longquanyi, yongchuan,
      `/statements/${uuid(report)}/evidence/${digest('something else')}`);
    assert.equal(other.status, 404);
    const statement = await yongchuan.get('/.well-known/did.json');
    assert.equal(statement.status, 200);
    const wrong = await yongchuan.post(`/api/v1/evidence?name=x&digest=${digest('y')}`,
      'application/octet-stream', 'x');
    assert.equal(wrong.status, 400);
    const bad = await yongchuan.post('/api/v1/evidence?name=..%2Fx', 'application/octet-stream', 'x');
    assert.equal(bad.status, 400);
    const free = await yongchuan.post('/api/v1/evidence?name=x', 'application/octet-stream', 'x',
      { authorization: '' });
    assert.equal(free.status, 401);
    assert.deepEqual(readdirSync(join(yongchuan.dir, 'evidence', 'parts')), []);
  });

  it('is fetched by the other city, and gone on with after the link was cut', async () => {
    const { yongchuan, longquanyi } = cities;
    const half = join(longquanyi.dir, 'evidence', 'parts', hex(digest(files[0].bytes)));
    const answer = await longquanyi.do('evidence', 'fetch', report, '--json');
    assert.ok(answer.complete);
    assert.deepEqual(answer.files.map((f) => f.state), ['held', 'held']);
    for (const f of files) assert.deepEqual(readFileSync(held(longquanyi, digest(f.bytes))), f.bytes);
    assert.ok(!existsSync(half));
    assert.equal((await longquanyi.do('evidence', 'list', '--json')).rows.length, 2);
    assert.ok(statSync(held(yongchuan, digest(files[0].bytes))).size === 3000000);
  });

  it('refuses a fetch of what the peer does not hold, and says so', async () => {
    const { yongchuan, longquanyi } = cities;
    const lost = { name: 'lost.mf4', digest: digest('lost'), bytes: 4, mediaType: 'text/plain' };
    const { submission } = await recognise(yongchuan, longquanyi, cities.labs.yongchuan,
      { evidence: [lost], number: 'YC-LOST-1' });
    const fetched = await longquanyi.cli('evidence', 'fetch', submission.statement.id, '--json');
    assert.equal(fetched.status, 75);
    const { files: [file] } = JSON.parse(fetched.stdout);
    assert.equal(file.state, 'refused');
    assert.match(file.problem, /not held here/);
    await yongchuan.post('/api/v1/evidence?name=lost.mf4', 'text/plain', 'lost');
    assert.ok((await longquanyi.do('evidence', 'fetch', submission.statement.id, '--json')).complete);
  });
});

// longquanyi reaches yongchuan over a line that can be broken.
async function behindProxy() {
  const yongchuan = await Node.make('yongchuan');
  const longquanyi = await Node.make('longquanyi');
  const toOne = await Proxy.open(yongchuan.port);
  await Promise.all([yongchuan.start(), longquanyi.start()]);
  await yongchuan.do('peer', 'add', longquanyi.url);
  await longquanyi.do('peer', 'add', toOne.url);
  await Promise.all([yongchuan.stop(), longquanyi.stop()]);
  await Promise.all([yongchuan.start(), longquanyi.start()]);
  const lab = await makeLab(yongchuan);
  await makeApplicant(yongchuan, draftOf('yongchuan').applicant.id);
  await agree(yongchuan, longquanyi);
  return { yongchuan, longquanyi, toOne, labs: { yongchuan: lab } };
}

describe('evidence over a cut link', () => {
  it('goes on where it was cut, and tells a file that was swapped', async () => {
    const cities = await behindProxy();
    const { toOne } = cities;
    try {
      const bytes = randomBytes(8000000);
      const file = join(folder, 'large.bin');
      writeFileSync(file, bytes);
      await cities.yongchuan.do('evidence', 'add', file);
      const entry = { name: 'large.bin', digest: digest(bytes), bytes: bytes.length, mediaType: 'text/plain' };
      const { submission } = await recognise(cities.yongchuan, cities.longquanyi, cities.labs.yongchuan,
        { evidence: [entry], number: 'YC-LARGE-1' });
      toOne.breakAfter = 2000000;
      const part = join(cities.longquanyi.dir, 'evidence', 'parts', hex(entry.digest));
      const waiting = cities.longquanyi.cli('evidence', 'fetch', submission.statement.id, '--json');
      await until('a part is here', () => existsSync(part) && statSync(part).size > 500000);
      const result = await waiting;
      assert.equal(result.status, 0, result.stderr);
      toOne.breakAfter = Infinity;
      assert.deepEqual(readFileSync(held(cities.longquanyi, entry.digest)), bytes);

      const swapped = { ...entry, name: 'swapped.bin', digest: digest('before') };
      writeFileSync(join(folder, 'before'), 'before');
      await cities.yongchuan.do('evidence', 'add', join(folder, 'before'));
      writeFileSync(held(cities.yongchuan, swapped.digest), 'behind');
      const { submission: second } = await recognise(cities.yongchuan, cities.longquanyi,
        cities.labs.yongchuan, { evidence: [{ ...swapped, bytes: 6 }], number: 'YC-SWAP-1' });
      const told = await cities.longquanyi.cli('evidence', 'fetch', second.statement.id, '--json');
      assert.equal(told.status, 75);
      assert.match(JSON.parse(told.stdout).files[0].problem, /is another one/);
      await cities.yongchuan.stop();
      const found = await cities.yongchuan.fsck();
      assert.ok(found.problems.some((p) => p.where.startsWith('evidence/')), JSON.stringify(found));
    } finally {
      toOne.close();
      await Promise.all([cities.yongchuan.stop(), cities.longquanyi.stop()]);
    }
  });
});
