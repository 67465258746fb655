// A peer that lies: forks, goes backwards, serves tampered tiles, or is a witness that answers wrongly.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, test } from 'node:test';
import { parseCheckpoint, privateKey, rawPublic, sha256, vkeyText } from './lib/codec.js';
import { FakeLog } from './lib/fakelog.js';
import { Node, until } from './lib/node.js';

const open = [];
afterEach(async () => {
  for (const one of open.splice(0)) await (one.stop?.() ?? one.close());
});

// A node that mirrors a fake log of `count` entries.
async function follow(count, change = () => {}) {
  const fake = await FakeLog.open('fake.huren.example');
  fake.add(...Array.from({ length: count }, (_, i) => `entry ${i}`));
  change(fake);
  const node = await Node.make('yongchuan');
  open.push(node, fake);
  await node.start();
  await node.do('peer', 'add', fake.url);
  await node.stop();
  await node.start();
  return { fake, node, peer: async () => (await node.get('/peers.json')).json.rows[0] };
}
const mirrored = (peer, size) => until(`${size} entries mirrored`, async () => (await peer()).size >= size, 15000);

async function distrusted(node, peer, ours, theirs) {
  const state = await until('distrusted', async () => {
    const now = await peer();
    return now.state === 'distrusted' && now;
  }, 30000);
  const heads = state.heads.map((text) => parseCheckpoint(text));
  assert.equal(heads.length, 2);
  assert.deepEqual(heads.map((head) => head.size), [ours, theirs]);
  const page = await node.get('/peers');
  assert.equal(page.status, 200);
  for (const head of heads) assert.ok(page.text.includes(head.root.toString('base64').replaceAll('+', '&#43;'))
    || page.text.includes(head.root.toString('base64')), 'both heads are shown');
  assert.ok(state.problem);
  return state;
}

test('an honest peer of any size is mirrored', async () => {
  const { fake, peer } = await follow(600);
  await mirrored(peer, 600);
  fake.add('one more');
  await mirrored(peer, 601);
  assert.equal((await peer()).state, 'fresh');
});

test('a fork at the same size raises the alarm; both heads are kept and shown, also after a restart', async () => {
  const { fake, node, peer } = await follow(300);
  await mirrored(peer, 300);
  const other = fake.entries.slice();
  other[5] = Buffer.from('another past');
  fake.entries = other;
  fake.head = fake.signed(other);
  await distrusted(node, peer, 300, 300);
  await node.stop();
  await node.start();
  assert.equal((await peer()).state, 'distrusted');
  assert.equal((await peer()).heads.length, 2);
  await node.stop();
  const report = await node.fsck();
  assert.deepEqual(report.problems, []);
  assert.equal(report.forks, 1);
});

test('a fork at a larger size raises the alarm and nothing more is accepted', async () => {
  const { fake, node, peer } = await follow(300);
  await mirrored(peer, 300);
  fake.entries[7] = Buffer.from('another past');
  fake.add('and a new entry');
  await distrusted(node, peer, 300, 301);
  fake.add('another');
  await new Promise((done) => { setTimeout(done, 1500); });
  assert.equal((await peer()).size, 300);
});

test('a checkpoint that goes backwards raises the alarm', async () => {
  const { fake, node, peer } = await follow(20);
  await mirrored(peer, 20);
  fake.head = fake.signed(fake.entries.slice(0, 12));
  await distrusted(node, peer, 20, 12);
});

// A mirror takes up to 16384 entries at once. Entries that end at the checkpoint prove themselves, so only a longer
// log has tiles asked for.
const BATCH = 16384;
const TAMPERED = [
  { part: /^\/tlog\/tile\/entries\//, told: /^entry 255 in tile\/entries\/000 of log /, proven: 0 },
  { part: /^\/tlog\/tile\/entries\/064$/, told: /^entry 16639 in tile\/entries\/064 of log /, proven: BATCH },
  { part: /^\/tlog\/tile\/0\//, told: /tile\/0\/065\.p\/44/, proven: 0 },
  { part: /^\/tlog\/tile\/1\//, told: /tile\/1\/000\.p\/65/, proven: 0 },
];
for (const { part, told, proven } of TAMPERED)
  test(`tampered tiles and bundles are refused and told; true ones come later: ${part.source.replaceAll('\\', '')}`,
    async () => {
      let tampered = 0;
      const { fake, peer } = await follow(BATCH + 300, (log) => {
        log.tile = (bytes, path) => {
          if (!part.test(path)) return bytes;
          const bad = Buffer.from(bytes);
          bad[bad.length - 1] ^= 1;
          tampered++;
          return bad;
        };
      });
      let last;
      const state = await until('told', async () => {
        last = await peer();
        return told.test(last.problem ?? '') && last;
      }, 20000).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify(last)}`); });
      assert.ok(tampered > 0);
      assert.equal(state.size, proven);
      assert.notEqual(state.state, 'distrusted');
      fake.tile = (bytes) => bytes;
      const whole = await until('true ones are taken', async () => {
        const now = await peer();
        return now.size === BATCH + 300 && now;
      }, 60000);
      assert.equal(whole.state, 'fresh');
      assert.ok(!told.test(whole.problem ?? ''));
    });

test('a checkpoint that the log did not sign is refused', async () => {
  const { fake, peer } = await follow(10);
  await mirrored(peer, 10);
  const seed = fake.seed;
  fake.seed = randomBytes(32);
  fake.add('signed by a stranger');
  const state = await until('told', async () => {
    const now = await peer();
    return /carries no signature of log "fake/.test(now.problem ?? '') && now;
  }, 20000);
  assert.equal(state.size, 10);
  fake.seed = seed;
});

test('a witness that answers wrongly adds nothing and stops nothing', async () => {
  const raw = rawPublic(privateKey(randomBytes(32)));
  const wrong = [
    () => ({ status: 200, body: 'hello' }),
    () => ({ status: 200, body: `\u2014 fake.huren.example/witness ${randomBytes(76).toString('base64')}\n` }),
    (card) => ({ status: 200, body: `\u2014 ${card.domain}/witness ${Buffer.concat([
      Buffer.from(card.witness_vkey.split('+')[1], 'hex'), randomBytes(72)]).toString('base64')}\n` }),
    () => ({ status: 409, type: 'text/x.tlog.size', body: 'many\n' }),
    () => ({ status: 500, body: '' }),
  ];
  assert.ok(vkeyText('x', 1, raw) && sha256('x'));
  const { fake, node } = await follow(3);
  for (const answer of wrong) {
    fake.witness = () => answer(fake.card());
    const code = `91500118MA5Y${String(wrong.indexOf(answer)).padStart(5, '0')}X`;
    await node.do('org', 'add', '--name', '样例', '--code', code, '--role', 'other', '--key',
      'z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2', '--json');
    await new Promise((done) => { setTimeout(done, 400); });
    const { note } = await node.checkpoint();
    assert.ok(note.lines.every((line) => !line.name.endsWith('/witness')));
    assert.equal((await node.get('/')).status, 200);
  }
});

test('a witness that knows a larger log of ours stops the signing', async () => {
  const { fake, node } = await follow(3);
  fake.witness = () => ({ status: 409, type: 'text/x.tlog.size', body: '999999\n' });
  await node.cli('org', 'add', '--name', '样例', '--code', '91500118MA5YLAB01X', '--role', 'other', '--key',
    'z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2');
  const alarm = await until('the alarm', async () => (await node.get('/index.json')).json.alarm, 15000);
  assert.match(alarm, /999999/);
});
