// The public log as a stranger reads it: tiles, bundles, checkpoints, proofs, cosignatures. Own code only.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { consistencyPath, inclusionPath, inclusionRoot, leafHash, parseCheckpoint, parseNote, parseVkey, rootOf, sha256,
  signCheckpoint, splitBundle, tilePath, verifyNote } from './lib/codec.js';
import { cloneReport, prepare, seedOf, signReport } from './lib/job.js';
import { until } from './lib/node.js';

const REPORTS = 600; // two full tiles, one partial
let job, node, published, size, entries;

before(async () => {
  job = await prepare();
  node = job.yongchuan;
  const lab = job.labs.yongchuan;
  const seed = seedOf(lab.keyFile);
  const { statement } = await signReport(node, lab);
  published = [];
  for (let from = 0; from < REPORTS; from += 50) {
    const batch = Array.from({ length: 50 }, (_, i) => cloneReport(statement, seed, `T-${from + i}`));
    const answers = await Promise.all(batch.map((report) => node.publish(report)));
    answers.forEach((answer, i) => {
      assert.equal(answer.status, 201, answer.text);
      published.push({ report: batch[i], answer: answer.json });
    });
  }
  const checkpoint = await node.checkpoint();
  size = checkpoint.size;
  entries = [];
  for (let tile = 0; tile * 256 < size; tile++) {
    const width = Math.min(256, size - tile * 256);
    const answer = await node.get(`/tlog/${tilePath('entries', tile, width)}`);
    assert.equal(answer.status, 200);
    entries.push(...splitBundle(answer.bytes));
  }
  assert.equal(entries.length, size);
});
after(async () => {
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

test('the entries make the root that is signed', async () => {
  const { text } = await node.get('/tlog/checkpoint');
  const checkpoint = parseCheckpoint(text);
  assert.equal(verifyNote(checkpoint.note, parseVkey((await node.card()).tlog_vkey)), 1);
  assert.deepEqual(rootOf(entries.slice(0, checkpoint.size).map(leafHash)), checkpoint.root);
});

test('tiles of every level hold the hashes of their entries', async () => {
  const hashes = entries.map(leafHash);
  for (let tile = 0; tile * 256 < size; tile++) {
    const width = Math.min(256, size - tile * 256);
    const answer = await node.get(`/tlog/${tilePath(0, tile, width)}`);
    assert.deepEqual(answer.bytes, Buffer.concat(hashes.slice(tile * 256, tile * 256 + width)));
  }
  const full = Math.floor(size / 256);
  const upper = await node.get(`/tlog/${tilePath(1, 0, full)}`);
  const roots = Array.from({ length: full }, (_, i) => rootOf(hashes.slice(i * 256, i * 256 + 256)));
  assert.deepEqual(upper.bytes, Buffer.concat(roots));
});

test('a partial tile of an older size is still served', async () => {
  const older = await node.get(`/tlog/${tilePath(0, 0, 5)}`);
  assert.equal(older.status, 200);
  assert.deepEqual(older.bytes, Buffer.concat(entries.slice(0, 5).map(leafHash)));
});

test('tiles may be kept for ever, checkpoints may not', async () => {
  const tile = await node.get(`/tlog/${tilePath(0, 0)}`);
  assert.match(tile.headers.get('content-type'), /^application\/octet-stream/);
  assert.match(tile.headers.get('cache-control'), /immutable/);
  const checkpoint = await node.get('/tlog/checkpoint');
  assert.match(checkpoint.headers.get('content-type'), /^text\/plain; charset=utf-8/);
  assert.doesNotMatch(checkpoint.headers.get('cache-control') ?? '', /immutable/);
});

test('each answer told the index and a covering checkpoint of that very log', async () => {
  const hashes = entries.map(leafHash);
  const vkey = parseVkey((await node.card()).tlog_vkey);
  const seen = new Set();
  for (const { report, answer } of published) {
    assert.ok(!seen.has(answer.index));
    seen.add(answer.index);
    const receipt = JSON.parse(entries[answer.index]);
    assert.equal(receipt.id, report.id);
    assert.equal(receipt.kind, 'report');
    assert.equal(receipt.digest, answer.digest);
    const checkpoint = parseCheckpoint(answer.checkpoint);
    assert.ok(checkpoint.size > answer.index);
    assert.equal(verifyNote(checkpoint.note, vkey), 1);
  }
  for (const text of new Set(published.map(({ answer }) => answer.checkpoint))) {
    const checkpoint = parseCheckpoint(text);
    assert.deepEqual(checkpoint.root, rootOf(hashes.slice(0, checkpoint.size)));
  }
});

test('receipts hold no content and no personal data', () => {
  for (const entry of entries) {
    const receipt = JSON.parse(entry);
    assert.deepEqual(Object.keys(receipt).sort(), ['digest', 'disclosure', 'id', 'issuer', 'kind', 'time', 'v']);
    assert.ok(entry.length <= 2048);
  }
});

test('a .tlog-proof file proves inclusion without the node', async () => {
  await until('cosigned', async () => (await node.get('/index.json')).json.checkpoint.cosigned_size >= size);
  const { report } = published[123];
  const { text } = await node.get(`/statements/${report.id.replace('urn:uuid:', '')}/proof`);
  const [head, note] = [text.slice(0, text.indexOf('\n\n')), text.slice(text.indexOf('\n\n') + 2)];
  const lines = head.split('\n');
  assert.equal(lines.shift(), 'c2sp.org/tlog-proof@v1');
  if (lines[0].startsWith('extra ')) lines.shift();
  const index = Number(/^index (\d+)$/.exec(lines.shift())[1]);
  const checkpoint = parseCheckpoint(note);
  const root = inclusionRoot(index, checkpoint.size, leafHash(entries[index]),
    lines.map((line) => Buffer.from(line, 'base64')));
  assert.deepEqual(root, checkpoint.root);
  assert.equal(JSON.parse(entries[index]).id, report.id);
  assert.equal(verifyNote(checkpoint.note, parseVkey((await node.card()).tlog_vkey)), 1);
  assert.equal(verifyNote(checkpoint.note, parseVkey((await job.longquanyi.card()).witness_vkey)), 1);
});

test('the mirror at the other city serves the same bytes', async () => {
  const hex = sha256(`${node.domain}/tlog`).toString('hex');
  await until('mirrored', async () => (await job.longquanyi.get('/peers.json')).json.rows[0].size >= size);
  for (const path of [tilePath(0, 0), tilePath('entries', 0), tilePath(1, 0, 2), tilePath('entries', 1)]) {
    const here = await node.get(`/tlog/${path}`);
    const there = await job.longquanyi.get(`/mirror/${hex}/${path}`);
    assert.equal(there.status, 200, path);
    assert.deepEqual(there.bytes, here.bytes, path);
  }
  const copy = parseCheckpoint((await job.longquanyi.get(`/mirror/${hex}/checkpoint`)).text);
  assert.deepEqual(copy.root, rootOf(entries.slice(0, copy.size).map(leafHash)));
});

test('the witness shows the latest checkpoint it cosigned', async () => {
  const hex = sha256(`${node.domain}/tlog`).toString('hex');
  const { text, status } = await job.longquanyi.get(`/witness/${hex}/checkpoint`);
  assert.equal(status, 200);
  const note = parseNote(text);
  assert.equal(verifyNote(note, parseVkey((await job.longquanyi.card()).witness_vkey)), 1);
});

test('the trust policy names logs and witnesses with keys that verify', async () => {
  const { text } = await node.get('/trust.policy');
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim()).filter(Boolean);
  const logs = lines.filter((line) => line.startsWith('log ')).map((line) => parseVkey(line.split(/\s+/)[1]).name);
  assert.ok(logs.includes(`${node.domain}/tlog`) && logs.includes(`${job.longquanyi.domain}/tlog`));
  assert.equal(lines.filter((line) => line.startsWith('quorum ')).length, 1);
});

test('a stranger\'s witness accepts the log\'s own consistency proofs', async () => {
  const hashes = entries.map(leafHash);
  const path = consistencyPath(hashes, 300);
  assert.ok(path.length > 0 && inclusionPath(hashes, 5).length > 0);
  const body = `old 300\n${path.map((hash) => `${hash.toString('base64')}\n`).join('')}\n${
    (await node.get('/tlog/checkpoint')).text}`;
  const answer = await fetch(`${job.longquanyi.url}/witness/add-checkpoint`, { method: 'POST', body });
  assert.equal(answer.status, 409); // it is past 300 and says where it is
  assert.ok(Number(await answer.text()) > 300);
});

test('the witness answers with each status of C2SP tlog-witness, and keeps its state', async () => {
  const origin = `${node.domain}/tlog`;
  const ask = async (body) => {
    const answer = await fetch(`${job.longquanyi.url}/witness/add-checkpoint`, { method: 'POST', body });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  const again = async () => ask(`old ${size}\n\n${(await node.checkpoint()).text}`);
  await until('cosigned', async () => (await again()).status === 200);
  const { text } = await node.checkpoint();
  const good = await ask(`old ${size}\n\n${text}`);
  assert.equal(good.status, 200);
  const lines = parseNote(`${parseNote(text).text}\n${good.text}`);
  assert.equal(verifyNote(lines, parseVkey((await job.longquanyi.card()).witness_vkey)), 1);
  const root = rootOf(entries.map(leafHash));
  const seed = seedOf(join(node.dir, 'keys', 'tlog.json'));
  const stranger = Buffer.alloc(32, 7);
  assert.equal((await ask('no request')).status, 400);
  const unknown = 'nobody.example/tlog';
  assert.equal((await ask(`old 0\n\n${signCheckpoint(unknown, 1, root, unknown, stranger)}`)).status, 404);
  assert.equal((await ask(`old ${size}\n\n${signCheckpoint(origin, size, root, origin, stranger)}`)).status, 403);
  const behind = await ask(`old 1\n${root.toString('base64')}\n\n${text}`);
  assert.deepEqual([behind.status, behind.type, behind.text], [409, 'text/x.tlog.size', `${size}\n`]);
  assert.equal((await ask(`old ${size}\n\n${signCheckpoint(origin, size + 1, root, origin, seed)}`)).status, 422);
  assert.equal((await ask(`old ${size}\n\n${text}`)).status, 200);
});
