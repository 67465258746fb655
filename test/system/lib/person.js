// A person with a browser: cookies, forms with their token, an authenticator.
import { createHmac } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
function base32(text) {
  const bytes = [];
  let bits = 0;
  let value = 0;
  for (const c of text.replaceAll(' ', '')) {
    value = (value << 5 | ALPHABET.indexOf(c)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push(value >> bits & 0xff);
    }
  }
  return Buffer.from(bytes);
}

// RFC 6238 by the book; `ahead` counts steps of 30 seconds.
export function totp(secret, ahead = 0) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + ahead));
  const mac = createHmac('sha1', base32(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1000000).padStart(6, '0');
}

export class Person {
  constructor(node, { address } = {}) {
    this.node = node;
    this.address = address;
    this.cookies = new Map();
  }

  async ask(method, path, { form, headers = {}, raw } = {}) {
    const sent = { accept: 'application/json', ...headers };
    if (this.address) sent['x-forwarded-for'] = this.address;
    if (this.cookies.size > 0 && !('cookie' in headers))
      sent.cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (form || raw !== undefined) sent['content-type'] ??= 'application/x-www-form-urlencoded';
    const answer = await fetch(this.node.url + path, { method, headers: sent, redirect: 'manual',
      body: form ? new URLSearchParams(form).toString() : raw });
    // Debian 12's Node.js hands out one line; no cookie of ours has a comma.
    const set = answer.headers.getSetCookie?.() ??
      (answer.headers.get('set-cookie') ?? '').split(/, (?=[^;,]+=)/).filter(Boolean);
    for (const line of set) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/Max-Age=0/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, set, text, location: answer.headers.get('location'),
      get json() { return JSON.parse(text); } };
  }

  get(path, options) { return this.ask('GET', path, options); }

  page(path) { return this.ask('GET', path, { headers: { accept: 'text/html' } }); }

  // Opens the page that shows the form, then sends it with its token.
  async send(path, fields = {}, { from = path, html = false } = {}) {
    const shown = await this.get(`${from}.json`);
    const { csrf } = shown.status === 200 ? shown.json : (await this.get('/account.json')).json;
    return this.ask('POST', html ? path : `${path}.json`, { form: { ...fields, csrf },
      headers: html ? { accept: 'text/html' } : {} });
  }

  get session() { return this.cookies.get('huren-session'); }

  signIn(name, password) { return this.send('/sign-in', { name, password }); }

  // From the printed invitation to the signed-in account; gives the recovery codes.
  async join(link, password) {
    const path = new URL(link).pathname;
    const joined = await this.send(path, { password, again: password });
    if (joined.status !== 303) throw new Error(`join: ${joined.status} ${joined.text}`);
    this.secret = (await this.get('/sign-in/enrol.json')).json.secret;
    this.password = password;
    const enrolled = await this.send('/sign-in/enrol', { code: totp(this.secret) });
    if (enrolled.status !== 200) throw new Error(`enrol: ${enrolled.status} ${enrolled.text}`);
    this.used = 0;
    return enrolled.json.codes.map(({ code }) => code);
  }

  // A code that was not used yet: the step before or after may stand in for one that was.
  code() {
    this.used += 1;
    return totp(this.secret, this.used);
  }
}
