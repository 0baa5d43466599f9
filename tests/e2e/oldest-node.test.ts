/** Everything that people run works on the oldest Node that package.json names; the tests themselves run on a newer one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { oldestNode } from '../stack/oldest-node.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

const top = new URL('../..', import.meta.url).pathname;

let node: string;
let stack: Stack;
let tiny: Tiny;
let project: Project;

before(async () => {
  node = await oldestNode();
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'oldest');
  project = await tiny.project();
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

/** Runs the program with that Node; throws with its words when it does not end with 0. */
function holdfast(...words: string[]): string {
  const options = { cwd: project.folder, env: project.environment as NodeJS.ProcessEnv, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(node, [`${top}scripts/holdfast.ts`, ...words], options);
  assert.equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

test('every source is of a syntax that it knows', () => {
  const script = `
    const { stripTypeScriptTypes } = require('node:module');
    const { readFileSync } = require('node:fs');
    const { SourceTextModule } = require('node:vm');
    for (const file of process.argv.slice(1)) new SourceTextModule(stripTypeScriptTypes(readFileSync(file, 'utf8')), { identifier: file });`;
  const files = globSync('scripts/**/*.ts', { cwd: top }).map((file) => `${top}${file}`);
  assert.ok(files.length > 200);
  const flags = ['--experimental-vm-modules', '--no-warnings', '-e', script];
  const { status, stderr } = spawnSync(node, [...flags, ...files], { encoding: 'utf8' });
  assert.equal(status, 0, stderr.split('\n').slice(0, 6).join('\n'));
});

test('a round of backup, verify and restore, and the verbs around it, work there', async () => {
  const before = await tiny.content();
  assert.match(holdfast('backup'), /is complete and readable/);
  assert.match(holdfast('verify', '--deep'), / readable /);
  await tiny.change();
  holdfast('restore', '--yes');
  assert.deepEqual(await changesSince(before, tiny), []);
  assert.match(holdfast('pin', 'latest', '--why', 'an old Node'), /pinned/);
  assert.match(holdfast('prune'), /0 sets/);
  assert.match(holdfast('list'), /1 complete set/);
  assert.match(holdfast('status'), /^OK: /);
  assert.match(holdfast('drill', '--dry-run'), /dry run/);
  const { recipient } = JSON.parse(holdfast('keys', 'init', '--yes', '--json'));
  project.environment.BACKUP_AGE_RECIPIENTS = recipient;
  assert.match(holdfast('backup', 'mongo'), /is complete and readable/);
  project.environment.BACKUP_AGE_IDENTITY = 'holdfast-identity.txt';
  assert.match(holdfast('verify', '--deep'), / readable /);
});
