// Files of organisations: resumable uploads that survive a kill, quotas, the scan, and nobody else's eyes.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Node, pause, temporary, until } from './lib/node.js';
import { admin, invite, register } from './lib/people.js';
import { Person } from './lib/person.js';

const LAB = '914403001922038216';
const COMPANY = '91440300708461136T';
const PIECE = 'application/offset+octet-stream';
const GB = 1000000000;
const sum = (bytes, name = 'sha256', form = 'base64url') => createHash(name).update(bytes).digest(form);
let node, lab, company;

const settings = (files) => {
  const path = join(node.dir, 'node.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), behind_proxy: true, files }));
};

// A confirmed organisation's person with one role; `csrf` goes with whatever writes without a form.
async function worker(officer, code, kind, name, role) {
  const first = await register(node, officer, { code, kind, name: `${name}.admin`, organisation: `Org of ${name}` });
  const person = await invite(first, name, role);
  person.csrf = (await person.get('/account.json')).json.csrf;
  return person;
}

before(async () => {
  node = await Node.make('yongchuan');
  settings({ quotas: { [COMPANY]: 5 } });
  await node.start();
  const officer = await admin(node, 'officer', 'officer');
  lab = await worker(officer, LAB, 'lab', 'engineer', 'lab-engineer');
  company = await worker(officer, COMPANY, 'applicant', 'clerk', 'company-officer');
});
after(() => node?.stop());

const tus = (person, method, path, headers = {}, raw = undefined) => person.ask(method, path, { raw,
  headers: { 'tus-resumable': '1.0.0', 'x-csrf-token': person.csrf, ...headers } });
const begin = (person, bytes, name, type = '') => tus(person, 'POST', '/uploads', { 'upload-length': String(bytes),
  'upload-metadata': `filename ${Buffer.from(name).toString('base64')}${type && `,filetype ${
    Buffer.from(type).toString('base64')}`}` });
const patch = (person, path, offset, bytes, headers = {}) => tus(person, 'PATCH', path, { 'content-type': PIECE,
  'upload-offset': String(offset), ...headers }, bytes);
const offsetOf = async (person, path) => Number((await tus(person, 'HEAD', path)).headers.get('upload-offset'));
async function upload(person, bytes, name, type) {
  const { status, location } = await begin(person, bytes.length, name, type);
  assert.equal(status, 201);
  const answer = await patch(person, location, 0, bytes);
  assert.equal(answer.status, 204, answer.text);
  return { location, digest: sum(bytes), answer };
}
const lines = async () => (await node.get('/api/v1/audit', { authorization: `Bearer ${node.token}` })).text
  .split('\n').filter(Boolean).map((line) => JSON.parse(line).line);
const noted = (what, holds) => until(what, async () => (await lines()).some(holds));
const partial = (location) => join(node.dir, 'evidence', 'uploads', location.split('/').pop());
const blob = (digest) => {
  const hex = Buffer.from(digest, 'base64url').toString('hex');
  return join(node.dir, 'evidence', hex.slice(0, 2), hex);
};
const partials = () => (existsSync(partial('x/')) ? readdirSync(partial('x/')) : []);

test('the node tells what of the protocol it offers, and asks for its version', async () => {
  const options = await new Person(node).ask('OPTIONS', '/uploads');
  assert.equal(options.status, 204);
  assert.equal(options.headers.get('tus-version'), '1.0.0');
  assert.equal(options.headers.get('tus-extension'), 'creation,expiration,checksum,termination');
  assert.equal(options.headers.get('tus-checksum-algorithm'), 'sha1,sha256');
  assert.equal(options.headers.get('tus-max-size'), String(50 * GB));
  assert.equal(options.headers.get('access-control-allow-headers'), null);
  const old = await tus(lab, 'POST', '/uploads', { 'tus-resumable': '0.2.2', 'upload-length': '1' });
  assert.equal(old.status, 412);
  assert.equal(old.headers.get('tus-version'), '1.0.0');
  assert.equal((await tus(lab, 'POST', '/uploads', {})).status, 400);
  assert.equal((await tus(lab, 'POST', '/uploads', { 'upload-length': '1', 'upload-defer-length': '1' })).status, 400);
});

test('a file comes in pieces, each durable before it is acknowledged, and is read by range', async () => {
  const bytes = randomBytes(3000000);
  const { location, headers } = await begin(lab, bytes.length, '第一次试验.mf4', 'application/vnd.asam.mdf4');
  assert.match(location, /^\/uploads\/[0-9a-f]{32}$/);
  const expires = Date.parse(headers.get('upload-expires'));
  assert.ok(expires > Date.now() + 6 * 86400000 && expires < Date.now() + 8 * 86400000, headers.get('upload-expires'));
  assert.match(headers.get('upload-expires'), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  const first = await patch(lab, location, 0, bytes.subarray(0, 1000000), {
    'upload-checksum': `sha1 ${sum(bytes.subarray(0, 1000000), 'sha1', 'base64')}` });
  assert.deepEqual([first.status, first.headers.get('upload-offset')], [204, '1000000']);
  assert.ok(first.headers.get('upload-expires'));
  assert.equal(statSync(partial(location)).size, 1000000);
  const head = await tus(lab, 'HEAD', location);
  assert.deepEqual(['upload-offset', 'upload-length', 'cache-control', 'tus-resumable'].map((n) => head.headers.get(n)),
    ['1000000', '3000000', 'no-store', '1.0.0']);
  assert.match(head.headers.get('upload-metadata'), /^filename \S+,filetype \S+$/);
  const listed = (await lab.get('/files.json')).json;
  assert.deepEqual(listed.uploads.map((u) => [u.name, u.offset, u.percent]), [['第一次试验.mf4', 1000000, 33]]);
  assert.equal(listed.used, 3000000);
  const last = await patch(lab, location, 1000000, bytes.subarray(1000000), {
    'upload-checksum': `sha256 ${sum(bytes.subarray(1000000), 'sha256', 'base64')}` });
  const place = `/files/${sum(bytes)}`;
  assert.deepEqual([last.status, last.headers.get('content-location')], [204, place]);
  // Who did not hear of the end is told.
  assert.equal(await offsetOf(lab, location), 3000000);
  const file = (await lab.get(`${place}.json`)).json;
  assert.deepEqual([file.name, file.bytes, file.scan, file.account, file.media_type, file.readable],
    ['第一次试验.mf4', 3000000, 'not-scanned', 'engineer', 'application/vnd.asam.mdf4', true]);
  const part = await lab.get(`${place}/content`, { headers: { range: 'bytes=1000-1999' } });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), 'bytes 1000-1999/3000000');
  const whole = await fetch(node.url + `${place}/content`, { headers: { cookie: `huren-session=${lab.session}` } });
  assert.deepEqual(Buffer.from(await whole.arrayBuffer()), bytes);
  assert.match(whole.headers.get('content-disposition'), /%E7%AC%AC.*\.mf4$/);
  await node.get(`/api/v1/evidence/${sum(bytes)}`, { authorization: `Bearer ${node.token}` });
  const { readers } = (await lab.get(`${place}.json`)).json;
  assert.deepEqual(readers.map((r) => [r.reader, r.range_from, r.range_bytes]),
    [['node', 0, 3000000], ['engineer', 0, 3000000], ['engineer', 1000, 1000]]);
  assert.match((await lab.page('/files?lang=zh-CN')).text, /未查毒/);
  assert.deepEqual(partials(), []);
});

test('what does not fit is refused and changes nothing', async () => {
  const { location } = await begin(lab, 100, 'a.csv');
  const bytes = Buffer.alloc(50, 'x');
  assert.equal((await patch(lab, location, 10, bytes)).status, 409);
  assert.equal((await patch(lab, location, 'x', bytes)).status, 400);
  assert.equal((await patch(lab, location, 0, Buffer.alloc(101))).status, 413);
  assert.equal((await patch(lab, location, 0, bytes, { 'content-type': 'text/plain' })).status, 415);
  assert.equal((await patch(lab, location, 0, bytes, { 'upload-checksum': 'md5 AAAA' })).status, 400);
  assert.equal((await patch(lab, location, 0, bytes, { 'upload-checksum': 'sha1 AAAA' })).status, 400);
  assert.equal(await offsetOf(lab, location), 0);
  assert.equal((await patch(lab, location, 0, bytes)).status, 204);
  const wrong = await patch(lab, location, 50, Buffer.alloc(50, 'y'), {
    'upload-checksum': `sha256 ${sum('other', 'sha256', 'base64')}` });
  assert.equal(wrong.status, 460);
  assert.equal(await offsetOf(lab, location), 50);
  assert.equal(statSync(partial(location)).size, 50);
  // The digest is that of what was kept: the refused piece left no trace in it.
  const end = await patch(lab, location, 50, Buffer.alloc(50, 'z'));
  assert.equal(end.headers.get('content-location'), `/files/${sum('x'.repeat(50) + 'z'.repeat(50))}`);
  assert.equal((await patch(lab, location, 100, Buffer.from('more'))).status, 409);
  assert.equal((await tus(lab, 'HEAD', '/uploads/../../etc/passwd')).status, 404);
  assert.equal((await tus(lab, 'HEAD', `/uploads/${'0'.repeat(32)}`)).status, 404);
  for (const metadata of ['filename', 'filename !!', 'filename YQ==,filename Yg==', `filename ${
    Buffer.from('a"b').toString('base64')}`, `x ${'A'.repeat(4100)}`]) {
    const answer = await tus(lab, 'POST', '/uploads', { 'upload-length': '1', 'upload-metadata': metadata });
    assert.equal(answer.status, metadata.length > 4096 ? 413 : metadata === 'filename' ? 201 : 400, metadata);
  }
});

test('an empty file is whole at once, and POST can stand for the other methods', async () => {
  const empty = await begin(lab, 0, 'empty.txt');
  assert.equal(empty.status, 201);
  assert.equal(empty.headers.get('content-location'), `/files/${sum('')}`);
  const { location } = await begin(lab, 3, 'over.txt');
  const put = await tus(lab, 'POST', location, { 'x-http-method-override': 'PATCH', 'content-type': PIECE,
    'upload-offset': '0' }, 'abc');
  assert.equal(put.status, 204, put.text);
  const gone = await tus(lab, 'POST', location, { 'x-http-method-override': 'DELETE' });
  assert.equal(gone.status, 204);
});

test('a page of another host cannot upload: nothing is kept before who asks is known', async () => {
  const { location } = await begin(lab, 1000, 'b.csv');
  const bytes = Buffer.alloc(500, 'x');
  for (const csrf of ['', 'A'.repeat(43), company.csrf]) {
    assert.equal((await patch(lab, location, 0, bytes, { 'x-csrf-token': csrf })).status, 403);
    assert.equal((await tus(lab, 'POST', '/uploads', { 'upload-length': '1', 'x-csrf-token': csrf })).status, 403);
    assert.equal((await tus(lab, 'DELETE', location, { 'x-csrf-token': csrf })).status, 403);
  }
  const stranger = Object.assign(new Person(node), { csrf: lab.csrf });
  assert.equal((await patch(stranger, location, 0, bytes)).status, 401);
  assert.ok(!existsSync(partial(location)) || statSync(partial(location)).size === 0);
  assert.equal(await offsetOf(lab, location), 0);
  const before = readdirSync(join(node.dir, 'evidence')).length;
  const denied = await fetch(`${node.url}/api/v1/evidence?name=x`, { method: 'POST', body: bytes });
  assert.equal(denied.status, 401);
  assert.equal(readdirSync(join(node.dir, 'evidence')).length, before);
  await tus(lab, 'DELETE', location);
  // The node's token opens it too, for the authority's own files.
  const machine = Object.assign(new Person(node), { csrf: '' });
  const own = await tus(machine, 'POST', '/uploads', { 'upload-length': '3', authorization: `Bearer ${node.token}` });
  assert.equal(own.status, 201);
  assert.equal((await tus(lab, 'HEAD', own.location)).status, 404);
});

test('another organisation sees nothing, is noted, and shares bytes without knowing', async () => {
  const bytes = Buffer.from(`shared ${randomBytes(2000).toString('hex')}`);
  const { location, status } = await begin(lab, bytes.length, 'ours.csv');
  assert.equal(status, 201);
  await patch(lab, location, 0, bytes.subarray(0, 100));
  for (const answer of [await tus(company, 'HEAD', location), await patch(company, location, 100, bytes.subarray(100)),
    await tus(company, 'DELETE', location)]) assert.equal(answer.status, 404);
  await patch(lab, location, 100, bytes.subarray(100));
  const place = `/files/${sum(bytes)}`;
  const foreign = await company.get(`${place}.json`);
  const nothing = await company.get(`/files/${sum('nothing')}.json`);
  assert.deepEqual([foreign.status, foreign.json], [404, nothing.json]);
  assert.equal((await company.get(`${place}/content`)).status, 404);
  assert.equal((await company.send(`${place}/delete`, {}, { from: '/account' })).status, 404);
  await noted('the attempts', (line) => line.actor === 'clerk' && line.target === sum(bytes) &&
    line.detail === 'file of another organisation');
  await noted('the uploads', (line) => line.actor === 'clerk' && line.target === location.split('/').pop());
  const second = await upload(company, bytes, 'theirs.csv');
  // Told like any other: the same status, headers and name as of a file nobody has.
  const fresh = await upload(company, randomBytes(bytes.length), 'fresh.csv');
  assert.deepEqual([...second.answer.headers.keys()].sort(), [...fresh.answer.headers.keys()].sort());
  assert.equal((await company.get(`${place}.json`)).json.name, 'theirs.csv');
  assert.deepEqual((await company.get(`${place}.json`)).json.readers, []);
  await company.get(`${place}/content`);
  assert.equal((await lab.get(`${place}.json`)).json.readers.length, 0);
  assert.equal((await lab.send(`${place}/delete`, {}, { from: '/account' })).status, 303);
  assert.equal((await lab.get(`${place}.json`)).status, 404);
  assert.ok(existsSync(blob(sum(bytes))));
  assert.equal((await company.get(`${place}/content`)).status, 200);
  assert.equal((await company.send(`${place}/delete`, {}, { from: '/account' })).status, 303);
  assert.ok(!existsSync(blob(sum(bytes))));
});

test('a quota is kept, shown and noted', async () => {
  const before = (await company.get('/files.json')).json;
  assert.equal(before.allowed, 5000000);
  const { location } = await begin(company, 4000000, 'big.bin');
  const over = await begin(company, 1000000, 'over.bin');
  assert.equal(over.status, 413);
  assert.match(over.json.detail, /over the quota/);
  await noted('the refusal', (line) => line.action === 'upload' && line.result === 'refused' &&
    line.target === 'over.bin' && /quota/.test(line.detail));
  const page = await company.page('/files');
  assert.match(page.text, /<progress[^>]* value="80"/);
  await tus(company, 'DELETE', location);
  assert.equal((await company.get('/files.json')).json.used, before.used);
});

test('50 GB are announced, begun, and given up; more is refused', async () => {
  assert.equal((await begin(lab, 50 * GB + 1, 'more.bin')).status, 413);
  const { location, status } = await begin(lab, 50 * GB, 'huge.bin');
  assert.equal(status, 201);
  assert.equal((await patch(lab, location, 0, Buffer.alloc(1000000))).status, 204);
  assert.equal((await lab.get('/files.json')).json.uploads.find((u) => u.name === 'huge.bin').bytes, 50 * GB);
  assert.equal((await tus(lab, 'DELETE', location)).status, 204);
  assert.ok(!existsSync(partial(location)));
  assert.equal((await tus(lab, 'HEAD', location)).status, 404);
  const other = await begin(lab, 10, 'form.bin');
  assert.equal((await company.send(`${other.location}/cancel`, {}, { from: '/account' })).status, 404);
  assert.equal((await lab.send(`${other.location}/cancel`, {}, { from: '/account' })).status, 303);
  assert.equal((await tus(lab, 'HEAD', other.location)).status, 404);
});

test('a node that is killed in the middle of a piece goes on where the disk stands', async () => {
  const bytes = randomBytes(30000000);
  const { location } = await begin(lab, bytes.length, 'killed.bin');
  const socket = connect(node.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write([`PATCH ${location} HTTP/1.1`, 'Host: x', 'Tus-Resumable: 1.0.0', `Content-Type: ${PIECE}`,
    'Upload-Offset: 0', `Content-Length: ${bytes.length}`, `X-CSRF-Token: ${lab.csrf}`,
    `Cookie: huren-session=${lab.session}`, '', ''].join('\r\n'));
  socket.write(bytes.subarray(0, 20000000));
  await until('half of it is here', () => existsSync(partial(location)) && statSync(partial(location)).size > 10000000);
  await node.kill();
  socket.destroy();
  const kept = statSync(partial(location)).size;
  await node.start();
  assert.equal(await offsetOf(lab, location), kept);
  assert.deepEqual(readFileSync(partial(location)), bytes.subarray(0, kept));
  assert.equal((await patch(lab, location, 0, bytes.subarray(0, 100))).status, 409);
  const end = await patch(lab, location, kept, bytes.subarray(kept));
  assert.equal(end.status, 204);
  await until('its digest is computed', async () => (await lab.get(`/files/${sum(bytes)}.json`)).status === 200);
  assert.deepEqual(readFileSync(blob(sum(bytes))), bytes);
  assert.equal((await tus(lab, 'HEAD', location)).headers.get('content-location'), `/files/${sum(bytes)}`);
});

test('who comes back before the node has noticed takes the upload over', async () => {
  const { location } = await begin(lab, 2000, 'taken.bin');
  const socket = connect(node.port, '127.0.0.1');
  socket.write([`PATCH ${location} HTTP/1.1`, 'Host: x', 'Tus-Resumable: 1.0.0', `Content-Type: ${PIECE}`,
    'Upload-Offset: 0', 'Content-Length: 2000', `X-CSRF-Token: ${lab.csrf}`, `Cookie: huren-session=${lab.session}`,
    '', 'x'.repeat(1000)].join('\r\n'));
  await until('half of it is here', async () => await offsetOf(lab, location) === 1000);
  const end = await patch(lab, location, 1000, 'y'.repeat(1000));
  assert.equal(end.headers.get('content-location'), `/files/${sum('x'.repeat(1000) + 'y'.repeat(1000))}`);
  socket.write('z'.repeat(1000));
  let late = '';
  socket.on('data', (data) => { late += data; });
  await until('the first is told', () => late.includes('409'));
  socket.destroy();
});

test('memory stays as it is while 300 MB come', async () => {
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node.child.pid}/status`, 'utf8'))[1]);
  const bytes = Buffer.alloc(100000000, 'memory');
  const { location } = await begin(lab, 3 * bytes.length, 'large.bin');
  const before = memory();
  for (let at = 0; at < 3; at++) assert.equal((await patch(lab, location, at * bytes.length, bytes)).status, 204);
  assert.ok(memory() - before < 16000, `${memory() - before} kB more`);
});

// A form as a browser without a script sends it.
const form = (person, parts) => {
  const boundary = '----x1';
  const body = Buffer.concat([...parts.map(([head, bytes]) => Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), Buffer.from(bytes),
    Buffer.from('\r\n')])), Buffer.from(`--${boundary}--\r\n`)]);
  return person.ask('POST', '/files.json', { raw: body, headers: {
    'content-type': `multipart/form-data; boundary=${boundary}` } });
};
test('a plain form of several files is streamed, and nothing is kept before its token', async () => {
  const one = randomBytes(2500000);
  const sent = await form(lab, [['name="csrf"', lab.csrf], ['name="file"; filename="data/one.bin"', one],
    ['name="file"; filename="zwei.txt"', 'zwei']]);
  assert.equal(sent.status, 303, sent.text);
  assert.equal((await lab.get(`/files/${sum(one)}.json`)).json.name, 'one.bin');
  assert.equal((await lab.get(`/files/${sum('zwei')}.json`)).json.name, 'zwei.txt');
  const kept = partials().length;
  for (const parts of [[['name="file"; filename="a"', one], ['name="csrf"', lab.csrf]],
    [['name="csrf"', company.csrf], ['name="file"; filename="a"', one]], [['name="file"; filename="a"', one]]])
    assert.equal((await form(lab, parts)).status, 403);
  assert.equal((await form(lab, [['name="csrf"', lab.csrf], ['name="file"; filename=""', '']])).json.problems[0].wrong,
    'file-missing');
  const over = await form(company, [['name="csrf"', company.csrf], ['name="file"; filename="six.bin"',
    Buffer.alloc(6000000)]]);
  assert.deepEqual([over.status, over.json.problems[0].wrong], [413, 'quota']);
  assert.equal(partials().length, kept);
});

test('lists are searched, filtered, sorted and paged by key', async () => {
  for (const sort of ['time', 'name', 'size']) {
    const { rows } = (await lab.get(`/files.json?sort=${sort}`)).json;
    const by = { time: (a, b) => b.time.localeCompare(a.time), size: (a, b) => b.bytes - a.bytes,
      name: (a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) }[sort];
    assert.ok(rows.length > 4);
    assert.deepEqual(rows.map((row) => row.digest), [...rows].sort(by).map((row) => row.digest), sort);
  }
  const found = (await lab.get(`/files.json?q=${encodeURIComponent('试验')}`)).json.rows;
  assert.deepEqual(found.map((row) => row.name), ['第一次试验.mf4']);
  assert.equal((await lab.get('/files.json?scan=clean')).json.rows.length, 0);
  for (const query of ['scan=x', 'sort=x', 'after=x', 'after=0'])
    assert.equal((await lab.get(`/files.json?${query}`)).status, 400, query);
});

test('the scan decides before a file is readable; what has expired goes', async () => {
  await node.stop();
  const folder = temporary();
  const scanner = join(folder, 'scan.sh');
  writeFileSync(scanner, `#!/bin/sh
while [ ! -e "${folder}/go" ]; do sleep 0.05; done
test $# = 2 && test "$1" = --one || exit 9
if grep -q VIRUS "$2"; then exit 1; fi
if grep -q HANG "$2"; then sleep 60; fi
if grep -q ODD "$2"; then kill -9 $$; fi
exit 0
`);
  chmodSync(scanner, 0o755);
  settings({ scan: [scanner, '--one'], scan_s: 1, keep_s: 2 });
  await node.start();
  const files = Object.fromEntries(['clean one', 'with a VIRUS', 'ODD one', 'HANG'].map((text) => [text, sum(text)]));
  for (const text of Object.keys(files)) await upload(lab, Buffer.from(text), `${text}.txt`);
  const scanOf = async (digest) => (await lab.get(`/files/${digest}.json`)).json.scan;
  for (const digest of Object.values(files)) {
    assert.equal(await scanOf(digest), 'waiting');
    assert.equal((await lab.get(`/files/${digest}/content`)).status, 409);
    assert.ok(!existsSync(blob(digest)));
    assert.equal((await node.get(`/api/v1/evidence/${digest}`, { authorization: `Bearer ${node.token}` })).status, 404);
  }
  const stale = await begin(lab, 100, 'stale.bin');
  await patch(lab, stale.location, 0, 'x');
  writeFileSync(join(folder, 'go'), '');
  const want = { 'clean one': 'clean', 'with a VIRUS': 'infected', 'ODD one': 'not-scanned', HANG: 'not-scanned' };
  for (const [text, scan] of Object.entries(want))
    await until(`${text}: ${scan}`, async () => await scanOf(files[text]) === scan);
  assert.equal((await lab.get(`/files/${files['clean one']}/content`)).text, 'clean one');
  assert.equal((await lab.get(`/files/${files['with a VIRUS']}/content`)).status, 409);
  assert.ok(!existsSync(blob(files['with a VIRUS'])));
  await noted('the verdict', (line) => line.action === 'file-scan' && line.result === 'refused' &&
    line.target === 'with a VIRUS.txt');
  await noted('the hanging scan', (line) => line.action === 'file-scan' && /not ended within 1 s/.test(line.detail));
  await until('the upload has expired', async () => (await tus(lab, 'HEAD', stale.location)).status === 404 &&
    !existsSync(partial(stale.location)));
  await pause(100);
  // What was begun for a week, and never sent, stays: nothing else.
  assert.deepEqual(partials().filter((id) => statSync(partial(id)).size > 0), []);
  await node.stop();
  assert.equal((await node.cli('fsck')).status, 0);
});
