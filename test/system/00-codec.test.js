// The judge is judged first: the JavaScript reading of the formats against the vectors of other programs.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as codec from './lib/codec.js';
import { SOURCE } from './lib/node.js';

const vectors = join(SOURCE, 'test', 'vectors');
const text = (path) => readFileSync(join(vectors, path), 'utf8');
const lines = (path) => text(path).trim().split('\n').map((line) => JSON.parse(line));

test('jcs gives the published bytes', () => {
  for (const name of readdirSync(join(vectors, 'jcs/input')))
    assert.equal(codec.jcs(JSON.parse(text(`jcs/input/${name}`))), text(`jcs/output/${name}`).trimEnd(), name);
});

test('eddsa-jcs-2022 verifies the W3C credential and nothing else', () => {
  const credential = JSON.parse(text('eddsa-jcs-2022/signedJCS.json'));
  const raw = codec.rawOfMultikey(JSON.parse(text('eddsa-jcs-2022/keyPair.json')).publicKeyMultibase);
  assert.ok(codec.proofHolds(credential, credential.proof, codec.publicKey(raw)));
  assert.ok(!codec.proofHolds({ ...credential, name: 'x' }, credential.proof, codec.publicKey(raw)));
});

test('notes and checkpoints of another log verify', () => {
  const vkey = codec.parseVkey(text('tlog/tessera-log/vkey.txt'));
  const entries = codec.splitBundle(readFileSync(join(vectors, 'tlog/tessera-log/tile/entries/000.p/15')));
  for (let size = 0; size <= 15; size++) {
    const checkpoint = codec.parseCheckpoint(text(`tlog/tessera-log/checkpoint.${size}`));
    assert.equal(codec.verifyNote(checkpoint.note, vkey), 1);
    assert.equal(checkpoint.size, size);
    assert.deepEqual(codec.rootOf(entries.slice(0, size).map(codec.leafHash)), checkpoint.root);
  }
});

test('inclusion proofs are judged as upstream judges them', () => {
  let held = 0;
  for (const probe of lines('tlog/inclusion.jsonl')) {
    const path = (probe.proof ?? []).map((hash) => Buffer.from(hash, 'base64'));
    const bytes = (name) => Buffer.from(probe[name] ?? '', 'base64');
    let good = false;
    if (probe.leafIdx < probe.treeSize && bytes('leafHash').length === 32 && path.every((h) => h.length === 32)) {
      try {
        good = codec.inclusionRoot(probe.leafIdx, probe.treeSize, bytes('leafHash'), path).equals(bytes('root'));
      } catch { good = false; }
    }
    assert.equal(good, !probe.wantErr, probe.desc);
    held += good ? 1 : 0;
  }
  assert.ok(held > 5);
});

test('paths and proofs made here verify here', () => {
  const hashes = Array.from({ length: 300 }, (_, i) => codec.leafHash(Buffer.from(String(i))));
  for (const index of [0, 1, 127, 128, 255, 256, 299])
    assert.deepEqual(codec.inclusionRoot(index, 300, hashes[index], codec.inclusionPath(hashes, index)),
      codec.rootOf(hashes));
  for (const { level, index, width, path } of JSON.parse(text('tlog/tile-paths.json')).paths)
    assert.equal(codec.tilePath(level, index, width), path);
});
