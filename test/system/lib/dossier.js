// People around a recognition request: a company that holds a report of the other city, and the authority's officers.
import { draftOf, prepare, signReport, submitReport } from './job.js';
import { until } from './node.js';
import { admin, invite, register } from './people.js';

const APPLICANT = draftOf('yongchuan').applicant.id.split(':').at(-1);

// An organisation that registered and was confirmed; gives its company officer.
export async function companyOf(city, officer, code, name) {
  const first = await register(city, officer, { code, name, kind: 'applicant', organisation: `样例公司 ${name}` });
  return invite(first, `${name}.officer`, 'company-officer');
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
