// Requests between nodes, signed as doc/formats/peer.md says (RFC 9421, RFC 9530).
import { randomBytes, sign } from 'node:crypto';
import { join } from 'node:path';
import { privateKey, sha256 } from './codec.js';
import { seedOf } from './keys.js';

export function signedHeaders(from, to, path, body, change = {}) {
  const created = change.created ?? Math.floor(Date.now() / 1000);
  const keyid = change.keyid ?? `${from.did}#requests-1`;
  const nonce = change.nonce ?? randomBytes(16).toString('base64url');
  const digest = `sha-256=:${sha256(body).toString('base64')}:`;
  const authority = new URL(to.url).host;
  const type = change.type ?? 'application/json';
  const parameters = '("@method" "@authority" "@path" "content-digest" "content-type")'
    + `;created=${created};expires=${created + 300};nonce="${nonce}";keyid="${keyid}";alg="ed25519";tag="huren"`;
  const base = [`"@method": ${change.method ?? 'POST'}`,
    `"@authority": ${authority}`, `"@path": ${path}`, `"content-digest": ${digest}`,
    `"content-type": ${type}`, `"@signature-params": ${parameters}`].join('\n');
  const seed = change.seed ?? seedOf(join(from.dir, 'keys', 'requests.json'));
  const signature = sign(null, Buffer.from(base), privateKey(seed)).toString('base64');
  return { 'content-type': type, 'content-digest': digest, 'signature-input': `sig1=${parameters}`,
    signature: `sig1=:${signature}:` };
}

export async function askSigned(from, to, path, value, change = {}) {
  const body = JSON.stringify(value);
  const headers = { ...signedHeaders(from, to, path, body, change), ...change.headers };
  const answer = await fetch(to.url + path, { method: 'POST', headers, body: change.body ?? body });
  return { status: answer.status, text: await answer.text(), headers };
}

// GET of a file, signed by `from`'s key for requests.
export async function signedGet(from, to, path, change = {}) {
  const headers = signedHeaders(from, to, path, '', { method: 'GET', type: 'application/octet-stream', ...change });
  const answer = await fetch(to.url + path, { headers: { ...headers, ...change.headers } });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
}
