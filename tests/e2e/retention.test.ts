/** Old sets go only when a newer good one stands, and never the last good one. */
import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { copyAged } from './aged.ts';
import type { Project } from './holdfast.ts';
import { openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;
let project: Project;
/** One set of today and its copies of long ago. */
let today: string;
let old: string[];

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'retention');
});

after(async () => {
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

async function openAged(): Promise<Project> {
  project = await tiny.project();
  const { run, value } = await project.json('backup', 'mongo');
  assert.equal(run.code, 0, run.stderr);
  today = value.set;
  old = [];
  for (const days of [40, 30, 20]) old.push(await copyAged(project.backups, today, days));
  return project;
}

test('a dry run of prune gives the reason for every set and removes nothing', async () => {
  await using place = await openAged();
  const { code, stdout } = await place.run('prune', '--dry-run');
  assert.equal(code, 0);
  for (const [at, days] of [40, 30, 20].entries()) {
    assert.match(
      stdout,
      new RegExp(`^remove +${old[at]} +${days} days old, past 7 days; ${3 - at} newer good sets?$`, 'm'),
    );
  }
  const also = `the newest that is readable; within 7 days; holds the newest dump of mongo/${tiny.name}`;
  assert.match(stdout, new RegExp(`^keep +${today} +the newest good set is never removed \\(also: ${also}\\)$`, 'm'));
  assert.match(stdout, /^retention: days 7\n3 sets would be removed$/m);
  assert.deepEqual(await place.names(), [...old, today]);
});

test('a backup that went well prunes what is past its retention; one that failed in part prunes nothing', async () => {
  await using place = await openAged();
  place.environment.POSTGRES_CONTAINER = 'no-such-container';
  const failed = await place.json('backup');
  assert.equal(failed.run.code, 3, failed.run.stderr);
  assert.deepEqual(failed.value.pruned, []);
  assert.deepEqual(await place.names(), [...old, today, failed.value.set].sort());
  const good = await place.json('backup', 'mongo');
  assert.equal(good.run.code, 0, good.run.stderr);
  assert.deepEqual(good.value.pruned, old);
  assert.deepEqual(await place.names(), [today, failed.value.set, good.value.set].sort());
});

test('the newest good set stays however old it is, also when newer ones are damaged', async () => {
  await using place = await openAged();
  await truncate(join(place.backups, today, `mongo/${tiny.name}.archive.gz`), 5);
  const { run, value } = await place.json('prune');
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(value.removed, old.slice(0, 2));
  assert.deepEqual(await place.names(), [old[2], today]);
  const again = await place.run('prune');
  assert.match(again.stdout, /^0 sets removed$/m);
});

test('a clock that jumped back, and a removal of more than half, are refused; --yes confirms the second alone', async () => {
  await using place = await openAged();
  for (const days of [50, 60]) old.unshift(await copyAged(place.backups, today, days));
  const refused = await place.run('prune');
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /5 of 6 verified sets would be removed at once/);
  assert.match(refused.stderr, /now: no set was removed\n {2}try: .*--yes/);
  const dry = await place.run('prune', '--dry-run');
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /^! it would be refused without --yes: 5 of 6 [\s\S]*^5 sets would be removed$/m);
  const future = await copyAged(place.backups, today, -2);
  const jumped = await place.run('prune', '--yes');
  assert.equal(jumped.code, 1, jumped.stderr);
  assert.match(jumped.stderr, new RegExp(`the clock says \\S+, but the set "${future}" is of `));
  assert.deepEqual(await place.names(), [...old, today, future]);
});
