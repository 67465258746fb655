// Measurement files to verdicts from the command line: five outcomes, five exit statuses, one document.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { jcs } from './lib/codec.js';
import { HUREN, SOURCE, huren, run, temporary } from './lib/node.js';

const SIM = join(dirname(HUREN), '..', '..', 'test', 'sim', 'huren-sim');
const rules = (...names) => join(SOURCE, 'rules', ...names);
const boxes = ['ego_length=4.8', 'ego_width=1.9', 'lead_length=4.5', 'lead_width=1.8']
  .flatMap((text) => ['--set', text]);
const marking = ['lead_wheel_ahead=1.4', 'lead_wheel_left=-0.9', 'marking_x=0', 'marking_y=1.75', 'marking_yaw=0']
  .flatMap((text) => ['--set', text]);
const cutIn = (scenario, mapping, ...rest) => huren('evaluate', '--scheme', 'un-r157', '--scenario', scenario,
  '--mapping', rules('mappings', `${mapping}.json`), '--limits', rules('samples', 'limits-un-r157.json'),
  ...boxes, ...rest);

let folder;
const files = {};
async function simulate(scenario, outcome, format = 'mdf', number = 1) {
  const path = join(folder, `${scenario}-${outcome}-${number}.${format}`);
  const made = await run(SIM, [scenario, '--outcome', outcome, '--format', format, '--run', String(number),
    '--out', path]);
  assert.equal(made.status, 0, made.stderr);
  return path;
}
before(async () => {
  folder = temporary();
  for (const outcome of ['pass', 'fail', 'inconclusive', 'invalid-run', 'not-applicable'])
    files[outcome] = await simulate('cut-in', outcome);
});

test('each verdict has an exit status of its own, and a shape', async () => {
  const expected = { pass: [0, '✓'], fail: [10, '✗'], inconclusive: [11, '?'], 'invalid-run': [12, '⊘'],
    'not-applicable': [13, '–'] };
  for (const [outcome, [status, shape]] of Object.entries(expected)) {
    const answer = await cutIn('cut-in', 'sample-cut-in', '--lang', 'en', files[outcome]);
    assert.equal(answer.status, status, `${outcome}: ${answer.stdout}${answer.stderr}`);
    assert.match(answer.stdout, new RegExp(`^all runs  [${shape}] `, 'm'));
  }
});

test('the table names criterion, margin, moment, values and clause in the language asked for', async () => {
  const english = await cutIn('cut-in', 'sample-cut-in', '--lang', 'en', files.pass);
  assert.match(english.stdout, /✓ Pass +margin (2\.9[89]|3\.0[01])\d* m +at 6\.\d+ s +no contact after the cut-in/);
  assert.match(english.stdout, /gap > 0 m: gap = (2\.9|3\.0)\d* m,.*limit 0 m/);
  assert.match(english.stdout, /no-contact \(5\.2\.5\.2\)/);
  const chinese = await cutIn('cut-in', 'sample-cut-in', '--lang', 'zh', files.fail);
  assert.match(chinese.stdout, /✗ 未通过 +裕度 0 m +时刻 7\.\d+ s +切入后无接触/);
});

test('the document is canonical, its digest is the file\'s, and threads do not change a byte', async () => {
  const list = Object.values(files);
  const bytes = [];
  for (const threads of ['1', '2', '5']) {
    const out = join(folder, `result-${threads}.json`);
    const answer = await cutIn('cut-in', 'sample-cut-in', '--threads', threads, '--out', out, '--json', ...list);
    assert.equal(answer.status, 10, answer.stderr);
    bytes.push(readFileSync(out, 'utf8'));
    assert.equal(jcs(JSON.parse(answer.stdout)), bytes[0]);
  }
  assert.equal(bytes[0], jcs(JSON.parse(bytes[0])));
  assert.equal(bytes[1], bytes[0]);
  assert.equal(bytes[2], bytes[0]);
  const document = JSON.parse(bytes[0]);
  assert.deepEqual(document.runs.map((one) => one.verdict), Object.keys(files));
  const digest = createHash('sha256').update(readFileSync(list[0])).digest('base64url');
  assert.equal(document.runs[0].files[0].digest, digest);
});

test('the same run in three formats has the same verdict and margins', async () => {
  const margins = async (format, mapping) => {
    const path = await simulate('cut-in', 'pass', format);
    const answer = await cutIn('cut-in-straight', mapping, ...marking, '--json', path);
    assert.equal(answer.status, 0, answer.stderr);
    return JSON.parse(answer.stdout).runs[0].criteria.map((one) => Number(one.margin));
  };
  const mdf = await margins('mdf', 'sample-cut-in');
  assert.deepEqual(await margins('csv', 'sample-cut-in'), mdf);
  (await margins('osi', 'sample-cut-in-osi')).forEach((one, i) => assert.ok(Math.abs(one - mdf[i]) < 1e-9));
});

test('three runs are asked for, and a crossed line fails', async () => {
  const light = (...paths) => huren('evaluate', '--scheme', 'gbt-41798:2022', '--scenario', 'signal-red', '--mapping',
    rules('mappings', 'sample-signal-red.json'), '--json', ...paths);
  const passed = [];
  for (const number of [1, 2, 3]) passed.push(await simulate('signal-red', 'pass', 'mdf', number));
  assert.equal((await light(...passed)).status, 0);
  const two = await light(passed[0], passed[1]);
  assert.equal(two.status, 11);
  assert.equal(JSON.parse(two.stdout).reason, 'too-few-runs');
  const failed = await light(passed[0], passed[1], await simulate('signal-red', 'fail'));
  assert.equal(failed.status, 10);
  const line = JSON.parse(failed.stdout).runs[2].criteria.find((one) => one.id === 'line-not-crossed');
  assert.ok(Math.abs(Number(line.margin) + 0.3) < 0.016, line.margin);
});

test('a picture is an SVG a run', async () => {
  const pictures = join(folder, 'pictures');
  const answer = await cutIn('cut-in', 'sample-cut-in', '--picture', pictures, files.fail);
  assert.equal(answer.status, 10, answer.stderr);
  const svg = readFileSync(join(pictures, 'run-1.svg'), 'utf8');
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.doesNotMatch(svg, /<script/);
});

test('a run without limits entered passes nothing', async () => {
  const answer = await huren('evaluate', '--scheme', 'un-r157', '--scenario', 'cut-in', '--mapping',
    rules('mappings', 'sample-cut-in.json'), ...boxes, '--json', files.pass);
  assert.equal(answer.status, 11);
  assert.equal(JSON.parse(answer.stdout).reason, 'runs-not-entered');
});

test('channels lists what a file holds, and sums it in one pass', async () => {
  const list = await huren('channels', files.pass);
  assert.equal(list.status, 0, list.stderr);
  assert.match(list.stdout, /mdf, 1 groups, 11 channels, starts 2025-12-01T00:10:00Z/);
  const sums = await huren('channels', '--sums', '--json', files.pass);
  const [group] = JSON.parse(sums.stdout).groups;
  assert.equal(group.rows, 2000);
  const speed = group.channels.find((one) => one.name === 'ego_speed');
  assert.equal(speed.count, 2000);
  assert.equal(speed.unit, 'km/h');
  assert.equal(speed.max, '55.03');
});

test('a broken file is named, and its status is 65', async () => {
  const torn = join(folder, 'torn.mf4');
  copyFileSync(files.pass, torn);
  truncateSync(torn, 400);
  const answer = await cutIn('cut-in', 'sample-cut-in', files.pass, torn);
  assert.equal(answer.status, 65, answer.stderr);
  assert.match(answer.stderr, /file "torn\.mf4"/);
  const unknown = join(folder, 'unknown.bin');
  writeFileSync(unknown, Buffer.alloc(4096, 0xa5));
  assert.notEqual((await huren('channels', unknown)).status, 0);
  assert.equal((await huren('channels', join(folder, 'nowhere'))).status, 66);
});

test('wrong words are refused before a file is opened', async () => {
  assert.equal((await huren('evaluate', files.pass)).status, 2);
  assert.equal((await cutIn('cut-in', 'sample-cut-in')).status, 2);
  assert.equal((await cutIn('cut-out', 'sample-cut-in', files.pass)).status, 66);
  const setting = await cutIn('cut-in', 'sample-cut-in', '--set', 'length=4', files.pass);
  assert.equal(setting.status, 65);
  assert.match(setting.stderr, /no parameter "length"/);
});

test('the process that reads is confined, and does nothing for others', async () => {
  const check = await huren('sandbox-check', '--json');
  const found = JSON.parse(check.stdout);
  assert.equal(found.seccomp, true);
  assert.equal(found.noNewPrivileges, true);
  assert.equal(found.limits, true);
  assert.equal((await huren('sandbox-worker')).status, 1);
});
