// Independent reading of the public formats (doc/formats): RFC 8785, base58, Multikey, signed notes,
// checkpoints, tiles, Merkle proofs. Nothing here calls the program under test.
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

export const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
export const leafHash = (entry) => sha256(Buffer.from([0]), entry);
export const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

// RFC 8785: JSON.stringify already writes numbers and strings as it asks; members sort by UTF-16.
export function jcs(value) {
  if (Array.isArray(value)) return `[${value.map(jcs).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${jcs(value[name])}`);
  return `{${members.join(',')}}`;
}

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
export function base58(bytes) {
  let number = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (; number > 0n; number /= 58n) text = ALPHABET[Number(number % 58n)] + text;
  for (let i = 0; i < bytes.length && bytes[i] === 0; i++) text = `1${text}`;
  return text;
}
export function unbase58(text) {
  let number = 0n;
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) throw new Error(`no base58: ${letter}`);
    number = number * 58n + BigInt(digit);
  }
  const hex = number.toString(16);
  const zeros = /^1*/.exec(text)[0].length;
  const bytes = number === 0n ? Buffer.alloc(0) : Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return Buffer.concat([Buffer.alloc(zeros), bytes]);
}

// Ed25519 keys from raw bytes, through the fixed DER prefixes of RFC 8410.
export const publicKey = (raw) =>
  createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]),
    format: 'der', type: 'spki' });
export const privateKey = (seed) =>
  createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der', type: 'pkcs8' });
export const rawPublic = (key) => createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
export const multikey = (raw) => `z${base58(Buffer.concat([Buffer.from([0xed, 0x01]), raw]))}`;
export function rawOfMultikey(text) {
  const bytes = unbase58(text.slice(1));
  if (text[0] !== 'z' || bytes[0] !== 0xed || bytes[1] !== 0x01) throw new Error(`no Ed25519 Multikey: ${text}`);
  return bytes.subarray(2);
}

// eddsa-jcs-2022, as the W3C recommendation tells it.
export function hashData(document, proof) {
  const { proofValue, ...config } = proof;
  const { proof: all, ...bare } = document;
  if (config['@context']) bare['@context'] = config['@context'];
  return Buffer.concat([sha256(jcs(config)), sha256(jcs(bare))]);
}
export function addProof(document, seed, verificationMethod, created) {
  const proof = { type: 'DataIntegrityProof', cryptosuite: 'eddsa-jcs-2022', created, verificationMethod,
    proofPurpose: 'assertionMethod', '@context': document['@context'] };
  proof.proofValue = `z${base58(sign(null, hashData(document, proof), privateKey(seed)))}`;
  return { ...document, proof };
}
export const proofHolds = (document, proof, key) =>
  verify(null, hashData(document, proof), key, unbase58(proof.proofValue.slice(1)));

// Signed notes (C2SP).
export function parseVkey(text) {
  const [name, id, ...rest] = text.trim().split('+');
  const bytes = Buffer.from(rest.join('+'), 'base64');
  const computed = sha256(name, '\n', bytes).subarray(0, 4).toString('hex');
  if (computed !== id) throw new Error(`key id of ${name} is ${computed}, not ${id}`);
  return { name, id, type: bytes[0], raw: bytes.subarray(1) };
}
export function parseNote(text) {
  const end = text.lastIndexOf('\n\n');
  if (end < 0 || !text.endsWith('\n')) throw new Error('no note');
  const lines = text.slice(end + 2, -1).split('\n').map((line) => {
    const match = /^\u2014 (\S+) (\S+)$/.exec(line);
    if (!match) throw new Error(`no signature line: ${line}`);
    const bytes = Buffer.from(match[2], 'base64');
    return { name: match[1], id: bytes.subarray(0, 4).toString('hex'), signature: bytes.subarray(4) };
  });
  return { text: text.slice(0, end + 1), lines };
}
// Number of lines of this key that hold; throws when one does not.
export function verifyNote(note, vkey) {
  const key = publicKey(vkey.raw);
  const own = note.lines.filter((line) => line.name === vkey.name && line.id === vkey.id);
  for (const line of own) {
    const message = vkey.type === 4
      ? `cosignature/v1\ntime ${line.signature.readBigUInt64BE(0)}\n${note.text}` : note.text;
    const signature = vkey.type === 4 ? line.signature.subarray(8) : line.signature;
    if (!verify(null, Buffer.from(message), key, signature)) throw new Error(`signature of ${vkey.name} fails`);
  }
  return own.length;
}
export function parseCheckpoint(text) {
  const note = parseNote(text);
  const [origin, size, root] = note.text.split('\n');
  if (!/^(0|[1-9][0-9]*)$/.test(size)) throw new Error(`no size: ${size}`);
  return { note, origin, size: Number(size), root: Buffer.from(root, 'base64') };
}
export function signCheckpoint(origin, size, root, vkeyName, seed) {
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const raw = rawPublic(privateKey(seed));
  const id = sha256(vkeyName, '\n', Buffer.from([1]), raw).subarray(0, 4);
  const line = Buffer.concat([id, sign(null, Buffer.from(text), privateKey(seed))]).toString('base64');
  return `${text}\n\u2014 ${vkeyName} ${line}\n`;
}
export function vkeyText(name, type, raw) {
  const bytes = Buffer.concat([Buffer.from([type]), raw]);
  return `${name}+${sha256(name, '\n', bytes).subarray(0, 4).toString('hex')}+${bytes.toString('base64')}`;
}

// Merkle tree (RFC 6962, RFC 9162).
export function rootOf(hashes) {
  if (hashes.length === 0) return sha256('');
  if (hashes.length === 1) return hashes[0];
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}
export function inclusionRoot(index, size, leaf, path) {
  let fn = index, sn = size - 1, root = leaf;
  for (const hash of path) {
    if (sn === 0) throw new Error('path is too long');
    if (fn % 2 === 1 || fn === sn) {
      root = nodeHash(hash, root);
      while (fn !== 0 && fn % 2 === 0) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
    } else {
      root = nodeHash(root, hash);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  if (sn !== 0) throw new Error('path is too short');
  return root;
}
export function inclusionPath(hashes, index) {
  if (hashes.length <= 1) return [];
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return index < split
    ? [...inclusionPath(hashes.slice(0, split), index), rootOf(hashes.slice(split))]
    : [...inclusionPath(hashes.slice(split), index - split), rootOf(hashes.slice(0, split))];
}
export function consistencyPath(hashes, old, whole = true) {
  const size = hashes.length;
  if (old === size) return whole ? [] : [rootOf(hashes)];
  let split = 1;
  while (split * 2 < size) split *= 2;
  return old <= split
    ? [...consistencyPath(hashes.slice(0, split), old, whole), rootOf(hashes.slice(split))]
    : [...consistencyPath(hashes.slice(split), old - split, false), rootOf(hashes.slice(0, split))];
}

// tlog-tiles.
export function tilePath(level, index, width = 256) {
  let text = String(index % 1000).padStart(3, '0');
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    text = `x${String(rest % 1000).padStart(3, '0')}/${text}`;
  return `tile/${level}/${text}${width === 256 ? '' : `.p/${width}`}`;
}
export function splitBundle(bytes) {
  const entries = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) throw new Error('bundle ends within an entry');
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
