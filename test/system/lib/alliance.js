// Rules of a node whose votes may be as short as a test.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SOURCE, temporary } from './node.js';

export function rulesWithShortVotes() {
  const rules = join(temporary(), 'rules');
  cpSync(join(SOURCE, 'rules'), rules, { recursive: true });
  const file = join(rules, 'alliance', 'chengdu-chongqing-1.json');
  const text = JSON.parse(readFileSync(file, 'utf8'));
  text.voting.shortestMinutes = 0;
  writeFileSync(file, JSON.stringify(text));
  return rules;
}
