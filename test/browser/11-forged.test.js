// Bundles whose signatures and log are right while what they say is not: both verifiers, step by step.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { multikey } from '../system/lib/codec.js';
import { SOURCE, huren, temporary } from '../system/lib/node.js';
import { DID, Log, POLICY, bundleOf, didDocument, digestOf, listSubject, reportBundle, stamp, statement,
  statusEntries } from './lib/forge.js';

globalThis.crypto ??= webcrypto; // not global in Node.js 18
const { policyOf } = await import('../../ui/static/formats.js');
const { checkBundle } = await import('../../ui/static/check-bundle.js');

const folder = temporary(), policyFile = join(folder, 'trust.policy');
let policy, files = 0;
before(async () => {
  writeFileSync(policyFile, POLICY);
  policy = await policyOf(Buffer.from(POLICY));
});

const now = () => Math.floor(Date.now() / 1000);
const DAY = 86400;
const dayOf = (at) => stamp(at + 8 * 3600).slice(0, 10);
const brief = ({ verdict, steps }) => [verdict, ...steps.map(({ step, state }) => `${step} ${state}`)].join(', ');

// What both say; `want` is the verdict, or the first step that did not hold and how.
async function judge(what, text, want) {
  const file = join(folder, `${files++}.json`);
  writeFileSync(file, text);
  const told = await huren('verify', '--json', '--trust', policyFile, file);
  assert.ok(told.stdout, `${what}: ${told.stderr}`);
  const program = JSON.parse(told.stdout), page = await checkBundle(Buffer.from(text), policy, now());
  assert.equal(brief(page), brief(program), `${what}: ${JSON.stringify(program.steps)}`);
  const short = page.steps.find(({ state }) => state !== 'held');
  const found = [page.verdict, short ? `${short.step} ${short.state}` : ''];
  assert.ok(found.includes(want), `${what}: ${found} instead of ${want}: ${JSON.stringify(program.steps)}`);
}
const judgeAll = async (rows) => {
  for (const [what, want, change] of rows)
    await judge(what, typeof change === 'function' ? change() : reportBundle(change), want);
};
const otherKey = { by: [['stranger', `${DID.lab}#key-1`]] };
const sm2 = JSON.parse(readFileSync(join(SOURCE, 'test/vectors-own/report.json'))).proof
  .find((proof) => proof.cryptosuite.startsWith('sm2'));
const sm2Key = (() => { // of the laboratory of the samples
  const { parts } = JSON.parse(readFileSync(join(SOURCE, 'test/vectors-own/good.bundle.json')));
  return parts.flatMap((part) => part.statement.credentialSubject.didDocument?.verificationMethod ?? [])
    .find((method) => method.id === sm2.verificationMethod).publicKeyMultibase;
})();

test('keys and proofs', () => judgeAll([
  ['nothing is wrong', 'good', {}],
  ['another key', 'signature failed', { report: (r) => Object.assign(r.how, otherKey) }],
  ['made long before the key was known', 'signature failed', { report: (r) => { r.how.at -= 3600; } }],
  ['made after it was received', 'signature failed', { report: (r) => { r.how.at += 400; } }],
  ['made a little after', 'good', { report: (r) => { r.how.at += 200; } }],
  ['expired', 'signature failed', { report: (r) => { r.how.proof = (p) => { p.expires = stamp(r.when); }; } }],
  ['another purpose', 'signature failed',
    { report: (r) => { r.how.proof = (p) => { p.proofPurpose = 'authentication'; }; } }],
  ['a chain of proofs', 'signature failed', { report: (r) => { r.how.proof = (p) => { p.previousProof = 'x'; }; } }],
  ['fewer contexts in the proof', 'good',
    { report: (r) => { r.how.proof = (p) => { p['@context'] = p['@context'].slice(0, 1); }; } }],
  ['one context as text', 'good', { report: (r) => { r.how.proof = (p) => { [p['@context']] = p['@context']; }; } }],
  ['other contexts in the proof', 'signature failed',
    { report: (r) => { r.how.proof = (p) => { p['@context'] = p['@context'].slice(1); }; } }],
  ['no context in the proof', 'good', { report: (r) => { r.how.proof = (p) => { delete p['@context']; }; } }],
  ['an unknown suite', 'signature failed', { report: (r) => { r.how.proof = (p) => { p.cryptosuite = 'x'; }; } }],
  ['an SM2 proof of something else', 'signature failed', {
    lab: ({ subject: { didDocument: document } }) => {
      document.verificationMethod.push({ id: `${DID.lab}#key-2`, type: 'Multikey', controller: DID.lab,
        publicKeyMultibase: sm2Key });
      document.assertionMethod.push(`${DID.lab}#key-2`);
    },
    report: (r) => {
      const { cryptosuite, proofValue } = sm2;
      r.how.by.push(['lab', `${DID.lab}#key-2`]);
      r.how.proof = (p) => p.verificationMethod.endsWith('2') && Object.assign(p, { cryptosuite, proofValue });
    } }],
  ['the key had expired', 'signature failed',
    { lab: (l) => { l.subject.didDocument.verificationMethod[0].expires = stamp(l.when + 30); } }],
  ['the key is not for signing', 'signature failed', { lab: (l) => { l.subject.didDocument.assertionMethod = []; } }],
  ['a key of small order', 'signature failed',
    { lab: (l) => { l.subject.didDocument.verificationMethod[0].publicKeyMultibase = multikey(Buffer.alloc(32)); } }],
  ['version 2 comes first', 'key failed', { lab: (l) => { l.subject.version = 2; } }],
  ['a node that is not entry 0', 'key failed', { first: true }],
  ['a key listed twice', 'key failed', { lab: (l) => {
    l.subject.didDocument.verificationMethod.push(l.subject.didDocument.verificationMethod[0]); } }],
  ['relations that are no list', 'key failed', { lab: (l) => { l.subject.didDocument.authentication = null; } }],
  ['issued by itself', 'key failed', { lab: (l) => { l.issuer = DID.lab; } }],
  ['a name of a foreign host', 'key failed', { lab: (l) => { l.subject = didDocument('did:web:c.example', 'lab'); } }],
]));

const change = (w, status, when, by = ['a', `${DID.a}#key-1`], issuer = DID.a) => (target) =>
  w.extra.push(w.log.add('status', statement('status', issuer, { id: target.statement.id, type: 'StatusChange',
    digest: digestOf(target.statement), status, reason: { en: 'x', 'zh-CN': 'x' } }, { by: [by], at: w.at }), when));
// All before the report stands in the log five days earlier, and then these changes of the accreditation.
const earlier = (one) => { one.when -= 5 * DAY; one.how.at -= 5 * DAY; };
const onAccreditation = (...changes) => ({ day: dayOf(now()), node: earlier, lab: earlier, accreditation: earlier,
  before: (w) => {
    for (const [status, daysAgo] of changes) {
      const at = w.at - daysAgo * DAY;
      change({ ...w, at }, status, at)(w.accreditation);
    }
  } });

test('accreditations', () => judgeAll([
  ['an item that is not in its scope', 'accreditation failed',
    { accreditation: (a) => { a.subject.scope[0].items = ['6.1']; } }],
  ['another edition', 'accreditation failed', { accreditation: (a) => { a.subject.scope[0].edition = '2024'; } }],
  ['ended before', 'accreditation failed', { accreditation: (a) => { a.how.validUntil = stamp(now() - 5 * DAY); } }],
  ['ends on the day', 'good', { accreditation: (a) => { a.how.validUntil = stamp(now() - 3 * DAY); } }],
  ['begins after', 'accreditation failed', { accreditation: (a) => { a.how.validFrom = stamp(now() - DAY); } }],
  ['of another laboratory', 'accreditation unknown', { accreditation: (a) => { a.subject.id = `${DID.a}:org:1`; } }],
  ['not before the report', 'accreditation unknown', {
    accreditation: (a) => { a.out = true; },
    more: (w) => {
      const scope = [{ scheme: 'gbt-41798', edition: '2022', items: ['6.1', '6.2'] }];
      w.extra.push(w.log.add('accreditation', statement('accreditation', DID.a, { id: DID.lab, type: 'AccreditedBody',
        name: 'x', certificateType: 'CMA', certificateNumber: 'N', scope }, w.byNode), w.at + 80));
    } }],
  ['issued by the laboratory', 'signature failed', { accreditation: (a) => {
    Object.assign(a, { issuer: DID.lab, how: { ...a.how, by: [['lab', `${DID.lab}#key-1`]] } }); } }],
  ['no items', 'accreditation failed', { report: (r) => { r.subject.assessment = []; } }],
  ['a day that does not exist', 'accreditation failed', { day: '2026-02-30' }],
  ['a scheme of its own', 'accreditation failed', { report: (r) => {
    r.subject.assessment[0].itemResult.scheme = { id: 'add-on', edition: '1' }; } }],
  ['withdrawn days before', 'accreditation failed', onAccreditation(['withdrawn', 2])],
  ['suspended, then reinstated', 'good', onAccreditation(['suspended', 3], ['reinstated', 2])],
  ['suspended and not reinstated', 'accreditation failed', onAccreditation(['suspended', 2])],
  ['withdrawn, then reinstated', 'accreditation failed', onAccreditation(['withdrawn', 3], ['reinstated', 2])],
  ['withdrawn later that day', 'good', { ...onAccreditation(['withdrawn', 0]), day: dayOf(now() - 7200) }],
]));

const gz = (text, cut) => `u${Buffer.from(text.slice(1), 'base64url').subarray(0, cut).toString('base64url')}`;
const list = (subject) => ({ revocation: subject });
test('status', () => judgeAll([
  ['withdrawn by the list', 'withdrawn', list((l) => { l.subject = listSubject('revocation', [7]); })],
  ['another bit', 'good', list((l) => { l.subject = listSubject('revocation', [6, 8]); })],
  ['suspended by the list', 'withdrawn', { suspension: (l) => { l.subject = listSubject('suspension', [7]); } }],
  ['suspended, then reinstated', 'good', { suspension: (l) => { l.subject = listSubject('suspension', [7]); },
    more: (w) => change(w, 'reinstated', w.at + 90)(w.report) }],
  ['withdrawn by a statement', 'withdrawn', { more: (w) => change(w, 'withdrawn', w.at + 90)(w.report) }],
  ['withdrawn by the laboratory', 'withdrawn', { more: (w) =>
    change({ ...w, at: w.at + 90 }, 'withdrawn', w.at + 90, ['lab', `${DID.lab}#key-1`], DID.lab)(w.report) }],
  ['a statement about another text', 'good', { more: (w) => change(w, 'withdrawn', w.at + 90)(
    { statement: { ...w.report.statement, x: 1 } }) }],
  ['the list is old', 'status unknown', list((l) => { l.how.validUntil = stamp(now() - 60); })],
  ['the list is missing', 'status unknown', list((l) => { l.out = true; })],
  ['no status named', 'good', { report: (r) => { delete r.how.credentialStatus; } }],
  ['a list of another purpose', 'status failed', list((l) => { l.subject.statusPurpose = 'suspension'; })],
  ['a place past the end', 'status failed', { report: (r) => { r.how.credentialStatus = statusEntries('131072'); } }],
  ['the last place', 'good', { report: (r) => { r.how.credentialStatus = statusEntries('131071'); } }],
  ['a place with a leading zero', 'status failed',
    { report: (r) => { r.how.credentialStatus = statusEntries('07'); } }],
  ['two bits each', 'status failed', { report: (r) => { r.how.credentialStatus[0].statusSize = 2; } }],
  ['a list cut short', 'status failed', list((l) => { l.subject.encodedList = gz(l.subject.encodedList, -9); })],
  ['a list that is too short', 'status failed', list((l) => { l.subject = listSubject('revocation', [], 8192); })],
  ['a longer list', 'good', list((l) => { l.subject = listSubject('revocation', [], 65536); })],
  ['a list that is no base64url', 'status failed', list((l) => { l.subject.encodedList += '='; })],
]));

test('times and the log', () => judgeAll([
  ['no longer valid', 'validity failed', { report: (r) => { r.how.validUntil = stamp(now() - 60); } }],
  ['not yet valid', 'validity failed', { report: (r) => { r.how.validFrom = stamp(now() + 400); } }],
  ['valid in a moment', 'good', { report: (r) => { r.how.validFrom = stamp(now() + 200); } }],
  ['a receipt from the future', 'receipt failed', { report: (r) => { r.when = now() + 400; r.how.at = now(); } }],
  ['received after it was cosigned', 'witness failed', { cosigned: now() - 7800 }],
  ['not cosigned', 'witness failed', { cosigned: undefined }],
  ['cosigned past the year 9999', 'witness failed', { cosigned: 253402300800 }],
  ['cosigned at time 0', 'witness failed', { cosigned: 0 }],
  ['a receipt of another kind', 'receipt failed', { report: (r) => { r.receipt = { kind: 'decision' }; } }],
  ['a receipt of another disclosure', 'receipt failed', { report: (r) => { r.receipt = { disclosure: 'open' }; } }],
]));

// A decision of b under an agreement with a; both signed it, and it stands in the log of b.
function decisionBundle({ named = (inputs) => inputs, by, parties = [DID.a, DID.b], keep = true } = {}) {
  const at = now() - 7200, a = new Log('a.example', 'logA'), b = new Log('b.example', 'logB');
  const own = { a: [['a', `${DID.a}#key-1`]], b: [['b', `${DID.b}#key-1`]] };
  const nodeA = a.add('did-document', statement('did-document', DID.a, didDocument(DID.a, 'a'), { by: own.a, at }), at);
  const nodeB = b.add('did-document', statement('did-document', DID.b, didDocument(DID.b, 'b'), { by: own.b, at }), at);
  const text = { id: 'urn:agreement', type: 'RecognitionAgreement', parties: parties.map((id) => ({ id, name: id })),
    agreement: {} };
  const agreement = b.add('agreement',
    statement('agreement', parties[0], text, { by: by ?? [...own.a, ...own.b], at }), at + 5);
  const inputs = { agreement: named({ id: agreement.statement.id, digest: digestOf(agreement.statement) }) };
  const decision = b.add('decision',
    statement('decision', DID.b, { id: 'urn:d', inputs }, { by: own.b, at: at + 9 }), at + 9);
  return bundleOf([decision, nodeA, nodeB, ...(keep ? [agreement] : [])], now() - 60);
}
test('decisions and agreements', () => judgeAll([
  ['as it should be', 'good', () => decisionBundle()],
  ['the agreement is not in the file', 'good', () => decisionBundle({ keep: false })],
  ['another text of it', 'agreement failed', () => decisionBundle({ named: (n) => ({ ...n, digest: digestOf({}) }) })],
  ['no digest', 'agreement failed', () => decisionBundle({ named: ({ id }) => ({ id }) })],
  ['one party did not sign', 'signature failed', () => decisionBundle({ by: [['a', `${DID.a}#key-1`]] })],
  ['a party twice', 'signature failed', () => decisionBundle({ parties: [DID.a, DID.b, DID.b] })],
  ['who decides is no party', 'signature failed', () => decisionBundle({ parties: [DID.a, 'did:web:c.example'] })],
]));
