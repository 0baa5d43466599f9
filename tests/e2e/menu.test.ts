/** The menu, on a real terminal and real servers: what people press, and what they see. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { dropDatabase, psql } from '../stack/data/psql.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Terminal } from '../stack/tmux.ts';
import { openProject, type Project } from './holdfast.ts';
import { asked, choose, comparable, openMenu, openShell, screensIn, start, startMenu, tour } from './menu-tour.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;
/** Holds one set of everything. */
let project: Project;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'menu');
  project = await tiny.project();
  const { code, stderr } = await project.run('backup');
  assert.equal(code, 0, stderr);
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

test('the menu backs up, restores to the row, and undoes that; its screens are those of docs/menu.md', async () => {
  await using fresh = await tiny.project();
  const original = await tiny.content();
  const seen = await tour(fresh, tiny);
  assert.deepEqual(await changesSince(original, tiny), []);
  await undo(fresh);
  assert.notDeepEqual(await changesSince(original, tiny), []);
  await tiny.fill();
  const written = screensIn(await readFile(new URL('../../docs/menu.md', import.meta.url), 'utf8'));
  assert.deepEqual(
    seen.map(([title, screen]) => `${title}\n${comparable(screen)}`),
    written.map(([title, screen]) => `${title}\n${comparable(screen)}`),
  );
  assert.doesNotMatch(JSON.stringify(seen), /Kw4gga|g0ggo/, 'a password was shown');
});

async function undo(fresh: Project): Promise<void> {
  await using terminal = await openMenu(fresh);
  await choose(terminal, 'undo the restore of');
  await terminal.until('to go on:');
  await terminal.press('test-shop', 'Enter');
  await terminal.until('ended with 0');
  assert.match(await terminal.screen(), /the old data is live again[\s\S]*\n {2}holdfast undo --yes$/m);
}

const BESIDE = 'hf_menu_beside';

/** Each way to a question, and the question. */
const QUESTIONS: readonly (readonly [name: string, way: (terminal: Terminal) => Promise<unknown>])[] = [
  ['the menu', async () => {}],
  ['the sources', toSources],
  [
    'the plan of a backup',
    async (terminal) => {
      await toSources(terminal);
      await terminal.press('Enter');
      await asked(terminal, 'Back up now?');
    },
  ],
  ['the sets', toSets],
  ['the components', toComponents],
  ['the place', toPlace],
  [
    'a new name',
    async (terminal) => {
      await toPlace(terminal);
      await terminal.press('Down', 'Enter');
      await asked(terminal, 'hf_menu:');
    },
  ],
];

test('Ctrl-C at every question ends with 130, gives the terminal back as it was, and leaves nothing behind', async () => {
  await using terminal = await openMenu(project);
  const before = await everythingIn(project);
  const content = await tiny.content();
  for (const [at, [name, way]] of QUESTIONS.entries()) {
    if (at > 0) await startMenu(terminal);
    await way(terminal);
    assert.equal(await terminal.cursor(), false, name);
    await terminal.press('C-c');
    await terminal.until('ended with 130');
    assert.equal(await terminal.cursor(), true, name);
    assert.match(await terminal.screen(), /error: ended by SIGINT\n {2}now: nothing was begun/, name);
    await terminal.press('stty -a', 'Enter');
    assert.doesNotMatch(await terminal.until(/echoctl/), /-icanon|-isig|-echo[ ;\n]/, name);
    assert.deepEqual(await everythingIn(project), before, name);
  }
  assert.deepEqual(await changesSince(content, tiny), []);
});

test('Ctrl-C where a restore asks for the name of the environment ends with 130, and the databases are as they were', async () => {
  await using terminal = await openMenu(project);
  const content = await tiny.content();
  await toPlace(terminal);
  await terminal.press('Enter');
  await terminal.until('to go on:');
  await terminal.press('C-c');
  await terminal.until('ended with 130');
  assert.equal(await terminal.cursor(), true);
  assert.deepEqual(await changesSince(content, tiny), []);
});

test('Esc at every question leads back to the menu, and out of the menu with 0', async () => {
  await using terminal = await openMenu(project);
  for (const [name, way] of QUESTIONS.slice(1)) {
    await way(terminal);
    await terminal.press('Escape');
    await terminal.until(/What do you want to do\?\n> back up/);
    assert.equal((await terminal.screen()).match(/What do you want to do\?\n> /g)?.length, 1, name);
    await terminal.clear();
    await terminal.press('Home');
    await asked(terminal, 'What do you want to do?');
  }
  await terminal.press('Escape');
  await terminal.until('ended with 0');
});

test('in 40 columns and 20 rows no line goes on in the next, and there is no colour anywhere', async () => {
  await using terminal = await openMenu(project, 40, 20);
  for (const [name, way] of [QUESTIONS[1], QUESTIONS[5]].filter((found) => found !== undefined)) {
    await way(terminal);
    for (const key of ['Down', 'Up', 'Down']) await terminal.press(key);
    const screen = await terminal.screen();
    assert.equal(screen.match(/^> /gm)?.length, 1, `${name}: ${screen}`);
    assert.equal(screen.match(/Esc: back/g)?.length, 1, `${name}: ${screen}`);
    assert.ok(!(await terminal.coloured()).includes('\x1b['), name);
    await terminal.press('Escape');
    await asked(terminal, 'What do you want to do?');
  }
});

test('what was backed up by hand the last time is ticked the next time, and the command line names it', async () => {
  await using terminal = await openMenu(project);
  await toSources(terminal);
  // Largest first: PostgreSQL's database stands at the top.
  await terminal.press('Tab', 'Space', 'Enter');
  await asked(terminal, 'Back up now?');
  await terminal.press('Enter');
  await terminal.until('ended with 0');
  assert.match(await terminal.screen(), /^ {2}holdfast backup postgres\/hf_menu$/m);
  await startMenu(terminal);
  const screen = await toSources(terminal);
  assert.deepEqual(screen.match(/\[.\] \S+/g), [
    '[x] postgres/hf_menu',
    '[ ] mongo/hf_menu',
    '[ ] postgres/globals.sql',
  ]);
});

test('beside the live data a database gets the name that was typed, and the live one stays', async (context) => {
  context.after(() => dropDatabase(stack.postgres, BESIDE));
  await using terminal = await openMenu(project);
  await tiny.change();
  const content = await tiny.content();
  await toSets(terminal);
  await terminal.press('Enter');
  // The newest set holds one source.
  await asked(terminal, 'What of it?');
  await terminal.press('Enter');
  await asked(terminal, 'Where to?');
  await terminal.press('Down', 'Enter');
  await asked(terminal, 'hf_menu:');
  await terminal.press('C-u', 'Enter');
  await terminal.until('a name is needed');
  await terminal.press(BESIDE, 'Enter');
  await terminal.until('to go on:');
  await terminal.press('test-shop', 'Enter');
  await terminal.until('ended with 0');
  assert.match(await terminal.everything(), /^ {2}holdfast restore \S+ --into hf_menu_beside --yes$/m);
  assert.deepEqual(await changesSince(content, tiny), []);
  assert.equal((await psql(stack.postgres, BESIDE, 'SELECT count(*) FROM bags')).trim(), '300');
});

test('a stack that is not there, and a folder without sets, are told as the verbs tell them, and the menu comes again', async () => {
  await using empty = await openProject();
  Object.assign(empty.environment, {
    POSTGRES_CONTAINER: 'no-such-container',
    MONGO_CONTAINER: 'no-such-container',
    BACKUP_DISCOVER: 'no',
  });
  await using terminal = await openMenu(empty);
  await choose(terminal, 'restore');
  await terminal.until(/no sets in .*backups; make one with: holdfast backup/);
  await asked(terminal, 'What do you want to do?');
  await choose(terminal, 'back up');
  assert.match(await terminal.until(/no-such-container[\s\S]*Esc: /), /no-such-container/);
});

test('where CI is set a terminal gets the help and exit code 2, and no question', async () => {
  await using service = await openProject();
  service.environment.CI = 'true';
  await using terminal = await openShell(service);
  await start(terminal);
  await terminal.until('ended with 2');
  assert.match(await terminal.everything(), /Usage: holdfast/);
});

async function toSources(terminal: Terminal): Promise<string> {
  await choose(terminal, 'back up');
  return asked(terminal, 'What is to be backed up?');
}

async function toSets(terminal: Terminal): Promise<void> {
  await choose(terminal, 'restore');
  await asked(terminal, 'Which set is to be restored?');
}

async function toComponents(terminal: Terminal): Promise<void> {
  await toSets(terminal);
  await terminal.press('Enter');
  await asked(terminal, 'What of it?');
}

async function toPlace(terminal: Terminal): Promise<void> {
  await toComponents(terminal);
  await terminal.press('Enter');
  await asked(terminal, 'Where to?');
}

async function everythingIn({ folder }: Project): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}
