// The line between the cities is cut, broken again and again, and healed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseVkey, verifyNote } from './lib/codec.js';
import { readEntries } from './lib/campaign.js';
import { agree, cloneReport, makeApplicant, makeLab, draftOf, recognise, seedOf, signReport } from './lib/job.js';
import { Node, until } from './lib/node.js';
import { Proxy } from './lib/proxy.js';

let one, two, toOne, toTwo, lab, seed, template;
before(async () => {
  one = await Node.make('yongchuan');
  two = await Node.make('longquanyi');
  toOne = await Proxy.open(one.port);
  toTwo = await Proxy.open(two.port);
  await Promise.all([one.start(), two.start()]);
  await one.do('peer', 'add', toTwo.url);
  await two.do('peer', 'add', toOne.url);
  await Promise.all([one.stop(), two.stop()]);
  await Promise.all([one.start(), two.start()]);
  lab = await makeLab(one);
  await makeApplicant(one, draftOf('yongchuan').applicant.id);
  await agree(one, two);
  seed = seedOf(lab.keyFile);
  template = (await signReport(one, lab)).statement;
});
after(async () => {
  toOne?.close();
  toTwo?.close();
  await one?.stop();
  await two?.stop();
});

const peerAt = async (node) => (await node.get('/peers.json')).json.rows[0];
const caughtUp = async () => {
  const { size } = await one.checkpoint();
  const peer = await peerAt(two);
  return peer.size >= size && (await peerAt(one)).cosigned_size >= size;
};
async function publish(count, name) {
  for (let i = 0; i < count; i++) {
    const answer = await one.publish(cloneReport(template, seed, `${name}-${i}`));
    assert.equal(answer.status, 201, answer.text);
  }
}

test('the other side follows within a second', async () => {
  await until('caught up', caughtUp, 15000);
  await publish(1, 'L-quick');
  await until('followed', caughtUp, 1000);
});

test('with the line cut, issuing and checking go on, and the page says as of when', async () => {
  toOne.cut();
  toTwo.cut();
  const before = await peerAt(two);
  await publish(20, 'L-cut');
  const peer = await until('the trouble is told', async () => {
    const now = await peerAt(two);
    return now.problem && now;
  }, 30000);
  assert.equal(peer.size, before.size);
  assert.match(peer.as_of, /^\d{4}-\d\d-\d\dT/);
  assert.ok((await peerAt(one)).behind >= 20);
  const id = template.id.replace('urn:uuid:', '');
  assert.ok((await one.get(`/statements/${id}.json`)).status < 500);
  assert.equal((await two.get('/')).status, 200);
});

test('healed, the mirror resumes and the cosignature is added', async () => {
  toOne.heal();
  toTwo.heal();
  await until('caught up', caughtUp, 60000);
  const { note, size } = await one.checkpoint();
  const witness = parseVkey((await two.card()).witness_vkey);
  const cosigned = await until('the cosignature is on the checkpoint', async () => {
    const now = await one.checkpoint();
    return verifyNote(now.note, witness) === 1 && now;
  });
  assert.ok(cosigned.size >= size);
  assert.ok(note.lines.length >= 1);
});

test('over a line that breaks again and again the copy comes out whole', async () => {
  toOne.breakAfter = 60000;
  toTwo.breakAfter = 60000;
  await publish(300, 'L-broken');
  await until('caught up over a broken line', caughtUp, 90000);
  toOne.breakAfter = Infinity;
  toTwo.breakAfter = Infinity;
  const entries = await readEntries(one);
  assert.equal((await peerAt(two)).size, entries.length);
});

test('a request made while the line is down is decided when it is back', async () => {
  toOne.cut();
  const decided = recognise(one, two, lab, { number: 'L-LATE' });
  await new Promise((done) => { setTimeout(done, 1500); });
  toOne.heal();
  const { decision } = await decided;
  assert.equal(decision.kind, 'decision');
});

test('both are clean for the checker', async () => {
  for (const node of [one, two]) {
    await node.stop();
    assert.deepEqual((await node.fsck()).problems, []);
  }
});
