// 200 times kill -9 under load, half of them each on two nodes at a time. HUREN_KILLS asks for another number
// (tools/soak: 1,000).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killCampaign } from './lib/campaign.js';

const kills = Number(process.env.HUREN_KILLS ?? 200);

test(`nothing acknowledged is lost over ${kills} kills, and no checkpoint was ever taken back`, async (t) => {
  const each = Math.ceil(kills / 2);
  const log = (line) => t.diagnostic(line);
  for (const told of await Promise.all([killCampaign(each, { log }), killCampaign(each, { log })])) {
    log(JSON.stringify(told));
    assert.ok(told.acknowledged > each, JSON.stringify(told));
    assert.ok(told.checkpoints > each / 2, JSON.stringify(told));
  }
});
