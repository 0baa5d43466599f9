import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Project } from '../e2e/holdfast.ts';
import { openTiny, type Tiny } from '../e2e/tiny.ts';
import { differences, type Hashes } from '../stack/data/hash.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { KILL_WAYS } from './killed-run.ts';
import { kill, killTree, needsLinux } from './processes.ts';
import { seed, seededRandom } from './seed.ts';

/** How often each step is killed; each time at another moment of it. */
const ROUNDS = Number(process.env.HOLDFAST_KILLS_IN_STEP ?? 1);
/** A step of these small databases takes about as long; milliseconds. */
const LONGEST_STEP = 700;

let stack: Stack;
let tiny: Tiny;
let project: Project;
let random: () => number;

before(async () => {
  if (needsLinux) return;
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'kill_steps');
  project = await tiny.project();
  random = seededRandom(seed);
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

for (const ways of [[], ['--in-place']] as const) {
  test(`killed in each step of a restore ${ways[0] ?? 'beside the old data'}, undo or a repeat brings the chosen data`, {
    skip: needsLinux,
  }, async (context) => {
    await tiny.fill();
    const original = await tiny.content();
    const { value } = await project.json('backup');
    await tiny.change();
    const changed = await tiny.content();
    const steps = await countSteps(value.set, ways);
    context.diagnostic(`seed ${seed}, ${steps.open} steps, ${ROUNDS} kills in each`);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let step = steps.done; step < steps.done + steps.open; step += 1) {
        const where = `killed in step ${step + 1}, round ${round}, HOLDFAST_SEED=${seed}`;
        const isEnded = await killInStep(value.set, ways, step, steps.done);
        if (!isEnded) await checkWhole(original, changed, ways.length === 0, where);
        // The one and the other in turn: both must lead out of every step.
        const goBack = (step + round) % 2 === 0;
        await goOn(goBack ? ['undo', '--yes'] : ['restore', value.set, '--yes', ...ways], where);
        assert.deepEqual(differences(goBack ? changed : original, await tiny.content()), [], where);
        await startAgain(original, changed);
      }
    }
  });
}

/** Puts the changed data live once more, and forgets what is kept. */
async function startAgain(original: Hashes, changed: Hashes): Promise<void> {
  await tiny.fill();
  await tiny.change();
  assert.deepEqual(
    differences(changed, await tiny.content()),
    [],
    'the test itself did not come back to where it began',
  );
  assert.notDeepEqual(differences(original, changed), []);
}

async function countSteps(set: string, ways: readonly string[]): Promise<{ done: number; open: number }> {
  const { run, value } = await project.json('restore', set, '--dry-run', ...ways);
  assert.equal(run.code, 0, run.stderr);
  const { steps } = value as unknown as { steps: { state: string }[] };
  const done = steps.filter(({ state }) => state === 'done').length;
  return { done, open: steps.length - done };
}

/** Kills a restore at a chance moment of a step; true when it had ended by itself. `step` counts from 0. */
async function killInStep(set: string, ways: readonly string[], step: number, done: number): Promise<boolean> {
  const { child, ended } = project.start('restore', set, '--yes', ...ways);
  const gone = once(child, 'exit');
  let told = '';
  const reached = new Promise<void>((resolve) => {
    child.stderr?.on('data', (text) => {
      told += text;
      if (step === done ? /^steps:/m.test(told) : new RegExp(`^✓ ${step}/\\d+ `, 'm').test(told)) resolve();
    });
  });
  await Promise.race([reached, gone]);
  await Promise.race([sleep(random() * LONGEST_STEP), gone]);
  if (child.exitCode !== null || child.pid === undefined) return true;
  const way = KILL_WAYS[step % KILL_WAYS.length] ?? 'process';
  if (way === 'process') kill(child.pid);
  if (way === 'group') kill(-child.pid);
  if (way === 'tree') killTree(child.pid);
  return (await ended).signal === null;
}

/** Each database is wholly the old one or wholly the new one; over the old data only a transaction gives that. */
async function checkWhole(original: Hashes, changed: Hashes, both: boolean, where: string): Promise<void> {
  // What the far side was doing when it lost us ends within seconds.
  await sleep(1500);
  const found = await tiny.content();
  const kinds: [string, (name: string) => boolean][] = [
    ['postgres', (name) => !isMongo(name)],
    ['mongo', isMongo],
  ];
  for (const [kind, isOf] of kinds) {
    if (kind === 'mongo' && !both) continue;
    const old = only(differences(changed, found), isOf);
    const fresh = only(differences(original, found), isOf);
    assert.ok(
      old.length === 0 || fresh.length === 0,
      `${where}: ${kind} is neither:\n${[...old, ...fresh].join('\n')}`,
    );
  }
}

function isMongo(line: string): boolean {
  return / (documents|index .* of) /.test(line.split(': was ')[0] ?? '');
}

function only(lines: readonly string[], isOf: (line: string) => boolean): string[] {
  return lines.filter(isOf);
}

async function goOn(words: string[], where: string): Promise<void> {
  const { code, stdout, stderr } = await project.run(...words);
  const isNothing = words[0] === 'undo' && /there is no restore to undo/.test(stderr);
  assert.ok(code === 0 || isNothing, `${where}: ${words.join(' ')} ended with ${code}: ${stdout}${stderr}`);
}
