// Our credentials under other people's code: Digital Bazaar's suite, and WebCrypto by hand.
import assert from 'node:assert/strict';
import { webcrypto as crypto } from 'node:crypto';
import { after, before, test } from 'node:test';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import { createVerifyCryptosuite } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import { decodeList } from '@digitalbazaar/vc-bitstring-status-list';
import jsigs from 'jsonld-signatures';
import { jcs, rawOfMultikey, sha256, unbase58 } from './lib/codec.js';
import { prepare, recognise } from './lib/job.js';

let job, made;
before(async () => {
  job = await prepare();
  made = await recognise(job.yongchuan, job.longquanyi, job.labs.yongchuan);
});
after(async () => {
  await job?.yongchuan.stop();
  await job?.longquanyi.stop();
});

const read = async (node, id) =>
  (await node.get(`/statements/${id.replace('urn:uuid:', '')}`, { accept: 'application/vc',
    authorization: `Bearer ${node.token}` }));

// DID documents come from the nodes themselves, by the did:web path of the DID.
async function resolve(did) {
  const node = did.startsWith(job.yongchuan.did) ? job.yongchuan : job.longquanyi;
  const rest = did.slice(node.did.length).split(':').filter(Boolean);
  const path = rest.length === 0 ? '/.well-known/did.json' : `/${rest.join('/')}/did.json`;
  const answer = await node.get(path);
  assert.equal(answer.status, 200, path);
  return answer.json;
}
async function documentLoader(url) {
  const did = url.split('#')[0];
  if (!did.startsWith('did:web:')) throw new Error(`nothing else is loaded: ${url}`);
  const document = await resolve(did);
  assert.equal(document.id, did);
  const method = document.verificationMethod.find((one) => one.id === url);
  return { documentUrl: url, contextUrl: null,
    document: url.includes('#') ? { '@context': 'https://w3id.org/security/multikey/v1', ...method } : document };
}

// With a proof set the suite must find its proof; ours beside it (SM2) is not its business.
async function verifyByBazaar(credential) {
  const proofs = [credential.proof].flat().filter((proof) => proof.cryptosuite === 'eddsa-jcs-2022');
  const results = [];
  for (const proof of proofs) {
    const suite = new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() });
    results.push(await jsigs.verify({ ...credential, proof }, { suite, documentLoader,
      purpose: new jsigs.purposes.AssertionProofPurpose({ controller: await resolve(credential.issuer.id) }) }));
  }
  return results;
}

test('a report verifies with the digitalbazaar eddsa-jcs-2022 suite', async () => {
  const answer = await read(job.yongchuan, made.submission.statement.id);
  assert.match(answer.headers.get('content-type'), /^application\/vc\b/);
  const [result] = await verifyByBazaar(answer.json);
  assert.ok(result.verified, result.error?.errors?.map(String).join('; ') ?? String(result.error));
});

test('a decision of the other node verifies with it too', async () => {
  const [result] = await verifyByBazaar((await read(job.longquanyi, made.decision.id)).json);
  assert.ok(result.verified, String(result.error?.errors));
});

test('the agreement verifies for both parties', async () => {
  const results = await Promise.all([job.agreement.proof].flat()
    .filter((proof) => proof.cryptosuite === 'eddsa-jcs-2022').map(async (proof) => {
      const suite = new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() });
      return jsigs.verify({ ...job.agreement, proof }, { suite, documentLoader,
        purpose: new jsigs.purposes.AssertionProofPurpose({
          controller: await resolve(proof.verificationMethod.split('#')[0]) }) });
    }));
  assert.equal(results.length, 2);
  for (const result of results) assert.ok(result.verified, String(result.error?.errors));
});

test('a changed report does not verify with it', async () => {
  const credential = (await read(job.yongchuan, made.submission.statement.id)).json;
  credential.credentialSubject.inspectionReport.number = 'X';
  const [result] = await verifyByBazaar(credential);
  assert.ok(!result.verified);
});

test('WebCrypto verifies a report by hand', async () => {
  const credential = (await read(job.yongchuan, made.submission.statement.id)).json;
  const proof = [credential.proof].flat().find((one) => one.cryptosuite === 'eddsa-jcs-2022');
  const document = await resolve(proof.verificationMethod.split('#')[0]);
  const method = document.verificationMethod.find((one) => one.id === proof.verificationMethod);
  assert.ok(document.assertionMethod.includes(method.id));
  const key = await crypto.subtle.importKey('raw', rawOfMultikey(method.publicKeyMultibase), { name: 'Ed25519' }, false,
    ['verify']);
  const { proofValue, ...config } = proof;
  const { proof: proofs, ...bare } = credential;
  const data = Buffer.concat([sha256(jcs(config)), sha256(jcs(bare))]);
  assert.ok(await crypto.subtle.verify('Ed25519', key, unbase58(proofValue.slice(1)), data));
});

test('the same credential is served as vc+jwt and its signature holds', async () => {
  const id = made.submission.statement.id;
  const answer = await job.yongchuan.get(`/statements/${id.replace('urn:uuid:', '')}`,
    { accept: 'application/vc+jwt', authorization: `Bearer ${job.yongchuan.token}` });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^application\/vc\+jwt/);
  const [header, payload, signature] = answer.text.trim().split('.');
  const decoded = JSON.parse(Buffer.from(header, 'base64url'));
  assert.equal(decoded.alg, 'EdDSA');
  assert.equal(decoded.typ, 'vc+jwt');
  const document = await resolve(decoded.kid.split('#')[0]);
  const method = document.verificationMethod.find((one) => one.id === decoded.kid);
  const key = await crypto.subtle.importKey('raw', rawOfMultikey(method.publicKeyMultibase), { name: 'Ed25519' }, false,
    ['verify']);
  assert.ok(await crypto.subtle.verify('Ed25519', key, Buffer.from(signature, 'base64url'),
    Buffer.from(`${header}.${payload}`)));
  const { proof, ...bare } = made.submission.statement;
  assert.deepEqual(JSON.parse(Buffer.from(payload, 'base64url')), bare);
});

test('a report has the members UNTP 0.6.0 asks for', async () => {
  const { json } = await read(job.yongchuan, made.submission.statement.id);
  assert.equal(json['@context'][0], 'https://www.w3.org/ns/credentials/v2');
  assert.equal(json['@context'][1], 'https://test.uncefact.org/vocabulary/untp/dcc/0.6.0/');
  assert.ok(json.type.includes('DigitalConformityCredential') && json.type.includes('VerifiableCredential'));
  const subject = json.credentialSubject;
  for (const name of ['id', 'assessorLevel', 'assessmentLevel', 'attestationType', 'issuedToParty', 'assessment'])
    assert.ok(subject[name], name);
  for (const one of subject.assessment) {
    assert.ok(one.id && one.conformityTopic);
    assert.equal(typeof one.conformance, 'boolean');
  }
});

test('the status list is read by the digitalbazaar library', async () => {
  const { json: report } = await read(job.yongchuan, made.submission.statement.id);
  const entries = [report.credentialStatus].flat();
  assert.ok(entries.length >= 1);
  for (const entry of entries) {
    const url = new URL(entry.statusListCredential);
    const answer = await job.yongchuan.get(url.pathname, { accept: 'application/vc' });
    assert.equal(answer.status, 200, url.pathname);
    const [result] = await verifyByBazaar(answer.json);
    assert.ok(result.verified, String(result.error?.errors));
    const list = await decodeList({ encodedList: answer.json.credentialSubject.encodedList });
    assert.ok(list.length >= 131072);
    assert.equal(list.getStatus(Number(entry.statusListIndex)), false);
  }
});

test('keys import as Multikey', async () => {
  const document = await resolve(job.yongchuan.did);
  const method = document.verificationMethod.find((one) => one.id.endsWith('#key-1'));
  const key = await Ed25519Multikey.from({ '@context': 'https://w3id.org/security/multikey/v1', ...method });
  assert.equal(key.publicKeyMultibase, method.publicKeyMultibase);
});
