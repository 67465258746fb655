// The page of files as a person uses it: progress, a lost line, a pause, a reload, and without a script.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Node, temporary, until } from '../system/lib/node.js';
import { admin, invite, register } from '../system/lib/people.js';
import { DESKTOP, PHONE, launch, openAs, overhang, violations } from './lib/browser.js';

let node, browser, lab;

before(async () => {
  node = await Node.make('yongchuan');
  const path = join(node.dir, 'node.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), files: { quota_mb: 20 } }));
  await node.start();
  browser = await launch();
  const officer = await admin(node, 'officer', 'officer');
  const first = await register(node, officer, { code: '914403001922038216', name: 'lab.admin' });
  lab = await invite(first, 'chen.gong', 'lab-engineer');
});
after(async () => {
  await browser?.close();
  await node?.stop();
});

const signedIn = (options) => openAs(browser, lab, options);
async function files(options, lang = 'en') {
  const page = await signedIn(options);
  await page.goto(`${node.url}/files?lang=${lang}`);
  return page;
}
async function closed(page) {
  assert.deepEqual(page.trouble, []);
  await page.context().close();
}
const folder = temporary();
const onDisk = (name, bytes) => {
  writeFileSync(join(folder, name), bytes);
  return { path: join(folder, name), digest: createHash('sha256').update(bytes).digest('base64url') };
};
const row = (page, name) => page.locator('#going > li', { hasText: name });
// All of it has come. What was broken off may have its digest computed from the disk first: there is no link then yet.
const arrived = async (page, name, file) => {
  await page.locator('#going > li.done', { hasText: name }).waitFor();
  await until(`${name} is held`, async () => (await lab.get(`/files/${file.digest}.json`)).status === 200);
};
const slow = (page, bytesPerSecond) => page.context().newCDPSession(page).then(async (client) => {
  await client.send('Network.enable');
  const set = (offline, speed) => client.send('Network.emulateNetworkConditions', { offline, latency: 0,
    downloadThroughput: -1, uploadThroughput: speed });
  await set(false, bytesPerSecond);
  return { offline: () => set(true, bytesPerSecond), online: () => set(false, -1) };
});

test('several files are uploaded with their progress, and the list shows them', async () => {
  const page = await files();
  const one = onDisk('第一次试验.mf4', randomBytes(5000000));
  const two = onDisk('notes.txt', 'two');
  await page.setInputFiles('#file', [one.path, two.path]);
  await row(page, 'notes.txt').locator('a').waitFor();
  assert.equal(await row(page, '第一次试验').locator('a').getAttribute('href'), `/files/${one.digest}`);
  assert.match(await row(page, 'notes.txt').innerText(), /Uploaded/);
  await page.locator('#list td.main', { hasText: 'notes.txt' }).waitFor();
  assert.match(await page.innerText('#going-said'), /notes\.txt uploaded/);
  assert.deepEqual(await violations(page), []);
  await page.click('#list td.main >> text=第一次试验.mf4');
  assert.equal(await page.innerText('h1'), '第一次试验.mf4');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Download')]);
  assert.equal(download.suggestedFilename(), '第一次试验.mf4');
  await download.path();
  await page.reload();
  assert.match(await page.innerText('table'), /chen\.gong/);
  assert.deepEqual(await violations(page), []);
  await closed(page);
});

test('a lost line is waited for, and the upload goes on where it stood', async () => {
  const page = await files();
  const line = await slow(page, 1000000);
  const file = onDisk('lost.bin', randomBytes(6000000));
  const patches = [];
  page.on('request', (request) => request.method() === 'PATCH' && patches.push(request.headers()['upload-offset']));
  await page.setInputFiles('#file', file.path);
  await page.waitForFunction(() => document.querySelector('#going progress').value > 1500000 &&
    /\w\/s · \d+ s left/.test(document.querySelector('#going').textContent));
  await line.offline();
  await page.waitForFunction(() => /Connection lost/.test(document.querySelector('#going').textContent));
  await line.online();
  await arrived(page, 'lost.bin', file);
  assert.ok(patches.filter((offset) => offset === '0').length === 1, patches.join(' '));
  await closed(page);
});

test('it can be paused, left by a reload, and gone on with by choosing the file again', async () => {
  const page = await files();
  const line = await slow(page, 500000);
  const file = onDisk('paused.bin', randomBytes(6000000));
  await page.setInputFiles('#file', file.path);
  await page.waitForFunction(() => document.querySelector('#going progress').value > 1500000);
  await page.click('#going button:has-text("Pause")');
  await page.waitForFunction(() => /Paused/.test(document.querySelector('#going').textContent));
  assert.deepEqual(await violations(page), []);
  await page.reload();
  assert.match(await page.innerText('#again'), /paused\.bin/);
  assert.match(await page.innerText('.under-way'), /paused\.bin[^]*\d\d% of 6\.0 MB/);
  assert.deepEqual(await violations(page), []);
  const offsets = [];
  page.on('request', (request) => request.method() === 'PATCH' && offsets.push(Number(
    request.headers()['upload-offset'])));
  await line.online();
  await page.setInputFiles('#file', file.path);
  await arrived(page, 'paused.bin', file);
  assert.ok(offsets[0] >= 1000000, offsets.join(' '));
  // What is done is forgotten.
  assert.equal(await page.evaluate(() => Object.keys(localStorage).length), 0);
  await closed(page);
});

test('what cannot be taken is told in words, and can be given up', async () => {
  const page = await files();
  const file = onDisk('too-much.bin', Buffer.alloc(19000000));
  await page.setInputFiles('#file', file.path);
  await row(page, 'too-much.bin').locator('text=More than your organisation has room for').waitFor();
  assert.match(await page.innerText('#going-said'), /was not uploaded/);
  assert.deepEqual(await violations(page), []);
  await page.click('#going button:has-text("Give up")');
  await row(page, 'too-much.bin').locator('text=Given up').waitFor();
  await closed(page);
});

test('without a script the form sends the files, and a refusal shows beside it', async () => {
  const page = await files({ javaScriptEnabled: false });
  const file = onDisk('plain.csv', 't,v\n0,1\n');
  await page.setInputFiles('#file', [file.path]);
  await Promise.all([page.waitForURL(/\/files$/), page.click('#upload button')]);
  assert.match(await page.innerText('#list'), /plain\.csv/);
  await page.setInputFiles('#file', onDisk('huge.bin', Buffer.alloc(19000000)).path);
  await page.click('#upload button');
  await page.locator('.notice.bad', { hasText: 'More than your organisation has room for' }).waitFor();
  assert.deepEqual(await page.locator('#file').count(), 1);
  await page.goto(`${node.url}/files/${file.digest}?lang=en`);
  await Promise.all([page.waitForURL(/\/files$/), page.click('button.danger')]);
  assert.doesNotMatch(await page.innerText('#list'), /plain\.csv/);
  await page.context().close();
});

test('both pages read well in both languages, on desktop and phone, in the dark and in large type', async () => {
  const { rows } = (await lab.get('/files.json')).json;
  for (const path of ['/files', `/files/${rows[0].digest}`])
    for (const lang of ['zh-CN', 'en'])
      for (const options of [{ viewport: DESKTOP }, { viewport: PHONE, colorScheme: 'dark' }]) {
        const page = await signedIn(options);
        const size = options.viewport === PHONE ? 'large' : 'usual';
        await page.goto(`${node.url}${path}?lang=${lang}&size=${size}`);
        assert.ok(await overhang(page) <= 0, `${path} ${lang} ${JSON.stringify(options)}`);
        assert.deepEqual(await violations(page), [], `${path} ${lang} ${JSON.stringify(options)}`);
        if (process.env.PICTURES)
          await page.screenshot({ fullPage: true, path: join(process.env.PICTURES,
            `file${path.length > 8 ? '' : 's'}-${lang}-${options.viewport.width}.png`) });
        await closed(page);
      }
});
