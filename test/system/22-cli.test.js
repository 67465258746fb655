// The command line: --json on what reads, numbers find reports, the manual page and the exit codes are true.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HUREN, SOURCE, huren, run, temporary } from './lib/node.js';
import { cosigned, prepare, recognise } from './lib/job.js';

let job, node, made, report;
before(async () => {
  job = await prepare();
  node = job.yongchuan;
  made = await recognise(node, job.longquanyi, job.labs.yongchuan);
  report = made.submission.statement;
});
after(async () => {
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

test('each command that reads has --json', async () => {
  const folder = temporary();
  const { longquanyi } = job;
  await cosigned(node);
  await node.do('report', 'bundle', report.id, '--out', join(folder, 'bundle.json'));
  await node.do('tlog', 'policy', '--out', join(folder, 'trust.policy'));
  const ways = [
    [node, 'org', 'list'], [node, 'report', 'list'], [node, 'report', 'show', report.id],
    [longquanyi, 'decide', 'list'],
    [longquanyi, 'decide', 'show', made.decision.id], [longquanyi, 'decide', '--explain', made.decision.id],
    [node, 'tlog', 'checkpoint'], [node, 'tlog', 'policy'], [node, 'tlog', 'entry', '0'],
    [node, 'tlog', 'proof', report.id],
    [node, 'peer', 'list'], [node, 'fsck'], [node, 'listing', 'list', '--kind', 'demand', '--text', '测试'],
  ];
  for (const [at, ...words] of ways) {
    const { status, stdout, stderr } = await at.cli(...words, '--json');
    assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
    assert.equal(typeof JSON.parse(stdout), 'object', words.join(' '));
  }
  for (const words of [['limits'], ['key', 'show', join(node.dir, 'keys', 'tlog.json')],
    ['verify', join(folder, 'bundle.json'), '--trust', join(folder, 'trust.policy')]]) {
    const { status, stdout, stderr } = await huren(...words, '--json');
    assert.equal(status, 0, `${words.join(' ')}: ${stderr}${stdout}`);
    assert.equal(typeof JSON.parse(stdout), 'object');
  }
});

test('the tlog as JSON says what the text says', async () => {
  const shown = JSON.parse((await node.cli('tlog', 'checkpoint', '--json')).stdout);
  const [origin, size, root] = shown.text.split('\n');
  assert.deepEqual([shown.origin, String(shown.size), shown.root], [origin, size, root]);
  assert.ok(shown.signed_by.includes(origin));
  const entry = JSON.parse((await node.cli('tlog', 'entry', '0', '--json')).stdout);
  assert.deepEqual(entry.receipt, JSON.parse(entry.text));
  const proof = JSON.parse((await node.cli('tlog', 'proof', report.id, '--json')).stdout);
  assert.match(proof.text, new RegExp(`^index ${proof.index}$`, 'm'));
  for (const hash of proof.path) assert.ok(proof.text.includes(`\n${hash}\n`));
});

test('a report is found by its number, and another number is not', async () => {
  const { number } = report.credentialSubject.inspectionReport;
  assert.equal(JSON.parse((await node.cli('report', 'show', number, '--json')).stdout).id, report.id);
  const none = await node.cli('report', 'show', `${number}?&q=%zz`);
  assert.equal(none.status, 66, none.stderr);
  assert.match(none.stderr, /no report of number/);
});

test('a refusal is told in the node\'s own words', async () => {
  const none = await node.cli('decide', 'show', '00000000-0000-4000-8000-000000000000');
  assert.equal(none.status, 66);
  assert.match(none.stderr, /^huren: node answered 404: no statement "urn:uuid:0{8}-/);
});

// Roff's escapes taken away: what a reader sees.
const manual = () => readFileSync(join(SOURCE, 'doc', 'huren.1'), 'utf8').replace(/\\f[PRBI]/g, '').replace(/\\-/g, '-')
  .replace(/"/g, '').replace(/ +/g, ' ');

test('the manual page has every command, form and option', async () => {
  const page = manual();
  const { stdout } = await huren('help');
  const forms = [...stdout.matchAll(/^ {2}huren (.+)$/gm)].map((match) => match[1]);
  assert.ok(forms.length > 20);
  for (const form of forms) {
    const [command, second] = form.split(' ');
    const name = /^[a-z-]+$/.test(second ?? '') && !second.startsWith('--') ? `${command} ${second}` : command;
    assert.ok(page.includes(name), `huren(1) lacks "${name}"`);
    for (const [option] of form.matchAll(/--[a-z0-9-]+/g)) assert.ok(page.includes(option), `huren(1) lacks ${option}`);
  }
});

test('the exit codes of the manual page are those of the program', async () => {
  const listed = [...manual().matchAll(/^(\d+) {1,3}\S/gm)].map((match) => Number(match[1]));
  for (const name of ['invalid', 'not-found', 'conflict', 'denied', 'too-large', 'unproven', 'corrupt', 'io', 'busy',
    'unsupported', 'internal']) {
    const { exit_code: code } = (await node.get(`/problems/${name}.json`)).json;
    assert.ok(listed.includes(code), `${name}: ${code}`);
  }
  const folder = temporary();
  const ends = async (code, ...words) => {
    const { status, stderr } = await run(HUREN, words);
    assert.equal(status, code, `${words.join(' ')}: ${stderr}`);
  };
  await ends(2, 'init');
  await ends(66, 'fsck', '--dir', join(folder, 'nowhere'));
  await ends(65, 'tlog', 'entry', 'x', '--dir', node.dir);
  await ends(73, 'key', 'new', '--out', join(node.dir, 'keys', 'tlog.json'));
  await ends(75, 'peer', 'list', '--node', 'http://127.0.0.1:1');
});

test('who asks for a credential is refused as a program', async () => {
  const refused = await job.longquanyi.get(`/statements/${report.id.replace('urn:uuid:', '')}`,
    { accept: 'application/vc+jwt' });
  assert.equal(refused.status, 403);
  assert.match(refused.headers.get('content-type'), /^application\/problem\+json/);
});
