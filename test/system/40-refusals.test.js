// Bad input: each is refused with a problem that names what and where, and changes nothing.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, afterEach, describe, test } from 'node:test';
import { addProof, multikey, privateKey, rawPublic, sha256, signCheckpoint } from './lib/codec.js';
import { cloneReport, makeLab, prepare, recognise, seedOf, signReport, stamp } from './lib/job.js';
import { temporary } from './lib/node.js';
import { askSigned } from './lib/signed.js';

let job, node, lab, seed, template, size;
const path = '/api/v1/statements';

before(async () => {
  job = await prepare();
  node = job.yongchuan;
  lab = job.labs.yongchuan;
  seed = seedOf(lab.keyFile);
  template = (await signReport(node, lab)).statement;
});
after(async () => {
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const fresh = (number = randomUUID()) => cloneReport(template, seed, `T-${number}`);
// A report changed before it is signed again, well.
function changed(change) {
  const { proof, ...document } = fresh();
  change(document);
  return addProof(document, seed, `${lab.did}#key-1`, stamp());
}
function refused(answer, status, pattern) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
  const problem = JSON.parse(answer.text);
  assert.equal(problem.status, status);
  assert.ok(problem.type && problem.title && problem.detail, answer.text);
  assert.match(problem.detail, pattern);
}

describe('a statement', () => {
  beforeEach(async () => { size = (await node.checkpoint()).size; });
  afterEach(async () => {
    assert.equal((await node.checkpoint()).size, size, 'a refusal must change nothing');
  });

  test('that is no JSON is told with line and column', async () => {
    refused(await node.publish('{\n  "id": oops}'), 400, /./);
    const { json } = await node.publish('{\n  "id": oops}');
    assert.equal(json.line, 2);
  });
  test('with a duplicate member is refused', async () => {
    const text = JSON.stringify(fresh());
    refused(await node.publish(`{"id":"urn:uuid:${randomUUID()}",${text.slice(1)}`), 400, /twice|duplicate/);
  });
  test('with a lone surrogate is refused', async () => {
    refused(await node.publish(JSON.stringify(fresh()).replace('样例', '\\ud800')), 400, /surrogate/);
  });
  test('with bytes that are no UTF-8 is refused', async () => {
    const bytes = Buffer.from(JSON.stringify(fresh()));
    bytes[bytes.indexOf('样')] = 0xff;
    refused(await node.post(path, 'application/vc', bytes), 400, /UTF-8/);
  });
  test('with a number that a double cannot carry is refused', async () => {
    refused(await node.publish(`{"n":9007199254740993,${JSON.stringify(fresh()).slice(1)}`), 400, /./);
    refused(await node.publish(`{"n":1e999,${JSON.stringify(fresh()).slice(1)}`), 400, /./);
  });
  test('nested too deeply is refused', async () => {
    refused(await node.publish(`{"n":${'['.repeat(200)}${']'.repeat(200)}}`), 413, /deep/);
  });
  test('over the statement limit is refused', async () => {
    refused(await node.publish(changed((d) => { d.padding = 'x'.repeat(263000); })), 413, /262144/);
  });
  test('over the request limit is refused', async () => {
    const answer = await node.publish('x'.repeat(1100000)).catch((error) => error);
    if (!(answer instanceof Error)) refused(answer, 413, /1048576/);
  });
  test('of an unknown kind is refused', async () => {
    const answer = await node.publish(changed((d) => { d.type = ['VerifiableCredential', 'LunchCredential']; }));
    assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
    assert.match(answer.json.detail, /kind|type/);
  });
  test('signed with another key is refused', async () => {
    const { proof, ...document } = fresh();
    const forged = addProof(document, randomBytes(32), `${lab.did}#key-1`, stamp());
    refused(await node.publish(forged), 403, /signature|proof/);
  });
  test('signed under a method nobody registered is refused', async () => {
    const { proof, ...document } = fresh();
    const answer = await node.publish(addProof(document, seed, `${lab.did}#key-9`, stamp()));
    assert.ok([403, 404].includes(answer.status), answer.text);
    assert.match(answer.text, /key-9/);
  });
  test('changed after it was signed is refused', async () => {
    const report = fresh();
    report.credentialSubject.inspectionReport.title = 'x';
    refused(await node.publish(report), 403, /signature|proof/);
  });
  test('without a proof is refused', async () => {
    const { proof, ...document } = fresh();
    const answer = await node.publish(document);
    assert.ok([400, 403].includes(answer.status), answer.text);
    assert.match(answer.text, /proof/);
  });
  test('from the future is refused', async () => {
    const tomorrow = stamp(Date.now() + 86400000);
    const answer = await node.publish(changed((d) => { d.validFrom = tomorrow; }));
    assert.ok([400, 403].includes(answer.status), answer.text);
    assert.match(answer.text, /future/);
    const { proof, ...document } = fresh();
    const signed = await node.publish(addProof(document, seed, `${lab.did}#key-1`, tomorrow));
    assert.ok([400, 403].includes(signed.status), signed.text);
  });
  test('of a lab not accredited on the test day is refused, naming the item', async () => {
    const early = changed((d) => {
      const item = d.credentialSubject.assessment[0];
      item.assessmentDate = '2024-06-03';
      item.itemResult.testedOn = '2024-06-03';
      Object.assign(d.credentialSubject.inspectionReport, { receivedOn: '2024-05-30', performedFrom: '2024-06-01' });
    });
    const answer = await node.publish(early);
    assert.ok([400, 403].includes(answer.status), answer.text);
    assert.match(answer.text, /accredit/);
    assert.match(answer.text, /6\.1\.1/);
  });
  test('of another city\'s lab is refused', async () => {
    const other = job.labs.longquanyi;
    const report = (await signReport(job.longquanyi, other)).statement;
    const answer = await node.publish(report);
    assert.ok([400, 403].includes(answer.status), answer.text);
  });
  test('that a lab may not make is refused', async () => {
    const document = { '@context': template['@context'].filter((c) => !c.includes('untp')),
      id: `urn:uuid:${randomUUID()}`, type: ['VerifiableCredential', 'AccreditationCredential'],
      issuer: template.issuer, validFrom: stamp(), validUntil: '2030-01-01T00:00:00Z',
      credentialSubject: { id: lab.did, type: 'AccreditedBody',
        name: template.issuer.name, certificateType: 'CMA', certificateNumber: 'X', scope: [
          { scheme: 'gbt-41798', edition: '2022', items: ['6.1.1'] }] } };
    const answer = await node.publish(addProof(document, seed, `${lab.did}#key-1`, stamp()));
    assert.equal(answer.status, 403, answer.text);
  });
  test('without the token is refused', async () => {
    const answer = await node.publish(fresh(), { authorization: 'Bearer wrong' });
    assert.ok([401, 403].includes(answer.status));
  });
  test('of an unknown media type is refused', async () => {
    const answer = await node.post(path, 'text/plain', JSON.stringify(fresh()));
    assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
  });
  test('with a JWS over other content is refused', async () => {
    const one = await signReport(node, lab);
    const two = await signReport(node, lab);
    const answer = await node.post(path, 'application/vnd.huren.submission+json',
      JSON.stringify({ statement: one.statement, jwt: two.jwt }));
    assert.ok([400, 403].includes(answer.status), answer.text);
  });
});

test('the same statement twice gives the same index; the same id with other bytes is refused', async () => {
  const report = fresh();
  const first = await node.publish(report);
  assert.equal(first.status, 201, first.text);
  const second = await node.publish(report);
  assert.equal(second.status, 200, second.text);
  assert.equal(second.json.index, first.json.index);
  assert.equal(second.json.duplicate, true);
  const { proof, ...document } = report;
  document.credentialSubject.inspectionReport.title = 'another title';
  refused(await node.publish(addProof(document, seed, `${lab.did}#key-1`, stamp())), 409, /./);
});

test('a key taken out of the DID document no longer signs; what it signed before stays good', async () => {
  const other = await makeLab(job.longquanyi, { code: '91510112MA6LQL0046' });
  const before = await signReport(job.longquanyi, other);
  assert.equal((await job.longquanyi.publish(before.statement)).status, 201);
  const late = await signReport(job.longquanyi, other);
  const next = randomBytes(32);
  await new Promise((done) => { setTimeout(done, 1100); });
  await job.longquanyi.do('org', 'add', '--new-version', '--name', other.draft.lab.name, '--code',
    other.did.split(':').at(-1), '--role', 'lab', '--key', multikey(rawPublic(privateKey(next))), '--json');
  await new Promise((done) => { setTimeout(done, 1100); });
  const answer = await job.longquanyi.publish(late.statement);
  assert.equal(answer.status, 403, answer.text);
  const page = await job.longquanyi.statement(before.statement.id);
  assert.equal(page.state, 'valid');
});

test('a recognition request names the field that is wrong', async () => {
  for (const [change, field] of [[{ reports: [] }, /reports/], [{ applicant: 'nobody' }, /applicant/],
    [{ vins: ['short'] }, /vins/], [{ odd: 'no list' }, /odd/]]) {
    const request = { reports: [template.id], applicant: `${node.did}:org:91500118MA5YCM010J`,
      vins: ['LSYYC5A14TA000001'], odd: ['road:urban'], documents: [], ...change };
    const answer = await node.post('/api/v1/recognition-requests', 'application/json', JSON.stringify(request));
    assert.ok([400, 422].includes(answer.status), `${field}: ${answer.text}`);
    assert.match(answer.json.detail, field);
  }
});

describe('the witness endpoint', () => {
  const add = async (body) => {
    const answer = await fetch(`${node.url}/witness/add-checkpoint`, { method: 'POST', body });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  const own = async () => (await job.longquanyi.get('/tlog/checkpoint')).text;

  test('answers 400 to what is malformed', async () => {
    for (const body of ['', 'old x\n\n', 'old 0\n', `old 0\n${'AAAA\n'.repeat(3)}\n${await own()}`,
      `old 99999\n\n${await own()}`])
      assert.equal((await add(body)).status, 400, body.slice(0, 40));
  });
  test('answers 404 to an unknown origin', async () => {
    const note = signCheckpoint('stranger.example/tlog', 1, sha256('x'), 'stranger.example/tlog', randomBytes(32));
    assert.equal((await add(`old 0\n\n${note}`)).status, 404);
  });
  test('answers 403 to a checkpoint the log did not sign', async () => {
    const origin = `${job.longquanyi.domain}/tlog`;
    const note = signCheckpoint(origin, 1, sha256('x'), origin, randomBytes(32));
    assert.equal((await add(`old 0\n\n${note}`)).status, 403);
    const changed = (await own()).replace(/\n(\d+)\n/, (_, n) => `\n${Number(n) + 1}\n`);
    assert.equal((await add(`old 0\n\n${changed}`)).status, 403);
  });
  test('answers 409 with its size to a wrong old size', async () => {
    const answer = await add(`old 0\n\n${await own()}`);
    assert.equal(answer.status, 409);
    assert.match(answer.type, /^text\/x\.tlog\.size/);
    assert.match(answer.text, /^[1-9][0-9]*\n$/);
  });
  test('answers 422 to a proof that does not hold, and 200 to the same size again', async () => {
    const { text: known } = await add(`old 0\n\n${await own()}`);
    const old = Number(known);
    const wrong = sha256('x').toString('base64');
    const { size: now } = await job.longquanyi.checkpoint();
    if (now === old) {
      assert.equal((await add(`old ${old}\n${wrong}\n\n${await own()}`)).status, 422);
      const again = await add(`old ${old}\n\n${await own()}`);
      assert.equal(again.status, 200);
      assert.match(again.text, /^\u2014 \S+ \S+\n/);
    } else {
      assert.equal((await add(`old ${old}\n${wrong}\n\n${await own()}`)).status, 422);
    }
  });
});

describe('a signed request between nodes', () => {
  let id;
  before(async () => {
    const { submission } = await recognise(job.yongchuan, job.longquanyi, lab, { number: 'T-BODY' });
    id = submission.statement.id;
  });
  const ask = (change, value = { id }) => askSigned(job.longquanyi, node, '/peer/v1/body', value, change);

  test('of an entitled peer gets the body', async () => {
    const answer = await ask({});
    assert.equal(answer.status, 200, answer.text);
    assert.equal(JSON.parse(answer.text).statement.id, id);
  });
  test('is refused when stale or from the future', async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const created of [now - 3600, now + 3600]) assert.ok([401, 403].includes((await ask({ created })).status));
  });
  test('is refused the second time', async () => {
    const nonce = randomBytes(16).toString('base64url');
    assert.equal((await ask({ nonce })).status, 200);
    assert.ok([401, 403].includes((await ask({ nonce })).status));
  });
  test('is refused under another key, a stranger\'s name, another body', async () => {
    for (const change of [{ seed: randomBytes(32) }, { keyid: 'did:web:stranger.example#requests-1' },
      { keyid: `${job.longquanyi.did}#key-1` }, { body: JSON.stringify({ id: `urn:uuid:${randomUUID()}` }) }])
      assert.ok([401, 403].includes((await ask(change)).status), JSON.stringify(Object.keys(change)));
  });
  test('without a signature is refused', async () => {
    const answer = await fetch(`${node.url}/peer/v1/body`, { method: 'POST', body: JSON.stringify({ id }),
      headers: { 'content-type': 'application/json' } });
    assert.ok([401, 403].includes(answer.status));
  });
});

test('tiles are found under their one spelling only', async () => {
  const { size: now } = await node.checkpoint();
  for (const bad of ['tile/0/0', 'tile/00/000', 'tile/0/000.p/0', 'tile/0/000.p/256', 'tile/0/x000/000', 'tile/64/000',
    `tile/0/000.p/${now + 1}`, 'tile/0/001', 'tile/entries/000.gz', 'tile/../../node.json'])
    assert.equal((await node.get(`/tlog/${bad}`)).status, 404, bad);
});

test('files that are no drafts and no bundles are refused by the commands', async () => {
  const file = join(temporary(), 'x.json');
  writeFileSync(file, '{"number": 1, "number": 2}');
  const sign = await node.cli('report', 'sign', file, '--did', lab.did, '--key', lab.keyFile);
  assert.notEqual(sign.status, 0);
  assert.match(sign.stderr, /line 1/);
});
