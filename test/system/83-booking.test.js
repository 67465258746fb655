// A facility from its opening hours to bookings of both cities: no slot is given twice, contacts stay masked, and what
// both do with the line cut comes to the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { introduce } from './lib/job.js';
import { equip } from './lib/lab.js';
import { Node, until } from './lib/node.js';
import { PASSWORD, admin, invite, register } from './lib/people.js';
import { Person } from './lib/person.js';
import { Proxy } from './lib/proxy.js';

let job, lines, owner, reviewer, guest, other, uuid;

// The next Wednesday that is at least a week ahead.
const wednesday = (() => {
  const day = new Date(Date.now() + 8 * 3600e3 + 7 * 864e5);
  while (day.getUTCDay() !== 3) day.setTime(day.getTime() + 864e5);
  return day.toISOString().slice(0, 10);
})();
const OPENING = { ...Object.fromEntries(['monday', 'tuesday', 'wednesday', 'thursday', 'friday'].flatMap((day) =>
  [[`${day}.opens`, '09:00'], [`${day}.closes`, '17:00']])), step: '60', capacity: '3', noticeHours: '24',
cancelHours: '48', closures: '' };
const ITEM = 'gbt-41798 6.1.1';
const CODE = '91500118MA5YCL002G';
const ASK = { day: wednesday, at: '09:00', till: '10:00', item: ITEM,
  purpose: '补测自动紧急制动，2 台车',
  contact: '王小明', phone: '13912345678' };

before(async () => {
  const [yongchuan, longquanyi] = await Promise.all([Node.make('yongchuan'), Node.make('longquanyi')]);
  job = { yongchuan, longquanyi };
  lines = await Promise.all([Proxy.open(yongchuan.port), Proxy.open(longquanyi.port)]);
  await Promise.all([yongchuan.start(), longquanyi.start()]);
  await introduce(yongchuan, longquanyi, { yongchuan: lines[0].url, longquanyi: lines[1].url });
  const officer = await admin(job.longquanyi, 'officer', 'officer');
  reviewer = await admin(job.yongchuan, 'reviewer', 'officer');
  [, owner, guest, other] = await Promise.all([equip(job.yongchuan, CODE),
    register(job.yongchuan, reviewer, { code: CODE, name: 'lab' }).then((lab) => invite(lab, 'publisher', 'publisher')),
    register(job.longquanyi, officer, { code: '914403001922038216', name: 'guest', kind: 'enterprise' }),
    admin(job.longquanyi, 'publisher2', 'publisher')]);
  const sent = await owner.send('/listings/new/facility', { title: '西部封闭测试场', summary: '六车道环道。',
    'field.type': 'track', 'field.regions': '500118', 'field.items': ITEM,
    'field.capabilities': '雨雾模拟',
    'field.capacity': '3', 'field.address': '永川区', do: 'submit', 'field.fees.1.item': '环道包场',
    'field.fees.1.unit': 'hour', 'field.fees.1.price': '1200.50', 'field.fees.1.conditions': '夜间另计',
    'field.fees.3.item': '雨雾装置', 'field.fees.3.unit': 'run', 'field.fees.3.price': '300' });
  assert.equal(sent.status, 303, sent.text);
  const number = /own\/(\d+)/.exec(sent.location)[1];
  assert.equal((await reviewer.send(`/review/${number}`, { do: 'publish' })).status, 303);
  [{ uuid }] = (await job.yongchuan.get('/listings.json?kind=facility')).json.rows;
});
after(async () => {
  lines?.forEach((line) => line.close());
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const calendar = async (node) => (await node.get(`/listings/${uuid}.json?day=${wednesday}`)).json.facility;
const slot = async (node, at) => (await calendar(node)).days?.[2].slots.find((one) => one.at === at);
const waiting = async (query = '') => (await owner.get(`/bookings/waiting.json${query}`)).json.rows;

test('opening hours that do not hold are told beside each field', async () => {
  const refused = await owner.send(`/facilities/${uuid}/opening`, { ...OPENING, 'monday.opens': '9 Uhr', step: '50',
    capacity: '0', closures: '2026-02-30' });
  assert.equal(refused.status, 400, refused.text);
  const { problem, week } = refused.json;
  assert.deepEqual(Object.entries(problem).map(([field, { wrong }]) => [field, wrong]).sort(),
    [['capacity', 'not-a-number'], ['closures', 'not-a-day'], ['step', 'not-a-step'], ['week', 'not-a-time']]);
  assert.equal(week[0].opens, '9 Uhr');
  const none = await owner.send(`/facilities/${uuid}/book`, ASK);
  assert.equal(none.json.problem.at.wrong, 'shut');
});

test('the calendar reaches the other city', async () => {
  const saved = await owner.send(`/facilities/${uuid}/opening`, OPENING);
  assert.equal(saved.status, 303, saved.text);
  assert.deepEqual([(await slot(job.yongchuan, '09:00')).slot, (await slot(job.yongchuan, '09:00')).free], ['free', 3]);
  const there = await until('the other city knows the calendar', async () => await slot(job.longquanyi, '16:00')
    .catch(() => undefined));
  assert.deepEqual([there.slot, there.free, there.till], ['free', 3, '17:00']);
  const page = await guest.page(`/listings/${uuid}?day=${wednesday}`);
  assert.match(page.text, new RegExp(`/facilities/${uuid}/book\\?day=${wednesday}&amp;at=09:00`));
});

test('an item leads to the facilities that name it, and says whether it is accredited', async () => {
  const item = encodeURIComponent(ITEM);
  for (const node of [job.yongchuan, job.longquanyi]) {
    const { rows } = (await node.get(`/listings.json?kind=facility&item=${item}`)).json;
    assert.deepEqual(rows.map((row) => [row.uuid, row.holds]), [[uuid, true]]);
    assert.deepEqual((await node.get('/listings.json?kind=facility&item=gbt-41798+6.1')).json.rows, []);
    assert.deepEqual((await calendar(node)).items, [{ item: ITEM, holds: true }]);
  }
  for (const person of [owner, guest]) {
    const found = await person.page(`/facilities/soonest?item=${item}`);
    assert.match(found.location, new RegExp(`^/facilities/${uuid}/book\\?day=[0-9-]+&at=09:00&till=10:00&item=`));
  }
  assert.match((await guest.page('/facilities/soonest?item=gbt-41798+6.1')).location, /^\/listings\?kind=facility/);
});

test('an item without accreditation cannot be claimed', async () => {
  const more = { title: '另一个测试场', summary: '直道。', 'field.type': 'track', 'field.regions': '500118',
    'field.capabilities': '直道', 'field.capacity': '1', 'field.address': '永川区', do: 'submit' };
  const refused = await owner.send('/listings/new/facility', { ...more, 'field.items': `${ITEM}, gbt-41798 9.9.9` });
  assert.equal(refused.status, 400, refused.text);
  assert.deepEqual(refused.json.wrongs.map(({ place, wrong }) => [place, wrong]), [['items', 'not-accredited']]);
});

test('the fee table is a table in both cities, and gives an estimate of a time', async () => {
  const rows = [{ item: '环道包场', fee_unit: 'hour', price: '1200.50', conditions: '夜间另计' },
    { item: '雨雾装置', fee_unit: 'run', price: '300.00' }];
  for (const node of [job.yongchuan, job.longquanyi]) {
    const { fields, shown } = (await node.get(`/listings/${uuid}.json`)).json;
    assert.deepEqual(fields.fees.map(({ fen }) => fen), [120050, 30000]);
    assert.deepEqual(shown.find(({ fees }) => fees).fees, rows);
  }
  const book = `/facilities/${uuid}/book`;
  const { estimate } = (await guest.get(`${book}.json?day=${wednesday}&at=09:00&till=11:00`)).json;
  assert.deepEqual(estimate, { minutes: 120, rows: [{ ...rows[0], amount: '2401.00' }, rows[1]] });
  assert.equal((await guest.get(`${book}.json?day=${wednesday}&at=11:00&till=09:00`)).json.estimate, undefined);
  const page = await guest.page(`${book}?day=${wednesday}&at=09:00&till=10:00`);
  assert.match(page.text, /1200\.50 \/ 小时/);
  assert.match(page.text, /不是账单/);
  const refused = await owner.send('/listings/new/facility', { title: 'x', 'field.fees.2.item': 'y',
    'field.fees.2.unit': 'hour', 'field.fees.2.price': '1,200', do: 'submit' });
  assert.equal(refused.json.problem.fees.wrong, 'fee-price');
  assert.equal(refused.json.inputs.find(({ id }) => id === 'fees').fee_rows[0].price, '1,200');
});

test('what is typed wrong is kept, and each fault told', async () => {
  const cases = [[{ at: '09:30', till: '10:30' }, 'at', 'not-a-step'], [{ at: '07:00', till: '08:00' }, 'at', 'shut'],
    [{ at: '10:00', till: '09:00' }, 'at', 'turned'], [{ phone: 'x' }, 'phone', 'not-a-phone'],
    [{ day: '2026-02-30' }, 'day', 'not-a-day'], [{ day: new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10),
      at: '09:00', till: '10:00' }, 'at', /too-soon|shut/], [{ purpose: '' }, 'purpose', 'missing']];
  for (const [change, field, wrong] of cases) {
    const { status, json } = await owner.send(`/facilities/${uuid}/book`, { ...ASK, ...change });
    assert.equal(status, 400);
    assert.match(json.problem[field].wrong, wrong instanceof RegExp ? wrong : new RegExp(`^${wrong}$`));
    assert.equal(json.contact, ASK.contact);
  }
});

let asked;
test('a request of the other city reaches the owner, with a contact that only a look in the trail shows', async () => {
  const sent = await guest.send(`/facilities/${uuid}/book`, ASK);
  assert.equal(sent.status, 303, sent.text);
  asked = sent.location.replace('.json', '');
  const there = await until('the owner has it', async () => (await waiting())[0]);
  assert.deepEqual([there.booking_state, there.contact, there.phone, there.item, there.organisation],
    ['requested', '王**', '****5678', ASK.item, 'Org of guest']);
  await until('the guest hears of it', async () =>
    (await guest.get(`${asked}.json`)).json.booking_state === 'requested');
  for (const path of [asked, `/facilities/${uuid}/book`])
    assert.match((await guest.page(path)).text, /class="city [^]{0,120}class="asof">截至/, path);
  assert.doesNotMatch((await owner.page('/bookings/waiting')).text, /13912345678|王小明/);
  const shown = await owner.send(`${asked}/contact`, {}, { from: asked });
  assert.equal(shown.json.phone, ASK.phone);
  const { rows } = (await owner.get('/notices.json')).json;
  assert.ok(rows.some((row) => row.notice === 'booking-requested' && row.path === asked));
  const auditor = await admin(job.yongchuan, 'auditor', 'audit-admin');
  await auditor.send('/account/confirm', { password: PASSWORD });
  const lines = (await auditor.get('/audit.json?action=booking-contact')).json.rows;
  assert.deepEqual(lines.map((line) => [line.actor, line.target]), [['publisher', '西部封闭测试场']]);
  for (const person of [other, new Person(job.yongchuan)])
    assert.ok([401, 404].includes((await person.get(`${asked}.json`)).status));
});

test('confirmed, moved by a proposal and cancelled, both sides see the same', async () => {
  const here = (state) => until(`the guest sees ${state}`, async () => {
    const { json } = await guest.get(`${asked}.json`);
    return json.booking_state === state && !json.on_its_way && json;
  });
  assert.equal((await guest.send(asked, { do: 'confirm' })).status, 303);
  await until('that was refused', async () => (await guest.get(`${asked}.json`)).json.wrong === 'not-now');
  assert.equal((await owner.send(asked, { do: 'confirm' })).status, 303);
  await here('confirmed');
  assert.equal((await owner.send(asked, { do: 'confirm' })).status, 409);
  assert.equal((await owner.send(asked, { do: 'done' })).json.problem.act.wrong, 'not-yet');
  assert.equal((await owner.send(asked, { do: 'propose', day: wednesday, at: '11:00', till: '12:00' })).status, 303);
  assert.equal((await here('changed')).may.accept, true);
  assert.equal((await guest.send(asked, { do: 'accept' })).status, 303);
  const moved = await here('confirmed');
  assert.equal(new Date(moved.begins).toISOString(), `${wednesday}T03:00:00.000Z`);
  assert.equal((await slot(job.yongchuan, '11:00')).free, 2);
  await until('the other city sees it booked', async () => (await slot(job.longquanyi, '11:00')).free === 2);
  assert.equal((await owner.send(asked, { do: 'cancel' })).json.problem.reason.wrong, 'missing');
  assert.equal((await guest.send(asked, { do: 'cancel', reason: '车辆故障' })).status, 303);
  await here('cancelled');
  assert.equal((await slot(job.yongchuan, '11:00')).free, 3);
});

test('who only owns facilities opens on their bookings, and still reaches the own ones', async () => {
  const opened = await owner.page('/bookings');
  assert.deepEqual([opened.status, opened.location], [303, '/bookings/waiting']);
  assert.match((await owner.page('/bookings/waiting')).text, /href="\/bookings\?side=own"/);
  for (const query of ['side=own', 'state=confirmed', 'q=%E4%B8%9C'])
    assert.equal((await owner.page(`/bookings?${query}`)).status, 200, query);
  assert.equal((await owner.get('/bookings.json')).json.waiting, false);
  // Own bookings, or none on either side: nobody is led away.
  for (const person of [guest, other]) assert.equal((await person.page('/bookings')).status, 200);
});

test('of fifty who ask at once for one slot exactly its capacity get it', async () => {
  const form = { ...ASK, at: '14:00', till: '15:00',
    csrf: (await owner.get(`/facilities/${uuid}/book.json`)).json.csrf };
  const answers = await Promise.all(Array.from({ length: 50 }, () =>
    owner.ask('POST', `/facilities/${uuid}/book.json`, { form })));
  const got = answers.filter(({ status }) => status === 303);
  assert.equal(got.length, 3);
  assert.ok(answers.every(({ status, text }) => status === 303 || (status === 400 && /"taken"/.test(text))));
  assert.equal((await slot(job.yongchuan, '14:00')).slot, 'taken');
  await until('the other city sees it full', async () => (await slot(job.longquanyi, '14:00')).slot === 'taken');
  const late = await guest.send(`/facilities/${uuid}/book`, { ...ASK, at: '14:00', till: '15:00' });
  assert.equal(late.json.problem.at.wrong, 'taken');
});

test('who is booked is not shut out', async () => {
  const shut = await owner.send(`/facilities/${uuid}/opening`, { ...OPENING, closures: wednesday });
  assert.equal(shut.json.problem.closures.wrong, 'booked');
});

test('lists go both ways by key, in their orders, are searched, and are files with masked contacts', async () => {
  const first = (await owner.get('/bookings/waiting.json?state=requested&rows=2&sort=begins')).json;
  assert.equal(first.rows.length, 2);
  const rest = (await owner.get(first.links.next)).json;
  assert.equal(rest.rows.length, 1);
  assert.equal(new Set([...first.rows, ...rest.rows].map((row) => row.booking)).size, 3);
  assert.deepEqual((await owner.get(rest.links.previous)).json.rows, first.rows);
  for (const query of ['state=never', 'sort=title', 'after=x'])
    assert.equal((await owner.get(`/bookings.json?${query}`)).status, 400, query);
  await until('words find them', async () => (await waiting('?q=西部&state=cancelled')).length === 1);
  assert.deepEqual(await waiting('?q=东部'), []);
  assert.deepEqual((await other.get('/bookings.json?q=西部')).json.rows, []);
  const csv = await owner.get('/bookings/waiting.csv?sort=begins');
  assert.equal(csv.status, 200);
  assert.equal(csv.text.trim().split('\r\n').length, 1 + (await waiting()).length);
  assert.match(csv.text, /西部封闭测试场,.*王\*\*/);
  assert.doesNotMatch(csv.text, /13912345678|王小明/);
  const book = await owner.get('/bookings.xlsx');
  assert.deepEqual([book.status, book.text.slice(0, 2)], [200, 'PK']);
  assert.equal((await new Person(job.yongchuan).get('/bookings.csv')).status, 401);
});

test('a calendar has a secret address that ends; the public one tells busy times only', async () => {
  const made = await owner.send(`/facilities/${uuid}/feed`, { do: 'make' }, { from: `/facilities/${uuid}/opening` });
  const path = new URL(made.json.address).pathname;
  const full = await job.yongchuan.get(path);
  assert.match(full.text, /^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\n/);
  assert.match(full.text.replaceAll('\r\n ', ''), /SUMMARY:.*西部封闭测试场/);
  assert.ok(full.text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75));
  assert.doesNotMatch(full.text, /13912345678|王小明/);
  const busy = await job.yongchuan.get(`/facilities/${uuid}/calendar`);
  assert.equal(busy.text.match(/BEGIN:VEVENT/g).length, 3);
  assert.match(busy.text, new RegExp(`DTSTART:${wednesday.replaceAll('-', '')}T060000Z`));
  assert.doesNotMatch(busy.text.replaceAll('\r\n ', ''), /Org of|补测|SUMMARY:.*测试场/);
  await owner.send(`/facilities/${uuid}/feed`, { do: 'end' }, { from: `/facilities/${uuid}/opening` });
  assert.equal((await job.yongchuan.get(path)).status, 404);
  // Of all own bookings: the list says since when there is one, and offers to end it only then.
  const ended = async () => (await guest.get('/bookings.json')).json.feed;
  const turn = async (word) => (await guest.send('/bookings/feed', { do: word }, { from: '/bookings' })).status;
  assert.equal(await ended(), undefined);
  assert.doesNotMatch((await guest.page('/bookings')).text, /value="end"/);
  assert.equal(await turn('make'), 200);
  assert.match((await ended()).made, /^20\d\d-/);
  assert.match((await guest.page('/bookings')).text, /value="end"/);
  assert.equal(await turn('end'), 303);
  assert.equal(await ended(), undefined);
});

test('changed and cancelled on both sides with the line cut: healed, both have the same', async () => {
  const ask = async (at, till) => {
    const sent = await guest.send(`/facilities/${uuid}/book`, { ...ASK, at, till });
    assert.equal(sent.status, 303, sent.text);
    return sent.location.replace('.json', '');
  };
  const there = async (path) => (await owner.get(`${path}.json`)).json;
  const here = async (path) => (await guest.get(`${path}.json`)).json;
  const state = ({ booking_state: word, begins, ends, revision, proposed }) => [word, begins, ends, revision, proposed];
  const done = async (person, path, form) => {
    const answer = await person.send(path, form);
    assert.equal(answer.status, 303, answer.text);
  };
  const paths = [await ask('09:00', '10:00'), await ask('10:00', '11:00'), await ask('12:00', '13:00')];
  const [moved, declined, kept] = paths;
  for (const path of paths) await until('the owner has it', async () => (await there(path)).booking_state);
  for (const path of [moved, kept]) await done(owner, path, { do: 'confirm' });
  await until('the guest knows', async () => (await here(moved)).booking_state === 'confirmed' &&
    (await here(kept)).booking_state === 'confirmed');

  lines.forEach((line) => line.cut());
  await done(owner, moved, { do: 'propose', day: wednesday, at: '16:00', till: '17:00' });
  await done(guest, moved, { do: 'cancel', reason: '车辆故障' });
  await done(owner, declined, { do: 'decline', reason: '设备检修' });
  await done(guest, declined, { do: 'propose', day: wednesday, at: '16:00', till: '17:00' });
  await done(guest, kept, { do: 'propose', day: wednesday, at: '15:00', till: '16:00' });
  await done(owner, kept, { do: 'propose', day: wednesday, at: '16:00', till: '17:00' });
  const late = await ask('15:00', '16:00');
  for (let i = 0; i < 3; i++) await done(owner, `/facilities/${uuid}/book`, { ...ASK, at: '15:00', till: '16:00' });
  const [a, b] = [await here(moved), await there(moved)];
  assert.deepEqual([a.booking_state, a.on_its_way, b.booking_state], ['confirmed', true, 'changed']);
  assert.equal((await here(late)).booking_state, 'sending');
  lines.forEach((line) => line.heal());

  const ends = { [moved]: 'cancelled', [declined]: 'declined', [kept]: 'changed' };
  await until('both have the same', async () => {
    for (const [path, word] of Object.entries(ends)) {
      const [one, two] = [await there(path), await here(path)];
      if (one.on_its_way || two.on_its_way || one.booking_state !== word) return false;
      if (JSON.stringify(state(one)) !== JSON.stringify(state(two))) return false;
    }
    return true;
  }, 30000);
  assert.equal((await here(declined)).wrong, 'not-now');
  assert.equal((await here(kept)).proposed.begins, `${wednesday}T08:00:00Z`);
  await until('the last place was given here', async () => (await here(late)).booking_state === 'declined');
  assert.equal((await here(late)).wrong, 'taken');
  assert.equal((await guest.send(kept, { do: 'erase' })).status, 409);
  assert.equal((await owner.send(moved, { do: 'erase' })).status, 403);
  await done(guest, moved, { do: 'erase' });
  assert.equal((await here(moved)).contact, '');
  await until('the contact is gone there too', async () => (await there(moved)).contact === '');
  assert.deepEqual([(await here(moved)).booking_state, (await there(moved)).booking_state], ['cancelled', 'cancelled']);
  const [own, peers] = [await calendar(job.yongchuan), await until('the calendars agree', async () => {
    const [one, two] = [await calendar(job.yongchuan), await calendar(job.longquanyi)];
    return JSON.stringify(one.days) === JSON.stringify(two.days) && two;
  })];
  assert.deepEqual(own.days, peers.days);
});

test('an item whose accreditation ended is marked in both cities', async () => {
  const [lab] = (await job.yongchuan.get('/organisations.json?kind=lab')).json.rows;
  await job.yongchuan.do('withdraw', lab.accreditations[0].id, '--reason-zh', '资质到期', '--json');
  const item = encodeURIComponent(ITEM);
  for (const [node, person] of [[job.yongchuan, owner], [job.longquanyi, guest]]) {
    await until('it is marked', async () => (await calendar(node)).items[0].holds === false);
    const { rows } = (await node.get(`/listings.json?kind=facility&item=${item}`)).json;
    assert.deepEqual(rows.map((row) => [row.uuid, row.holds]), [[uuid, false]]);
    assert.match((await person.page(`/facilities/soonest?item=${item}`)).location, /^\/listings\?kind=facility/);
    assert.match((await person.page(`/facilities/${uuid}/book?item=${item}`)).text, /没有这个项目的检测资质/);
  }
});

test('an unsigned message at the door is refused', async () => {
  const answer = await fetch(`${job.yongchuan.url}/peer/v1/booking`, { method: 'POST', body: '{"type":"calendar"}',
    headers: { 'content-type': 'application/json' } });
  assert.ok([400, 403].includes(answer.status), `${answer.status}`);
});
