// A scripted intruder over every route of the table: nothing succeeds, and each attempt leaves a line.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Node, until } from './lib/node.js';
import { PASSWORD, admin, register } from './lib/people.js';
import { Person, totp } from './lib/person.js';

let node, api, security, victim, lab, other, auditor;

before(async () => {
  node = await Node.make('yongchuan');
  const path = join(node.dir, 'node.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), behind_proxy: true }));
  await node.start();
  security = await admin(node, 'security', 'security-admin');
  auditor = await admin(node, 'auditor', 'audit-admin');
  const officer = await admin(node, 'officer', 'officer');
  lab = await register(node, officer, { code: '914403001922038216', name: 'lab.admin' });
  other = await register(node, officer, { code: '91440300708461136T', name: 'company.admin', kind: 'applicant' });
  const invited = await lab.send('/invite', { name: 'victim', display: 'V', 'role.lab-engineer': 'on' });
  victim = new Person(node);
  await victim.join(invited.json.link, PASSWORD);
  api = (await node.get('/openapi.json')).json;
});
after(() => node?.stop());

const lines = async () => (await node.get('/api/v1/audit', { authorization: `Bearer ${node.token}` })).text
  .split('\n').filter(Boolean).map((line) => JSON.parse(line).line);
// Every attempt has its own line: as many refusals of this target as were made.
const refusals = (target, count) => until(`${count} refusals of ${target}`, async () => {
  const now = (await lines()).filter((line) => line.result === 'refused' && line.target === target).length;
  return now >= count;
}, 10000, 100);

const guarded = () => Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods)
  .filter(([, operation]) => operation.security.length > 0).map(([method, operation]) => ({
    method: method.toUpperCase(), path: path.replace('{name}', 'victim').replace(/\{\w+\}/g, '1'), operation })));
const forms = () => Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods)
  .filter(([method, operation]) => method === 'post' &&
    'application/x-www-form-urlencoded' in (operation.requestBody?.content ?? {}))
  .map(([, operation]) => ({ path: path.replace('{name}', 'victim').replace(/\{\w+\}/g, '1'), operation })));
const body = (method, operation) => (method === 'POST' && operation.requestBody ? { raw: 'x=1', headers: {
  'content-type': Object.keys(operation.requestBody.content)[0] } } : {});

test('without a session no guarded route opens, and each leaves a line', async () => {
  const stranger = new Person(node, { address: '203.0.113.1' });
  const routes = guarded();
  assert.ok(routes.length > 40, `${routes.length} routes`);
  for (const { method, path, operation } of routes) {
    const answer = await stranger.ask(method, path, body(method, operation));
    assert.ok([401, 403].includes(answer.status), `${method} ${path}: ${answer.status}`);
    assert.equal(answer.headers.get('access-control-allow-origin'), null, path);
  }
  for (const { method, path } of routes) await refusals(`${method} ${path}`, 1);
});

test('a made-up, a half and an ended session are no sessions', async () => {
  const half = new Person(node, { address: '203.0.113.2' });
  await half.signIn('victim', PASSWORD);
  const ended = new Person(node);
  ended.cookies = new Map(auditor.cookies);
  for (const token of ['x'.repeat(43), '../../etc', '%00', half.session]) {
    for (const { method, path, operation } of guarded()) {
      if (path.startsWith('/sign-')) continue;
      const answer = await new Person(node, { address: '203.0.113.2' }).ask(method, path,
        { ...body(method, operation),
          headers: { ...body(method, operation).headers, cookie: `huren-session=${token}` } });
      assert.ok([401, 403].includes(answer.status), `${token} ${method} ${path}: ${answer.status}`);
    }
  }
});

test('a session of one role opens nothing of another', async () => {
  for (const { method, path, operation } of guarded()) {
    if (!operation['x-capability']) continue;
    const others = [[victim, ['read-own', 'draft', 'files', 'book']], [auditor, ['audit']]]
      .filter(([, may]) => !may.includes(operation['x-capability']) && !may.includes(operation['x-capability-or']))
      .map(([person]) => person);
    for (const person of others) {
      const answer = await person.ask(method, path, body(method, operation));
      assert.equal(answer.status, 403, `${method} ${path}`);
    }
    await refusals(`${method} ${path}`, others.length);
  }
});

test('another organisation\'s people cannot be read or changed', async () => {
  const read = await other.get('/people/victim.json');
  assert.equal(read.status, 404);
  assert.deepEqual({ ...read.json, detail: '' }, { ...(await other.get('/people/no.such.json')).json, detail: '' });
  assert.ok(!(await other.get('/people.json')).text.includes('victim'));
  for (const [act, fields] of [['roles', { 'role.lab-signatory': 'on' }], ['lock', { lock: 'on' }], ['reset', {}]]) {
    const answer = await other.send(`/people/victim/${act}`, fields, { from: '/account' });
    assert.ok([403, 404].includes(answer.status), `${act}: ${answer.status}`);
  }
  await until('three refused changes', async () => (await lines()).filter((line) => line.result === 'refused' &&
    line.actor === 'company.admin' && line.target === 'victim').length >= 3);
  assert.equal((await victim.get('/account.json')).status, 200);
  const sessions = (await victim.get('/account.json')).json.sessions;
  const end = await other.send(`/account/sessions/${sessions[0].session}`, {}, { from: '/account' });
  assert.equal(end.status, 404);
  assert.equal((await victim.get('/account.json')).status, 200);
});

test('who locks cannot give roles elsewhere, and nobody raises the own rights', async () => {
  const given = await security.send('/people/victim/roles', { 'role.lab-signatory': 'on' }, { from: '/account' });
  assert.equal(given.status, 403);
  const own = await lab.send('/people/lab.admin/roles', { 'role.lab-signatory': 'on' }, { from: '/account' });
  assert.equal(own.status, 403);
  const foreign = await lab.send('/people/victim/roles', { 'role.officer': 'on' }, { from: '/account' });
  assert.equal(foreign.status, 400);
  const smuggled = await lab.send('/invite', { name: 'smuggled', display: 'S', 'role.security-admin': 'on',
    organisation: '1' }, { from: '/account' });
  assert.equal(smuggled.status, 400);
});

test('no form is taken without its token, or with another session\'s', async () => {
  const foreign = (await other.get('/account.json')).json.csrf;
  const list = forms();
  assert.ok(list.length > 15);
  const counts = new Map();
  for (const { path } of list) {
    for (const form of [{}, { csrf: '' }, { csrf: foreign }, { csrf: 'A'.repeat(43) }]) {
      for (const person of [victim, lab]) {
        const answer = await person.ask('POST', path, { form });
        assert.equal(answer.status, 403, `${path} ${JSON.stringify(form)}`);
        counts.set(path, (counts.get(path) ?? 0) + 1);
      }
    }
    const plain = await lab.ask('POST', path, { raw: '{}', headers: { 'content-type': 'text/plain' } });
    assert.ok([403, 415].includes(plain.status), `${path}: ${plain.status}`);
  }
  for (const [path, count] of counts)
    await refusals(`POST ${path.replace(/^\/join\/1(\.json)?$/, '/join/:code')}`, count);
  // The token of the sign-in form belongs to the cookie it came with.
  const one = new Person(node, { address: '203.0.113.3' });
  const two = new Person(node, { address: '203.0.113.3' });
  const { csrf } = (await one.get('/sign-in.json')).json;
  await two.get('/sign-in.json');
  assert.equal((await two.ask('POST', '/sign-in.json', { form: { csrf, name: 'victim', password: PASSWORD } })).status,
    403);
});

test('a session that was there before signing in is not the one afterwards', async () => {
  const planted = 'A'.repeat(43);
  const person = new Person(node, { address: '203.0.113.4' });
  person.cookies.set('huren-session', planted);
  const answer = await person.signIn('victim', PASSWORD);
  assert.equal(answer.status, 303);
  assert.notEqual(person.session, planted);
  const intruder = new Person(node);
  intruder.cookies.set('huren-session', planted);
  assert.equal((await intruder.get('/account.json')).status, 401);
  // The intruder's own half session does not become the victim's either.
  const half = person.session;
  await person.send('/sign-in/code', { code: totp(victim.secret, 1) });
  intruder.cookies.set('huren-session', half);
  assert.equal((await intruder.get('/account.json')).status, 401);
});

test('nothing typed ends a header or leads to another host', async () => {
  for (const next of ['//evil.example', 'https://evil.example/', '/\\evil.example', '/x\r\nSet-Cookie: a=b',
    '/x%0d%0aSet-Cookie:%20a=b', 'javascript:alert(1)']) {
    const person = new Person(node, { address: '203.0.113.40' });
    person.cookies = new Map(lab.cookies);
    const answer = await person.send('/account/confirm', { password: PASSWORD, next });
    assert.equal(answer.status, 303, next);
    assert.ok(/^\/(account|x%0d%0aSet-Cookie:%20a=b)\.json$/.test(answer.location), `${next}: ${answer.location}`);
    assert.ok(!answer.set.some((line) => line.startsWith('a=')), next);
  }
});

test('script that is typed is text on every page that shows it', async () => {
  const evil = '<script>alert(1)</script>"\'><img src=x>';
  const typed = await lab.send('/invite', { name: evil, display: evil, 'role.lab-engineer': 'on' }, { html: true });
  assert.equal(typed.status, 400);
  assert.ok(!typed.text.includes('<script>alert'), 'form');
  const made = await lab.send('/invite', { name: 'evil', display: evil, 'role.lab-engineer': 'on' });
  assert.equal(made.status, 200);
  for (const path of ['/people', '/people/evil']) {
    const page = await lab.page(path);
    assert.ok(page.text.includes('&lt;script&gt;alert(1)'), path);
    assert.ok(!page.text.includes('<script>alert') && !page.text.includes('<img src=x'), path);
  }
  await new Person(node, { address: '203.0.113.5' }).signIn(evil, evil);
  const page = await until('the trail shows it', async () => {
    const { text } = await auditor.page('/audit');
    return text.includes('&lt;script&gt;alert(1)') && text;
  });
  assert.ok(!page.includes('<script>alert'));
});

test('a name that exists is not told from one that does not', async () => {
  const answers = [];
  const times = { victim: [], nobody: [] };
  for (let i = 0; i < 8; i++)
    for (const name of ['victim', 'nobody']) {
      const person = new Person(node, { address: `198.51.100.${i + 1}` });
      const { csrf } = (await person.get('/sign-in.json')).json;
      const start = performance.now();
      const answer = await person.ask('POST', '/sign-in.json', { form: { csrf, name, password: 'wrong password' } });
      times[name].push(performance.now() - start);
      const { csrf: token, ...rest } = answer.json;
      answers.push(JSON.stringify({ status: answer.status, ...rest, name: '', set: answer.set.length, token: !!token,
        names: [...answer.headers.keys()].sort() }));
    }
  assert.equal(new Set(answers).size, 1);
  // Without the work of a hash the answer would come ten times as fast.
  const best = (name) => Math.min(...times[name]);
  assert.ok(best('victim') < 4 * best('nobody') && best('nobody') < 4 * best('victim'), JSON.stringify(times));
  const locked = await node.cli('account', 'add', 'parked', '--role', 'officer');
  assert.equal(locked.status, 0);
  const invited = await new Person(node, { address: '198.51.100.60' }).signIn('parked', 'wrong password');
  assert.equal(invited.json.problems[0].wrong, 'sign-in');
});

test('a stranger who guesses waits; the owner does not', async () => {
  const stranger = new Person(node, { address: '203.0.113.6' });
  let answer;
  for (let i = 0; i < 5; i++) answer = await stranger.signIn('lab.admin', `guess ${i}`);
  answer = await stranger.signIn('lab.admin', PASSWORD);
  assert.equal(answer.status, 429);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  assert.equal(answer.json.problem.form.wrong, 'wait');
  const owner = new Person(node, { address: '198.51.100.7' });
  assert.equal((await owner.signIn('lab.admin', PASSWORD)).status, 303);
  assert.equal((await lab.get('/account.json')).status, 200);
  await until('a line', async () => (await lines()).some((line) => line.action === 'sign-in' &&
    line.address === '203.0.113.6' && line.detail === 'too soon'));
});

test('one address that tries many names waits too', async () => {
  const stranger = new Person(node, { address: '2001:db8::1' });
  let answer;
  for (let i = 0; i < 31; i++) {
    stranger.address = `2001:db8::${i + 1}`; // of one network
    answer = await stranger.signIn(`name${i}`, 'guess');
    if (answer.status === 429) break;
  }
  assert.equal(answer.status, 429);
  assert.equal((await new Person(node, { address: '2001:db8:1::1' }).signIn('victim', 'x')).status, 403);
});

test('bodies over the limit are refused before they are read', async () => {
  for (const { path } of forms()) {
    const answer = await lab.ask('POST', path, { raw: `x=${'y'.repeat(20000)}` });
    assert.ok([403, 413].includes(answer.status), `${path}: ${answer.status}`);
  }
  await refusals('POST /register', 1);
  const many = await lab.ask('POST', '/invite', { raw: 'a=1&'.repeat(100) });
  assert.ok(many.status >= 400 && many.status < 500);
  const broken = await lab.ask('POST', '/invite', { raw: 'name=%zz&csrf=%' });
  assert.ok(broken.status >= 400 && broken.status < 500);
});

test('raw bytes in the header do no more than words', async () => {
  const raw = (text) => new Promise((done, fail) => {
    const socket = connect(node.port, '127.0.0.1', () => socket.end(text));
    let got = '';
    socket.on('data', (data) => { got += data; });
    socket.on('end', () => done(got));
    socket.on('error', fail);
  });
  for (const line of ['Cookie: huren-session=\x00\x01', 'Cookie: huren-session=a\rSet-Cookie: x=y',
    `Cookie: ${'huren-session=x; '.repeat(200)}`, 'X-Forwarded-For: \'; DROP TABLE account; --',
    'X-CSRF-Token: \xff\xfe']) {
    const answer = await raw(`GET /account HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n${line}\r\n` +
      'Connection: close\r\n\r\n');
    assert.ok(answer === '' || /^HTTP\/1\.1 (400|401|413|431) /.test(answer), answer.slice(0, 80));
    assert.ok(!/Set-Cookie: x=y/.test(answer));
  }
  assert.equal((await lab.get('/account.json')).status, 200);
});

test('the trail is unbroken after all of this', async () => {
  assert.match(await node.do('audit', 'verify'), /unbroken/);
  assert.ok((await lines()).length > 300);
});
