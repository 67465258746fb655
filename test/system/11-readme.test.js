// What the documents tell a reader to type is typed here: every line of their ```sh blocks, in order, in an
// empty folder. Ports are exchanged for free ones. What cannot be run is listed with its reason.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { HUREN, SOURCE, freePort, run, temporary, until } from './lib/node.js';

const documents = ['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'doc/operator.md'];
const skipped = [
  [/^\.\/try$/, 'the main job is 20-main-job, and the script installs packages'],
  [/^\.\/check( \S+)?$/, 'runs this very test'],
  [/^tools\/install( \S+)+$/, 'installs packages; ./check has done it'],
  [/^meson setup build(-release)? /, 'writes a build folder into the source; ./check has built with the same words'],
  [/^ninja -C build(-release)?$/, 'as meson setup'],
  [/^meson test -C build$/, 'the unit tests are ./check\'s own'],
  [/^sudo meson install -C build-release$/, 'writes into the system'],
  [/^tools\/fuzz \d+ \w+$/, 'five minutes'],
  [/^tools\/soak$/, 'an hour'],
  [/^bench\/run \S+$/, 'figures are measured, never tested'],
];

const linesOf = (path) => [...readFileSync(join(SOURCE, path), 'utf8').matchAll(/^```sh\n([^]*?)^```/gm)]
  .map((block) => block[1].split('\n').map((line) => line.replace(/ +#.*/, '').trim()).filter(Boolean));

test('what is not run is there to be run, and each reason is needed', () => {
  const lines = documents.flatMap(linesOf).flat();
  assert.ok(lines.length > 30);
  for (const [pattern, why] of skipped) assert.ok(lines.some((line) => pattern.test(line)), `${pattern}: ${why}`);
  for (const line of lines) {
    const [word] = line.split(' ');
    if (word.includes('/')) accessSync(join(SOURCE, word), constants.X_OK);
  }
});

const nodes = new Map();
const port = {};
after(async () => { for (const node of nodes.values()) await stop(node); });

async function stop({ child, ended }) {
  child.kill('SIGTERM');
  await ended;
}
async function serve(folder, dir) {
  const child = spawn(HUREN, ['serve', '--dir', dir], { cwd: folder, stdio: 'ignore' });
  const ended = new Promise((done) => { child.on('exit', done); });
  nodes.set(dir, { child, ended });
  const { url } = JSON.parse(readFileSync(join(folder, dir, 'node.json'), 'utf8'));
  await until(`${dir} answers`, () => fetch(`${url}/healthz`).then((answer) => answer.ok, () => false));
}

for (const path of documents) {
  test(`${path}: each command runs`, async () => {
    const folder = temporary();
    for (const block of linesOf(path)) {
      for (const told of block) {
        if (skipped.some(([pattern]) => pattern.test(told))) continue;
        let line = told;
        for (const number of ['8400', '8500']) {
          if (line.includes(number)) port[number] ??= await freePort();
          line = line.replaceAll(number, port[number]);
        }
        const [, dir] = /^huren serve --dir (\S+)$/.exec(line) ?? [];
        if (dir) {
          await serve(folder, dir);
          continue;
        }
        const { status, stderr } = await run('bash', ['-ec', line], { cwd: folder,
          env: { ...process.env, PATH: `${dirname(HUREN)}:${process.env.PATH}` } });
        assert.equal(status, 0, `${line}: ${stderr}`);
      }
      if (!block.some((line) => line.startsWith('huren peer add'))) continue;
      for (const [dir, node] of [...nodes]) { // as the text says after it
        await stop(node);
        await serve(folder, dir);
      }
    }
  });
}
