/* bundle-keys.js - the histories of keys that a bundle proves, and the proofs made with them (doc/formats/proofs.md).
 *
 * A DID document counts only when the log of its own host holds it: the trust policy says which key that log has, and
 * nothing else ties a key to a name. */

import { bytesOf, canonical, get, getText, need, without } from "./strict-json.js";
import { sha256, sm3 } from "./signatures.js";
import { didOfMethod, hostOf, multikeyOf, needMethod, nodeOf, sameKey, signatureHolds, signatureOf, SKEW, timeOf }
  from "./formats.js";
import { fail, inPart, KINDS, list, PROOFS_MAX } from "./bundle-file.js";

const KEYS_MAX = 16;
const SUITES = { "eddsa-jcs-2022": { key: "ed25519", hash: sha256 }, "sm2-sm3-jcs-2026": { key: "sm2", hash: sm3 } };

/* ---- keys --------------------------------------------------------------------------------------------------- */

function methodOf(did, value) {
  const id = need(value, "id", "string"), multikey = need(value, "publicKeyMultibase", "string");
  needMethod(id);
  if (didOfMethod(id) !== did || need(value, "type", "string") !== "Multikey" ||
    need(value, "controller", "string") !== did)
    fail("did_document");
  const ends = ["expires", "revoked"].filter((name) => value.has(name)).map((name) => timeOf(getText(value, name)));
  return { id, multikey, until: Math.min(Infinity, ...ends), asserts: false };
}

function relationOf(core, name, keys) {
  const named = get(core, name);
  if (named === undefined)
    return [];
  if (!Array.isArray(named) || named.length > KEYS_MAX)
    fail("did_document");
  const found = named.map((id) => keys.find((key) => key.id === id));
  return found.includes(undefined) ? fail("did_document") : found;
}

function didDocumentOf(subject, logged) {
  const did = need(subject, "id", "string"), version = need(subject, "version", "whole");
  hostOf(did);
  need(subject, "name", "string");
  need(subject, "role", "string");
  const core = need(subject, "didDocument", "object");
  if (need(subject, "type", "string") !== "DidDocumentVersion" || version === 0 || need(core, "id", "string") !== did)
    fail("did_document");
  const methods = need(core, "verificationMethod", "array");
  if (methods.length < 1 || methods.length > KEYS_MAX)
    fail("did_document");
  const keys = methods.map((value) => methodOf(did, value));
  if (new Set(keys.map((key) => key.id)).size !== keys.length)
    fail("did_document");
  for (const key of relationOf(core, "assertionMethod", keys))
    key.asserts = true;
  relationOf(core, "authentication", keys);
  return { did, version, logged, keys };
}

/* The key that counts at a time, of documents in the order they were logged. */
function keyAt(versions, method, at) {
  const newest = versions.filter((doc) => doc.logged <= at).at(-1);
  const key = newest?.keys.find((one) => one.id === method);
  if (!key || !key.asserts || key.until <= at)
    fail("key_at", { method });
  return { ...multikeyOf(key.multikey), multikey: key.multikey, version: newest.version, logged: newest.logged };
}

function keyOfHistories(c, method, at) {
  const versions = c.histories.get(didOfMethod(method));
  return versions ? keyAt(versions, method, at) : fail("key_unknown", { method });
}

const isHome = (part, did) => part.head.origin === `${hostOf(did)}/tlog`;

async function addDocument(c, part, doc) {
  const { issuer } = part.statement;
  const versions = c.histories.get(doc.did) ?? [];
  const isNode = doc.did === issuer;
  if (!isHome(part, doc.did) || issuer !== nodeOf(doc.did))
    fail("did_place", { did: doc.did });
  if ((doc.version === 1 && isNode && part.index !== 0) || doc.version !== versions.length + 1)
    fail("did_version", { did: doc.did });
  /* A node's first document vouches for itself. */
  const first = isNode && versions.length === 0;
  await checkProofs(c, part, first ? (method, at) => keyAt([{ ...doc, logged: -Infinity }], method, at) :
    (method, at) => keyOfHistories(c, method, at));
  c.histories.set(doc.did, [...versions, doc]);
}

const before = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const subjectId = (part) => getText(part.statement.subject, "id") ?? "";

export async function checkKeys(c) {
  const parts = c.parts.filter((part) => part.statement.kind === "did-document").sort((a, b) =>
    before(nodeOf(subjectId(a)), nodeOf(subjectId(b))) || before(subjectId(a), subjectId(b)) || a.index - b.index);
  for (const part of parts) {
    const doc = await inPart(c.parts.indexOf(part), () => didDocumentOf(part.statement.subject, part.receipt.time));
    await c.attempt(true, async (show) => {
      show("did", doc.did);
      show("entry", part.index, "number");
      show("did_version", doc.version, "number");
      show("received", doc.logged, "time");
      for (const key of doc.keys)
        show("key", `${key.id} ${key.multikey}`, "bytes");
      await inPart(c.parts.indexOf(part), () => addDocument(c, part, doc));
    });
  }
  return { count: parts.length, names: c.histories.size };
}

/* ---- proofs ------------------------------------------------------------------------------------------------- */

/* Who must sign: the issuer, or all parties of an agreement. */
export function partiesOf({ kind, subject, issuer }) {
  if (kind !== "agreement")
    return [issuer];
  const parties = need(subject, "parties", "array").map((party) => getText(party, "id"));
  parties.forEach(hostOf);
  if (parties.length < 2 || parties.length > PROOFS_MAX || new Set(parties).size !== parties.length ||
    !parties.includes(issuer))
    fail("parties");
  return parties;
}

function proofOf(value) {
  const suite = SUITES[need(value, "cryptosuite", "string")], method = need(value, "verificationMethod", "string");
  if (need(value, "type", "string") !== "DataIntegrityProof" || !suite ||
    need(value, "proofPurpose", "string") !== "assertionMethod" || value.has("previousProof"))
    fail("proof_form");
  needMethod(method);
  return { value, suite, method, created: value.has("created") ? timeOf(getText(value, "created")) : 0,
    expires: value.has("expires") ? timeOf(getText(value, "expires")) : Infinity,
    signature: signatureOf(need(value, "proofValue", "string")) };
}

/* The 64 bytes that a proof signs. */
async function signedBytes(proof, doc) {
  const own = get(proof.value, "@context"), context = get(doc, "@context");
  const bare = without(doc, "proof");
  if (proof.value.has("@context") && canonical(own) !== canonical(context)) {
    const begins = typeof own === "string" ? context[0] === own :
      Array.isArray(own) && own.length > 0 && own.every((one, i) => canonical(one) === canonical(context[i] ?? null));
    if (!begins)
      fail("proof_context");
    bare.set("@context", own);
  }
  const hashes = [without(proof.value, "proofValue"), bare].map((value) => proof.suite.hash(bytesOf(canonical(value))));
  const [options, document] = await Promise.all(hashes);
  return Uint8Array.of(...options, ...document);
}

async function checkProof(c, proof, { statement, receipt }, parties, findKey) {
  const at = receipt.time;
  if (!parties.includes(didOfMethod(proof.method)))
    fail("proof_other", { method: proof.method });
  if (proof.expires <= at || proof.created > at + SKEW)
    fail("proof_time");
  const key = findKey(proof.method, at);
  if (proof.created !== 0 && proof.created < at - SKEW && !sameKey(key, findKey(proof.method, proof.created + SKEW)))
    fail("key_at", { method: proof.method });
  if (key.type !== proof.suite.key)
    fail("proof_form");
  if (key.type === "ed25519")
    c.needSignatures();
  if (!await signatureHolds(key, proof.signature, await signedBytes(proof, statement.doc)))
    fail("signature", { method: proof.method });
  c.signatures++;
  return key;
}

async function checkProofs(c, part, findKey, show = () => {}) {
  const parties = partiesOf(part.statement), signed = new Set();
  for (const value of list(get(part.statement.doc, "proof"))) {
    const proof = proofOf(value);
    show("suite", get(value, "cryptosuite"));
    show("method", proof.method, "bytes");
    const key = await checkProof(c, proof, part, parties, findKey);
    if (proof.created)
      show("signed_at", proof.created, "time");
    show("key", key.multikey, "bytes");
    show("proof_value", get(value, "proofValue"), "bytes");
    if (key.type === "ed25519")
      signed.add(didOfMethod(proof.method));
  }
  const silent = parties.find((did) => !signed.has(did));
  if (silent)
    fail("unsigned", { did: silent });
}

export async function checkSignatures(c) {
  for (const [i, part] of c.parts.entries()) {
    const s = part.statement;
    if (s.kind === "did-document")
      continue; /* checked with the keys */
    await inPart(i, () => c.attempt(i === 0, async (show) => {
      show("issuer", s.issuer);
      if (KINDS[s.kind].node && s.issuer !== nodeOf(s.issuer))
        fail("authority");
      if (!partiesOf(s).some((did) => isHome(part, did)))
        fail("home");
      await checkProofs(c, part, (method, at) => keyOfHistories(c, method, at), show);
    }));
  }
  return { count: c.signatures };
}
