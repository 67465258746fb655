/* check-bundle.js - is what a bundle says true? The steps of doc/formats/bundle.md, one after the other. Pure: it
 * takes bytes, a trust policy and a time, and asks nobody. */

import { Finding, get, getText, parse } from "./strict-json.js";
import { equal } from "./signatures.js";
import { base64Text, checkpointOf, cosignatures, noteOf, noteSignatures, receiptOf, rootOf, SKEW, tlogProofOf } from
  "./formats.js";
import { fail, inPart, KINDS, Missing, read, Unable } from "./bundle-file.js";
import { checkKeys, checkSignatures } from "./bundle-keys.js";
import { checkAccreditation, checkAgreement, checkStatus, checkValidity } from "./bundle-facts.js";

/* ---- receipts, checkpoints, inclusion ----------------------------------------------------------------------- */

function checkReceipt(c, { statement: s, receipt: r }, show) {
  show("digest_computed", base64Text(s.digest, true), "bytes");
  show("digest_told", base64Text(r.digest, true), "bytes");
  if (!equal(s.digest, r.digest))
    fail("digest");
  if (r.id !== s.id || r.issuer !== s.issuer || r.kind !== s.kind || r.disclosure !== KINDS[s.kind].disclosure)
    fail("receipt_other");
  show("received", r.time, "time");
  if (r.time > c.now + SKEW)
    fail("future");
}

async function checkReceipts(c) {
  for (const [i, part] of c.parts.entries())
    await inPart(i, () => c.attempt(i === 0, (show) => checkReceipt(c, part, show)));
  return { count: c.parts.length };
}

async function openCheckpoint(c, cp) {
  cp.note = noteOf(cp.bytes);
  Object.assign(cp, checkpointOf(cp.note));
  const logs = c.policy.logs.filter((log) => log.name === cp.origin);
  if (logs.length === 0)
    fail("log_unknown", { origin: cp.origin });
  c.needSignatures();
  let count = 0;
  for (const log of logs)
    count += await noteSignatures(cp.note, log);
  if (count === 0)
    fail("log_unsigned", { origin: cp.origin });
  c.signatures += count;
  return logs;
}

async function checkCheckpoints(c) {
  for (const cp of c.checkpoints)
    await c.attempt(cp === c.main.head, async (show) => {
      const logs = await openCheckpoint(c, cp);
      show("log", cp.origin);
      show("entries", Number(cp.size), "number");
      show("root", base64Text(cp.root), "bytes");
      for (const log of logs)
        show("log_key", `${log.name}+${log.id} (${log.kind})`, "bytes");
    });
  return { origin: c.main.head.origin, count: Number(c.main.head.size) };
}

async function checkWitnesses(c) {
  for (const cp of c.checkpoints)
    await c.attempt(cp === c.main.head, async (show) => {
      Object.assign(cp, await cosignatures(c.policy, cp.note));
      c.signatures += cp.witnesses.length;
      for (const name of cp.witnesses)
        show("cosigned_by", name);
      if (cp.time)
        show("cosigned_at", cp.time, "time");
      show("quorum", c.policy.quorum < 0 ? "none" : c.policy.members[c.policy.quorum].name);
      if (!cp.met)
        fail("quorum", { count: cp.witnesses.length });
    });
  for (const [i, part] of c.parts.entries())
    if (part.head.time !== 0 && part.receipt.time - part.head.time > SKEW)
      fail("order", { part: i + 1 });
  c.asOf = c.main.head.time || c.asOf;
  return { count: c.main.head.witnesses.length };
}

async function checkInclusion(c) {
  for (const [i, part] of c.parts.entries())
    await inPart(i, () => c.attempt(i === 0, async (show) => {
      const root = await rootOf(part.receipt.entry, BigInt(part.index), part.head.size, part.path);
      show("entry", part.index, "number");
      show("path", part.path.length, "number");
      if (root)
        show("root_computed", base64Text(root), "bytes");
      show("root_signed", base64Text(part.head.root), "bytes");
      if (!root || !equal(root, part.head.root))
        fail(root ? "root" : "path");
    }));
  return { index: c.main.index, count: c.parts.length };
}

/* ---- all together ------------------------------------------------------------------------------------------- */

const STEPS = [
  { step: "receipt", run: checkReceipts, on: [] },
  { step: "checkpoint", run: checkCheckpoints, on: [] },
  { step: "witness", run: checkWitnesses, on: ["checkpoint"] },
  { step: "inclusion", run: checkInclusion, on: ["checkpoint"] },
  { step: "key", run: checkKeys, on: ["receipt", "inclusion"] },
  { step: "signature", run: checkSignatures, on: ["key"] },
  { step: "accreditation", run: checkAccreditation, on: ["signature"], kind: "report" },
  { step: "agreement", run: checkAgreement, on: ["signature"], kind: "decision" },
  { step: "status", run: checkStatus, on: ["signature"] },
  { step: "validity", run: checkValidity, on: [] },
];

const stateOf = (problem) =>
  (problem instanceof Missing ? "unknown" : problem instanceof Unable ? "unchecked" : "failed");

/* One step: its state, what was found, and what was compared with what. */
async function runStep(c, row, done) {
  const rests = row.on.find((name) => done.get(name).state !== "held");
  if (rests) {
    const state = done.get(rests).state === "unchecked" ? "unchecked" : "unknown";
    return { step: row.step, state, why: "rests", values: { step: rests }, shown: [] };
  }
  c.shown = [];
  try {
    const values = await row.run(c);
    return { step: row.step, state: "held", why: null, values, shown: c.shown };
  } catch (problem) {
    if (!(problem instanceof Finding))
      throw problem;
    return { step: row.step, state: stateOf(problem), why: problem.why, values: problem.values, shown: c.shown };
  }
}

/* May the verdict be good with this step as it is? */
function isEnough(c, { step, state }) {
  if (step === "status" && state === "failed")
    return c.withdrawn;
  if (step === "status" && state === "unknown")
    return !c.main.statement.doc.has("credentialStatus");
  return state === "held" || (step === "agreement" && state === "unknown");
}

function contextOf(file, policy, now, can) {
  const c = { ...file, policy, now, main: file.parts[0], histories: new Map(), signatures: 0, withdrawn: false,
    asOf: file.parts[0].receipt.time, shown: [] };
  for (const part of c.parts)
    part.head = c.checkpoints[part.checkpoint];
  c.needSignatures = () => {
    if (can !== "ed25519")
      throw new Unable("no_ed25519");
  };
  /* What was compared is kept when it is of the main statement, or when it is what went wrong. */
  c.attempt = async (always, work) => {
    const shown = [];
    const show = (label, value, form = "text") => shown.push({ label, value, form });
    try {
      await work(show);
    } catch (problem) {
      c.shown = shown;
      throw problem;
    }
    if (always)
      c.shown.push(...shown);
  };
  return c;
}

const LOG_STEPS = STEPS.filter(({ step }) => ["checkpoint", "witness", "inclusion"].includes(step));

async function runSteps(c, rows, done) {
  for (const row of rows)
    done.set(row.step, await runStep(c, row, done));
}

/* Checks the tlog-proof of a statement whose body is not public: its receipt, and that the receipt is in the log. The
 * verdict is "listed", "bad" or "unchecked". */
export async function checkEntry(bytes, policy, now, can = "ed25519") {
  const { extra, index, path, note } = tlogProofOf(bytes);
  const receipt = receiptOf(parse(extra).value, Object.keys(KINDS));
  const file = { checkpoints: [{ bytes: note }], parts: [{ receipt, index: Number(index), path, checkpoint: 0 }] };
  const c = contextOf(file, policy, now, can), done = new Map();
  const steps = [{ step: "receipt", state: "unchecked", why: "body_closed", values: {}, shown: [
    { label: "digest_told", value: base64Text(receipt.digest, true), form: "bytes" },
    { label: "received", value: receipt.time, form: "time" }] }];
  await runSteps(c, LOG_STEPS, done);
  steps.push(...done.values());
  const states = [...done.values()].map((step) => step.state);
  const verdict = states.includes("failed") ? "bad" :
    states.every((state) => state === "held") ? "listed" : "unchecked";
  return { verdict, steps, id: receipt.id, kind: receipt.kind, issuer: receipt.issuer, origin: c.main.head.origin ?? "",
    index: c.main.index, asOf: c.asOf, signatures: c.signatures };
}

/* Checks the bytes of a bundle against a policy of policyOf(), at `now` in seconds. `can` is what ability() told.
 * Throws a Finding when they are no bundle. The verdict is "good", "withdrawn", "bad", or "unchecked" when nothing
 * failed but this browser could not check all. */
export async function checkBundle(bytes, policy, now, can = "ed25519") {
  const file = await read(bytes);
  const c = contextOf(file, policy, now, can), done = new Map(), { statement } = c.main;
  const steps = [{ step: "format", state: "held", why: null,
    shown: [{ label: "size", value: bytes.length, form: "number" }],
    values: { count: c.parts.length, checkpoints: c.checkpoints.length } }];
  await runSteps(c, STEPS.filter((row) => !row.kind || row.kind === statement.kind), done);
  steps.push(...done.values());
  const short = [...done.values()].filter((step) => !isEnough(c, step));
  const verdict = short.some((step) => step.state !== "unchecked") ? "bad" : short.length > 0 ? "unchecked" :
    c.withdrawn ? "withdrawn" : "good";
  return { verdict, steps, id: statement.id, kind: statement.kind, issuer: statement.issuer,
    name: get(statement.doc, "issuer", "name"), number: getText(statement.subject, "inspectionReport", "number"),
    digest: base64Text(statement.digest, true), origin: c.main.head.origin ?? "", index: c.main.index,
    witnesses: c.main.head.witnesses?.length ?? 0, asOf: c.asOf, signatures: c.signatures };
}
