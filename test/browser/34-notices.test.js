// Notices, mail settings and what the authority keeps, as people see them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Node, huren, temporary } from '../system/lib/node.js';
import { admin } from '../system/lib/people.js';
import { Person } from '../system/lib/person.js';
import { SmtpServer } from '../system/lib/smtp.js';
import { DESKTOP, PHONE, launch, openAs, overhang, violations } from './lib/browser.js';

const CODE = '914403001922038216';
let browser, node, smtp, officer, approver;

// A page of somebody who is signed in.
const pageOf = (person, options) => openAs(browser, person, options);

before(async () => {
  [browser, node, smtp] = await Promise.all([launch(), Node.make('yongchuan'), new SmtpServer().listen()]);
  const path = join(node.dir, 'node.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')),
    mail: { url: `smtp://127.0.0.1:${smtp.port}`, from: 'notices@yongchuan.example', starttls: 'off' } }));
  await node.start();
  officer = await admin(node, 'officer', 'officer', '--display', '李审批');
  approver = await admin(node, 'approver', 'approver', '--display', '王复核');
  const lab = new Person(node);
  await lab.send('/register', { organisation: '永川智能网联汽车检测中心', code: CODE, kind: 'lab', name: 'lab.admin',
    display: '李' });
  const { rows } = (await officer.get('/waiting.json')).json;
  await officer.send(`/waiting/${rows[0].number}`, { decision: 'confirm' }, { from: '/waiting' });
});
after(async () => {
  await browser?.close();
  await node?.stop();
  await smtp?.stop();
});

test('keys, then an accreditation: prepared on one screen, confirmed on another', async () => {
  const { stdout } = await huren('key', 'new', '--out', join(temporary(), 'lab.json'));
  const page = await pageOf(officer);
  await page.goto(`${node.url}/organisations/new?lang=en`);
  await page.selectOption('#code', CODE);
  await page.fill('#keys', stdout.trim());
  await page.click('main form button');
  await page.waitForURL(/\/acts\/1$/);
  assert.equal(await page.isVisible('text=Waits for a second person'), true);
  const second = await pageOf(approver);
  await second.goto(`${node.url}/?lang=en`);
  assert.equal(await second.innerText('.bell .count'), '1');
  await second.click('.bell');
  await second.click('main table a');
  await second.waitForURL(/\/acts\/1$/);
  await second.click('text=Confirm and publish');
  await second.waitForSelector('.chip.good');
  assert.equal(await second.isVisible('.bell .count'), false);
  await page.goto(`${node.url}/accreditations/new`);
  await page.selectOption('#lab', { index: 1 });
  await page.fill('#certificate_number', '260001');
  await page.fill('#valid_from', '2026-01-01');
  await page.fill('#valid_until', '2025-01-01');
  await page.check('input[value="gbt-41798|2022|6.1.1"]');
  await page.click('main form button');
  await page.waitForSelector('#valid_until-problem');
  assert.equal(await page.isChecked('input[value="gbt-41798|2022|6.1.1"]'), true);
  assert.deepEqual(await violations(page), []);
  await page.fill('#valid_until', '2031-12-31');
  await page.click('main form button');
  await page.waitForURL(/\/acts\/2$/);
  await second.goto(`${node.url}/acts/2`);
  await second.click('text=Confirm and publish');
  await second.waitForSelector('.chip.good');
  for (const { trouble } of [page, second]) assert.deepEqual(trouble, []);
  await page.context().close();
  await second.context().close();
});

test('every page reads in both languages, on desktop and phone, in the dark and in large type', async () => {
  await officer.send('/account/notices',
    { mail_address: 'li@city.example', mail_mode: 'daily', mail_language: 'zh-CN' });
  await officer.send('/organisations/new', { code: CODE, keys: '' });
  const { uuid } = (await officer.get('/accreditations.json')).json.rows[0];
  await officer.send(`/accreditations/${uuid}`, { act_status: 'suspended', reason_zh: '能力范围有变' });
  const paths = ['/notices', '/account/notices', '/accreditations', '/accreditations/new', `/accreditations/${uuid}`,
    '/agreements', '/organisations/new', '/acts', '/acts/1', '/acts/2', '/acts/3'];
  for (const [person, options, lang] of [[officer, { viewport: DESKTOP }, 'zh-CN'],
    [officer, { viewport: PHONE, colorScheme: 'dark' }, 'en'], [approver, { viewport: PHONE }, 'zh-CN']]) {
    const page = await pageOf(person, options);
    for (const path of person === approver ? ['/notices', '/acts', '/acts/3'] : paths) {
      const answer = await page.goto(`${node.url}${path}?lang=${lang}`, { waitUntil: 'domcontentloaded' });
      assert.equal(answer.status(), 200, path);
      // Colours and words differ by variant, the structure does not: axe is slow.
      if (options.viewport === DESKTOP || ['/account/notices', '/acts/3'].includes(path))
        assert.deepEqual(await violations(page), [], `${path} in ${lang}`);
      assert.ok(await overhang(page) <= 0, `${path} in ${lang} is too wide`);
      assert.doesNotMatch(await page.innerText('main'), /\{\{|undefined/, path);
    }
    await page.goto(`${node.url}/notices?size=large`);
    assert.ok(await overhang(page) <= 0, 'large type');
    assert.deepEqual(page.trouble, []);
    await page.context().close();
  }
});
