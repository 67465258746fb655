// The page's verifier and `huren verify` say the same of every sample, and of every sample changed in one place.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { SOURCE, huren, temporary } from '../system/lib/node.js';
import { changesOf, paths, replaced, valueAt } from './lib/mutate.js';

globalThis.crypto ??= webcrypto; // not global in Node.js 18
const { policyOf } = await import('../../ui/static/formats.js');
const { checkBundle } = await import('../../ui/static/check-bundle.js');
const { Finding } = await import('../../ui/static/strict-json.js');
const { sm2Holds, sm3 } = await import('../../ui/static/signatures.js');

const OWN = join(SOURCE, 'test/vectors-own');
const policyFile = join(OWN, 'policy.txt');
const sample = (name) => readFileSync(join(OWN, name));
const EVERY = Number(process.env.EVERY ?? 3); // of the places; 1 for all
const folder = temporary();
let policy, files = 0;
before(async () => { policy = await policyOf(readFileSync(policyFile)); });

const now = () => Math.floor(Date.now() / 1000);
const brief = (result) => `${result.verdict}: ${result.steps.map(({ step, state }) => `${step} ${state}`).join(', ')}`;

async function byPage(bytes) {
  try {
    return brief(await checkBundle(bytes, policy, now()));
  } catch (problem) {
    if (problem instanceof Finding) return 'no bundle';
    throw problem;
  }
}
async function byProgram(bytes) {
  const file = join(folder, `${files++}.json`);
  writeFileSync(file, bytes);
  const { stdout, status, stderr } = await huren('verify', '--json', '--trust', policyFile, file);
  assert.ok(status >= 0 && status < 100, `huren verify ended with ${status}: ${stderr}`);
  return stdout ? brief(JSON.parse(stdout)) : 'no bundle';
}

// Both verdicts on all of them; gives how many differed and some of these.
async function compare(changed) {
  const differ = [], seen = new Map(), queue = [...changed];
  const work = async () => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      const [page, program] = await Promise.all([byPage(one.bytes), byProgram(one.bytes)]);
      seen.set(program, (seen.get(program) ?? 0) + 1);
      if (page !== program) differ.push(`${one.what}\n  page     ${page}\n  program  ${program}`);
    }
  };
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, work));
  return { differ, seen };
}
const text = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

test('both say the same of the samples', async () => {
  const { differ } = await compare(['good', 'changed', 'withdrawn'].map((name) =>
    ({ what: name, bytes: sample(`${name}.bundle.json`) })));
  assert.deepEqual(differ, []);
});

test('the samples come out as their README says, at the time it says', async () => {
  const verdicts = [];
  for (const name of ['good', 'changed', 'withdrawn'])
    verdicts.push((await checkBundle(sample(`${name}.bundle.json`), policy, 1795489600)).verdict);
  assert.deepEqual(verdicts, ['good', 'bad', 'withdrawn']);
});

test('both say the same when any one value is changed or missing', async () => {
  const value = JSON.parse(sample('withdrawn.bundle.json'));
  const places = paths(value).filter((path) => path.length > 0);
  const changed = places.flatMap((path, i) => {
    const all = [undefined, ...changesOf(valueAt(value, path))];
    const some = i % EVERY === 0 ? [all[i / EVERY % all.length]] : [];
    return some.map((by) => ({ what: `${path.join('/')} -> ${JSON.stringify(by)}`,
      bytes: text(replaced(value, path, by)) }));
  });
  const { differ, seen } = await compare(changed);
  assert.deepEqual(differ.slice(0, 8), [], `${differ.length} of ${changed.length} differ`);
  assert.ok(changed.length > 60 && seen.size > 3, `${changed.length} changes, only ${[...seen.keys()].join(' | ')}`);
});

test('both read JSON equally strictly', async () => {
  const good = sample('good.bundle.json').toString();
  const say = (what, bytes) => ({ what, bytes: Buffer.isBuffer(bytes) ? bytes : text(bytes) });
  const named = (name) => good.replace('示例检验检测中心', name);
  const { differ, seen } = await compare([
    say('white space', good.replaceAll(',"', ' ,\n\t"')),
    say('a member twice', good.replace('"version":1', '"version":1,"version":1')),
    say('a member twice by an escape', good.replace('"version":1', '"version":1,"\\u0076ersion":1')),
    say('a member called __proto__', good.replace('"version":1', '"__proto__":{},"version":1')),
    say('a lone surrogate', named('\\ud800')), say('a low surrogate', named('\\udc00')),
    say('a pair', named('\\ud83d\\ude00')), say('an upper case escape', named('\\u4E2D')),
    say('a noncharacter', named('\\uffff')), say('a raw noncharacter', named('\ufdd0')),
    say('a noncharacter past the plane', named('\u{1fffe}')), say('U+0000', named('\\u0000')),
    say('a raw tab', named('\t')), say('DEL', named('\u007f')), say('an unknown escape', named('\\x')),
    say('a solidus escaped', named('\\/')), say('a byte order mark', `\ufeff${good}`),
    say('something behind', `${good} x`),
    say('white space behind', `${good} \n`), say('nothing', ''), say('a number', '7'), say('a list', '[]'),
    say('half', good.slice(0, good.length / 2)), say('version 1.0', good.replace('"version":1', '"version":1.0')),
    say('version 1e0', good.replace('"version":1', '"version":1e0')),
    say('version 01', good.replace('"version":1', '"version":01')),
    say('index 9007199254740993', good.replace('"index":5', '"index":9007199254740993')),
    say('index 1e400', good.replace('"index":5', '"index":1e400')),
    say('index -0', good.replace('"index":0', '"index":-0')),
    say('depth 33', named('x').replace('"number":"R-1"', `"number":${'['.repeat(33)}${']'.repeat(33)}`)),
    say('bytes that are no UTF-8', Buffer.from('{"type":"\xc0\x80"}', 'latin1')),
    say('too large', good.replace('{', `{${' '.repeat(1048576)}`)),
  ]);
  assert.deepEqual(differ, []);
  assert.ok(seen.get('no bundle') > 15);
});

test('SM3 and SM2 are those of the standard', () => {
  const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
  const { sign, sm3: digests } = JSON.parse(readFileSync(join(SOURCE, 'test/vectors/sm2/sm2-sm3.json')));
  for (const one of digests) assert.equal(Buffer.from(sm3(bytes(one.message_hex))).toString('hex'), one.digest);
  for (const one of sign) {
    if (one.id !== '1234567812345678') continue;
    const key = bytes(`04${one.px}${one.py}`), message = new TextEncoder().encode(one.message);
    assert.ok(sm2Holds(key, bytes(one.r + one.s), message));
    assert.ok(!sm2Holds(key, bytes(one.s + one.r), message));
    assert.ok(!sm2Holds(key, bytes(one.r + one.s), message.slice(1)));
  }
});
