// Every route of /openapi.json answers; pages have JSON twins, both languages, and a strict policy.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { prepare, recognise } from './lib/job.js';

let job, made, api;
before(async () => {
  job = await prepare();
  made = await recognise(job.yongchuan, job.longquanyi, job.labs.yongchuan);
  api = (await job.longquanyi.get('/openapi.json')).json;
});
after(async () => {
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

test('the description is OpenAPI 3 and lists pages, twins, tlog and API', () => {
  assert.match(api.openapi, /^3\./);
  const paths = Object.keys(api.paths);
  for (const path of ['/', '/reports', '/decisions', '/check', '/tlog/checkpoint', '/api/v1/statements'])
    assert.ok(paths.includes(path), `${path} in ${paths.join(' ')}`);
});

// Pages of who is signed in: 90-accounts asks them.
const ofPeople = (operation) => operation.security.some((way) => 'session' in way) || isStream(operation);
// Streams do not end: 38-events listens to them.
const isStream = (operation) => 'text/event-stream' in (operation.responses['2XX']?.content ?? {});

// Parameters with values that exist on this node.
function fill(path) {
  const uuid = made.decision.id.replace('urn:uuid:', '');
  return path.replace(/\{(uuid|id)\}/g, uuid).replace(/\{number\}/g, 'YC-SAMPLE-2026-0001');
}

test('each reading route answers without a server error', async () => {
  let asked = 0;
  for (const [path, methods] of Object.entries(api.paths)) {
    if (!methods.get || ofPeople(methods.get)) continue;
    const answer = await job.longquanyi.get(fill(path), { authorization: `Bearer ${job.longquanyi.token}` });
    assert.ok(answer.status < 500, `${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
    if (!path.includes('{')) assert.ok(answer.status < 400, `${path}: ${answer.status}`);
    asked++;
  }
  assert.ok(asked > 10);
});

test('answers are of the media types the description names', async () => {
  const asked = { authorization: `Bearer ${job.longquanyi.token}` };
  const named = (answers, status) => Object.keys((status < 300 ? answers['2XX'] : answers[status] ?? answers.default)
    .content ?? {});
  for (const [path, methods] of Object.entries(api.paths)) {
    if (!methods.get || ofPeople(methods.get)) continue;
    for (const headers of [asked, { accept: 'application/json' }, { ...asked, accept: 'text/html' }]) {
      const answer = await fetch(job.longquanyi.url + fill(path), { headers, redirect: 'manual' });
      const type = answer.headers.get('content-type')?.split(';')[0];
      assert.ok(named(methods.get.responses, answer.status).includes(type), `${path}: ${answer.status} ${type}`);
    }
  }
  const moved = await fetch(`${job.longquanyi.url}/check?number=YC-SAMPLE-2026-0001`, { redirect: 'manual' });
  assert.ok(api.paths['/check'].get.responses[moved.status], `/check: ${moved.status}`);
});

test('each writing route refuses without the token, with a problem document', async () => {
  for (const [path, methods] of Object.entries(api.paths)) {
    if (!methods.post || !path.startsWith('/api/')) continue;
    const answer = await fetch(job.longquanyi.url + fill(path), { method: 'POST', body: '{}',
      headers: { 'content-type': 'application/json' } });
    assert.ok([401, 403].includes(answer.status), `${path}: ${answer.status}`);
    assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
  }
});

const pages = () => ['/', '/reports', '/decisions', '/organisations', '/peers', '/check',
  `/statements/${made.decision.id.replace('urn:uuid:', '')}`];

test('pages are Chinese first and English by switch', async () => {
  for (const path of pages()) {
    const chinese = await job.longquanyi.get(path);
    assert.equal(chinese.status, 200, path);
    assert.match(chinese.text, /<html[^>]*lang="zh-CN"/, path);
    const english = await job.longquanyi.get(`${path}?lang=en`);
    assert.match(english.text, /<html[^>]*lang="en"/, path);
    assert.notEqual(english.text, chinese.text, path);
  }
});

test('each page has a JSON twin', async () => {
  for (const path of pages()) {
    const twin = await job.longquanyi.get(path === '/' ? '/index.json' : `${path}.json`);
    assert.equal(twin.status, 200, path);
    assert.match(twin.headers.get('content-type'), /^application\/json/);
    assert.ok(typeof twin.json === 'object');
  }
});

// Some change from one moment to the next: peers are seen again.
test('what a stranger may keep has a tag, and is not sent again', async () => {
  const unchanged = async (path, headers) => {
    for (let tries = 0; tries < 5; tries++) {
      const first = await job.longquanyi.get(path, headers);
      const tag = first.headers.get('etag');
      if (first.status !== 200 || /no-store/.test(first.headers.get('cache-control'))) return false;
      assert.ok(tag, `${path}: ${JSON.stringify([...first.headers])}`);
      const again = await job.longquanyi.get(path, { ...headers, 'if-none-match': tag });
      if (again.status !== 304) continue;
      assert.equal(again.bytes.length, 0);
      assert.equal(again.headers.get('etag'), tag);
      return true;
    }
    return assert.fail(`${path} changes whenever it is asked for`);
  };
  let kept = 0;
  for (const [path, methods] of Object.entries(api.paths))
    if (methods.get && !ofPeople(methods.get))
      for (const accept of ['text/html', 'application/json'])
        kept += await unchanged(fill(path), { accept });
  assert.ok(kept > 40, `${kept} answers`);
});

test('pages forbid foreign content and ask no other host', async () => {
  for (const path of pages()) {
    const page = await job.longquanyi.get(path);
    const policy = page.headers.get('content-security-policy');
    assert.match(policy, /default-src '(none|self)'/, path);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/, path);
    const hosts = [...page.text.matchAll(/(?:src|action)="(https?:\/\/[^"]+)"/g)];
    assert.deepEqual(hosts.map((match) => match[1]), [], path);
    assert.ok(page.bytes.length < 61440, `${path} weighs ${page.bytes.length}`);
    assert.doesNotMatch(page.text, /\{\{/, path);
  }
});

test('the first byte comes quickly and metrics are Prometheus text', async () => {
  const metrics = await job.longquanyi.get('/metrics');
  assert.equal(metrics.status, 200);
  assert.match(metrics.text, /^# TYPE \S+ (counter|gauge)/m);
  assert.match(metrics.text, /^huren_\w+(\{[^}]*\})? [0-9.e+-]+$/m);
});

test('what does not exist is told so', async () => {
  const page = await job.longquanyi.get('/no/such/page');
  assert.equal(page.status, 404);
  const twin = await job.longquanyi.get('/statements/00000000-0000-4000-8000-000000000000.json');
  assert.equal(twin.status, 404);
  assert.match(twin.headers.get('content-type'), /^application\/problem\+json/);
});

test('the peer\'s statements say as of when they are known', async () => {
  const { rows } = (await job.longquanyi.get('/reports.json')).json;
  const foreign = rows.filter((row) => row.city && !row.city.own);
  assert.ok(foreign.length > 0);
  for (const row of foreign) assert.match(row.as_of, /^\d{4}-/);
});
