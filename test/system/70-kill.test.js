// 200 times kill -9 under load. HUREN_KILLS asks for another number (tools/soak: 1,000).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killCampaign } from './lib/campaign.js';

const kills = Number(process.env.HUREN_KILLS ?? 200);

test(`nothing acknowledged is lost over ${kills} kills, and no checkpoint was ever taken back`, async (t) => {
  const told = await killCampaign(kills, { log: (line) => t.diagnostic(line) });
  t.diagnostic(JSON.stringify(told));
  assert.ok(told.acknowledged > kills, JSON.stringify(told));
  assert.ok(told.checkpoints > kills / 2, JSON.stringify(told));
});
