// init, serve, stop, start again: what is kept, what is refused.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseVkey } from './lib/codec.js';
import { HUREN, Node, huren, run } from './lib/node.js';

test('init makes keys and token that only their owner reads', async () => {
  const node = await Node.make('alone');
  for (const name of readdirSync(join(node.dir, 'keys')))
    assert.equal(statSync(join(node.dir, 'keys', name)).mode & 0o777, 0o600, name);
  assert.equal(statSync(join(node.dir, 'token')).mode & 0o777, 0o600);
  await node.start();
  await node.stop();
  assert.equal(statSync(node.dir).mode & 0o077, 0, 'others may look into the folder');
  assert.equal(statSync(join(node.dir, 'huren.db')).mode & 0o077, 0, 'others may read the bodies');
  assert.ok(node.token.length >= 40);
  assert.deepEqual(readdirSync(join(node.dir, 'keys')).sort(),
    ['issuer-sm2.json', 'issuer.json', 'requests.json', 'seal', 'tlog-sm2.json', 'tlog.json', 'witness.json']);
});

test('init refuses a folder that holds a node, and leaves it as it was', async () => {
  const node = await Node.make('alone');
  const before = readFileSync(join(node.dir, 'keys', 'tlog.json'));
  const again = await huren('init', '--dir', node.dir, '--domain', 'x.example', '--name-zh', 'x', '--name-en', 'x');
  assert.notEqual(again.status, 0);
  assert.match(again.stderr, /already holds a node/);
  assert.deepEqual(readFileSync(join(node.dir, 'keys', 'tlog.json')), before);
});

test('a new node serves a signed checkpoint whose first entry is its own DID document', async () => {
  const node = await Node.make('alone');
  await node.start();
  const card = await node.card();
  assert.equal(card.did, node.did);
  for (const key of [card.tlog_vkey, card.witness_vkey]) parseVkey(key);
  const { size, origin } = await node.checkpoint();
  assert.equal(origin, `${node.domain}/tlog`);
  assert.ok(size >= 1);
  const first = JSON.parse(await node.do('tlog', 'entry', '0'));
  assert.equal(first.kind, 'did-document');
  assert.equal(first.issuer, node.did);
  const { json: document } = await node.get('/.well-known/did.json');
  assert.equal(document.id, node.did);
  await node.stop();
});

test('stopping is clean, starting again changes nothing', async () => {
  const node = await Node.make('alone');
  await node.start();
  const before = await node.checkpoint();
  assert.deepEqual(await node.stop(), { code: 0, signal: null });
  await node.start();
  const after = await node.checkpoint();
  assert.equal(after.size, before.size);
  assert.deepEqual(after.root, before.root);
  await node.stop();
  const report = await node.fsck();
  assert.deepEqual(report.problems, []);
  assert.equal(report.entries, after.size);
});

test('a second process on the same folder is refused', async () => {
  const node = await Node.make('alone');
  await node.start();
  const second = await run(HUREN, ['serve', '--dir', node.dir]);
  assert.notEqual(second.status, 0);
  assert.ok(second.stderr.length > 0);
  assert.equal((await node.get('/tlog/checkpoint')).status, 200);
  await node.stop();
});

test('wrong use is told and exits with 2', async () => {
  for (const words of [[], ['no-such-command'], ['init'], ['serve', '--dir'], ['limits', '--no-such-option'], ['org'],
    ['org', 'no-such-form'], ['tlog', 'no-such-form'], ['report', 'list'], ['key', 'new'], ['decide', 'show', 'x']]) {
    const result = await huren(...words);
    assert.equal(result.status, 2, words.join(' '));
    assert.match(result.stderr, /\S/);
  }
  const help = await huren('help');
  assert.equal(help.status, 0);
  for (const command of ['init', 'serve', 'org', 'key', 'accredit', 'agree', 'report', 'decide', 'withdraw', 'verify',
    'tlog', 'peer', 'backup', 'restore', 'fsck', 'limits', 'bench'])
    assert.match(help.stdout, new RegExp(`huren ${command}`));
});

test('limits lists every row of the table', async () => {
  const limits = JSON.parse((await huren('limits', '--json')).stdout);
  const rows = Array.isArray(limits) ? limits : limits.limits ?? limits.rows;
  assert.ok(rows.length > 20);
  for (const row of rows) assert.ok(row.name && row.unit && row.why, JSON.stringify(row));
});
