/* formats.js - texts and bytes of doc/formats: base64, Multikeys, times, DIDs, receipts, signed notes, checkpoints,
 * trust policies. What is not of the form asked for throws a Finding. */

import { Finding, bytesOf, canonical, textOf } from "./strict-json.js";
import { concat, ed25519Holds, equal, sha256, sm2Holds, sm2KeyHolds } from "./signatures.js";

/* ---- bytes as text --------------------------------------------------------------------------- */

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64URL = `${BASE64.slice(0, 62)}-_`;
const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Without padding. `loose` lets the bits left over be anything. */
function letters(text, alphabet, loose) {
  const bytes = new Uint8Array(Math.floor(text.length * 3 / 4));
  let held = 0, bits = 0, at = 0;
  if (text.length % 4 === 1)
    throw new Finding("encoding");
  for (const letter of text) {
    const value = alphabet.indexOf(letter);
    if (value < 0)
      throw new Finding("encoding");
    held = (held << 6 | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  if (!loose && (held & ((1 << bits) - 1)) !== 0)
    throw new Finding("encoding");
  return bytes;
}
function base64(text, loose = false) {
  if (text.length % 4 !== 0)
    throw new Finding("encoding");
  return letters(text.replace(/={1,2}$/, ""), BASE64, loose);
}
export const base64url = (text) => letters(text, BASE64URL, false);
export function base64Text(bytes, url = false) {
  const text = btoa(String.fromCharCode(...bytes));
  return url ? text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") : text;
}
function fixed(bytes, length) {
  if (bytes.length !== length)
    throw new Finding("encoding");
  return bytes;
}
export const hashOf = (text) => fixed(base64(text), 32);
export const digestOf = (text) => fixed(base64url(text), 32);
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/* Multibase "z". */
function base58(text) {
  const zeros = /^1*/.exec(text)[0].length;
  let number = 0n, bytes = "";
  if (text.length > 256)
    throw new Finding("encoding");
  for (const letter of text) {
    const value = BASE58.indexOf(letter);
    if (value < 0)
      throw new Finding("encoding");
    number = number * 58n + BigInt(value);
  }
  bytes = number === 0n ? "" : number.toString(16);
  bytes = bytes.length % 2 ? `0${bytes}` : bytes;
  return concat(new Uint8Array(zeros), Uint8Array.from(bytes.match(/../g) ?? [], (x) => parseInt(x, 16)));
}
export function signatureOf(text) {
  const bytes = text.startsWith("z") ? base58(text.slice(1)) : [];
  if (bytes.length !== 64)
    throw new Finding("encoding");
  return bytes;
}
/* { type: "ed25519" or "sm2", bytes }. */
export function multikeyOf(text) {
  const bytes = text.startsWith("z") ? base58(text.slice(1)) : [];
  const key = { bytes: bytes.slice(2) };
  if (bytes[0] === 0xed && bytes[1] === 0x01 && key.bytes.length === 32)
    return { ...key, type: "ed25519" };
  if (bytes[0] === 0x86 && bytes[1] === 0x24 && key.bytes.length === 65 && sm2KeyHolds(key.bytes))
    return { ...key, type: "sm2" };
  throw new Finding("encoding");
}
export const sameKey = (a, b) => a.type === b.type && equal(a.bytes, b.bytes);
export const signatureHolds = async (key, signature, message) =>
  (key.type === "sm2" ? sm2Holds : ed25519Holds)(key.bytes, signature, message);

/* ---- times, in seconds ----------------------------------------------------------------------- */

export const SKEW = 300;
const ZONE_MAX = 14 * 60;
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;
export const timeText = (at) => `${new Date(at * 1000).toISOString().slice(0, 19)}Z`;
/* 00:00Z of a date. */
export function dateOf(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? "");
  const at = found ? Date.UTC(+found[1], +found[2] - 1, +found[3]) : NaN;
  if (Number.isNaN(at) || +found[1] < 1970 || new Date(at).toISOString().slice(0, 10) !== text)
    throw new Finding("time");
  return at / 1000;
}
export function timeOf(text) {
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text ?? "");
  if (!found)
    throw new Finding("time");
  const [hour, minute, second, zoneHour, zoneMinute] = [2, 3, 4, 6, 7].map((i) => Number(found[i] ?? 0));
  const zone = zoneHour * 60 + zoneMinute;
  const at = dateOf(found[1]) + hour * 3600 + minute * 60 + second - (found[5] === "-" ? -zone : zone) * 60;
  if (hour > 23 || minute > 59 || second > 59 || zoneMinute > 59 || zone > ZONE_MAX || at < 0 || at > LAST)
    throw new Finding("time");
  return at;
}
/* Days since 1970 in China. */
export const chinaDay = (at) => Math.floor((at + 8 * 3600) / 86400);

/* ---- DIDs ------------------------------------------------------------------------------------ */

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DID = new RegExp(`^did:web:(${LABEL}(?:\\.${LABEL})*)(?:%3A([0-9]+))?((?::[A-Za-z0-9._-]+)*)$`);

/* The host, with its port, of a did:web name in its one spelling. */
export function hostOf(did) {
  const found = DID.exec(did ?? "");
  const port = found?.[2];
  if (!found || did.length > 512 || found[1].length > 253 || /(^|:)\.{1,2}(:|$)/.test(found[3]) ||
    (/^[0-9]+$/.test(found[1].split(".").at(-1)) && found[1] !== "127.0.0.1") ||
    (port !== undefined && (!/^[1-9][0-9]{0,4}$/.test(port) || +port > 65535)))
    throw new Finding("did");
  return port === undefined ? found[1] : `${found[1]}:${port}`;
}
export const nodeOf = (did) => did.split(":").slice(0, 3).join(":");
export const didOfMethod = (method) => method.split("#")[0];
export function needMethod(method) {
  const [did, ...word] = method.split("#");
  hostOf(did);
  if (method.length > 512 || word.length !== 1 || !/^[A-Za-z0-9._-]+$/.test(word[0]))
    throw new Finding("did");
}

/* ---- receipts -------------------------------------------------------------------------------- */

const RECEIPT = new RegExp('^{"digest":"([^"]*)","disclosure":"(open|conditional|closed)","id":"([^"]*)",' +
  '"issuer":"([^"]*)","kind":"([^"]*)","time":"([^"]*)","v":1}$');
export const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/* `value`: a receipt as JSON; `entry` are its bytes in the log. */
export function receiptOf(value, kinds) {
  const text = canonical(value), found = RECEIPT.exec(text), entry = bytesOf(text);
  if (!found || entry.length > 2048 || !UUID.test(found[3]) || !kinds.includes(found[5]))
    throw new Finding("receipt_form");
  hostOf(found[4]);
  const time = timeOf(found[6]);
  if (timeText(time) !== found[6])
    throw new Finding("receipt_form");
  const [, digest, disclosure, id, issuer, kind] = found;
  return { entry, digest: digestOf(digest), disclosure, id, issuer, kind, time };
}

/* ---- signed notes and checkpoints ------------------------------------------------------------ */

const SM2_TYPE = concat(Uint8Array.of(0xff), bytesOf("huren/sm2-sm3/v1\n"));
/* No plus sign and nothing of Unicode's White_Space. */
const isName = (name) =>
  /^[^+\u0000-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/.test(name);

/* A verifier key: { name, id, kind: "ed25519", "sm2" or "witness", key }. */
export async function vkeyOf(text) {
  const [name, id, ...rest] = text.split("+");
  const material = base64(rest.join("+"));
  const kinds = [["ed25519", Uint8Array.of(1), "ed25519", 32], ["witness", Uint8Array.of(4), "ed25519", 32],
    ["sm2", SM2_TYPE, "sm2", 65]];
  const row = kinds.find(([, head]) => equal(material.subarray(0, head.length), head));
  const bytes = row ? material.subarray(row[1].length) : null;
  if (!row || bytes.length !== row[3] || (row[2] === "sm2" && !sm2KeyHolds(bytes)) || !isName(name) ||
    bytesOf(name).length > 512 || hex((await sha256(bytesOf(`${name}\n`), material)).subarray(0, 4)) !== id)
    throw new Finding("policy");
  return { name, id, kind: row[0], key: { type: row[2], bytes } };
}

function noteLine(text) {
  const [name, ...rest] = text.slice(2).split(" ");
  const spelled = rest.join(" ");
  if (!text.startsWith("\u2014 ") || !isName(name) || rest.length === 0)
    throw new Finding("note");
  const bytes = base64(spelled, true);
  let strict = true;
  try {
    base64(spelled);
  } catch {
    strict = false;
  }
  if (bytes.length <= 4)
    throw new Finding("note");
  return { name, id: hex(bytes.subarray(0, 4)), signature: bytes.subarray(4), strict };
}

/* { text, lines } of a note. */
export function noteOf(note) {
  const end = note.lastIndexOf("\n\n");
  if (bytesOf(note).length > 131072 || !note.endsWith("\n") || end < 1 || end === note.length - 2 ||
    /[\u0000-\u0009\u000b-\u001f]/.test(note))
    throw new Finding("note");
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > 32)
    throw new Finding("note");
  return { text: note.slice(0, end + 1), lines: lines.map(noteLine) };
}
const linesOf = (note, vkey) => note.lines.filter((line) => line.name === vkey.name && line.id === vkey.id);

/* How many lines this key of a log has; one that does not hold throws. */
export async function noteSignatures(note, vkey) {
  const lines = linesOf(note, vkey);
  for (const line of lines)
    if (!line.strict || line.signature.length !== 64 ||
      !await signatureHolds(vkey.key, line.signature, bytesOf(note.text)))
      throw new Finding("note_signature", { name: vkey.name });
  return lines.length;
}
/* The latest time at which this witness cosigned, or 0. */
export async function cosignedAt(note, vkey) {
  let latest = 0;
  for (const line of linesOf(note, vkey)) {
    const fits = line.strict && line.signature.length === 72;
    const time = fits ? new DataView(line.signature.slice(0, 8).buffer).getBigUint64(0) : 0n;
    const message = bytesOf(`cosignature/v1\ntime ${time}\n${note.text}`);
    if (time === 0n || time > BigInt(LAST) || !await signatureHolds(vkey.key, line.signature.subarray(8), message))
      throw new Finding("note_signature", { name: vkey.name });
    latest = Math.max(latest, Number(time));
  }
  return latest;
}

const decimal = (text) => {
  if (!/^(0|[1-9][0-9]*)$/.test(text ?? ""))
    throw new Finding("encoding");
  return BigInt(text);
};
export const wholeOf = (text) => {
  const number = decimal(text);
  if (number >= 2n ** 64n)
    throw new Finding("encoding");
  return number;
};
export function checkpointOf(note) {
  const [origin, size, root, ...rest] = note.text.slice(0, -1).split("\n");
  if (!origin || root === undefined || rest.includes("") || decimal(size) >= 2n ** 63n)
    throw new Finding("note");
  return { origin, size: decimal(size), root: hashOf(root) };
}

/* The root that a path leads to, or undefined when it is too long or too short. Index and size are BigInts. */
export async function rootOf(entry, index, size, path) {
  let hash = await sha256(Uint8Array.of(0), entry), at = index, last = size - 1n;
  if (index >= size)
    return undefined;
  for (const sibling of path) {
    if (last === 0n)
      return undefined;
    const left = (at & 1n) === 1n || at === last;
    hash = await sha256(Uint8Array.of(1), left ? sibling : hash, left ? hash : sibling);
    while (left && at !== 0n && (at & 1n) === 0n)
      [at, last] = [at >> 1n, last >> 1n];
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n ? hash : undefined;
}

/* A C2SP tlog-proof: { extra, index, path, note }; the node puts the receipt into `extra`. */
export function tlogProofOf(bytes) {
  const text = textOf(bytes), end = text.indexOf("\n\n");
  const lines = text.slice(0, end).split("\n");
  if (end < 0 || lines.shift() !== "c2sp.org/tlog-proof@v1")
    throw new Finding("note");
  const extra = base64(lines[0]?.startsWith("extra ") ? lines.shift().slice(6) : "");
  const index = lines.shift();
  if (!index?.startsWith("index ") || lines.length > 63)
    throw new Finding("note");
  return { extra, index: decimal(index.slice(6)), path: lines.map(hashOf), note: text.slice(end + 2) };
}

/* ---- trust policies -------------------------------------------------------------------------- */

const ENTRIES_MAX = 64;

function newName(policy, name) {
  if (!name || name === "none" || policy.members.some((member) => member.name === name) ||
    policy.members.length === ENTRIES_MAX)
    throw new Finding("policy");
  return name;
}
function groupOf(policy, name, threshold, names) {
  const members = names.map((one) => policy.members.findIndex((member) => member.name === one));
  for (const i of members) {
    if (i < 0 || policy.members[i].parent)
      throw new Finding("policy");
    policy.members[i].parent = true;
  }
  const need = threshold === "any" ? 1n : threshold === "all" ? BigInt(members.length) : wholeOf(threshold);
  if (need < 1n || need > BigInt(members.length))
    throw new Finding("policy");
  return { name, members, need: Number(need) };
}
async function policyLine(policy, words) {
  const [kind, ...rest] = words;
  if (kind === "log" && rest.length >= 1 && rest.length <= 2) {
    const vkey = await vkeyOf(rest[0]);
    if (vkey.kind === "witness" || policy.logs.length === ENTRIES_MAX ||
      policy.logs.some((log) => sameKey(log.key, vkey.key)))
      throw new Finding("policy");
    policy.logs.push(vkey);
  } else if (kind === "witness" && rest.length >= 2 && rest.length <= 3) {
    const name = newName(policy, rest[0]), vkey = await vkeyOf(rest[1]);
    if (vkey.kind !== "witness" || policy.members.some((member) => member.vkey && sameKey(member.vkey.key, vkey.key)))
      throw new Finding("policy");
    policy.members.push({ name, vkey });
  } else if (kind === "group" && rest.length >= 3) {
    policy.members.push(groupOf(policy, newName(policy, rest[0]), rest[1], rest.slice(2)));
  } else if (kind === "quorum" && rest.length === 1 && policy.quorum === undefined) {
    policy.quorum = rest[0] === "none" ? -1 : policy.members.findIndex((member) => member.name === rest[0]);
    if (policy.quorum < 0 && rest[0] !== "none")
      throw new Finding("policy");
  } else {
    throw new Finding("policy");
  }
}

/* { logs, members, quorum }: members in their order, quorum an index or -1 for "none". */
export async function policyOf(bytes) {
  const policy = { logs: [], members: [], quorum: undefined };
  const text = textOf(bytes);
  let line = 0;
  for (const content of text.split("\n")) {
    line++;
    const words = content.split(/[ \t]+/).filter((word) => word !== "");
    try {
      if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(content))
        throw new Finding("policy");
      if (words.length > 0 && !words[0].startsWith("#"))
        await policyLine(policy, words);
    } catch (problem) {
      throw problem instanceof Finding ? new Finding("policy_line", { line }) : problem;
    }
  }
  if (policy.quorum === undefined)
    throw new Finding("policy_quorum");
  return policy;
}

/* Who of the policy cosigned a note: { met, witnesses: [name], time }. */
export async function cosignatures(policy, note) {
  const met = [], witnesses = [];
  let time = 0;
  for (const member of policy.members) {
    if (member.vkey) {
      const at = await cosignedAt(note, member.vkey);
      met.push(at > 0);
      time = Math.max(time, at);
      if (at > 0)
        witnesses.push(member.vkey.name);
    } else {
      met.push(member.members.filter((i) => met[i]).length >= member.need);
    }
  }
  return { met: policy.quorum < 0 || met[policy.quorum], witnesses, time };
}
