// Notices on the pages and by mail, against a mail server of the test's own.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Node, run, temporary, until } from './lib/node.js';
import { admin } from './lib/people.js';
import { Person } from './lib/person.js';
import { SmtpServer } from './lib/smtp.js';

const ADDRESS = 'li.officer@city.example';
let node, smtp, secure, officer, other, number = 0;

const configure = (change) => {
  const path = join(node.dir, 'node.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
};
// What time would do, or somebody with the database at hand.
async function alter(sql) {
  const done = await run('python3', ['-c', 'import sqlite3, sys\nd = sqlite3.connect(sys.argv[1], timeout=10)\n' +
    'r = d.execute(sys.argv[2]).fetchone()\nd.commit()\nprint(r[0] if r else 0)', join(node.dir, 'huren.db'), sql]);
  assert.equal(done.status, 0, done.stderr);
  return Number(done.stdout);
}
// Something was tried in vain, and the node knows; it is tried again at once.
const failed = () => until('a failed try',
  () => alter('UPDATE outbox SET due = 0 WHERE tries > 0 RETURNING 1'), 10000, 100);
// The same for what may be on its way already: only sooner than in a second or two.
const hurry = () => alter('UPDATE outbox SET due = 0 WHERE tries > 0');
// The mailer has been once round: what it had to send is sent.
async function round() {
  await alter(`INSERT OR REPLACE INTO mail_setting SELECT id, 'round@city.example', '', 'off', 'en', NULL, 0, 0, 0, 0, 0
    FROM account WHERE name = 'other'`);
  await alter(`INSERT INTO outbox (account, what, address, about, message, created, due, tries) SELECT id, 'notice',
    'round@city.example', 0, lower(hex(randomblob(16))), strftime('%s', 'now'), 0, 0 FROM account
    WHERE name = 'other'`);
  const found = await until('a round', () => smtp.mails.findIndex((mail) => mail.to[0] === '<round@city.example>') + 1);
  smtp.mails.splice(found - 1, 1);
}
// Something that the officer is told of: an act was refused by the second person.
async function notify(person, name = `第${number += 1}件`) {
  await alter(`INSERT INTO notice (account, word, name, path, time, read) SELECT id, 'act-refused', '${name}',
    '/account', strftime('%s', 'now'), 0 FROM account WHERE name = '${person}'`);
  return name;
}
// The same with its mail, as the node itself puts both.
async function happen(name = `Betrieb ${number += 1}`) {
  const stranger = new Person(node);
  const code = `9144${String(1e12 + number * 7919).slice(1, 13)}00`.replace(/[IOSVZ]/g, '0');
  const answer = await stranger.send('/register', { organisation: name, code, kind: 'lab', name: `lab.${number}`,
    display: 'L', despite_check: 'on' });
  assert.equal(answer.status, 200, answer.text);
  await alter('DELETE FROM attempt');
  return name;
}
const trail = async () => (await node.get('/api/v1/audit', { authorization: `Bearer ${node.token}` })).text
  .split('\n').filter(Boolean).map((line) => JSON.parse(line).line);
// How often a server was told a verb, on whatever line: the node keeps its line for the next mail.
const told = (verb) => smtp.talks.flatMap((talk) => talk.verbs).filter((one) => one === verb).length;
const arrived = (count, limit = 8000) => until(`${count} mails`, () => smtp.mails.length >= count, limit);

before(async () => {
  [node, smtp] = await Promise.all([Node.make('yongchuan'), new SmtpServer().listen()]);
  configure({ behind_proxy: true, mail: { url: `smtp://127.0.0.1:${smtp.port}`, from: 'notices@yongchuan.example',
    starttls: 'off', retry_s: 1 } });
  await node.start();
  officer = await admin(node, 'officer', 'officer', '--display', '李审批');
  other = await admin(node, 'other', 'approver');
});
after(async () => {
  await node?.stop();
  await smtp?.stop();
  await secure?.stop();
});

test('notices stand unread first, are counted beside the name, and a visit marks them', async () => {
  const names = [];
  for (let i = 0; i < 3; i++) names.push(await notify('officer'));
  const { rows, unread } = (await officer.get('/notices.json')).json;
  assert.equal(unread, 3);
  assert.deepEqual(rows.map((row) => row.name), [...names].reverse());
  assert.match(rows[0].text['zh-CN'], new RegExp(names[2]));
  assert.match((await officer.page('/')).text, /<b class="count">3<\/b>/);
  assert.doesNotMatch((await other.page('/')).text, /class="count"/);
  const visit = await officer.page(`/notices/${rows[1].id}`);
  assert.equal(visit.status, 303);
  assert.equal(visit.location, '/account');
  const after = (await officer.get('/notices.json')).json.rows;
  assert.deepEqual(after.map((row) => [row.name, row.read]), [[names[2], false], [names[0], false], [names[1], true]]);
  assert.equal((await officer.get('/notices.json?show=unread')).json.rows.length, 2);
  const one = await officer.send('/notices/read', { id: rows[0].id, show: 'unread' }, { from: '/notices' });
  assert.equal(one.location, '/notices.json?show=unread');
  // One that came after the page was drawn stays unread.
  const { newest } = (await officer.get('/notices.json')).json;
  await notify('officer');
  await officer.send('/notices/read', { all: newest }, { from: '/notices' });
  assert.equal((await officer.get('/notices.json')).json.unread, 1);
  assert.equal((await officer.get('/notices.json?show=seen')).status, 400);
  assert.equal((await officer.get('/notices.json?after=x')).status, 400);
});

test('a notice of somebody else can neither be read nor marked', async () => {
  const [{ id }] = (await officer.get('/notices.json?show=unread')).json.rows;
  assert.equal((await other.get(`/notices/${id}.json`)).status, 404);
  assert.equal((await other.send('/notices/read', { id }, { from: '/notices' })).status, 404);
  assert.equal((await other.send('/notices/read', { all: id }, { from: '/notices' })).status, 303);
  assert.equal((await officer.get('/notices.json?show=unread')).json.rows.length, 1);
  assert.equal((await new Person(node).page(`/notices/${id}`)).location, `/sign-in?next=/notices/${id}`);
});

test('a hundred are a page, and more than 99 are told so', async () => {
  await alter(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)
    INSERT INTO notice (account, word, name, path, time, read) SELECT account.id, 'act-refused', i, '/account',
    strftime('%s', 'now'), 0 FROM account, n WHERE account.name = 'other'`);
  const first = (await other.get('/notices.json')).json;
  assert.equal(first.rows.length, 100);
  const second = (await other.get(`/notices.json?after=${first.next}`)).json;
  assert.deepEqual(second.rows.map((row) => row.name), Array.from({ length: 50 }, (_, i) => `${50 - i}`));
  assert.match((await other.page('/')).text, /<b class="count">99\+<\/b>/);
  await other.send('/notices/read', { all: first.newest }, { from: '/notices' });
});

test('an address is confirmed by the code sent to it, and judged before', async () => {
  const set = (fields) => officer.send('/account/notices', { mail_mode: 'now', mail_language: 'zh-CN', ...fields });
  for (const bad of ['nobody', 'a@b', 'a b@c.example', 'x@c.example\r\nBcc: y@z.example', '<a@b.example>',
    `${'x'.repeat(250)}@b.example`, 'ä@b.example', '-x@b.example', 'a@-b.example', 'a..b@c.example'])
    assert.equal((await set({ mail_address: bad })).json.problem.mail_address.wrong, 'mail', bad);
  assert.equal((await set({ mail_address: '' })).json.problem.mail_address.wrong, 'missing');
  assert.equal(smtp.talks.length, 0);
  assert.equal((await set({ mail_address: ADDRESS })).status, 303);
  await arrived(1);
  const [mail] = smtp.mails;
  assert.deepEqual([mail.from, mail.to], ['<notices@yongchuan.example>', [`<${ADDRESS}>`]]);
  const [code] = /\b\d{8}\b/.exec(mail.body);
  assert.match(mail.header.subject, /确认您的邮箱/);
  const wrong = await officer.send('/account/notices/code',
    { mail_code: code === '12345678' ? '12345679' : '12345678' }, { from: '/account/notices' });
  assert.equal(wrong.json.problem.mail_code.wrong, 'mail-code');
  assert.equal((await officer.get('/account/notices.json')).json.address, '');
  const right = await officer.send('/account/notices/code', { mail_code: `${code.slice(0, 4)} ${code.slice(4)}` },
    { from: '/account/notices' });
  assert.equal(right.status, 303);
  const { address, asked } = (await officer.get('/account/notices.json')).json;
  assert.deepEqual([address, asked], [ADDRESS, '']);
});

test('a notice comes by mail at once: well-formed, and without what it says', async () => {
  const count = smtp.mails.length;
  const name = await happen();
  await arrived(count + 1);
  const { header, names, body, raw } = smtp.mails.at(-1);
  assert.deepEqual(names, ['Date', 'From', 'To', 'Subject', 'Message-ID', 'Auto-Submitted', 'Content-Language',
    'List-Unsubscribe', 'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding']);
  assert.equal(header.subject, 'yongchuan（样例）：您有一条新通知');
  assert.match(header.from, /^yongchuan（样例） <notices@yongchuan\.example>$/);
  assert.match(header.to, /^李审批 <li\.officer@city\.example>$/);
  assert.match(header['message-id'], /^<[0-9a-f]{32}@yongchuan\.huren\.example>$/);
  assert.equal(header['list-unsubscribe'], `<${node.url}/account/notices>`);
  assert.ok(Math.abs(new Date(header.date) - Date.now()) < 60000, header.date);
  assert.match(header.date, /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0800$/);
  assert.ok(raw.split('\r\n').every((line) => line.length <= 998 && /^[\t -~]*$/.test(line)));
  assert.ok(!body.includes(name) && !raw.includes(name));
  const [link] = /http:\S+\/notices\/\d+/.exec(body);
  assert.equal((await officer.page(new URL(link).pathname)).location, '/waiting');
});

test('a mail that is not taken now comes later, once, under the same Message-ID', async () => {
  const count = smtp.mails.length;
  smtp.answer = { 'DATA.': '451 come again' };
  await happen();
  await until('a refusal', () => smtp.refused?.length > 0);
  smtp.answer = {};
  await hurry();
  await arrived(count + 1);
  assert.equal(smtp.mails.at(-1).header['message-id'], smtp.refused[0].header['message-id']);
});

test('a server that dies in the middle loses nothing, and so does a node that is killed', async () => {
  const count = smtp.mails.length;
  smtp.answer = { DATA: 'die' };
  const talks = smtp.talks.length;
  await happen();
  await until('a try', () => smtp.talks.length > talks && smtp.talks.at(-1).verbs.includes('DATA'));
  smtp.answer = {};
  await hurry();
  await arrived(count + 1);
  const { port } = smtp;
  await smtp.stop();
  await happen();
  await failed();
  await node.kill();
  await smtp.listen(port);
  await node.start();
  await arrived(count + 2, 12000);
});

test('a mail refused for good is given up, with a line that quotes the server', async () => {
  const count = smtp.mails.length;
  smtp.answer = { RCPT: '550 no such person' };
  await happen();
  const line = await until('a line', async () => (await trail()).find((one) => one.action === 'mail-given-up'));
  assert.equal(line.target, 'officer');
  assert.match(line.detail, /550 no such person/);
  // Refusing the sender, or everybody, is the operator's to mend: it is tried again.
  smtp.answer = { MAIL: '550 not from you' };
  const tries = told('MAIL');
  await happen();
  await until('a try', () => told('MAIL') > tries);
  smtp.answer = {};
  await hurry();
  await arrived(count + 1);
  assert.equal((await trail()).filter((one) => one.action === 'mail-given-up').length, 1);
});

test('one mail a day tells how many wait, when there are any', async () => {
  const count = smtp.mails.length;
  const set = await officer.send('/account/notices',
    { mail_address: ADDRESS, mail_mode: 'daily', mail_language: 'en' });
  assert.equal(set.status, 303);
  const before = (await officer.get('/notices.json')).json.newest;
  await officer.send('/notices/read', { all: before }, { from: '/notices' });
  await alter('UPDATE mail_setting SET digested = digested - 86400');
  await round();
  assert.equal(smtp.mails.length, count, 'nothing unread, no mail');
  await happen();
  await happen();
  await round();
  assert.equal(smtp.mails.length, count, 'not its hour');
  await alter('UPDATE mail_setting SET digested = digested - 86400');
  await arrived(count + 1);
  const { header, body } = smtp.mails.at(-1);
  assert.equal(header.subject, 'yongchuan (sample): 2 unread notices');
  assert.match(body, new RegExp(`${node.url}/notices\n`));
});

test('a server that hangs holds up nobody: neither pages nor the end of the node', async () => {
  await officer.send('/account/notices', { mail_address: ADDRESS, mail_mode: 'now', mail_language: 'zh-CN' });
  const count = smtp.mails.length;
  const tries = told('MAIL');
  const stopped = async () => {
    const start = Date.now();
    await node.stop();
    assert.ok(Date.now() - start < 20000, `${Date.now() - start} ms`); // curl alone would wait for 60 or 120 s
  };
  smtp.answer = { MAIL: 'hang' };
  await happen();
  await until('a try', () => told('MAIL') > tries);
  assert.equal((await officer.get('/notices.json')).status, 200);
  await stopped();
  smtp.answer = { QUIT: 'hang' };
  await node.start();
  await arrived(count + 1);
  await until('it is taken off', async () => await alter('SELECT count(*) FROM outbox') === 0);
  await stopped();
  smtp.answer = {};
});

test('over STARTTLS the server is who it says, and gets name and password', async () => {
  const folder = temporary();
  const made = await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
    '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]);
  assert.equal(made.status, 0, made.stderr);
  const tls = { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) };
  secure = await new SmtpServer({ tls, auth: Buffer.from('\0notices\0geheim').toString('base64') }).listen();
  writeFileSync(join(node.dir, 'keys', 'smtp'), 'geheim\n', { mode: 0o600 });
  const mail = { url: `smtp://127.0.0.1:${secure.port}`, from: 'notices@yongchuan.example', user: 'notices',
    password_file: 'keys/smtp', retry_s: 1 };
  configure({ mail });
  await node.start();
  await happen();
  await until('a talk', () => secure.talks.some((talk) => talk.verbs.includes('STARTTLS')));
  await failed();
  assert.equal(secure.mails.length, 0, 'nobody vouches for this certificate');
  assert.ok(secure.talks.every((talk) => !talk.verbs.includes('AUTH')));
  await node.stop();
  configure({ mail: { ...mail, ca_file: join(folder, 'cert.pem') } });
  await node.start();
  await until('a mail', () => secure.mails.length > 0);
  assert.equal(secure.mails.length, 1);
  assert.ok(secure.talks.filter((talk) => talk.verbs.includes('MAIL')).every((talk) => talk.secure));
});

test('no mail goes out without TLS unless that was asked for, nor when mail is not set up', async () => {
  await node.stop();
  configure({ mail: { url: `smtp://127.0.0.1:${smtp.port}`, from: 'notices@yongchuan.example', retry_s: 1 } });
  await node.start();
  const talks = smtp.talks.length;
  const count = smtp.mails.length;
  assert.equal(new Set(smtp.mails.map((mail) => mail.header['message-id'])).size, count, 'each mail came once');
  await happen();
  await until('a talk', () => smtp.talks.length > talks && smtp.talks.at(-1).verbs.includes('EHLO'));
  await failed();
  assert.ok(smtp.talks.slice(talks).every((talk) => !talk.verbs.includes('MAIL')));
  assert.equal(smtp.mails.length, count);
  await node.stop();
  configure({ mail: undefined });
  await node.start();
  assert.match((await officer.page('/account/notices')).text, /本节点尚未设置邮件/);
  const refused = await officer.send('/account/notices', { mail_address: 'new@city.example', mail_mode: 'now',
    mail_language: 'en' });
  assert.equal(refused.json.problem.mail_address.wrong, 'mail-off');
  await node.stop();
  configure({ mail: { url: 'smtp://mail.example', from: 'a@b.example', user: 'x', password: 'y', starttls: 'off' } });
  const started = await node.cli('serve');
  assert.notEqual(started.status, 0);
  assert.match(started.stderr, /mail: a password is not sent without TLS/);
  configure({ mail: undefined });
});
