// The main job's actors on two nodes: sample organisations, accreditations, the agreement, reports.
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addProof, multikey, privateKey, rawPublic } from './codec.js';
import { Node, SOURCE, huren, temporary, until } from './node.js';

export const stamp = (at = Date.now()) => `${new Date(at).toISOString().slice(0, 19)}Z`;
const read = (path) => JSON.parse(readFileSync(join(SOURCE, path), 'utf8'));

export const draftOf = (city) => read(`rules/samples/report-${city}.json`);
export const requestTo = (city) => read(`rules/samples/request-to-${city}.json`);
export const codeOf = (did) => did.split(':').at(-1);

// Two nodes that know each other, started.
export async function twoNodes(urls = {}) {
  const yongchuan = await Node.make('yongchuan', { url: urls.yongchuan });
  const longquanyi = await Node.make('longquanyi', { url: urls.longquanyi });
  await Promise.all([yongchuan.start(), longquanyi.start()]);
  await introduce(yongchuan, longquanyi, urls);
  return { yongchuan, longquanyi };
}
// Each learns the other's keys (by its `via` address when given) and starts again with them.
export async function introduce(one, two, via = {}) {
  await one.do('peer', 'add', via[two.name] ?? two.url);
  await two.do('peer', 'add', via[one.name] ?? one.url);
  await Promise.all([one.stop(), two.stop()]);
  await Promise.all([one.start(), two.start()]);
}

const labCode = (node) => (node.name === 'longquanyi' ? '91510112MA6LQL003A' : '91500118MA5YCL002G');
// A lab with its key on its own machine, accredited for every item its sample draft tests.
export async function makeLab(node, { draft = draftOf(node.name), code = labCode(node) } = {}) {
  const end = '2030-12-31';
  const seed = randomBytes(32);
  const folder = temporary();
  const keyFile = join(folder, 'lab-key.json');
  const made = await huren('key', 'new', '--out', keyFile);
  if (made.status !== 0) throw new Error(made.stderr);
  const answer = await node.do('org', 'add', '--name', draft.lab.name, '--code', code, '--role', 'lab', '--key',
    made.stdout.trim(), '--json');
  const items = [...new Set(draft.items.map((item) => item.item))];
  await node.do('accredit', '--lab', answer.did, '--number', draft.lab.certificateNumber, '--scheme',
    draft.scheme.id, '--edition', draft.scheme.edition, '--items', items.join(','), '--from', '2025-01-01', '--until',
    end, '--json');
  return { did: answer.did, keyFile, folder, draft, seed };
}
export async function makeApplicant(node, did) {
  const seed = randomBytes(32);
  return node.do('org', 'add', '--name', '样例汽车有限公司', '--code', codeOf(did), '--role', 'applicant', '--key',
    multikey(rawPublic(privateKey(seed))), '--json');
}

// The sample agreement, signed by both and published in both tlogs.
export async function agree(one, two) {
  const folder = temporary();
  const proposal = join(folder, 'proposal.json');
  const signed = join(folder, 'signed.json');
  await one.do('agree', 'propose', '--rules', join(SOURCE, 'rules/agreements/sample-yongchuan-longquanyi.json'),
    '--with', two.url, '--out', proposal);
  await two.do('agree', 'sign', proposal, '--out', signed);
  // A node can judge the other's signature once it has mirrored its DID document: a moment after the start.
  for (const node of [one, two])
    await until(`${node.name} publishes the agreement`, async () =>
      (await node.cli('agree', 'publish', signed, '--json')).status === 0);
  return JSON.parse(readFileSync(signed, 'utf8'));
}

// Signs a draft with the lab's key by `huren report sign`; gives the submission.
export async function signReport(node, lab, change = {}) {
  const draftFile = join(lab.folder, `${randomUUID()}.json`);
  const out = `${draftFile}.signed`;
  writeFileSync(draftFile, JSON.stringify({ ...lab.draft, ...change }));
  const made = await node.cli('report', 'sign', draftFile, '--did', lab.did, '--key', lab.keyFile, '--out', out);
  if (made.status !== 0) throw new Error(`report sign: ${made.stderr}`);
  return JSON.parse(readFileSync(out, 'utf8'));
}
export async function submitReport(node, submission) {
  return node.post('/api/v1/statements', 'application/vnd.huren.submission+json', JSON.stringify(submission));
}
// Seed of a key file written without passphrase.
export { seedOf } from './keys.js';

// Status slots of cloned reports: at random, each once.
const slots = new Set();
function takeSlot() {
  for (;;) {
    const slot = randomInt(131072);
    if (!slots.has(slot)) {
      slots.add(slot);
      return slot;
    }
  }
}

// A report like `template` with its own id and number, signed here in JavaScript.
export function cloneReport(template, seed, number, created = stamp()) {
  const { proof, ...document } = structuredClone(template);
  const old = document.id;
  document.id = `urn:uuid:${randomUUID()}`;
  document.validFrom = created;
  const slot = String(takeSlot());
  for (const entry of [document.credentialStatus].flat()) {
    if (entry.id) entry.id = entry.id.replace(entry.statusListIndex, slot);
    entry.statusListIndex = slot;
  }
  const text = JSON.stringify(document).replaceAll(old, document.id)
    .replaceAll(document.credentialSubject.inspectionReport.number, number);
  return addProof(JSON.parse(text), seed, `${document.issuer.id}#key-1`, created);
}

// Until everything published so far is cosigned. The mirror and the witness go their own ways: a report may be
// recognised before its bundle is good.
export async function cosigned(node) {
  const { size } = await node.checkpoint();
  await until(`${node.name} is cosigned`, async () =>
    (await node.get('/index.json')).json.checkpoint.cosigned_size >= size);
}

// Everything up to, not including, the first report.
export async function prepare() {
  const cities = await twoNodes();
  const labs = {
    yongchuan: await makeLab(cities.yongchuan), longquanyi: await makeLab(cities.longquanyi),
  };
  for (const city of ['yongchuan', 'longquanyi'])
    await makeApplicant(cities[city], draftOf(city).applicant.id);
  const agreement = await agree(cities.yongchuan, cities.longquanyi);
  return { ...cities, labs, agreement };
}

// Publishes the sample report of `from` and asks `to` to recognise it; gives report and decision.
export async function recognise(from, to, lab, change = {}) {
  const submission = await signReport(from, lab, change);
  const published = await submitReport(from, submission);
  if (published.status !== 201) throw new Error(`report refused: ${published.text}`);
  const file = join(temporary(), 'request.json');
  writeFileSync(file, JSON.stringify({ ...requestTo(to.name), reports: [submission.statement.id] }));
  const request = await to.do('decide', 'request', file, '--wait', '--json');
  const decision = await until('the decision', async () => {
    const found = await to.get(`/statements/${request.decision.replace('urn:uuid:', '')}.json`,
      { authorization: `Bearer ${to.token}` });
    return found.status === 200 && found.json;
  });
  return { submission, published: published.json, request, decision };
}
