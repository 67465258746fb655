// A lab whose people work in the browser: accredited, with a key kept sealed on the node; and what they type.
import { draftOf } from './job.js';

export const PASSPHRASE = 'twelve quiet sheep';

// The lab's DID document with a sealed key, and its accreditation for what the sample draft tests.
export async function equip(node, code, draft = draftOf('yongchuan')) {
  const { writeFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const file = join(node.dir, 'passphrase');
  writeFileSync(file, `${PASSPHRASE}\n`, { mode: 0o600 });
  const made = await node.do('org', 'add', '--name', draft.lab.name, '--code', code, '--role', 'lab',
    '--passphrase-file', file, '--json');
  await node.do('accredit', '--lab', made.did, '--number', draft.lab.certificateNumber, '--scheme', draft.scheme.id,
    '--edition', draft.scheme.edition, '--items', [...new Set(draft.items.map(({ item }) => item))].join(','),
    '--from', '2025-01-01', '--until', '2030-12-31', '--json');
  return made.did;
}

// What an engineer types for a draft, by section: the sample report as fields.
export function typed(draft) {
  const hardware = Object.entries(draft.vehicle.hardware).map(([name, part]) =>
    `${name}: ${Object.entries(part).map(([key, value]) =>
      `${key}=${/^\d+$/.test(value) && typeof value === 'string' ? `"${value}"` : value}`).join('; ')}`).join('\n');
  return {
    report: { 'd-scheme': `${draft.scheme.id}:${draft.scheme.edition}`, 'd-number': draft.number,
      'd-title': draft.title,
      'd-received': draft.receivedOn, 'd-from': draft.performedFrom, 'd-until': draft.performedUntil,
      'd-issued': draft.issuedOn, 'd-places': draft.places.join('\n'), 'd-conditions': draft.conditions,
      'd-rule': draft.decisionRule, 'd-sampling': draft.sampling, 'd-only': draft.onlyItemsTested,
      'd-deviations': draft.deviations, 'd-external': draft.externalResults },
    parties: { 'd-applicant': draft.applicant.id, 'd-applicant-name': draft.applicant.name,
      'd-customer': draft.customer.name, 'd-customer-contact': draft.customer.contact, 'd-lab-name': draft.lab.name,
      'd-lab-address': draft.lab.address, 'd-lab-contact': draft.lab.contact, 'd-certificate-type': 'CMA',
      'd-certificate': draft.lab.certificateNumber, 'd-authorised': draft.authorisedBy.name,
      'd-function': draft.authorisedBy.function },
    vehicle: { 'd-model': draft.vehicle.model, 'd-category': draft.vehicle.category,
      'd-vins': draft.vehicle.vins.join('\n'), 'd-specimen': draft.specimen.description,
      'd-condition': draft.specimen.condition, 'd-hardware': hardware, 'd-software': draft.vehicle.software.name,
      'd-software-version': draft.vehicle.software.version,
      'd-software-digest': Buffer.from(draft.vehicle.software.digest, 'base64url').toString('hex'),
      'd-speed': draft.odd.maxSpeed,
      ...Object.fromEntries(draft.odd.elements.map((word) => [`d-elements.${word}`, 'on'])) },
  };
}

const limitOf = (m) => (m.is ? `${m.is === 'at-most' ? '≤' : '≥'} ${m.limit}` : '');
export const typedItem = (item) => ({ 'd-item': item.item, 'd-item-title': item.title, 'd-clause': item.clause,
  'd-scenario': item.scenario, 'd-tested': item.testedOn, 'd-verdict': item.verdict,
  'd-runs': item.runs.map(({ run, verdict }) => `${run} | ${verdict}`).join('\r\n'),
  'd-measured': item.measurements.map((m) => [m.name, m.value, m.unit, limitOf(m), m.margin ?? '', m.run]
    .join(' | ')).join('\r\n') });

// Writes a whole draft through the forms; its number in the address.
export async function write(engineer, draft, items = draft.items.slice(0, 2)) {
  const begun = await engineer.send('/drafts', {}, { from: '/drafts/new' });
  if (begun.status !== 303) throw new Error(`draft: ${begun.status} ${begun.text}`);
  const id = begun.location.split('/')[2];
  const post = async (path, fields) => {
    const { revision } = (await engineer.get(`${path}.json`)).json;
    const answer = await engineer.send(path, { revision, ...fields });
    if (answer.status !== 303) throw new Error(`${path}: ${answer.status} ${answer.text.slice(0, 600)}`);
  };
  for (const [section, fields] of Object.entries(typed(draft))) await post(`/drafts/${id}/edit/${section}`, fields);
  for (const item of items) await post(`/drafts/${id}/items/new`, typedItem(item));
  return id;
}
