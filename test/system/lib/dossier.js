// People around a recognition request: a company that holds a report of the other city, and the authority's officers.
import { draftOf, prepare, signReport, submitReport } from './job.js';
import { until } from './node.js';
import { Person } from './person.js';

const PASSWORD = 'correct horse battery';
const APPLICANT = draftOf('yongchuan').applicant.id.split(':').at(-1);

async function admin(city, name, ...roles) {
  const made = await city.do('account', 'add', name, ...roles.flatMap((role) => ['--role', role]), '--display',
    `Name of ${name}`, '--json');
  const person = new Person(city);
  await person.join(made.link, PASSWORD);
  return person;
}

// An organisation that registered and was confirmed; gives its company officer.
export async function companyOf(city, officer, code, name) {
  const person = new Person(city);
  const made = await person.send('/register', { organisation: `样例公司 ${name}`, code, kind: 'applicant', name,
    display: name, despite_check: 'on' });
  if (made.status !== 200) throw new Error(made.text);
  const { rows } = (await officer.get('/waiting.json')).json;
  await officer.send(`/waiting/${rows.find((row) => row.registered_id === code).number}`, { decision: 'confirm' },
    { from: '/waiting' });
  await person.join(made.json.link, PASSWORD);
  const invited = await person.send('/invite', { name: `${name}.officer`, display: '王申请',
    'role.company-officer': 'on' });
  const worker = new Person(city);
  await worker.join(invited.json.link, PASSWORD);
  return worker;
}

// Two cities, a published report, and everybody signed in at the destination.
export async function people() {
  const job = await prepare();
  const city = job.longquanyi;
  const officer = await admin(city, 'officer', 'officer');
  const approver = await admin(city, 'approver', 'approver');
  const both = await admin(city, 'both', 'officer', 'approver');
  const company = await companyOf(city, officer, APPLICANT, 'maker');
  const submission = await signReport(job.yongchuan, job.labs.yongchuan);
  const published = await submitReport(job.yongchuan, submission);
  if (published.status !== 201) throw new Error(published.text);
  return { job, city, officer, approver, both, company, report: submission.statement.id };
}

// Asks until the receipt is mirrored.
export const bring = (company, report) => until('the report is here', async () =>
  (await company.send('/vehicles', { report })).status === 303);

// A form with a file, as a browser sends it.
export async function upload(person, path, from, fields, content = '%PDF-1.4 sample', name = '材料.pdf') {
  const { csrf } = (await person.get(`${from}.json`)).json;
  const form = new FormData();
  for (const [field, value] of Object.entries({ csrf, ...fields })) form.set(field, value);
  if (content !== null) form.set('file', new Blob([content]), name);
  const answer = await fetch(`${person.node.url}${path}.json`, { method: 'POST', body: form, redirect: 'manual',
    headers: { accept: 'application/json', cookie: [...person.cookies].map((c) => c.join('=')).join('; ') } });
  const text = await answer.text();
  return { status: answer.status, location: answer.headers.get('location'), text,
    get json() { return JSON.parse(text); } };
}
