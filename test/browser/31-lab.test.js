// A lab's day in the browser: an engineer drafts, a signatory signs, with and without script, on desktop and phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { draftOf } from '../system/lib/job.js';
import { equip, typedItem, write, PASSPHRASE } from '../system/lib/lab.js';
import { Node } from '../system/lib/node.js';
import { admin, invite, register } from '../system/lib/people.js';
import { DESKTOP, PHONE, launch, openAs, overhang, violations } from './lib/browser.js';

const CODE = '91500118MA5YCL002G';
const SAMPLE = draftOf('yongchuan');
let browser, node, engineer, signatory, approver;

before(async () => {
  [browser, node] = await Promise.all([launch(), Node.make('yongchuan').then((made) => made.start())]);
  const officer = await admin(node, 'officer', 'officer');
  approver = await admin(node, 'approver', 'approver');
  const head = await register(node, officer, { code: CODE, name: 'lab.admin', organisation: SAMPLE.lab.name });
  engineer = await invite(head, 'engineer', 'lab-engineer');
  signatory = await invite(head, 'signatory', 'lab-signatory');
  await equip(node, CODE);
});
after(async () => {
  await browser?.close();
  await node?.stop();
});

// The person's session in a browser of its own.
const as = (person, options) => openAs(browser, person, options);
const closed = async (page) => {
  assert.deepEqual(page.trouble, []);
  await page.context().close();
};
// With LOOK set each page is kept as a picture there, to be looked at.
async function sound(page, what) {
  if (process.env.LOOK) await page.screenshot({ path: `${process.env.LOOK}/${what}.png`, fullPage: true });
  assert.deepEqual(await violations(page), [], what);
  assert.ok(await overhang(page) <= 0, `${what} reaches past the edge`);
}

test('an engineer writes a draft without a script, a signatory signs it', async () => {
  const page = await as(engineer, { javaScriptEnabled: false, viewport: PHONE });
  await page.goto(`${node.url}/drafts/new?lang=en`);
  await page.click('form[action="/drafts"] button');
  await page.waitForURL(/\/edit\/report/);
  await page.selectOption('#d-scheme', 'gbt-41798:2022');
  await page.fill('#d-number', 'YC-2026-0301');
  await page.fill('#d-title', '浏览器里写的报告');
  await page.click('button[value=next]');
  await page.waitForURL(/\/edit\/parties/);
  await page.goto(page.url().replace('edit/parties', 'items/new'));
  await page.selectOption('#d-item', '6.1.1');
  await page.fill('#d-runs', '1 | maybe');
  await page.click('button[value=draft]');
  assert.match(await page.innerText('#d-runs-problem'), /line 1/);
  assert.equal(await page.inputValue('#d-runs'), '1 | maybe');
  await page.fill('#d-runs', '1 | pass');
  await page.click('button[value=draft]');
  await page.waitForURL(/\/drafts\/\d+$/);
  assert.match(await page.innerText('main'), /Missing before it can be handed over/);
  // What was chosen is shown in words, not as it is stored.
  await page.goto(`${page.url()}/edit/vehicle`);
  await page.check('input[name="d-elements.road:urban"]');
  await page.click('button[value=draft]');
  assert.match(await page.innerText('main'), /GB\/T 41798 [^]*urban road/i);
  assert.doesNotMatch(await page.innerText('main'), /gbt-41798|road:urban/);
  // One press does not throw away what was typed.
  const discard = page.locator('main form[action$="/discard"] button');
  assert.equal(await discard.isVisible(), false);
  await page.click('main summary >> text=Discard');
  assert.equal(await discard.isVisible(), true);
  // A table that cannot be read is told as that, not as a report that cannot be issued.
  await page.goto(`${node.url}/imports`);
  await page.setInputFiles('input[type=file]', { name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from('a,"b') });
  await page.click('main form[enctype] button');
  assert.match(await page.innerText('.notice.bad'), /cannot be read as a table/);
  assert.doesNotMatch(await page.innerText('.notice.bad'), /issued/);
  await closed(page);

  const id = await write(engineer, { ...SAMPLE, number: 'YC-2026-0302' });
  const writer = await as(engineer);
  await writer.goto(`${node.url}/drafts/${id}?lang=en`);
  await writer.click('text=Hand over for signature');
  await writer.waitForSelector('text=Waits for signature');
  await closed(writer);
  const signer = await as(signatory);
  await signer.goto(`${node.url}/drafts?lang=en&state=ready-for-signature`);
  await signer.click('text=YC-2026-0302');
  await signer.click('text=Review and sign');
  await signer.fill('#d-passphrase', 'something else');
  await signer.click('text=Sign and publish');
  await signer.waitForSelector('#d-passphrase-problem');
  await signer.fill('#d-passphrase', PASSPHRASE);
  await signer.click('text=Sign and publish');
  await signer.waitForSelector('text=Page of the report: YC-2026-0302');
  await closed(signer);
});

test('every page of the lab is sound in both languages, wide and narrow, light and dark', async () => {
  const { revision } = (await engineer.get('/drafts/1/items/new.json')).json;
  await engineer.send('/drafts/1/items/new', { revision, ...typedItem(SAMPLE.items[1]) });
  const ready = await write(engineer, { ...SAMPLE, number: 'YC-2026-0303' });
  const { revision: last, csrf } = (await engineer.get(`/drafts/${ready}.json`)).json;
  const handed = await engineer.ask('POST', `/drafts/${ready}/hand-over.json`, { form: { revision: last, csrf } });
  assert.equal(handed.status, 303);
  const body = new FormData();
  body.set('csrf', csrf);
  body.set('d-file', new Blob(['报告编号,检测项目,判定,没有的列\nA-1,6.1.1,通过,x\nA-2,9.9,也许,y\n']), '报告.csv');
  const request = new Request('http://x/', { method: 'POST', body });
  const read = await engineer.ask('POST', '/imports', { raw: Buffer.from(await request.arrayBuffer()),
    headers: { 'content-type': request.headers.get('content-type') } });
  assert.equal(read.status, 303, read.text);
  const { statement } = (await signatory.get('/drafts/2.json')).json;
  const report = `/statements/${statement.slice(9)}`;
  const pages = [[engineer, ['/drafts', '/drafts/new', '/drafts/new/evaluate', '/drafts/1', '/drafts/1/edit/report',
    '/drafts/1/edit/parties', '/drafts/1/edit/vehicle', '/drafts/1/items/1', '/imports', '/imports/1',
    `${report}/amend`]],
  [signatory, [`/drafts/${ready}/sign`, `${report}/withdraw`, '/drafts/2']]];
  const looks = [['zh-CN', DESKTOP, 'light'], ['en', PHONE, 'dark']];
  for (const [lang, viewport, colorScheme] of looks)
    for (const [person, paths] of pages) {
      const page = await as(person, { viewport, colorScheme });
      for (const path of paths) {
        const answer = await page.goto(`${node.url}${path}?lang=${lang}`);
        assert.equal(answer.status(), 200, path);
        await sound(page, `${path.replace(statement.slice(9), 'report').slice(1).replaceAll('/', '-')}-${lang}`);
      }
      await closed(page);
    }
});

test('a signatory makes another key, an approver confirms it', async () => {
  const page = await as(signatory, { viewport: PHONE, colorScheme: 'dark' });
  await page.goto(`${node.url}/drafts?lang=en`);
  await page.click('a[href="/lab-key"]');
  await sound(page, 'lab-key-en');
  await page.fill('#d-passphrase-new', 'too short');
  await page.fill('#d-passphrase-again', 'too short');
  await page.click('text=Make the key');
  assert.match(await page.innerText('#d-passphrase-new-problem'), /12 characters/);
  await page.fill('#d-passphrase-new', 'thirteen loud goats');
  await page.fill('#d-passphrase-again', 'thirteen loud goats');
  await page.click('text=Make the key');
  await page.waitForSelector('text=Proposed key');
  await sound(page, 'lab-key-proposed-en');
  await closed(page);
  const decider = await as(approver);
  await decider.goto(`${node.url}/acts?lang=zh-CN`);
  await decider.click(`text=${SAMPLE.lab.name}`);
  await sound(decider, 'lab-key-act');
  await decider.click('text=确认并发布');
  await decider.waitForSelector('.chip >> text=已发布');
  await closed(decider);
  const told = await as(signatory);
  await told.goto(`${node.url}/lab-key?lang=zh-CN`);
  assert.match(await told.innerText('main'), /已停用/);
  await sound(told, 'lab-key-zh');
  await closed(told);
});
