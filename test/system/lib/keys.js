// Key files written by `huren key new` and `huren init`, without passphrase.
import { readFileSync } from 'node:fs';
import { unbase58 } from './codec.js';

export function seedOf(path) {
  const file = JSON.parse(readFileSync(path, 'utf8'));
  const bytes = unbase58(file.secret.slice(1));
  if (bytes[0] !== 0x80 || bytes[1] !== 0x26 || bytes.length !== 34) throw new Error(`no Ed25519 seed in ${path}`);
  return bytes.subarray(2);
}
