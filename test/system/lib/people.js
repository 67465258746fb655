// People of a node: accounts of the authority, and organisations that it confirmed, signed in.
import { Person } from './person.js';

export const PASSWORD = 'correct horse battery';

async function enter(node, link) {
  const person = new Person(node);
  person.codes = await person.join(link, PASSWORD);
  return person;
}

// An account made on the command line: roles, then options of `huren account add`.
export async function admin(node, name, ...words) {
  const first = words.findIndex((word) => word.startsWith('--'));
  const roles = first < 0 ? words : words.slice(0, first);
  const display = words.includes('--display') ? [] : ['--display', `Name of ${name}`];
  const { link } = await node.do('account', 'add', name, ...roles.flatMap((role) => ['--role', role]), ...display,
    ...(first < 0 ? [] : words.slice(first)), '--json');
  return enter(node, link);
}

export async function invite(by, name, ...roles) {
  const fields = Object.fromEntries(roles.map((role) => [`role.${role}`, 'on']));
  const answer = await by.send('/invite', { name, display: `Name of ${name}`, ...fields });
  if (answer.status !== 200) throw new Error(`invite: ${answer.status} ${answer.text}`);
  return enter(by.node, answer.json.link);
}

// Registered and confirmed; its first account.
export async function register(node, officer, { code, name, kind = 'lab', organisation = `Org of ${name}` }) {
  const made = await new Person(node).send('/register', { organisation, code, kind, name, display: name,
    despite_check: 'on' });
  if (made.status !== 200) throw new Error(`register: ${made.status} ${made.text}`);
  const { number } = (await officer.get('/waiting.json')).json.rows.find((row) => row.registered_id === code);
  await officer.send(`/waiting/${number}`, { decision: 'confirm' }, { from: '/waiting' });
  return enter(node, made.json.link);
}
