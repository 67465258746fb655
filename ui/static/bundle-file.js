/* bundle-file.js - reading a bundle: form and limits only (doc/formats/bundle.md, statements.md). Whether it is true is
 * told by check-bundle.js. */

import { bytesOf, canonical, Finding, get, isObject, need, parse } from "./strict-json.js";
import { sha256 } from "./signatures.js";
import { hashOf, hostOf, receiptOf, timeOf, UUID } from "./formats.js";

const BUNDLE_BYTES = 1048576;
const STATEMENT_BYTES = 262144;
const STATEMENTS_MAX = 64;
const HASHES_MAX = 63;
export const PROOFS_MAX = 4;
const CONTEXT = {
  vc: "https://www.w3.org/ns/credentials/v2",
  dcc: "https://test.uncefact.org/vocabulary/untp/dcc/0.6.0/",
  huren: "https://huren.example/contexts/v1",
};
export const KINDS = {
  "did-document": { type: "DidDocumentCredential", disclosure: "open" },
  accreditation: { type: "AccreditationCredential", disclosure: "open", node: true },
  agreement: { type: "RecognitionAgreementCredential", disclosure: "open" },
  report: { type: "DigitalConformityCredential", disclosure: "conditional" },
  decision: { type: "RecognitionDecisionCredential", disclosure: "conditional", node: true },
  status: { type: "StatusChangeCredential", disclosure: "open" },
  "status-list": { type: "BitstringStatusListCredential", disclosure: "open", node: true },
};
const MEMBERS = ["@context", "credentialSchema", "credentialStatus", "credentialSubject", "description", "evidence",
  "id", "issuer", "name", "proof", "refreshService", "relatedResource", "renderMethod", "termsOfUse", "type",
  "validFrom", "validUntil"];

/* What the file does not hold: the step is unknown, not failed. */
export class Missing extends Finding {}
/* What this browser cannot do: the step is not checked. */
export class Unable extends Finding {}
export const fail = (why, values) => { throw new Finding(why, values); };
export const list = (value) => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

function checkObjects(doc, name, max) {
  const value = get(doc, name);
  if (!isObject(value) && (!Array.isArray(value) || value.length === 0 || value.length > max || !value.every(isObject)))
    fail("member", { name });
}

function checkContexts(doc, kind) {
  const want = kind === "report" ? [CONTEXT.vc, CONTEXT.dcc, CONTEXT.huren] : [CONTEXT.vc, CONTEXT.huren];
  const contexts = need(doc, "@context", "array");
  if (contexts.length !== want.length || want.some((text, i) => contexts[i] !== text))
    fail("member", { name: "@context" });
}

/* The envelope of a statement; `size` is how many bytes it takes in the file. */
async function statementOf(doc, size) {
  const bytes = bytesOf(canonical(doc));
  if (size > STATEMENT_BYTES || bytes.length > STATEMENT_BYTES)
    fail("too_large");
  for (const name of doc.keys())
    if (!MEMBERS.includes(name))
      fail("member_more", { name });
  const types = need(doc, "type", "array");
  const kind = Object.keys(KINDS).find((word) => types.includes(KINDS[word].type));
  if (types.length !== 2 || !types.includes("VerifiableCredential") || !kind)
    fail("member", { name: "type" });
  checkContexts(doc, kind);
  const id = need(doc, "id", "string"), issuer = need(need(doc, "issuer", "object"), "id", "string");
  if (!UUID.test(id))
    fail("member", { name: "id" });
  hostOf(issuer);
  need(get(doc, "issuer"), "name", "string");
  const validFrom = timeOf(need(doc, "validFrom", "string"));
  const validUntil = doc.has("validUntil") ? timeOf(need(doc, "validUntil", "string")) : Infinity;
  if (validUntil < validFrom)
    fail("member", { name: "validUntil" });
  const subject = need(doc, "credentialSubject", "object");
  if (subject.size === 0)
    fail("member", { name: "credentialSubject" });
  if (doc.has("credentialStatus"))
    checkObjects(doc, "credentialStatus", 4);
  checkObjects(doc, "proof", PROOFS_MAX);
  return { doc, kind, id, issuer, validFrom, validUntil, subject, digest: await sha256(bytes) };
}

async function partOf(value, size, checkpointCount) {
  const statement = need(value, "statement", "object"), receipt = need(value, "receipt", "object");
  const path = need(value, "path", "array");
  const index = need(value, "index", "whole"), checkpoint = need(value, "checkpoint", "whole");
  if (value.size !== 5 || checkpoint >= checkpointCount || path.length > HASHES_MAX)
    fail("no_bundle");
  if (!path.every((hash) => typeof hash === "string"))
    fail("encoding");
  return { statement: await statementOf(statement, size(statement)), receipt: receiptOf(receipt, Object.keys(KINDS)),
    index, checkpoint, path: path.map(hashOf) };
}

/* Form and limits only. A Finding names the part, counted from 1. */
export async function read(bytes) {
  if (bytes.length > BUNDLE_BYTES)
    fail("too_large");
  const { value, size } = parse(bytes);
  if (!isObject(value) || value.get("type") !== "HurenBundle")
    fail("no_bundle");
  if (value.get("version") !== 1)
    fail("version");
  const notes = need(value, "checkpoints", "array"), parts = need(value, "parts", "array");
  if (value.size !== 4 || [notes, parts].some((all) => all.length < 1 || all.length > STATEMENTS_MAX) ||
    !notes.every((note) => typeof note === "string"))
    fail("no_bundle");
  const file = { checkpoints: notes.map((note) => ({ bytes: note })), parts: [] };
  for (const part of parts)
    file.parts.push(await inPart(file.parts.length, () => partOf(part, size, notes.length)));
  if (notes.some((_, i) => !file.parts.some((part) => part.checkpoint === i)))
    fail("no_bundle");
  return file;
}

/* Says of which part a finding is. */
export async function inPart(i, work) {
  try {
    return await work();
  } catch (problem) {
    if (problem instanceof Finding)
      problem.values = { part: i + 1, ...problem.values };
    throw problem;
  }
}
