// One node under test: its folder, its process, its HTTP face.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCheckpoint, parseVkey, verifyNote } from './codec.js';

export const SOURCE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const HUREN = process.env.HUREN ?? join(SOURCE, 'build', 'src', 'cli', 'huren');
export const FAULTY = process.env.HUREN_FAULTY;

const folders = [];
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
export function temporary() {
  const folder = mkdtempSync(join(tmpdir(), 'huren-system-'));
  folders.push(folder);
  return folder;
}

export const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
// Asks every `step` ms until `ask` gives something true; fails with `what` after `limit` ms.
export async function until(what, ask, limit = 10000, step = 25) {
  const end = Date.now() + limit;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${what}`);
    await pause(step);
  }
}

export const freePort = () => new Promise((done, fail) => {
  const server = createServer();
  server.on('error', fail);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

export function run(program, args, { input, env, cwd } = {}) {
  return new Promise((done) => {
    const child = execFile(program, args, { env: { ...process.env, ...env }, cwd, maxBuffer: 1 << 28,
      timeout: 120000 }, (error, stdout, stderr) => {
      const status = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
      done({ status, signal: error?.signal ?? null, stdout, stderr });
    });
    child.stdin.on('error', () => {}); // it may end without reading
    child.stdin.end(input ?? '');
  });
}
export const huren = (...args) => run(HUREN, args);

export class Node {
  // A new folder, initialised; not yet started.
  static async make(name, options = {}) {
    const node = new Node();
    node.name = name;
    node.dir = options.dir ?? join(temporary(), name);
    node.port = options.port ?? await freePort();
    node.domain = options.domain ?? `${name}.huren.example`;
    node.url = `http://127.0.0.1:${node.port}`;
    node.did = `did:web:${node.domain.replaceAll(':', '%3A')}`;
    const made = await huren('init', '--dir', node.dir, '--domain', node.domain, '--name-zh', `${name}（样例）`,
      '--name-en', `${name} (sample)`, '--listen', `127.0.0.1:${node.port}`, '--url', options.url ?? node.url);
    if (made.status !== 0) throw new Error(`init failed: ${made.stderr}`);
    return node;
  }

  // The same folder and port as another process would see them.
  static at(node, dir) {
    return Object.assign(new Node(), { name: node.name, dir, port: node.port, domain: node.domain, url: node.url,
      did: node.did });
  }

  get config() { return JSON.parse(readFileSync(join(this.dir, 'node.json'), 'utf8')); }
  get token() { return readFileSync(join(this.dir, 'token'), 'utf8').trim(); }

  spawn({ program = HUREN, env = {} } = {}) {
    this.printed = '';
    this.child = spawn(program, ['serve', '--dir', this.dir], { stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env } });
    this.child.stdout.on('data', (data) => { this.printed += data; });
    this.child.stderr.on('data', (data) => { this.printed += data; });
    this.ended = new Promise((done) => {
      const { child } = this;
      running.add(child);
      child.on('exit', (code, signal) => {
        running.delete(child);
        this.child = null;
        done({ code, signal });
      });
    });
  }

  async start(options = {}) {
    this.spawn(options);
    await until(`${this.name} answers`, async () => {
      if (!this.child) throw new Error(`${this.name} ended at start: ${this.printed}`);
      try {
        return (await this.get('/peer.json')).status === 200;
      } catch {
        return false;
      }
    }, options.limit ?? 20000);
    return this;
  }

  async end(signal) {
    if (!this.child) return null;
    this.child.kill(signal);
    return this.ended;
  }

  stop() { return this.end('SIGTERM'); }

  kill() { return this.end('SIGKILL'); }

  cli(...args) { return huren(...args, '--dir', this.dir); }

  // A command that must succeed; its JSON when --json is among the words.
  async do(...args) {
    const result = await this.cli(...args);
    if (result.status !== 0) throw new Error(`huren ${args.join(' ')}: ${result.stderr}${result.stdout}`);
    return args.includes('--json') ? JSON.parse(result.stdout) : result.stdout;
  }

  async get(path, headers = {}) {
    const answer = await fetch(this.url + path, { headers, redirect: 'manual' });
    const bytes = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, headers: answer.headers, bytes, text: bytes.toString('utf8'),
      get json() { return JSON.parse(this.text); } };
  }

  async post(path, type, body, headers = {}) {
    const answer = await fetch(this.url + path, { method: 'POST', body,
      headers: { 'content-type': type, authorization: `Bearer ${this.token}`, ...headers } });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, get json() { return JSON.parse(text); } };
  }

  publish(statement, headers) {
    return this.post('/api/v1/statements', 'application/vc',
      typeof statement === 'string' ? statement : JSON.stringify(statement), headers);
  }

  async card() { return (await this.get('/peer.json')).json; }

  // The checkpoint served now, its signature verified here.
  async checkpoint() {
    const { text } = await this.get('/tlog/checkpoint');
    const checkpoint = parseCheckpoint(text);
    const vkey = parseVkey((await this.card()).tlog_vkey);
    if (verifyNote(checkpoint.note, vkey) < 1) throw new Error('checkpoint is not signed by its log');
    return { ...checkpoint, text };
  }

  async statement(id) { return (await this.get(`/statements/${id.replace('urn:uuid:', '')}.json`)).json; }

  // Checker's report; only on a stopped node or a copy.
  async fsck() {
    const result = await this.cli('fsck', '--json');
    return JSON.parse(result.stdout);
  }
}
