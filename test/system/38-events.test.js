// Server-sent events: what happens is told at once, resumed after a cut, and idle listeners cost next to nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { listen as listenTo } from './lib/listener.js';
import { Node, pause, until } from './lib/node.js';
import { Person } from './lib/person.js';

let node;
before(async () => { node = await (await Node.make('yongchuan')).start(); });
after(() => node?.stop());

const listen = (options) => listenTo(node, options);

let number = 0;
const CODES = ['91500118MA5YCL002G', '91510112MA6LQL003A', '914403001922038216', '91440300708461136T'];
const happen = () => node.do('org', 'add', '--name', `机构${number}`, '--code', CODES[number++], '--role', 'lab',
  '--passphrase-file', phrase());
const phrase = () => `${node.dir}/token`; // long enough

test('a receipt and the head are told as they come, by topic', async () => {
  const [all, heads] = await Promise.all([listen(), listen({ topic: 'head' })]);
  await happen();
  await until('the receipt is told', () => all.of('receipt').length > 0 && all.of('head').length > 0, 3000);
  const [receipt] = all.of('receipt');
  assert.equal(receipt.kind, 'did-document');
  assert.equal(receipt.city, node.domain);
  assert.equal((await node.get(`/statements/${receipt.id.replace('urn:uuid:', '')}`)).status, 200);
  await until('the head is told', () => heads.of('head').length > 0);
  assert.equal(heads.of('receipt').length, 0);
  assert.equal(heads.of('head').at(-1).size, receipt.index + 1);
  all.close();
  heads.close();
});

test('after a cut the listener gets what it missed, once', async () => {
  const first = await listen({ topic: 'receipt' });
  await happen();
  await until('one receipt', () => first.of('receipt').length > 0);
  first.close();
  await happen();
  const second = await listen({ topic: 'receipt', last: first.last });
  await until('the one missed', () => second.of('receipt').length > 0);
  await happen();
  await until('the one after', () => second.of('receipt').length > 1);
  const indexes = [...first.of('receipt'), ...second.of('receipt')].map(({ index }) => index);
  assert.deepEqual(indexes, indexes.map((_, i) => indexes[0] + i));
  second.close();
});

test('an id of another run is told to read the page again', async () => {
  for (const last of ['1', '99999999999999999999', 'x']) {
    const listener = await listen({ last });
    await until('it is told', () => listener.events.length > 0, 3000);
    assert.equal(listener.events[0].event, 'again');
    listener.close();
  }
});

test('an unknown topic is refused, and HEAD does not wait', async () => {
  assert.equal((await node.get('/events?topic=secrets')).status, 400);
  const head = await fetch(`${node.url}/events`, { method: 'HEAD' });
  assert.equal(head.headers.get('content-type'), 'text/event-stream');
});

test('who is signed in listens too', async () => {
  const made = await node.do('account', 'add', 'wei.li', '--role', 'officer', '--display', 'Li Wei', '--json');
  const person = new Person(node);
  await person.join(made.link, 'a sentence nobody guesses');
  const listener = await listen({ person });
  assert.equal(listener.status, 200);
  listener.close();
});

// Processor time of the node in milliseconds, and what it holds in memory in kB.
const spent = () => {
  const fields = readFileSync(`/proc/${node.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
const held = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node.child.pid}/status`, 'utf8'))[1]);

test('500 idle listeners take no time from the others and little memory', async () => {
  const before = held();
  const listeners = await Promise.all(Array.from({ length: 500 }, () => listen()));
  // Those that went away are noticed at their next heartbeat.
  const [, count] = /^huren_events_listeners (\d+)$/m.exec((await node.get('/metrics')).text);
  assert.ok(Number(count) >= 500 && Number(count) < 520, count);
  const memory = held() - before;
  assert.ok(memory < 60000, `${memory} kB`);
  const from = spent();
  await pause(3000);
  const took = spent() - from;
  console.log(`# 500 listeners: ${memory} kB, ${took} ms of processor time in 3000 ms`);
  assert.ok(took < 300, `${took} ms of 3000`);
  const began = Date.now();
  for (let i = 0; i < 20; i++) assert.equal((await node.get('/about')).status, 200);
  assert.ok(Date.now() - began < 4000);
  // All of them end when the node does.
  await node.stop();
  await until('every stream has ended', () => listeners.every(({ ended }) => ended));
  await node.start();
});
