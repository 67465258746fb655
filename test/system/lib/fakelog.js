// A peer made of JavaScript that can lie: a log of its own, served as tlog-tiles, with a witness door.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { leafHash, privateKey, rawPublic, rootOf, signCheckpoint, vkeyText } from './codec.js';

// Leaf hashes of entries seen before, so that a long log is hashed once.
const leaves = new WeakMap();
function leafOf(entry) {
  if (!leaves.has(entry)) leaves.set(entry, leafHash(entry));
  return leaves.get(entry);
}

export class FakeLog {
  static async open(domain) {
    const log = new FakeLog();
    Object.assign(log, { domain, origin: `${domain}/tlog`, seed: randomBytes(32), witnessSeed: randomBytes(32),
      entries: [], asked: [], witness: () => ({ status: 404, body: '' }), tile: (bytes) => bytes });
    log.server = createServer((request, answer) => log.answer(request, answer));
    await new Promise((done) => { log.server.listen(0, '127.0.0.1', done); });
    log.url = `http://127.0.0.1:${log.server.address().port}`;
    return log;
  }

  close() {
    this.server.closeAllConnections?.();
    this.server.close();
  }

  add(...texts) {
    this.entries.push(...texts.map((text) => Buffer.from(text)));
    this.head = this.signed(this.entries);
  }

  // A signed checkpoint over any entries, true or not.
  signed(entries, size = entries.length) {
    return signCheckpoint(this.origin, size, rootOf(entries.map(leafOf)), this.origin, this.seed);
  }

  card() {
    return { domain: this.domain, name: { 'zh-CN': '假', en: 'fake' }, colour: '#884400', origin: this.origin,
      did: `did:web:${this.domain}`, url: this.url,
      tlog_vkey: vkeyText(this.origin, 1, rawPublic(privateKey(this.seed))),
      witness_vkey: vkeyText(`${this.domain}/witness`, 4, rawPublic(privateKey(this.witnessSeed))) };
  }

  bytesOf(path) {
    const match = /^tile\/(\d+|entries)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path);
    if (!match) return null;
    const index = Number(match[2].replace(/[x/]/g, ''));
    const width = Number(match[3] ?? 256);
    const level = match[1] === 'entries' ? 0 : Number(match[1]);
    const span = 256 ** level;
    const parts = [];
    for (let i = 0; i < width; i++) {
      const from = (index * 256 + i) * span;
      if (from + span > this.entries.length) return null;
      if (match[1] === 'entries') {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(this.entries[from].length);
        parts.push(length, this.entries[from]);
      } else {
        parts.push(rootOf(this.entries.slice(from, from + span).map(leafOf)));
      }
    }
    return Buffer.concat(parts);
  }

  answer(request, answer) {
    const path = new URL(request.url, this.url).pathname;
    this.asked.push(`${request.method} ${path}`);
    const send = (status, type, body) => answer.writeHead(status, { 'content-type': type }).end(body);
    if (path === '/peer.json') return send(200, 'application/json', JSON.stringify(this.card()));
    if (path === '/tlog/checkpoint') return send(200, 'text/plain; charset=utf-8', this.head);
    if (path.startsWith('/tlog/')) {
      const bytes = this.bytesOf(path.slice(6));
      return bytes ? send(200, 'application/octet-stream', this.tile(bytes, path)) : send(404, 'text/plain', '');
    }
    if (path === '/witness/add-checkpoint') {
      let body = '';
      request.on('data', (data) => { body += data; });
      request.on('end', () => {
        const said = this.witness(body);
        send(said.status, said.type ?? 'text/plain', said.body);
      });
      return undefined;
    }
    return send(404, 'text/plain', '');
  }
}
