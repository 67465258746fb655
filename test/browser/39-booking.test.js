// A facility's calendar and a booking from it, without a script, on a desk and on a phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node } from '../system/lib/node.js';
import { admin } from '../system/lib/people.js';
import { DESKTOP, PHONE, launch, openAs, overhang, violations } from './lib/browser.js';

let browser, node, owner, uuid;
before(async () => {
  [browser, node] = await Promise.all([launch(), Node.make('yongchuan')]);
  await node.start();
  owner = await admin(node, 'publisher', 'publisher');
  const reviewer = await admin(node, 'reviewer', 'officer');
  await owner.send('/listings/new/facility', { title: '西部封闭测试场', summary: '六车道环道。', 'field.type': 'track',
    'field.regions': '500118', 'field.capabilities': '雨雾模拟',
    'field.capacity': '3', 'field.address': '永川区', do: 'submit' });
  await reviewer.send('/review/1', { do: 'publish' });
  [{ uuid }] = (await node.get('/listings.json?kind=facility')).json.rows;
  const week = Object.fromEntries(['monday', 'tuesday', 'wednesday', 'thursday', 'friday'].flatMap((day) =>
    [[`${day}.opens`, '09:00'], [`${day}.closes`, '17:00']]));
  const saved = await owner.send(`/facilities/${uuid}/opening`, { ...week, step: '60', capacity: '2',
    noticeHours: '1', cancelHours: '1', closures: '' });
  assert.equal(saved.status, 303, saved.text);
});
after(async () => {
  await browser?.close();
  await node?.stop();
});

const as = (options) => openAs(browser, owner, options);

let booking;
test('from the calendar to a booking, without a script', async () => {
  const page = await as({ javaScriptEnabled: false });
  const soon = new Date(Date.now() + 7 * 864e5).toISOString().slice(0, 10);
  await page.goto(`${node.url}/listings/${uuid}?day=${soon}`);
  await page.click('.week a.free');
  assert.equal(await page.inputValue('#begins'), '09:00');
  await page.fill('#purpose', '补测');
  await page.fill('#phone', '13912345678');
  await page.click('main form.sheet button');
  await page.waitForURL(/\/bookings\/[0-9a-f-]{36}$/);
  booking = new URL(page.url()).pathname;
  assert.match(await page.innerText('main'), /待确认/);
  await page.context().close();
});

test('its pages have no barrier and fit', async () => {
  for (const viewport of [DESKTOP, PHONE]) {
    const page = await as({ viewport });
    for (const path of [`/listings/${uuid}`, `/facilities/${uuid}/book`, `/facilities/${uuid}/opening`, '/bookings',
      '/bookings/waiting', booking])
      for (const lang of ['zh-CN', 'en']) {
        await page.goto(`${node.url}${path}?lang=${lang}`);
        assert.deepEqual(await violations(page), [], `${path} ${lang}`);
        assert.equal(await overhang(page), 0, `${path} ${lang}`);
        if (process.env.SHOTS)
          await page.screenshot({ fullPage: true,
            path: `${process.env.SHOTS}/${path.split('/').at(-1)}-${lang}-${viewport.width}.png` });
      }
    await page.context().close();
  }
});
