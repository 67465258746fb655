// A recognition request in a browser, from both sides, without a script; then its pages in both languages and widths.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bring, people } from '../system/lib/dossier.js';
import { until } from '../system/lib/node.js';
import { invite, register } from '../system/lib/people.js';
import { DESKTOP, PHONE, launch, openAs, overhang, violations } from './lib/browser.js';

let browser, job, city, company, officer, approver, report, place;
before(async () => {
  [browser, { job, city, company, officer, approver, report }] = await Promise.all([launch(), people()]);
  await bring(company, report);
});
after(async () => {
  await browser?.close();
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const as = (person, options) => openAs(browser, person, options);
const pdf = { name: '号牌.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 sample') };
const press = (page, text) => page.click(`main button:has-text("${text}")`);

test('a company asks in five steps, without a script', async () => {
  const page = await as(company, { javaScriptEnabled: false });
  await page.goto(`${city.url}/requests`);
  await page.click('main a.button');
  await page.fill('#vins', 'too short');
  await press(page, '保存并继续');
  assert.match(await page.innerText('#vins-problem'), /17 位/);
  assert.equal(await page.inputValue('#vins'), 'too short');
  await page.fill('#vins', '');
  for (const step of [2, 3, 4]) {
    await press(page, '保存并继续');
    await page.waitForURL(new RegExp(`/requests/new/\\d+/${step}$`));
  }
  assert.match(await page.innerText('main'), /先按它下面的“提交”/); // a file that was only chosen is not sent along
  const form = page.locator('.hand').first();
  await form.locator('input[type=file]').setInputFiles(pdf);
  await form.locator('input[type=date]').fill('2099-06-30');
  await form.locator('button').click();
  assert.match(await page.locator('.hand').first().innerText(), /号牌\.pdf/);
  await press(page, '保存并继续');
  // Left and found again.
  await page.goto(`${city.url}/requests`);
  await page.click('main .acts a');
  await press(page, '提交申请');
  await page.waitForURL(/\/requests\/\d+$/);
  place = new URL(page.url()).pathname;
  assert.match(await page.innerText('h1'), /2\d{3}-0001/);
  await page.context().close();
});

test('officers ask, prepare and approve, and the company objects, without a script', async () => {
  const pages = Object.fromEntries(await Promise.all(Object.entries({ company, officer, approver }).map(
    async ([name, person]) => [name, await as(person, { javaScriptEnabled: false })])));
  const item = `${city.url}${place.replace('requests', 'queue')}`;
  await until('it waits for the officer', async () => {
    await pages.officer.goto(`${city.url}/queue`);
    return pages.officer.locator('main table a').count();
  });
  await pages.officer.click('main table a');
  assert.match(await pages.officer.innerText('main'), /余 20 个工作日/);
  await pages.officer.fill('#text', '请补交保险。');
  await press(pages.officer, '要求补正');
  await pages.company.goto(`${city.url}${place}`);
  assert.match(await pages.company.innerText('main'), /停止计时，余 20 个工作日[^]*请补交保险。/);
  await press(pages.company, '补正完毕');
  assert.match(await pages.company.innerText('#back-problem'), /还没有提交材料[^]*留言说明/);
  await pages.company.locator('.hand input[type=file]').first().setInputFiles(pdf);
  await pages.company.locator('.hand button').first().click();
  await press(pages.company, '补正完毕');
  await pages.officer.goto(item);
  await press(pages.officer, '拟定并报批');
  await pages.approver.goto(item);
  await press(pages.approver, '批准并签发');
  await pages.company.goto(`${city.url}${place}`);
  assert.match(await pages.company.innerText('.title'), /已决定/);
  await pages.company.click('summary:has-text("有异议")');
  await pages.company.fill('#reason', '应予互认。');
  await press(pages.company, '提出异议');
  assert.match(await pages.company.innerText('.title'), /异议处理中/);
  for (const page of Object.values(pages)) await page.context().close();
});

test('from the rest-test list to a booking in two clicks', async () => {
  const [code, did] = [job.labs.longquanyi.did.split(':').at(-1), job.labs.longquanyi.did];
  const track = await invite(await register(city, officer, { code, name: 'track' }), 'track.p', 'publisher');
  const { decision } = (await company.get(`${place}.json`)).json;
  const path = `/statements/${decision.id.replace('urn:uuid:', '')}`;
  const { items } = (await company.get(`${path}.json`)).json.statement.credentialSubject.outcome;
  const accredited = new Set(job.labs.longquanyi.draft.items.map(({ item }) => item));
  const { scheme, item } = items.find((row) => row.toTest && accredited.has(row.item));
  const listing = { title: '龙泉驿测试场', summary: '两公里直道。', 'field.type': 'track', 'field.regions': '510112',
    'field.capabilities': '制动', 'field.capacity': '1', 'field.address': '龙泉驿区', do: 'submit' };
  const sent = await track.send('/listings/new/facility', { ...listing, 'field.items': `${scheme} ${item}` });
  assert.equal(sent.status, 303, `${did} ${sent.text}`);
  await officer.send(`/review/${/own\/(\d+)/.exec(sent.location)[1]}`, { do: 'publish' });
  const [{ uuid }] = (await city.get('/listings.json?kind=facility')).json.rows;
  const week = Object.fromEntries(['monday', 'tuesday', 'wednesday', 'thursday', 'friday'].flatMap((day) =>
    [[`${day}.opens`, '09:00'], [`${day}.closes`, '17:00']]));
  const saved = await track.send(`/facilities/${uuid}/opening`, { ...week, step: '60', capacity: '1', noticeHours: '24',
    cancelHours: '1', closures: '' });
  assert.equal(saved.status, 303, saved.text);

  const page = await as(company, { javaScriptEnabled: false });
  await page.goto(`${city.url}${path}`);
  const link = `main a[href="/facilities/soonest?item=${scheme}%20${item}"]`;
  await page.click(link); // one
  assert.equal(await page.inputValue('#begins'), '09:00');
  assert.equal(await page.inputValue('#item'), `${scheme} ${item}`);
  assert.match(await page.inputValue('#purpose'), /^补测 /);
  await page.fill('#phone', '13912345678');
  await page.click('main form.sheet button'); // two
  await page.waitForURL(/\/bookings\/[0-9a-f-]{36}$/);
  assert.match(await page.innerText('main'), /待确认/);
  // the next one is offered the hour behind it
  await page.goto(`${city.url}${path}`);
  await page.click(link);
  assert.equal(await page.inputValue('#begins'), '10:00');
  await page.context().close();
});

test('its pages hold in both languages, at both widths, and axe-core finds nothing', async () => {
  const draft = (await company.send('/requests/new', { configuration: '', vins: '' })).json.id;
  const seen = [[company, ['/vehicles', '/requests', `/requests/new/${draft}/1`, place]],
    [officer, ['/queue', place.replace('requests', 'queue')]]];
  for (const [lang, options] of [['zh-CN', { viewport: DESKTOP }],
    ['en', { viewport: PHONE, colorScheme: 'dark' }]])
    for (const [person, paths] of seen) {
      const page = await as(person, options);
      for (const path of paths) {
        const answer = await page.goto(`${city.url}${path}?lang=${lang}`, { waitUntil: 'domcontentloaded' });
        const what = `${path} in ${lang}`;
        assert.equal(answer.status(), 200, what);
        assert.ok(await overhang(page) <= 0, what);
        assert.deepEqual(await violations(page), [], what);
      }
      assert.deepEqual(page.trouble, []);
      await page.context().close();
    }
});
