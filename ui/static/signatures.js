/* signatures.js - SHA-256 and Ed25519 by the browser (WebCrypto); SM3 and SM2 (GB/T 32905, GB/T 32918) here, because
 * no browser has them. Everything here is public, so nothing needs to take the same time for every input. */

import { bytesOf } from "./strict-json.js";

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
export const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/* What this browser can do: "ed25519", "sha256" (digests only) or "none" (a page that came without https). */
export async function ability() {
  if (!globalThis.crypto?.subtle)
    return "none";
  try {
    /* RFC 8032, test 1. Who answers, but wrongly, is not asked either. */
    const key = Uint8Array.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a".match(/../g),
      (hex) => parseInt(hex, 16));
    const signature = Uint8Array.from(("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b").match(/../g),
      (hex) => parseInt(hex, 16));
    return await ed25519Holds(key, signature, new Uint8Array(0)) &&
      !await ed25519Holds(key, signature, new Uint8Array(1)) ? "ed25519" : "sha256";
  } catch {
    return "sha256";
  }
}

export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}

/* ---- Ed25519 --------------------------------------------------------------------------------- */

const toInteger = (bytes) => bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
const littleInteger = (bytes) => toInteger([...bytes].reverse());
const mod = (a, p) => { const r = a % p; return r < 0n ? r + p : r; };

const ED_P = 2n ** 255n - 19n;
const ED_L = 2n ** 252n + 27742317777372353535851937790883648493n;
/* y of the points whose order divides 8: a key or R among them would hold for more than one message. */
const ED_SMALL = [0n, 1n, ED_P - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n];
const edY = (point) => littleInteger(point) & ((1n << 255n) - 1n);
const isSmall = (point) => ED_SMALL.includes(mod(edY(point), ED_P));

/* Browsers differ in what they do with odd keys, so odd ones are refused here, as the node's library does. */
export async function ed25519Holds(key, signature, message) {
  if (edY(key) >= ED_P || isSmall(key) || isSmall(signature.subarray(0, 32)) ||
    littleInteger(signature.subarray(32)) >= ED_L)
    return false;
  const handle = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, handle, signature, message);
}

/* ---- SM3 ------------------------------------------------------------------------------------- */

const SM3_START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];
const turn = (x, n) => (x << n) | (x >>> (32 - n)); /* a shift by 32 is one by 0 */

function sm3Block(state, block) {
  const w = Array.from({ length: 16 }, (_, i) => block.getUint32(4 * i));
  let [a, b, c, d, e, f, g, h] = state;
  for (let j = 16; j < 68; j++) {
    const x = w[j - 16] ^ w[j - 9] ^ turn(w[j - 3], 15);
    w[j] = x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[j - 13], 7) ^ w[j - 6];
  }
  for (let j = 0; j < 64; j++) {
    const early = j < 16;
    const s1 = turn((turn(a, 12) + e + turn(early ? 0x79cc4519 : 0x7a879d8a, j % 32)) | 0, 7);
    const s2 = s1 ^ turn(a, 12);
    const t1 = ((early ? a ^ b ^ c : (a & b) | (a & c) | (b & c)) + d + s2 + (w[j] ^ w[j + 4])) | 0;
    const t2 = ((early ? e ^ f ^ g : (e & f) | (~e & g)) + h + s1 + w[j]) | 0;
    [d, c, b, a] = [c, turn(b, 9), a, t1];
    [h, g, f, e] = [g, turn(f, 19), e, t2 ^ turn(t2, 9) ^ turn(t2, 17)];
  }
  return [a, b, c, d, e, f, g, h].map((x, i) => x ^ state[i]);
}

export function sm3(...parts) {
  const message = concat(...parts);
  const padded = new Uint8Array((message.length + 72) & ~63);
  const view = new DataView(padded.buffer);
  const result = new DataView(new ArrayBuffer(32));
  let state = SM3_START;
  padded.set(message);
  padded[message.length] = 0x80;
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  for (let at = 0; at < padded.length; at += 64)
    state = sm3Block(state, new DataView(padded.buffer, at, 64));
  state.forEach((x, i) => result.setInt32(4 * i, x));
  return new Uint8Array(result.buffer);
}

/* ---- SM2 ------------------------------------------------------------------------------------- */

const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const A = P - 3n;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const G = [0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n, 1n];
const INFINITE = [1n, 1n, 0n];
const USER_ID = "1234567812345678";

const toBytes = (number) => Uint8Array.from(number.toString(16).padStart(64, "0").match(/../g), (x) => parseInt(x, 16));

function inverse(a, p) {
  let [r, next, s, step] = [p, mod(a, p), 0n, 1n];
  while (next !== 0n) {
    const q = r / next;
    [r, next, s, step] = [next, r - q * next, step, s - q * step];
  }
  return mod(s, p);
}

/* Points as [X, Y, Z] for x = X / Z^2, y = Y / Z^3, so that nothing is divided on the way; Z is 0 at infinity. */
function double([x, y, z]) {
  const delta = mod(z * z, P), gamma = mod(y * y, P), beta = mod(x * gamma, P);
  const alpha = mod(3n * (x - delta) * (x + delta), P), x3 = mod(alpha * alpha - 8n * beta, P);
  return [x3, mod(alpha * (4n * beta - x3) - 8n * gamma * gamma, P), mod(2n * y * z, P)];
}

function add(p, q) {
  if (p[2] === 0n || q[2] === 0n)
    return p[2] === 0n ? q : p;
  const pp = mod(p[2] * p[2], P), qq = mod(q[2] * q[2], P);
  const u = mod(p[0] * qq, P), s = mod(p[1] * qq * q[2], P);
  const h = mod(q[0] * pp - u, P), r = mod(q[1] * pp * p[2] - s, P);
  if (h === 0n)
    return r === 0n ? double(p) : INFINITE;
  const hh = mod(h * h, P), hhh = mod(h * hh, P), v = mod(u * hh, P), x = mod(r * r - hhh - 2n * v, P);
  return [x, mod(r * (v - x) - s * hhh, P), mod(p[2] * q[2] * h, P)];
}

/* x of s G + t Q, both at once from the highest bit down; undefined at infinity. */
function sumOfMultiples(s, t, q) {
  const both = add(G, q);
  let sum = INFINITE;
  for (let bit = 255n; bit >= 0n; bit--) {
    const one = (s >> bit) & 1n, two = (t >> bit) & 1n;
    sum = double(sum);
    if (one || two)
      sum = add(sum, one && two ? both : one ? G : q);
  }
  return sum[2] === 0n ? undefined : mod(sum[0] * inverse(sum[2] * sum[2], P), P);
}

const coordinates = (key) => [toInteger(key.subarray(1, 33)), toInteger(key.subarray(33, 65))];

/* An uncompressed point of the curve. */
export function sm2KeyHolds(key) {
  const [x, y] = coordinates(key);
  return key.length === 65 && key[0] === 4 && x < P && y < P && mod(y * y - (x * x * x + A * x + B), P) === 0n;
}

export function sm2Holds(key, signature, message) {
  const id = bytesOf(USER_ID);
  const r = toInteger(signature.subarray(0, 32)), s = toInteger(signature.subarray(32)), t = mod(r + s, N);
  if (!sm2KeyHolds(key) || r === 0n || s === 0n || r >= N || s >= N || t === 0n)
    return false;
  const z = sm3(Uint8Array.of(0, id.length * 8), id, ...[A, B, G[0], G[1]].map(toBytes), key.subarray(1));
  const x = sumOfMultiples(s, t, [...coordinates(key), 1n]);
  return x !== undefined && mod(toInteger(sm3(z, message)) + x, N) === r;
}
