// From the first administrator to an organisation at work, over HTTP: what a person does in a browser.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { huren, Node, pause, temporary, until } from './lib/node.js';
import { PASSWORD, admin, invite } from './lib/people.js';
import { Person, totp } from './lib/person.js';

let node, security, officer, auditor;

const trail = async () => (await node.get('/api/v1/audit', { authorization: `Bearer ${node.token}` })).text
  .split('\n').filter(Boolean).map((line) => JSON.parse(line).line);
const found = (what) => until(`a line ${JSON.stringify(what)}`, async () => (await trail()).find((line) =>
  Object.entries(what).every(([member, value]) => (value instanceof RegExp ? value.test(line[member])
    : line[member] === value))));

before(async () => {
  node = await (await Node.make('yongchuan')).start();
  security = await admin(node, 'security', 'security-admin');
  auditor = await admin(node, 'auditor', 'audit-admin');
  officer = await invite(security, 'officer', 'officer');
});
after(() => node?.stop());

test('nothing has an account before the node makes one', async () => {
  const fresh = await (await Node.make('fresh')).start();
  const { stdout } = await fresh.cli('account', 'list');
  assert.equal(stdout, '');
  for (const name of ['admin', 'root', 'node', 'security'])
    assert.equal((await new Person(fresh).signIn(name, name)).status, 403);
  await fresh.stop();
});

test('administrators are three, and each stands alone', async () => {
  const two = await node.cli('account', 'add', 'both', '--role', 'system-admin', '--role', 'audit-admin');
  assert.equal(two.status, 65);
  assert.match(two.stderr, /roles/);
  const none = await node.cli('account', 'add', 'none');
  assert.notEqual(none.status, 0);
  const given = await security.send('/invite', { name: 'sneaky', display: 'S', 'role.audit-admin': 'on' });
  assert.equal(given.status, 400);
});

test('an invitation works once and its link shows no secret afterwards', async () => {
  const { link } = await node.do('account', 'add', 'once', '--role', 'officer', '--json');
  const path = new URL(link).pathname;
  const person = new Person(node);
  assert.match((await person.page(path)).text, /once/);
  await person.join(link, PASSWORD);
  assert.equal((await new Person(node).get(`${path}.json`)).status, 404);
  const text = JSON.stringify(await trail());
  assert.ok(!text.includes(path.split('/')[2]));
  assert.ok(!text.includes(PASSWORD));
});

test('a password is judged beside its field, and what was typed stays', async () => {
  const { link } = await node.do('account', 'add', 'judged', '--role', 'officer', '--json');
  const path = new URL(link).pathname;
  const person = new Person(node);
  const short = await person.send(path, { password: 'short', again: 'short' });
  assert.equal(short.status, 400);
  assert.deepEqual(short.json.problems, [{ field: 'password', wrong: 'short' }]);
  const differs = await person.send(path, { password: PASSWORD, again: `${PASSWORD}.` });
  assert.deepEqual(differs.json.problems, [{ field: 'again', wrong: 'differs' }]);
  const typed = await security.send('/invite', { name: 'Wrong Name', display: '王小明', 'role.officer': 'on' },
    { html: true });
  assert.equal(typed.status, 400);
  assert.match(typed.text, /value="王小明"/);
  assert.match(typed.text, /name="role\.officer" value="on" checked/);
  assert.match(typed.text, /id="name-problem"/);
  assert.match(typed.text, /href="#name"/);
  assert.match(typed.text, /aria-describedby="name-problem name-help"/);
});

test('signing in takes password, then code; each step has a new token', async () => {
  const person = new Person(node);
  const first = await person.signIn('OFFICER', PASSWORD);
  assert.equal(first.status, 303);
  assert.equal(first.location, '/sign-in/code.json');
  const half = person.session;
  assert.equal((await person.get('/account.json')).status, 401);
  assert.equal((await person.page('/account')).location, '/sign-in/code?next=/account');
  const wrong = await person.send('/sign-in/code', { code: '000000' });
  assert.equal(wrong.status, 403);
  assert.equal(wrong.json.problems[0].wrong, 'factor');
  const second = await person.send('/sign-in/code', { code: totp(officer.secret, 1) });
  assert.equal(second.status, 303);
  assert.notEqual(person.session, half);
  const account = (await person.get('/account.json')).json;
  assert.equal(account.name, 'officer');
  assert.deepEqual(account.duties, [{ duty: 'officer' }]);
  assert.equal(account.sessions.length, 2);
  const old = new Person(node);
  old.cookies.set('huren-session', half);
  assert.equal((await old.get('/account.json')).status, 401);
  // A code works once.
  const again = new Person(node);
  await again.signIn('officer', PASSWORD);
  assert.equal((await again.send('/sign-in/code', { code: totp(officer.secret, 1) })).status, 403);
  // The first session ends the second.
  const other = (await officer.get('/account.json')).json.sessions.find((s) => !s.this);
  assert.equal((await officer.send(`/account/sessions/${other.session}`, {}, { from: '/account' })).status, 303);
  assert.equal((await person.get('/account.json')).status, 401);
});

test('a form whose session ended, or that is too old, says so and what to do', async () => {
  const { csrf } = (await officer.get('/account.json')).json;
  const headers = { accept: 'text/html' };
  const form = { current: PASSWORD, password: 'another long one', again: 'another long one', csrf };
  const out = await new Person(node).ask('POST', '/account/password', { form, headers });
  assert.equal(out.status, 401);
  assert.match(out.text, /<h1>请重新登录<\/h1>[^]*没有提交[^]*<a class="button" href="\/sign-in">/);
  const old = await officer.ask('POST', '/account/password', { form: { ...form, csrf: 'of yesterday' }, headers });
  assert.equal(old.status, 403);
  assert.match(old.text, /<h1>请重新打开页面再提交<\/h1>[^]*没有提交/);
  for (const { text } of [out, old]) assert.doesNotMatch(text, /权限<\/h1>/);
});

test('cookies are out of reach of scripts and other sites', async () => {
  const person = new Person(node);
  const shown = await person.get('/sign-in.json');
  for (const line of shown.set) assert.match(line, /; Path=\/; HttpOnly; SameSite=Lax/);
  const first = await person.signIn('officer', PASSWORD);
  assert.match(first.set[0], /^huren-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  const tls = await (await Node.make('tls', { url: 'https://tls.example' })).start();
  const answer = await tls.get('/sign-in');
  assert.match(answer.headers.get('set-cookie'),
    /^__Host-huren-form=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure/);
  assert.match(answer.headers.get('strict-transport-security'), /max-age/);
  await tls.stop();
});

test('a recovery code stands in for the phone, once', async () => {
  const clerk = await invite(security, 'clerk', 'approver');
  for (const expected of [303, 403]) {
    const person = new Person(node);
    await person.signIn('clerk', PASSWORD);
    const answer = await person.send('/sign-in/code', { code: clerk.codes[0].toLowerCase().replaceAll('-', ' ') });
    assert.equal(answer.status, expected);
  }
  assert.equal((await clerk.get('/account.json')).json.recovery_codes, 9);
  const fresh = await clerk.send('/account/recovery-codes', {}, { from: '/account' });
  assert.equal(fresh.json.codes.length, 10);
  assert.equal((await clerk.get('/account.json')).json.recovery_codes, 10);
});

test('a new phone takes the place of the old one', async () => {
  const mover = await invite(security, 'mover', 'officer');
  assert.equal((await mover.send('/account/factor', {}, { from: '/account' })).location, '/sign-in/enrol.json');
  const page = await mover.page('/sign-in/enrol');
  assert.match(page.text, /<svg class="qr"[^>]*viewBox="0 0 \d+ \d+"/);
  const { secret } = (await mover.get('/sign-in/enrol.json')).json;
  assert.notEqual(secret, mover.secret);
  assert.equal((await mover.send('/sign-in/enrol', { code: totp(secret) })).status, 200);
  const person = new Person(node);
  await person.signIn('mover', PASSWORD);
  assert.equal((await person.send('/sign-in/code', { code: totp(mover.secret, 1) })).status, 403);
  assert.equal((await person.send('/sign-in/code', { code: totp(secret, 1) })).status, 303);
});

test('a new password ends the other sessions', async () => {
  const changer = await invite(security, 'changer', 'officer');
  const refused = await changer.send('/account/password', { current: 'no', password: PASSWORD, again: PASSWORD });
  assert.equal(refused.json.problems[0].field, 'current');
  const other = new Person(node);
  await other.signIn('changer', PASSWORD);
  await other.send('/sign-in/code', { code: totp(changer.secret, 1) });
  const changed = await changer.send('/account/password',
    { current: PASSWORD, password: 'another horse stable', again: 'another horse stable' });
  assert.equal(changed.location, '/account.json?changed=password');
  assert.equal((await other.get('/account.json')).status, 401);
  assert.equal((await changer.get('/account.json')).status, 200);
  assert.equal((await new Person(node).signIn('changer', PASSWORD)).status, 403);
});

test('an organisation registers, waits, is confirmed, and looks after its own people', async () => {
  const form = { organisation: '永川检测中心', code: '91350100m000100y44', kind: 'lab', name: 'lab.admin',
    display: '李主任' };
  const person = new Person(node);
  const asked = await person.send('/register', form);
  assert.equal(asked.status, 400);
  assert.deepEqual(asked.json.problems, [{ field: 'code', wrong: 'uscc-check' }]);
  assert.equal(asked.json.check_asked, true);
  assert.equal((await person.send('/register', { ...form, code: '9135' })).json.problems[0].wrong, 'uscc');
  const made = await person.send('/register', { ...form, despite_check: 'on' });
  assert.equal(made.status, 200, made.text);
  const path = new URL(made.json.link).pathname;
  assert.equal((await person.get(`${path}.json`)).json.waiting, true);
  const { rows } = (await officer.get('/waiting.json')).json;
  assert.equal(rows.length, 1);
  assert.equal(rows[0].check_holds, false);
  const empty = await officer.send(`/waiting/${rows[0].number}`, { decision: 'refuse', reason: '' },
    { from: '/waiting' });
  assert.equal(empty.json.problems[0].wrong, 'reason');
  const confirmed = await officer.send(`/waiting/${rows[0].number}`, { decision: 'confirm' }, { from: '/waiting' });
  assert.equal(confirmed.status, 303);
  await person.join(made.json.link, PASSWORD);
  const left = await person.send('/account/leave', {}, { html: true });
  assert.equal(left.status, 409);
  assert.match(left.text, /请先把“机构管理员”角色给另一人/);
  const engineer = await invite(person, 'engineer', 'lab-engineer');
  assert.deepEqual((await engineer.get('/account.json')).json.duties, [{ duty: 'lab-engineer' }]);
  assert.deepEqual((await person.get('/people.json')).json.rows.map((row) => row.name), ['engineer', 'lab.admin']);
  const roles = await person.send('/people/engineer/roles', { 'role.lab-engineer': 'on', 'role.lab-signatory': 'on' },
    { from: '/people/engineer' });
  assert.equal(roles.status, 303);
  assert.equal((await engineer.get('/account.json')).json.duties.length, 2);
  assert.equal((await engineer.get('/people.json')).status, 403);
  const locked = await person.send('/people/engineer/lock', { lock: 'on' }, { from: '/people/engineer' });
  assert.equal(locked.status, 303);
  assert.equal((await engineer.get('/account.json')).status, 401);
});

test('the page of roles is the table', async () => {
  const { rows } = (await node.get('/roles.json')).json;
  assert.deepEqual(rows.map((row) => row.duty), ['org-admin', 'lab-engineer', 'lab-signatory', 'company-officer',
    'publisher', 'officer', 'approver', 'system-admin', 'security-admin', 'audit-admin']);
  const page = await node.get('/roles?lang=en');
  for (const word of ['Authorised signatory', 'Security administrator', 'approve decisions as the second person'])
    assert.ok(page.text.includes(word), word);
});

test('the command line lists, locks, resets and gives roles', async () => {
  await node.do('account', 'add', 'cli.person', '--role', 'officer');
  assert.match(await node.do('account', 'list'), /^cli\.person {2}invited {2}officer {2}cli\.person/m);
  await node.do('account', 'roles', 'cli.person', '--role', 'approver');
  await node.do('account', 'lock', 'cli.person');
  assert.match(await node.do('account', 'list'), /^cli\.person {2}locked {2}approver/m);
  await node.do('account', 'unlock', 'cli.person');
  const { link } = await node.do('account', 'reset', 'cli.person', '--json');
  await new Person(node).join(link, PASSWORD);
  assert.match(await node.do('account', 'list'), /^cli\.person {2}active {2}approver/m);
  assert.equal((await node.cli('account', 'lock', 'no.such')).status, 66);
});

test('the audit trail holds all of it, is read by its administrator, and shows a change', async () => {
  await found({ action: 'sign-in', actor: 'officer', result: 'ok' });
  await found({ action: 'second-factor', actor: 'officer', result: 'refused' });
  await found({ action: 'recovery-code', actor: 'clerk', result: 'refused' });
  await found({ action: 'roles', actor: 'lab.admin', target: 'engineer', detail: 'lab-engineer lab-signatory' });
  await found({ action: 'confirm-organisation', actor: 'officer' });
  await found({ action: 'access', actor: 'engineer', result: 'refused', target: /^GET \/people/ });
  const page = await auditor.page('/audit?action=confirm-organisation&lang=en');
  assert.match(page.text, /Organisation confirmed/);
  const list = (await auditor.get('/audit.json?actor=engineer&result=refused')).json;
  assert.ok(list.rows.length > 0);
  assert.ok(list.rows.every((row) => row.actor === 'engineer' && row.result === 'refused'));
  const file = await auditor.get('/audit/export');
  assert.equal(file.status, 200);
  assert.match(file.headers.get('content-disposition'), /^attachment/);
  const path = join(temporary(), 'audit.ndjson');
  writeFileSync(path, file.text);
  const good = JSON.parse((await huren('audit', 'verify', path, '--json')).stdout);
  assert.equal(good.first, 1);
  assert.equal(good.lines, file.text.split('\n').length - 1);
  writeFileSync(path, file.text.replace('"actor":"officer"', '"actor":"nobody"'));
  const bad = await huren('audit', 'verify', path);
  assert.equal(bad.status, 76);
  assert.match(bad.stderr, /line \d+ of the file: its digest is not that of what it says/);
  await found({ action: 'export', actor: 'auditor' });
  assert.equal((await security.get('/audit.json')).status, 403);
  assert.match(await node.do('audit', 'verify'), /unbroken/);
});

test('accounts outlive a restart, and the checker has nothing to say', async () => {
  await pause(100);
  await node.stop();
  const report = await node.fsck();
  assert.deepEqual(report.problems, []);
  assert.ok(report.audit_lines > 40);
  await node.start();
  assert.equal((await officer.get('/account.json')).status, 200);
});
