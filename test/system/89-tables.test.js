// Lists: orders, columns, paging both ways, files, who may have them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HUREN, Node, run, temporary, until } from './lib/node.js';
import { admin } from './lib/people.js';
import { Person } from './lib/person.js';

let node, security, auditor;
const USCC = ['91500118MA5YB0001X', '91500118MA5YB0002X', '91500118MA5YB0003X', '91500118MA5YB0004X',
  '91500118MA5YB0005X'];

before(async () => {
  node = await (await Node.make('tables')).start();
  for (const [i, code] of USCC.entries())
    await node.do('org', 'add', '--name', i === 2 ? '=1+1,公式' : `第${i}检测机构`, '--code', code, '--role',
      i % 2 ? 'applicant' : 'lab', '--key', (await run(HUREN, ['key', 'new', '--out',
        join(temporary(), `${i}.json`)])).stdout.trim());
  security = await admin(node, 'security', 'security-admin', '--display', 'security');
  auditor = await admin(node, 'auditor', 'audit-admin', '--display', 'auditor');
});
after(() => node?.stop());

const rows = (answer) => answer.json.rows.map(({ name }) => name);

test('a list goes on and back by the links of its twin', async () => {
  const seen = [];
  let page = await node.get('/organisations.json?rows=2&sort=name');
  for (;;) {
    seen.push(rows(page));
    if (!page.json.links.next) break;
    page = await node.get(page.json.links.next);
  }
  assert.deepEqual(seen.flat(), [...seen.flat()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  assert.equal(seen.flat().length, 6);
  for (const before of seen.slice(0, -1).reverse()) {
    page = await node.get(page.json.links.previous);
    assert.deepEqual(rows(page), before);
  }
  assert.equal(page.json.links.previous, undefined);
});

test('the head tells the order, and columns are remembered for their list', async () => {
  const person = new Person(node);
  const page = await person.page('/organisations?sort=-name&lang=en');
  assert.match(page.text, /<th aria-sort="descending"><a href="\/organisations\?sort=name">Organisation/);
  assert.match(page.text, />Accreditation</);
  const fewer = await person.page('/organisations?columns=organisation.city&lang=en');
  assert.doesNotMatch(fewer.text, /<th[^>]*>Accreditation/);
  assert.match(fewer.set.join(), /columns=organisation\.city; Path=\/organisations; /);
  const again = await person.page('/organisations?lang=en');
  assert.doesNotMatch(again.text, /<th[^>]*>(<a[^>]*>)?Accreditation/);
  assert.match(again.text, /href="\/organisations\.csv\?columns=organisation\.city"/);
});

test('two-character words find organisations', async () => {
  await until('the words are indexed', async () =>
    rows(await node.get(`/organisations.json?q=${encodeURIComponent('检测')}`)).length === 4);
  assert.equal(rows(await node.get(`/organisations.json?q=${encodeURIComponent('检测')}&kind=applicant`)).length, 2);
  assert.equal(rows(await node.get(`/organisations.json?q=${encodeURIComponent('测检')}`)).length, 0);
});

test('unknown orders, keys and words are refused', async () => {
  for (const query of ['sort=x', 'after=x', 'before=-1', 'rows=0', 'kind=x', 'city=x'])
    assert.equal((await node.get(`/organisations.json?${query}`)).status, 400, query);
  assert.equal((await node.get('/organisations.csv?sort=x')).status, 400);
});

test('CSV has the mark, the language, and no formula', async () => {
  const answer = await node.get('/organisations.csv?lang=en&sort=name');
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^text\/csv/);
  assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="organisations.csv"');
  assert.deepEqual([...answer.bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
  const lines = answer.text.replace(/^\ufeff/, '').split('\r\n');
  assert.equal(lines.length, 8);
  assert.match(lines[0], /^Organisation,Unified social credit code,Role,/);
  assert.match(answer.text, /\r\n"'=1\+1,公式",91500118MA5YB0003X,Lab/i);
  const labs = await node.get('/organisations.csv?kind=lab');
  assert.equal(labs.text.split('\r\n').length, 5);
  assert.match(labs.text, /机构,统一社会信用代码/);
});

test('the workbook opens and has the cells', async () => {
  const answer = await node.get('/organisations.xlsx?sort=name');
  assert.equal(answer.status, 200);
  const file = join(temporary(), 'list.xlsx');
  writeFileSync(file, answer.bytes);
  const read = await run('python3', ['-c', `
import sys, zipfile, xml.etree.ElementTree as tree
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for name in z.namelist():
    if name.endswith('.xml'): tree.fromstring(z.read(name))
ns = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
sheet = tree.fromstring(z.read('xl/worksheets/sheet1.xml'))
for row in sheet.iter(ns + 'row'):
    print('|'.join(''.join(c.itertext()) for c in row))
print(sum(1 for f in sheet.iter(ns + 'f')), 'formulas')
`, file]);
  assert.equal(read.status, 0, read.stderr);
  const lines = read.stdout.trim().split('\n');
  assert.equal(lines.length, 8);
  assert.match(lines[0], /^机构\|统一社会信用代码\|/);
  assert.ok(lines.some((line) => line.startsWith('=1+1,公式|91500118MA5YB0003X|')), read.stdout);
  assert.equal(lines.at(-1), '0 formulas');
});

test('files need what their page needs, and leave a line', async () => {
  for (const path of ['/people.csv', '/audit.xlsx'])
    assert.equal((await node.get(path)).status, 401, path);
  assert.equal((await security.get('/audit.csv')).status, 403);
  const people = await security.get('/people.csv?q=audit', { headers: { accept: '*/*' } });
  assert.equal(people.status, 200, people.text);
  const all = await security.get('/people.csv');
  assert.match(all.text, /auditor/);
  assert.match(all.text, /security/);
  await until('the line is written', async () => {
    const { json } = await auditor.get('/audit.json?action=export&actor=security');
    return json.rows.some(({ target, detail }) => target === '/people.csv' && detail === '2 rows');
  });
  const trail = await auditor.get('/audit.csv?action=invite');
  assert.equal(trail.status, 200);
  assert.equal(trail.text.trim().split('\r\n').length, 3);
});

test('nothing of a file stays in the node\'s folder', async () => {
  const found = await run('find', [join(node.dir, 'lists'), '-type', 'f']);
  assert.equal(found.stdout, '');
  assert.ok(readFileSync(join(node.dir, 'node.json')).length > 0);
});
