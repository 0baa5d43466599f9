/** What `keys init` asks on a terminal; `script` of every Unix gives it one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openProject, type Project } from './holdfast.ts';

const launcher = new URL('../../holdfast', import.meta.url).pathname;

let project: Project;
before(async () => {
  project = await openProject();
  project.environment.XDG_STATE_HOME = join(project.folder, 'state');
});
after(() => project[Symbol.asyncDispose]());

/** Runs the program on a terminal and answers each question when it is asked; gives what the screen showed. */
async function onTerminal(words: string, answers: readonly (readonly [RegExp, (screen: string) => string])[]) {
  const child = spawn(terminal, ['-qec', `${launcher} ${words}`, '/dev/null'], {
    cwd: project.folder,
    env: { ...project.environment, TERM: 'xterm' } as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const left = [...answers];
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const [next] = left;
    if (next === undefined || !next[0].test(screen)) return;
    left.shift();
    child.stdin.write(`${next[1](screen)}\r`);
  });
  const [code] = await once(child, 'close');
  return { code, screen };
}

/** Gives a program a terminal. */
const terminal = 'script';

const QUESTION = /type the last 8 letters of the identity:/;
const endOfKey = (screen: string): string => /AGE-SECRET-KEY-1\w+/.exec(screen)?.[0].slice(-8) ?? '';

test('init prints the page to keep, and ends well when the end of the identity is typed back', async () => {
  const { code, screen } = await onTerminal('keys init', [[QUESTION, endOfKey]]);
  assert.equal(code, 0, screen);
  for (const part of ['RECOVERY KIT', 'Recipient (public)', 'age -d -i', `local: ${project.backups}`]) {
    assert.ok(screen.includes(part), part);
  }
  const file = join(project.folder, 'holdfast-identity.txt');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.ok(screen.includes((await readFile(file, 'utf8')).trim().split('\n').at(-1) ?? 'no key'));
  assert.match(screen, /must leave this host/);
  assert.match(screen, /make a second one/);
});

test('something else in the place of the proof is refused, and is not repeated', async () => {
  const { code, screen } = await onTerminal('keys init --output b.txt', [[QUESTION, () => 'nonsense']]);
  assert.equal(code, 1);
  assert.match(screen, /what was typed is not what was made/);
  assert.doesNotMatch(screen, /found "nonsense"/);
});

test('a passphrase is never shown, and two that differ make no key', async () => {
  const { code, screen } = await onTerminal('keys init --passphrase', [
    [/of several words:/, () => 'correct horse battery'],
    [/The same once more:/, () => 'correct horse batteri'],
  ]);
  assert.equal(code, 1);
  assert.doesNotMatch(screen, /correct horse/);
  assert.match(screen, /the two passphrases differ/);
  assert.ok(!(await readdir(project.folder)).includes('holdfast-identity.age'));
});

test('without a terminal nobody can show that a key was kept, and a key is never written over', async () => {
  const asked = await project.run('keys', 'init', '--output', 'c.txt');
  assert.equal(asked.code, 2);
  assert.ok(!(await readdir(project.folder)).includes('c.txt'));
  const before = await readFile(join(project.folder, 'b.txt'), 'utf8');
  const again = await project.run('keys', 'init', '--yes', '--output', 'b.txt');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /never written over/);
  assert.equal(await readFile(join(project.folder, 'b.txt'), 'utf8'), before);
});
