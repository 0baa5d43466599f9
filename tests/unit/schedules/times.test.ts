import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCron } from '../../../scripts/common/cron.ts';
import { longestGap, nextTime, previousTime } from '../../../scripts/schedules/times.ts';

function timing(text: string, timezone: string | undefined = 'UTC') {
  const time = parseCron(text);
  assert.ok(time);
  return { time, timezone };
}

const HOUR = 60 * 60 * 1000;

const CASES: readonly [string, string, string, string | undefined, string | undefined][] = [
  ['0 2 * * *', 'UTC', '2026-05-05T02:00:00.000Z', '2026-05-05T02:00:00.000Z', '2026-05-06T02:00:00.000Z'],
  ['0 2 * * *', 'UTC', '2026-05-05T01:59:59.999Z', '2026-05-04T02:00:00.000Z', '2026-05-05T02:00:00.000Z'],
  // 02:30 does not exist on 29 March 2026 in Berlin: it comes when the clocks have moved on.
  ['30 2 * * *', 'Europe/Berlin', '2026-03-29T00:59:59.000Z', '2026-03-28T01:30:00.000Z', '2026-03-29T01:00:00.000Z'],
  ['30 2 * * *', 'Europe/Berlin', '2026-03-29T12:00:00.000Z', '2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
  // It comes twice on 25 October 2026: the first counts.
  ['30 2 * * *', 'Europe/Berlin', '2026-10-25T12:00:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
  ['0 2 29 2 *', 'UTC', '2026-05-05T00:00:00.000Z', '2024-02-29T02:00:00.000Z', '2028-02-29T02:00:00.000Z'],
];

for (const [text, zone, now, previous, next] of CASES) {
  test(`around ${now} the times of "${text}" in ${zone} are ${previous} and ${next}`, () => {
    const at = new Date(now);
    assert.equal(previousTime(timing(text, zone), at)?.toISOString(), previous);
    assert.equal(nextTime(timing(text, zone), at)?.toISOString(), next);
  });
}

test('the longest wait of a daily time is 25 hours where the clocks change, and 24 where they do not', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  assert.equal(longestGap(timing('30 2 * * *', 'Europe/Berlin'), now), 25 * HOUR);
  assert.equal(longestGap(timing('30 2 * * *'), now), 24 * HOUR);
  assert.equal(longestGap(timing('0 2 * * 1-5'), now), 72 * HOUR);
});
