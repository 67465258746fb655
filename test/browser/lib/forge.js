// Bundles that are signed and logged as they should be, but say something else than they may: two cities with their
// keys, a laboratory, and a log written here from the formats alone.
import { createHash, randomUUID, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { addProof, base58, hashData, inclusionPath, jcs, leafHash, multikey, privateKey, rawPublic, rootOf,
  vkeyText } from '../../system/lib/codec.js';

export const SEED = { a: 1, b: 2, lab: 3, logA: 4, logB: 5, witness: 6, stranger: 7 };
const seedOf = (name) => Buffer.alloc(32, SEED[name]);
const publicOf = (name) => rawPublic(privateKey(seedOf(name)));
export const DID = { a: 'did:web:a.example', b: 'did:web:b.example', lab: 'did:web:a.example:org:9150' };
const WITNESS = 'b.example/witness';
const CONTEXTS = ['https://www.w3.org/ns/credentials/v2', 'https://huren.example/contexts/v1'];
const REPORT_CONTEXTS = [CONTEXTS[0], 'https://test.uncefact.org/vocabulary/untp/dcc/0.6.0/', CONTEXTS[1]];
const TYPES = { 'did-document': 'DidDocumentCredential', accreditation: 'AccreditationCredential',
  agreement: 'RecognitionAgreementCredential', report: 'DigitalConformityCredential',
  decision: 'RecognitionDecisionCredential', status: 'StatusChangeCredential',
  'status-list': 'BitstringStatusListCredential' };

export const stamp = (at) => `${new Date(at * 1000).toISOString().slice(0, 19)}Z`;
export const digestOf = (statement) => createHash('sha256').update(jcs(statement)).digest('base64url');

export const POLICY = [`log ${vkeyText('a.example/tlog', 1, publicOf('logA'))}`,
  `log ${vkeyText('b.example/tlog', 1, publicOf('logB'))}`, `witness w ${vkeyText(WITNESS, 4, publicOf('witness'))}`,
  'quorum w', ''].join('\n');

// A statement signed by `by`, a list of [seed, method]; `proof` changes each proof before it is signed.
export function statement(kind, issuer, subject, { by, at, proof = () => {}, ...more }) {
  const document = { '@context': kind === 'report' ? REPORT_CONTEXTS : CONTEXTS, id: `urn:uuid:${randomUUID()}`,
    type: ['VerifiableCredential', TYPES[kind]], issuer: { id: issuer, name: issuer }, validFrom: stamp(at),
    credentialSubject: subject, ...more };
  const proofs = by.map(([seed, method]) => {
    const made = addProof(document, seedOf(seed), method, stamp(at)).proof;
    proof(made);
    if (made.proofValue !== undefined && made.cryptosuite === 'eddsa-jcs-2022') {
      const data = hashData(document, made);
      made.proofValue = `z${base58(sign(null, data, privateKey(seedOf(seed))))}`;
    }
    return made;
  });
  return { ...document, proof: proofs.length === 1 ? proofs[0] : proofs };
}

export class Log {
  constructor(host, key) { Object.assign(this, { host, key, entries: [], made: [] }); }

  // Takes a statement in; `receipt` changes what its receipt says.
  add(kind, made, at, receipt = {}) {
    const disclosure = ['report', 'decision'].includes(kind) ? 'conditional' : 'open';
    const entry = { digest: digestOf(made), disclosure, id: made.id, issuer: made.issuer.id, kind, time: stamp(at),
      v: 1, ...receipt };
    this.made.push({ statement: made, receipt: entry, index: this.entries.push(leafHash(jcs(entry))) - 1, log: this });
    return this.made.at(-1);
  }

  note(cosigned) {
    const text = `${this.host}/tlog\n${this.entries.length}\n${rootOf(this.entries).toString('base64')}\n`;
    const line = (name, type, seed, message, head = Buffer.alloc(0)) => {
      const id = Buffer.from(vkeyText(name, type, publicOf(seed)).split('+')[1], 'hex');
      const signature = sign(null, Buffer.from(message), privateKey(seedOf(seed)));
      return `\u2014 ${name} ${Buffer.concat([id, head, signature]).toString('base64')}\n`;
    };
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(cosigned ?? 0));
    return `${text}\n${line(`${this.host}/tlog`, 1, this.key, text)}${cosigned === undefined ? '' :
      line(WITNESS, 4, 'witness', `cosignature/v1\ntime ${cosigned}\n${text}`, time)}`;
  }
}

export function bundleOf(parts, cosigned) {
  const logs = [...new Set(parts.map((part) => part.log))];
  return JSON.stringify({ type: 'HurenBundle', version: 1, checkpoints: logs.map((log) => log.note(cosigned)),
    parts: parts.map(({ statement: made, receipt, index, log }) => ({ statement: made, receipt, index,
      checkpoint: logs.indexOf(log),
      path: inclusionPath(log.entries, index).map((hash) => hash.toString('base64')) })) });
}

export function didDocument(did, seed, change = () => {}) {
  const id = `${did}#key-1`;
  const subject = { id: did, type: 'DidDocumentVersion', name: did, role: 'lab', version: 1, didDocument: { id: did,
    verificationMethod: [{ id, type: 'Multikey', controller: did, publicKeyMultibase: multikey(publicOf(seed)) }],
    assertionMethod: [id] } };
  change(subject);
  return subject;
}
export const listSubject = (purpose, set = [], bytes = 16384) => {
  const bits = Buffer.alloc(bytes);
  for (const index of set) bits[index >> 3] |= 0x80 >> (index & 7);
  return { id: `https://a.example/status-lists/${purpose}`, type: 'BitstringStatusList', statusPurpose: purpose,
    encodedList: `u${gzipSync(bits).toString('base64url')}` };
};
export const statusEntries = (index = '7') => ['revocation', 'suspension'].map((statusPurpose) => ({
  type: 'BitstringStatusListEntry', statusPurpose, statusListIndex: index,
  statusListCredential: `https://a.example/status-lists/${statusPurpose}` }));

// A report with all that carries it. Each member of `change` changes one thing before it is signed; `more` adds to the
// log; `parts` picks what goes into the file.
export function reportBundle(change = {}) {
  const now = Math.floor(Date.now() / 1000), at = now - 7200;
  const day = change.day ?? stamp(now - 86400 * 3 + 8 * 3600).slice(0, 10);
  const log = new Log('a.example', 'logA');
  const byNode = { by: [['a', `${DID.a}#key-1`]], at };
  const make = (name, kind, issuer, subject, how, when = at, receipt = {}) => {
    const all = { subject, kind, issuer, how: { ...byNode, ...how }, when, receipt };
    change[name]?.(all);
    return all.out ? null : log.add(kind, statement(all.kind, all.issuer, all.subject, all.how), all.when, all.receipt);
  };
  if (change.first) log.add('did-document', statement('did-document', DID.a, didDocument(DID.b, 'b'), byNode), at);
  const node = make('node', 'did-document', DID.a, didDocument(DID.a, 'a'));
  const lab = make('lab', 'did-document', DID.a, didDocument(DID.lab, 'lab'));
  const scope = [{ scheme: 'gbt-41798', edition: '2022', items: ['6.1', '6.2'] }];
  const accreditation = make('accreditation', 'accreditation', DID.a, { id: DID.lab, type: 'AccreditedBody', name: 'x',
    certificateType: 'CMA', certificateNumber: 'N-1', scope },
  { validFrom: stamp(now - 86400 * 30), validUntil: stamp(now + 86400 * 30) });
  const extra = [];
  const world = { log, now, at, byNode, day, accreditation, extra };
  change.before?.(world);
  const report = make('report', 'report', DID.lab, { id: 'urn:x', type: ['ConformityAttestation', 'Attestation'],
    inspectionReport: { number: 'R-1', scheme: { id: 'gbt-41798', edition: '2022' } },
    assessment: ['6.1', '6.2'].map((item) => ({ itemResult: { item, testedOn: day } })) },
  { by: [['lab', `${DID.lab}#key-1`]], at: at + 60, credentialStatus: statusEntries() }, at + 60);
  const lists = ['revocation', 'suspension'].map((purpose) => make(purpose, 'status-list', DID.a, listSubject(purpose),
    { at: at + 70, validUntil: stamp(now + 86400) }, at + 70));
  Object.assign(world, { report });
  change.more?.(world);
  const parts = [report, node, lab, accreditation, ...lists, ...extra].filter(Boolean);
  return bundleOf(change.parts ? change.parts(parts) : parts, 'cosigned' in change ? change.cosigned : now - 60);
}
