// Passkeys, with Chromium's virtual authenticator: added, used, refused, removed.
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { after, before, test } from 'node:test';
import { Node, freePort } from '../system/lib/node.js';
import { Person } from '../system/lib/person.js';
import { PHONE, launch, open, overhang, violations } from './lib/browser.js';

const PASSWORD = 'a sentence nobody guesses';
let browser, node, person, page, device, site, authenticatorId, proxy;

// Browsers give passkeys to names only, so this node's address is "localhost".
before(async () => {
  const port = await freePort();
  site = `http://localhost:${port}`;
  node = await Node.make('yongchuan', { port, url: site });
  [browser] = await Promise.all([launch(), node.start()]);
  const made = await node.do('account', 'add', 'wei.li', '--role', 'officer', '--display', 'Li Wei', '--json');
  person = new Person(node);
  await person.join(made.link, PASSWORD);
  page = await open(browser);
  device = await page.context().newCDPSession(page);
  await device.send('WebAuthn.enable');
  ({ authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2',
    transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
    automaticPresenceSimulation: true } }));
});
after(async () => {
  proxy?.close();
  await browser?.close();
  await node?.stop();
});

const lines = async () => (await node.get('/api/v1/audit', { authorization: `Bearer ${node.token}` })).text
  .split('\n').filter(Boolean).map((line) => JSON.parse(line).line);
const lastLine = async (action) => (await lines()).findLast((line) => line.action === action);

async function typePassword(at = site) {
  await page.context().clearCookies();
  await page.goto(`${at}/sign-in?lang=en`);
  await page.fill('#name', 'wei.li');
  await page.fill('#password', PASSWORD);
  await page.click('form.sheet button');
  await page.waitForURL(/\/sign-in\/code/);
}
const usePasskey = () => page.click('form[data-passkey=get] button');
const nowOffered = (what = page) => what.isVisible('form[data-passkey=get]');
// Sends what the page would send, once more and by hand.
async function press() {
  const [sent] = await Promise.all([page.waitForRequest((r) => r.method() === 'POST'), usePasskey()]);
  await page.waitForLoadState();
  return Object.fromEntries(new URLSearchParams(sent.postData()));
}

test('a passkey is added after the password, and listed', async () => {
  await typePassword();
  assert.equal(await nowOffered(), false);
  await page.fill('#code', person.code());
  await page.click('form.sheet:not([data-passkey]) button');
  await page.waitForURL(/\/account$/);
  assert.match(await page.innerText('#passkeys'), /No passkey yet/);
  await page.click('#passkeys .title a');
  await page.fill('#passkey_name', 'Office laptop');
  await page.click('form[data-passkey] button');
  await page.waitForURL(/changed=passkey/);
  assert.match(await page.innerText('#passkeys table'), /Office laptop/);
  assert.deepEqual(await page.locator('.notice.good').allInnerTexts(), ['Your passkeys are changed']);
  assert.deepEqual(await violations(page), []);
  const { result, target } = await lastLine('passkey-add');
  assert.deepEqual({ result, target }, { result: 'ok', target: 'Office laptop' });
});

test('the same device is not added twice', async () => {
  await page.goto(`${site}/account/passkeys/new`);
  await page.fill('#passkey_name', 'Again');
  await page.click('form[data-passkey] button');
  await page.waitForSelector('[data-failed]:not([hidden])');
  assert.deepEqual(await violations(page), []);
});

test('with it one signs in without a code, and what was sent works no second time', async () => {
  await typePassword();
  assert.deepEqual(await violations(page), []);
  const sent = await press();
  await page.waitForURL(/\/account$/);
  assert.equal((await lastLine('passkey')).result, 'ok');
  const thief = new Person(node);
  await thief.signIn('wei.li', PASSWORD);
  const { csrf } = (await thief.get('/sign-in/code.json')).json;
  const again = await thief.ask('POST', '/sign-in/code', { form: { ...sent, csrf } });
  assert.equal(again.status, 403);
  assert.equal(again.json.problem.form.wrong, 'passkey');
  const line = await lastLine('passkey');
  assert.equal(line.result, 'refused');
  assert.match(line.detail, /challenge is none of this session/);
});

test('a page at another origin that gets the answer does not get in', async () => {
  proxy = createServer((from, to) => {
    const on = request({ port: node.port, host: '127.0.0.1', method: from.method, path: from.url,
      headers: from.headers }, (answer) => {
      to.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(to);
    });
    from.pipe(on);
  });
  await new Promise((done) => { proxy.listen(0, '127.0.0.1', done); });
  await typePassword(`http://localhost:${proxy.address().port}`);
  await usePasskey();
  await page.waitForSelector('.notice.bad');
  assert.match(await page.innerText('.notice.bad'), /passkey was not accepted/);
  assert.match((await lastLine('passkey')).detail, /another origin/);
});

test('a counter that went back is refused', async () => {
  const { credentials: [credential] } = await device.send('WebAuthn.getCredentials', { authenticatorId });
  assert.ok(credential.signCount > 1);
  await device.send('WebAuthn.clearCredentials', { authenticatorId });
  await device.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount: 0 } });
  await typePassword();
  await usePasskey();
  await page.waitForSelector('.notice.bad');
  assert.match((await lastLine('passkey')).detail, /counter/);
  // The device behind the copy still counts.
  await device.send('WebAuthn.clearCredentials', { authenticatorId });
  await device.send('WebAuthn.addCredential', { authenticatorId, credential });
  await usePasskey();
  await page.waitForURL(/\/account$/);
});

test('without a verified owner the device gives nothing', async () => {
  await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await typePassword();
  await usePasskey();
  await page.waitForSelector('[data-failed]:not([hidden])');
  assert.match(page.url(), /\/sign-in\/code/);
  await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
});

test('without a script the code is asked for as ever', async () => {
  const plain = await open(browser, { javaScriptEnabled: false });
  await plain.goto(`${site}/sign-in`);
  await plain.fill('#name', 'wei.li');
  await plain.fill('#password', PASSWORD);
  await plain.click('form.sheet button');
  assert.equal(await nowOffered(plain), false);
  assert.equal(await plain.isVisible('#code'), true);
  await plain.context().close();
});

test('pages read in both languages and on a phone', async () => {
  await typePassword();
  await page.setViewportSize(PHONE);
  for (const lang of ['zh-CN', 'en']) {
    await page.goto(`${site}/sign-in/code?lang=${lang}`);
    assert.deepEqual(await violations(page), [], lang);
    assert.ok(await overhang(page) <= 0, lang);
  }
  await usePasskey();
  await page.waitForURL(/\/account$/);
  for (const lang of ['zh-CN', 'en']) {
    for (const path of ['/account', '/account/passkeys/new', '/account/passkeys/1']) {
      const answer = await page.goto(`${site}${path}?lang=${lang}`);
      assert.equal(answer.status(), 200, path);
      assert.deepEqual(await violations(page), [], `${path} ${lang}`);
      assert.ok(await overhang(page) <= 0, `${path} ${lang}`);
    }
  }
});

test('a passkey is removed, and no longer offered', async () => {
  await page.goto(`${site}/account`);
  await page.click('#passkeys td a');
  await page.click('button.danger');
  await page.waitForURL(/changed=passkey/);
  assert.match(await page.innerText('#passkeys'), /No passkey yet/);
  assert.equal((await lastLine('passkey-remove')).target, 'Office laptop');
  await typePassword();
  assert.equal(await nowOffered(), false);
  assert.deepEqual(page.trouble, []);
});
