/* bundle-facts.js - what the statements of a bundle mean for the main one: was the laboratory allowed to test, is the
 * agreement of the decision there, was it withdrawn, is it valid now. Every part has been proven by then. */

import { get, getText, hasType, need } from "./strict-json.js";
import { equal } from "./signatures.js";
import { base64url, chinaDay, dateOf, digestOf, nodeOf, SKEW, wholeOf } from "./formats.js";
import { fail, list, Missing, Unable } from "./bundle-file.js";
import { partiesOf } from "./bundle-keys.js";

const SCOPES_MAX = 64;
const SCOPE_ITEMS_MAX = 1024;
const ITEMS_MAX = 256;
const LIST_BYTES = [16384, 16777216];

const namesDigest = (subject, digest) => {
  try {
    return equal(digestOf(getText(subject, "digest") ?? ""), digest);
  } catch {
    return false;
  }
};
/* Status statements about one, by its issuer or that one's node, as they were logged. */
const changesOf = (c, target) => c.parts.filter(({ statement: s }) => s.kind === "status" &&
  get(s.subject, "id") === target.id && namesDigest(s.subject, target.digest) &&
  [target.issuer, nodeOf(target.issuer)].includes(s.issuer)).sort((a, b) => a.index - b.index);
const word = (change) => get(change.statement.subject, "status");

function inForceOn(changes, day) {
  let on = true, ever = false;
  for (const change of changes) {
    const changed = chinaDay(change.receipt.time);
    if (changed > day)
      break;
    ever ||= changed === day && on;
    on = word(change) === "reinstated";
    if (word(change) === "withdrawn")
      break;
  }
  return on || ever;
}

function scopeOf({ subject, validFrom, validUntil }) {
  const entries = need(subject, "scope", "array");
  const certificate = need(subject, "certificateNumber", "string");
  need(subject, "certificateType", "string");
  if (entries.length < 1 || entries.length > SCOPES_MAX)
    fail("scope");
  for (const entry of entries) {
    const items = need(entry, "items", "array");
    need(entry, "scheme", "string");
    need(entry, "edition", "string");
    if (items.length < 1 || items.length > SCOPE_ITEMS_MAX || !items.every((item) => typeof item === "string" && item))
      fail("scope");
  }
  return { lab: need(subject, "id", "string"), certificate, entries, from: chinaDay(validFrom),
    until: chinaDay(validUntil) };
}

function accreditationsOf(c) {
  const report = c.main.statement, found = [];
  for (const [i, part] of c.parts.entries()) {
    if (i === 0 || part.statement.kind !== "accreditation")
      continue;
    const scope = scopeOf(part.statement);
    if (scope.lab === report.issuer && part.statement.issuer === nodeOf(scope.lab) && part.index < c.main.index)
      found.push({ ...scope, changes: changesOf(c, part.statement) });
  }
  return found;
}

function checkItem(result, reportScheme, accreditations, show) {
  const scheme = get(result, "scheme") ?? reportScheme;
  const item = need(result, "item", "string"), date = need(result, "testedOn", "string");
  const id = need(scheme, "id", "string"), edition = need(scheme, "edition", "string");
  const day = dateOf(date) / 86400;
  const by = accreditations.find((one) => one.from <= day && one.until >= day && inForceOn(one.changes, day) &&
    one.entries.some((entry) => get(entry, "scheme") === id && get(entry, "edition") === edition &&
      get(entry, "items").includes(item)));
  show("item", [`${id} ${edition}`, item, date, ...(by ? [by.certificate] : [])].join(" · "));
  if (!by)
    fail("accredited", { item, date });
}

export async function checkAccreditation(c) {
  const { subject } = c.main.statement, accreditations = accreditationsOf(c);
  if (accreditations.length === 0)
    throw new Missing("no_accreditation");
  const items = need(subject, "assessment", "array");
  if (items.length < 1 || items.length > ITEMS_MAX)
    fail("member", { name: "assessment" });
  await c.attempt(true, (show) => {
    for (const item of items)
      checkItem(get(item, "itemResult"), get(subject, "inspectionReport", "scheme"), accreditations, show);
  });
  return { count: items.length };
}

export async function checkAgreement(c) {
  const named = get(c.main.statement.subject, "inputs", "agreement");
  const part = c.parts.find(({ statement: s }, i) => i > 0 && s.kind === "agreement" && s.id === get(named, "id"));
  if (!part)
    throw new Missing("no_agreement");
  await c.attempt(true, (show) => {
    show("agreement", part.statement.id, "bytes");
    if (!namesDigest(named, part.statement.digest))
      fail("agreement_text");
    for (const did of partiesOf(part.statement))
      show("party", did);
    if (!partiesOf(part.statement).includes(c.main.statement.issuer))
      fail("agreement_party");
  });
  return { count: partiesOf(part.statement).length };
}

/* Exactly one gzip member that fills the bytes. The length in its trailer is looked at first. */
async function expand(bytes) {
  const trailer = bytes.length < 18 ? null : new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4);
  const length = trailer?.getUint32(0, true) ?? 0;
  if (length < LIST_BYTES[0] || length > LIST_BYTES[1] || length / 1032 > bytes.length)
    fail("list_form");
  if (!globalThis.DecompressionStream)
    throw new Unable("no_gzip");
  const whole = new Uint8Array(length);
  let at = 0;
  try {
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (at + next.value.length > length) {
        await reader.cancel();
        break;
      }
      whole.set(next.value, at);
      at += next.value.length;
    }
  } catch {
    fail("list_form");
  }
  return at === length ? whole : fail("list_form");
}

/* The bit of the main statement in a list. */
async function bitOf(main, list, purpose) {
  const { subject } = list.statement, listId = getText(subject, "id");
  const entry = [get(main.doc, "credentialStatus")].flat().find((one) =>
    hasType(get(one, "type"), "BitstringStatusListEntry") && get(one, "statusPurpose") === purpose &&
    get(one, "statusListCredential") === listId);
  const encoded = getText(subject, "encodedList") ?? "";
  if (!entry || !hasType(get(subject, "type"), "BitstringStatusList") ||
    !hasType(get(subject, "statusPurpose"), purpose) || !encoded.startsWith("u") ||
    (entry.has("statusSize") && entry.get("statusSize") !== 1))
    fail("list_form");
  const index = wholeOf(need(entry, "statusListIndex", "string"));
  const bits = await expand(base64url(encoded.slice(1)));
  if (index >= BigInt(bits.length * 8))
    fail("list_form");
  return { index, set: (bits[Number(index / 8n)] & 0x80 >> Number(index % 8n)) !== 0 };
}

/* The newest list of that name, by the node of the issuer, if it is still valid. */
function newestList(c, listId) {
  const node = nodeOf(c.main.statement.issuer);
  const newest = c.parts.slice(1).filter(({ statement: s }) => s.kind === "status-list" && s.issuer === node &&
    listId !== undefined && getText(s.subject, "id") === listId).sort((a, b) => b.index - a.index)[0];
  return newest && newest.statement.validUntil >= c.now ? newest : undefined;
}

async function readLists(c, standing, show) {
  for (const entry of list(get(c.main.statement.doc, "credentialStatus"))) {
    const purpose = get(entry, "statusPurpose"), listId = getText(entry, "statusListCredential");
    if (purpose !== "revocation" && purpose !== "suspension")
      continue;
    standing.named++;
    const found = newestList(c, listId);
    if (!found)
      continue;
    const { index, set } = await bitOf(c.main.statement, found, purpose);
    standing.found++;
    show("list", listId, "bytes");
    show("list_bit", `${index}: ${set ? 1 : 0}`, "bytes");
    show("list_logged", found.receipt.time, "time");
    if (purpose === "revocation") {
      standing.withdrawn ||= set;
    } else if (found.index > standing.index) {
      standing.suspended = set;
      standing.index = found.index;
    }
  }
}

export async function checkStatus(c) {
  const standing = { withdrawn: false, suspended: false, index: 0, named: 0, found: 0 };
  await c.attempt(true, async (show) => {
    await readLists(c, standing, show);
    for (const change of changesOf(c, c.main.statement)) {
      show("change", change.receipt.time, "time");
      standing.withdrawn ||= word(change) === "withdrawn";
      if (change.index > standing.index) {
        standing.suspended = word(change) === "suspended";
        standing.index = change.index;
      }
    }
    c.withdrawn = standing.withdrawn || standing.suspended;
    if (c.withdrawn)
      fail(standing.withdrawn ? "withdrawn" : "suspended");
  });
  if (standing.named === 0)
    throw new Missing("no_list");
  if (standing.found < standing.named)
    throw new Missing("no_list_here", { count: standing.found, of: standing.named });
  return { count: standing.found };
}

export async function checkValidity(c) {
  const { validFrom, validUntil } = c.main.statement;
  await c.attempt(true, (show) => {
    show("valid_from", validFrom, "time");
    show("valid_until", validUntil === Infinity ? null : validUntil, "time");
    show("now", c.now, "time");
    if (validFrom > c.now + SKEW || validUntil < c.now)
      fail(validUntil < c.now ? "expired" : "not_yet");
  });
  return {};
}
