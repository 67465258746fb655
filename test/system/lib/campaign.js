// Kills under load: what was acknowledged must be in the tlog afterwards, at the index told.
import assert from 'node:assert/strict';
import { leafHash, nodeHash, parseCheckpoint, parseVkey, rootOf, splitBundle, tilePath, verifyNote } from './codec.js';
import { cloneReport, makeLab, seedOf, signReport } from './job.js';
import { Node, pause } from './node.js';

// Root after each append, by a compact range.
export class Range {
  peaks = [];

  size = 0;

  append(leaf) {
    let hash = leaf;
    for (let bit = this.size; bit % 2 === 1; bit = (bit - 1) / 2) hash = nodeHash(this.peaks.pop(), hash);
    this.peaks.push(hash);
    this.size++;
  }

  root() {
    return this.peaks.length === 0 ? rootOf([]) : this.peaks.reduceRight((right, left) => nodeHash(left, right));
  }
}

export async function readEntries(node) {
  const { size } = await node.checkpoint();
  const entries = [];
  for (let tile = 0; tile * 256 < size; tile++) {
    const answer = await node.get(`/tlog/${tilePath('entries', tile, Math.min(256, size - tile * 256))}`);
    assert.equal(answer.status, 200);
    entries.push(...splitBundle(answer.bytes));
  }
  return entries;
}

// Every checkpoint ever served must be a prefix of the log as it is now.
export function checkCheckpoints(texts, entries, vkey) {
  const bySize = new Map();
  for (const text of texts) {
    const checkpoint = parseCheckpoint(text);
    assert.ok(verifyNote(checkpoint.note, vkey) >= 1);
    const known = bySize.get(checkpoint.size);
    if (known) assert.deepEqual(checkpoint.root, known, `two roots for ${checkpoint.size} entries`);
    bySize.set(checkpoint.size, checkpoint.root);
  }
  const range = new Range();
  let compared = 0;
  for (let size = 0; size <= entries.length; size++) {
    if (bySize.has(size)) {
      assert.deepEqual(range.root(), bySize.get(size), `root of ${size} entries`);
      compared++;
    }
    if (size < entries.length) range.append(leafHash(entries[size]));
  }
  assert.equal(compared, bySize.size, 'a checkpoint was served for entries that are gone');
  return compared;
}

export async function killCampaign(kills, { writers = 8, log = () => {} } = {}) {
  const node = await Node.make('yongchuan');
  await node.start();
  const lab = await makeLab(node);
  const seed = seedOf(lab.keyFile);
  const { statement } = await signReport(node, lab);
  const vkey = parseVkey((await node.card()).tlog_vkey);
  const acknowledged = [];
  const unanswered = [];
  const checkpoints = new Set();
  let running = true;
  let number = 0;

  const write = async () => {
    while (running) {
      const again = unanswered.length > 0 && number % 3 === 0 ? unanswered.pop() : null;
      const report = again ?? cloneReport(statement, seed, `K-${number++}`);
      try {
        const answer = await node.publish(report);
        if (answer.status === 200 || answer.status === 201) {
          acknowledged.push({ id: report.id, ...answer.json });
          checkpoints.add(answer.json.checkpoint);
        } else if (answer.status !== 503) {
          throw new Error(`unexpected answer ${answer.status} ${answer.text}`);
        }
      } catch (error) {
        if (/unexpected answer/.test(error.message)) throw error;
        unanswered.push(report); // cut off in the middle: it may be there or not, sending it again must settle it
        await pause(5);
      }
    }
  };
  const watch = async () => {
    while (running) {
      try { checkpoints.add((await node.get('/tlog/checkpoint')).text); } catch { /* it is down */ }
      await pause(10);
    }
  };
  const work = Promise.all([watch(), ...Array.from({ length: writers }, write)]);
  let failure = null;
  work.catch((error) => { failure = error; running = false; });
  for (let kill = 0; kill < kills && running; kill++) {
    await pause(20 + Math.random() * 180);
    await node.kill();
    await node.start();
    if (kill % 50 === 49) log(`${kill + 1} kills, ${acknowledged.length} acknowledged`);
  }
  running = false;
  await work.catch(() => {});
  if (failure) throw failure;
  const entries = await readEntries(node);
  const ids = new Map(entries.map((entry, index) => [JSON.parse(entry).id, index]));
  assert.equal(ids.size, entries.length, 'an id is in the log twice');
  for (const { id, index, digest } of acknowledged) {
    assert.equal(ids.get(id), index, `${id} was acknowledged at ${index}`);
    assert.equal(JSON.parse(entries[index]).digest, digest);
  }
  const compared = checkCheckpoints(checkpoints, entries, vkey);
  await node.stop();
  const report = await node.fsck();
  assert.deepEqual(report.problems, []);
  return { acknowledged: acknowledged.length, entries: entries.length, checkpoints: compared };
}
