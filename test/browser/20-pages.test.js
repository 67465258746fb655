// Pages as people meet them: the check in the browser itself, with and without a script, and every page under axe.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, cosigned, prepare, recognise } from '../system/lib/job.js';
import { DESKTOP, PHONE, launch, open, overhang, violations } from './lib/browser.js';
import { POLICY, listSubject, reportBundle } from './lib/forge.js';
import { nudged } from './lib/mutate.js';

let browser, job, made, node, bundle;
before(async () => {
  [browser, job] = await Promise.all([launch(), prepare()]);
  made = await recognise(job.yongchuan, job.longquanyi, job.labs.yongchuan);
  node = job.yongchuan;
  await cosigned(node);
  bundle = (await node.get(`/statements/${uuid(made.submission.statement.id)}/bundle`,
    { authorization: `Bearer ${node.token}` })).json;
});
after(async () => {
  await browser?.close();
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const uuid = (id) => id.replace('urn:uuid:', '');
const NUMBER = 'YC-SAMPLE-2026-0001';
const LANGUAGES = ['zh-CN', 'en'];

const asFile = (content, name = 'huren.bundle.json') => ({ name, mimeType: 'application/json',
  buffer: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)) });
const policyFile = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
const choose = async (page, content) => {
  await page.setInputFiles('#file', asFile(content));
  await page.click('#file-form button');
};
// What the page says of the file: the verdict, and each step with its state.
async function told(page) {
  await page.waitForSelector('#checked:not([hidden])');
  return page.evaluate(() => ({ verdict: document.getElementById('checked').dataset.verdict,
    title: document.getElementById('checked-verdict').textContent,
    means: document.getElementById('checked-means').textContent,
    steps: Object.fromEntries([...document.querySelectorAll('#checked .steps > li')].map((row) =>
      [row.dataset.step, row.className])) }));
}
const inState = ({ steps }, state) => Object.keys(steps).filter((name) => steps[name] === state);
async function checkPage({ lang = 'zh-CN', ...options } = {}) {
  const page = await open(browser, options);
  await page.goto(`${node.url}/check?lang=${lang}`);
  return page;
}
async function closed(page) {
  assert.deepEqual(page.trouble, []);
  await page.context().close();
}
// No name of a text that the catalogues lack, and no place left unfilled.
const untold = (page) => page.evaluate(() =>
  document.querySelector('main').innerText
    .match(/\b(browser|fault|found|shown|step|state|kind|verdict)\.\w+|\{\w+\}/g));

test('a good bundle is checked with the network off, and nothing is sent', async () => {
  const page = await checkPage();
  await page.waitForSelector('#trust:not([hidden])');
  const asked = [];
  page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
  await page.context().setOffline(true);
  await choose(page, bundle);
  const result = await told(page);
  assert.equal(result.verdict, 'good');
  assert.equal(inState(result, 'held').length, 10, JSON.stringify(result.steps));
  assert.deepEqual(asked, []);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'checked-verdict');
  await page.click('li[data-step=inclusion] summary');
  const shown = await page.innerText('li[data-step=inclusion] dl');
  const roots = shown.match(/[A-Za-z0-9+/]{43}=/g);
  assert.equal(roots.length, 2);
  assert.equal(roots[0], roots[1]);
  await closed(page);
});

test('a file dropped on the first page is checked in the browser too', async () => {
  const page = await open(browser);
  await page.goto(node.url);
  const posts = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'dropped.bundle.json', { type: 'application/json' }));
    const drop = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
    document.querySelector('form.drop').dispatchEvent(drop);
  }, JSON.stringify(bundle));
  assert.equal((await told(page)).verdict, 'good');
  assert.deepEqual(posts, []);
  await closed(page);
});

// One change of each kind of thing in the file -> the steps that must not hold.
const forge = (change) => { const copy = structuredClone(bundle); change(copy); return copy; };
const partOf = (copy, kind) => copy.parts.findIndex((part) => part.receipt.kind === kind);
const inNote = (copy, line) => {
  const lines = copy.checkpoints[0].split('\n');
  lines[line] = lines[line].replace(/(\S{20})(\S)/, (_, head, letter) => head + (letter === 'A' ? 'B' : 'A'));
  copy.checkpoints[0] = lines.join('\n');
};
const FORGERIES = [
  ['a result', ['receipt'], (b) => { b.parts[0].statement.credentialSubject.name += '!'; }],
  ['the issuer', ['receipt'], (b) => { b.parts[0].statement.issuer.id = b.parts[1].statement.issuer.id; }],
  ['a proof', ['receipt'], (b) => {
    const [proof] = [b.parts[0].statement.proof].flat();
    proof.proofValue = nudged(proof.proofValue);
  }],
  ['the digest in a receipt', ['receipt', 'inclusion'], (b) => {
    b.parts[0].receipt.digest = nudged(b.parts[0].receipt.digest); }],
  ['the time of a receipt', ['inclusion'], (b) => { b.parts[0].receipt.time = '2026-01-01T00:00:00Z'; }],
  ['a hash of a path', ['inclusion'], (b) => { b.parts[0].path[0] = nudged(b.parts[0].path[0]); }],
  ['an index', ['inclusion'], (b) => { b.parts[0].index -= 1; }],
  ['the root', ['checkpoint'], (b) => inNote(b, 2)],
  ['the signature of the log', ['checkpoint'], (b) => inNote(b, 4)],
  ['the cosignatures', ['witness'], (b) => {
    b.checkpoints[0] = b.checkpoints[0].split('\n').filter((line) => !line.includes('witness')).join('\n'); }],
  ['a DID document left out', ['key'], (b) => { b.parts.splice(b.parts.findIndex((p) => p.index === 0), 1); }],
  ['the accreditation left out', [], (b) => { b.parts.splice(partOf(b, 'accreditation'), 1); }],
  ['a status list left out', [], (b) => { b.parts.splice(partOf(b, 'status-list'), 1); }],
];
test('each kind of forgery is refused, and its step named', async () => {
  const page = await checkPage({ lang: 'en' });
  for (const [what, failed, change] of FORGERIES) {
    await choose(page, forge(change));
    await page.waitForFunction(() => document.getElementById('checked-said').textContent.startsWith('Checked'));
    const result = await told(page);
    assert.equal(result.verdict, 'bad', what);
    assert.deepEqual(inState(result, 'failed'), failed, `${what}: ${JSON.stringify(result.steps)}`);
    if (failed.length > 0) assert.match(result.means, new RegExp(failed.join(', '), 'i'), what);
    else assert.equal(inState(result, 'unknown').length, 1, what);
    assert.equal(await untold(page), null, what);
  }
  await closed(page);
});

test('what is no bundle is told so, with the place', async () => {
  const page = await checkPage({ lang: 'en' });
  await choose(page, JSON.stringify(bundle).replace('"version":1', '"version":1,"version":1'));
  await page.waitForSelector('#notice-problem:not([hidden])');
  assert.match(await page.innerText('#notice-problem'), /“version” stands twice/);
  await choose(page, '{"type":}');
  await page.waitForFunction(() => /line 1, column 9/.test(document.getElementById('notice-problem').textContent));
  assert.equal(await page.isVisible('#checked'), false);
  await closed(page);
});

test('a trust policy of one\'s own is used, and the node\'s again', async () => {
  const page = await checkPage({ lang: 'en' });
  const { text: published } = await job.longquanyi.get('/trust.policy');
  const own = published.split('\n').filter((line) => !line.startsWith('log yong'));
  await page.waitForSelector('#trust:not([hidden])');
  await page.setInputFiles('#trust-file', policyFile('own.policy', own.join('\n')));
  await page.waitForFunction(() => document.getElementById('trust-name').textContent === 'own.policy');
  await choose(page, bundle);
  assert.deepEqual(inState(await told(page), 'failed'), ['checkpoint']);
  await page.setInputFiles('#trust-file', policyFile('bad', 'log x\n'));
  await page.waitForFunction(() => /Line 1/.test(document.getElementById('trust-problem').textContent));
  await page.click('#trust-reset');
  await page.waitForFunction(() => document.getElementById('trust-reset').hidden);
  await choose(page, bundle);
  await page.waitForFunction(() => document.getElementById('checked').dataset.verdict === 'good');
  await closed(page);
});

test('without a trust policy from the node one of one\'s own does', async () => {
  const page = await open(browser);
  await page.route('**/trust.policy', (route) => route.abort());
  await page.goto(`${node.url}/check?lang=en`);
  await page.waitForSelector('#trust:not([hidden])');
  await choose(page, bundle);
  await page.waitForFunction(() => /could not be fetched/.test(document.getElementById('notice-problem').textContent));
  await page.setInputFiles('#trust-file', policyFile('kept.policy', (await node.get('/trust.policy')).text));
  await page.waitForFunction(() => document.getElementById('trust-name').textContent === 'kept.policy');
  await choose(page, bundle);
  assert.equal((await told(page)).verdict, 'good');
  assert.equal(await page.isVisible('#notice-problem'), false);
  await closed(page);
});

test('by its number the receipt of a closed report is checked, and an unknown number is told of', async () => {
  const page = await checkPage({ lang: 'en' });
  await page.fill('#number', NUMBER);
  await page.click('#number-form button');
  const result = await told(page);
  assert.equal(result.verdict, 'listed');
  assert.deepEqual(result.steps, { receipt: 'unchecked', checkpoint: 'held', witness: 'held', inclusion: 'held' });
  assert.match(await page.getAttribute('#checked-page', 'href'), /^\/statements\//);
  assert.equal(await untold(page), null);
  await page.fill('#number', 'NO-SUCH-NUMBER');
  await page.click('#number-form button');
  await page.waitForSelector('#number-problem');
  await closed(page);
});

// Node.js is more lenient here than browsers are, so this one is not in 11-forged.
test('a status list with something behind its gzip member does not hold', async () => {
  const page = await checkPage({ lang: 'en' });
  const { encodedList } = listSubject('revocation');
  const behind = Buffer.from([0, 0, 0, 0, 0, 64, 0, 0]);
  const longer = Buffer.concat([Buffer.from(encodedList.slice(1), 'base64url'), behind]);
  await page.waitForSelector('#trust:not([hidden])');
  await page.setInputFiles('#trust-file', policyFile('forged.policy', POLICY));
  await page.waitForFunction(() => document.getElementById('trust-name').textContent === 'forged.policy');
  await choose(page, reportBundle());
  assert.equal((await told(page)).verdict, 'good');
  await choose(page, reportBundle({ revocation: (l) => {
    l.subject.encodedList = `u${longer.toString('base64url')}`;
  } }));
  await page.waitForFunction(() => document.getElementById('checked').dataset.verdict === 'bad');
  assert.deepEqual(inState(await told(page), 'failed'), ['status']);
  await closed(page);
});

// Browsers before 2025: WebCrypto without Ed25519.
const withoutEd25519 = () => {
  const real = SubtleCrypto.prototype.importKey;
  SubtleCrypto.prototype.importKey = function importKey(form, data, algorithm, ...rest) {
    return (algorithm.name ?? algorithm) === 'Ed25519'
      ? Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))
      : real.call(this, form, data, algorithm, ...rest);
  };
};
test('a browser without Ed25519 says what it did not check, and the node can be asked', async () => {
  const page = await checkPage({ lang: 'en', initScript: withoutEd25519 });
  await page.waitForSelector('#notice-old:not([hidden])');
  await choose(page, bundle);
  const result = await told(page);
  assert.equal(result.verdict, 'unchecked');
  assert.deepEqual(inState(result, 'held'), ['format', 'receipt', 'validity']);
  assert.equal(inState(result, 'unchecked').length, 7);
  await choose(page, forge((b) => { b.parts[0].statement.credentialSubject.name += '!'; }));
  await page.waitForFunction(() => document.getElementById('checked').dataset.verdict === 'bad');
  await page.setInputFiles('#file', asFile(bundle));
  await page.click('#ask-node');
  await page.waitForSelector('#by-node .verdict.good');
  await closed(page);
});

test('a page without https leaves the check to the node and says so', async () => {
  const page = await checkPage({ lang: 'en', initScript: () => {
    Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });
  } });
  await page.waitForSelector('#notice-insecure:not([hidden])');
  await choose(page, bundle);
  await page.waitForSelector('#by-node .verdict.good');
  await closed(page);
});

test('without a script the forms are whole, and the node says that it checked', async () => {
  const page = await checkPage({ javaScriptEnabled: false });
  await choose(page, bundle);
  await page.waitForSelector('#by-node .verdict.good');
  assert.match(await page.innerText('#by-node .where'), /由本节点核验/);
  for (const hidden of ['#checked', '#trust', '#notice-old']) assert.equal(await page.isVisible(hidden), false, hidden);
  await page.goto(`${node.url}/check`);
  await page.fill('#number', NUMBER);
  await page.click('#number-form button');
  await page.waitForURL(/\/statements\//);
  await page.context().close();
});

test('the result reads in both languages, on desktop, phone, in the dark and in large type', async () => {
  const looks = LANGUAGES.flatMap((lang) => [{ lang, viewport: DESKTOP },
    { lang, viewport: PHONE, colorScheme: 'dark' }]);
  await Promise.all(looks.map(async (options) => {
    const page = await checkPage(options);
    await choose(page, forge((b) => { b.parts[0].statement.credentialSubject.name += '!'; }));
    await told(page);
    const what = JSON.stringify(options);
    assert.equal(await page.getAttribute('html', 'lang'), options.lang);
    assert.equal(await untold(page), null, what);
    assert.ok(await overhang(page) <= 0, what);
    assert.deepEqual(await violations(page), [], what);
    await closed(page);
  }));
  const page = await open(browser, { viewport: PHONE });
  await page.goto(`${node.url}/check?size=large`);
  await choose(page, bundle);
  await told(page);
  assert.ok(await overhang(page) <= 0, 'large type on a phone');
  await closed(page);
});

test('the check page weighs at most 60 kB with all it loads', async () => {
  const page = await open(browser);
  const client = await page.context().newCDPSession(page);
  let bytes = 0;
  client.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
  await client.send('Network.enable');
  await page.goto(`${node.url}/check`, { waitUntil: 'networkidle' });
  assert.ok(bytes > 10000 && bytes <= 61440, `${bytes} bytes`);
  await closed(page);
});

// What a page's address is filled with; there need be no such thing, what is told then is a page too.
const FILLED = { domain: 'not.found', digest: 'A'.repeat(43), draft: '1', step: '1', kind: 'demand' };
// Every page of the route table; statements of each kind are pages too.
async function addresses() {
  const { paths } = (await node.get('/openapi.json')).json;
  const { newest } = (await node.get('/index.json')).json;
  const invitation = await node.do('account', 'add', 'invited', '--role', 'officer', '--json');
  const some = new Map(newest.map((one) => [one.kind, one.id]));
  const pages = Object.keys(paths).filter((path) => paths[path].get?.responses['2XX']?.content?.['text/html']);
  assert.ok(pages.length > 8, pages.join(' '));
  return pages.flatMap((path) => {
    if (path.startsWith('/listings/{uuid}')) return []; // none is published here: 42-listings looks at one
    if (/^\/alliance\/\w+\/\{uuid\}/.test(path)) return []; // nor of the alliance: 43-alliance does
    if (path.includes('{uuid}')) return [...some.values()].map((id) => path.replace('{uuid}', uuid(id)));
    if (path === '/join/{code}') return [new URL(invitation.link, node.url).pathname];
    if (path === '/members/{code}') return [`/members/${codeOf(job.labs.yongchuan.did)}`];
    return [path.replace(/\{(\w+)\}/g, (_, name) => FILLED[name] ?? 'not-found')];
  });
}
// In both languages. What leads a stranger to the page for signing in is asked without the browser, and not looked at
// again: pages of those signed in have tests of their own.
async function openPages() {
  const found = [];
  let guarded = 0;
  for (const path of await addresses()) {
    assert.doesNotMatch(path, /[{}]/, 'a page whose parameter no test fills');
    const answer = await node.get(path, { accept: 'text/html' });
    if (answer.status === 303) {
      assert.match(answer.headers.get('location'), /^\/sign-in\b/, path);
      guarded++;
    } else {
      assert.equal(answer.status, 200, path);
      found.push(...LANGUAGES.map((lang) => `${path}?lang=${lang}`));
    }
  }
  assert.ok(guarded > 20, `${guarded}`);
  return found;
}
test('axe-core finds nothing on any page, in either language', async () => {
  const left = await openPages();
  assert.ok(left.length > 40, `${left.length}`);
  // Two side by side: as many as a small machine has cores.
  await Promise.all([1, 2].map(async () => {
    const page = await open(browser);
    for (let path = left.pop(); path; path = left.pop()) {
      const answer = await page.goto(node.url + path, { waitUntil: 'domcontentloaded' });
      assert.equal(answer.status(), 200, path);
      assert.deepEqual(await violations(page), [], path);
    }
    await closed(page);
  }));
});

test('on a phone the places are folded to the one shown, and unfolded without a script', async () => {
  const page = await open(browser, { viewport: PHONE, javaScriptEnabled: false });
  await page.goto(`${node.url}/reports`);
  const places = page.locator('.rail a:visible');
  assert.deepEqual(await places.evaluateAll((links) => links.map((link) => link.getAttribute('href'))), ['/reports']);
  await page.click('.rail label');
  assert.ok(await places.count() > 8);
  assert.ok(await overhang(page) <= 0);
  await page.context().close();
});

test('a list is sorted by its head and keeps the chosen columns, with and without a script', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await open(browser, { javaScriptEnabled });
    await page.goto(`${node.url}/organisations?lang=en`);
    assert.match(await page.locator('th[aria-sort=descending]').innerText(), /^Since *↓$/);
    await page.click('th >> text=Organisation');
    assert.match(await page.locator('th[aria-sort=ascending]').innerText(), /^Organisation *↑$/);
    await page.click('.shown summary');
    await page.click('.shown >> text=Accreditation');
    assert.equal(await page.locator('th', { hasText: 'Accreditation' }).count(), 0);
    await page.goto(`${node.url}/organisations`);
    assert.equal(await page.locator('th').count(), 4);
    await page.context().close();
  }
});
