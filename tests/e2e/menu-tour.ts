/** One walk through the menu, as a person takes it, with the screens on the way: docs/menu.md shows them. */
import { hostname } from 'node:os';
import { openTerminal, type Terminal } from '../stack/tmux.ts';
import type { Project } from './holdfast.ts';
import type { Tiny } from './tiny.ts';

const launcher = new URL('../../holdfast', import.meta.url).pathname;

/** The last line of a question: it is drawn last. */
const READY = 'Esc: ';

/** Opens a terminal of a size in a project's folder, with a shell on it. */
export async function openShell({ folder, environment }: Project, columns = 80, rows = 24): Promise<Terminal> {
  const terminal = await openTerminal({ columns, rows, folder, environment: { NO_COLOR: '1', ...environment } });
  await terminal.until('$');
  return terminal;
}

/** The same with the menu on it. */
export async function openMenu(project: Project, columns?: number, rows?: number): Promise<Terminal> {
  const terminal = await openShell(project, columns, rows);
  await startMenu(terminal);
  return terminal;
}

/** Starts the menu on a terminal where a shell waits. */
export async function startMenu(terminal: Terminal): Promise<void> {
  await start(terminal);
  await asked(terminal, 'What do you want to do?');
}

/** Runs the program without arguments; "ended with N" shows its exit code. */
export async function start(terminal: Terminal): Promise<void> {
  await terminal.clear();
  await terminal.press(`${launcher}; echo "ended with $?"`, 'Enter');
}

/** Waits for a question and gives the screen. */
export async function asked(terminal: Terminal, question: string): Promise<string> {
  await terminal.until(question);
  return terminal.until(new RegExp(`${question.replaceAll(/[?]/g, '\\?')}(?! \\S)[\\s\\S]*${READY}`));
}

/** Chooses the line of the main menu that begins with a text. */
export async function choose(terminal: Terminal, text: string): Promise<void> {
  const lines = (await terminal.screen()).split('\n');
  const first = lines.findIndex((line) => line.startsWith('> '));
  const at = lines.findIndex((line, index) => index >= first && line.slice(2).startsWith(text));
  if (first < 0 || at < 0) throw new Error(`"${text}" is not in the menu:\n${lines.join('\n')}`);
  for (let moved = first; moved < at; moved += 1) await terminal.press('Down');
  await terminal.until(new RegExp(`^> ${text}`, 'm'));
  await terminal.press('Enter');
}

/** The screens of a backup and of the restore of its set, over changed data, in their order. */
export async function tour(project: Project, tiny: Tiny): Promise<[title: string, screen: string][]> {
  await using terminal = await openMenu(project);
  const screens: [string, string][] = [];
  const keep = (title: string, screen: string): void => void screens.push([title, tidy(screen, project)]);
  keep('The menu', from(await asked(terminal, 'What do you want to do?'), 'Holdfast'));
  await choose(terminal, 'back up');
  keep('Back up: what', from(await asked(terminal, 'What is to be backed up?'), 'Holdfast'));
  await terminal.press('Enter');
  await asked(terminal, 'Back up now?');
  keep('Back up: the plan', from(await terminal.everything(), 'STEP '));
  await terminal.press('Enter');
  await terminal.until('ended with 0');
  keep('Back up: the result', from(await terminal.everything(), 'SOURCE '));

  await tiny.change();
  await startMenu(terminal);
  await choose(terminal, 'restore');
  keep('Restore: which set', from(await asked(terminal, 'Which set is to be restored?'), 'Holdfast'));
  await terminal.press('Enter');
  await asked(terminal, 'What of it?');
  await terminal.press('Down', 'Space');
  await terminal.until('[ ]');
  keep('Restore: what of it', from(await asked(terminal, 'What of it?'), 'Holdfast'));
  await terminal.press('Enter');
  keep('Restore: where to', from(await asked(terminal, 'Where to?'), 'Holdfast'));
  await terminal.press('Enter');
  await terminal.until('to go on:');
  keep('Restore: the plan', from(await terminal.everything(), 'restore of the set'));
  await terminal.press('test-shop', 'Enter');
  await terminal.until('ended with 0');
  keep('Restore: the result', from(await terminal.everything(), 'SOURCE '));

  await startMenu(terminal);
  keep('The menu after a restore', from(await asked(terminal, 'What do you want to do?'), 'Holdfast'));
  await terminal.press('Escape');
  await terminal.until('ended with 0');

  await using narrow = await openMenu(project, 40, 20);
  await choose(narrow, 'restore');
  await asked(narrow, 'Which set is to be restored?');
  await narrow.press('Enter');
  // Ages would be cut in the middle, each in another way.
  keep('In a window of 40 columns', from(await asked(narrow, 'What of it?'), 'What of it?'));
  return screens;
}

/** The screens of a page of docs, by the heading that each stands under. */
export function screensIn(page: string): [title: string, screen: string][] {
  return [...page.matchAll(BLOCKS)].map(([, title = '', screen = '']) => [title, screen]);
}

/** The same page with other screens under the same headings. */
export function withScreens(page: string, screens: readonly (readonly [string, string])[]): string {
  const known = new Map(screens);
  return page.replaceAll(BLOCKS, (block, title: string, old: string) => {
    const screen = known.get(title);
    return screen === undefined ? block : block.replace(`${FENCE}text\n${old}\n`, () => `${FENCE}text\n${screen}\n`);
  });
}

const FENCE = '```';
const BLOCKS = /^### (.+)\n(?:(?!#|```).*\n)*```text\n([\s\S]*?)\n```$/gm;

/** The last part of a text, from the line that begins with some words. */
function from(text: string, words: string): string {
  return text.slice(text.lastIndexOf(`\n${words}`) + 1);
}

/** What belongs to this machine alone is given the names of a shop. */
function tidy(screen: string, { folder, environment }: Project): string {
  const names: [string | undefined, string][] = [
    [folder, '/srv/shop'],
    [environment.POSTGRES_CONTAINER, 'shop-postgres-1'],
    [environment.MONGO_CONTAINER, 'shop-mongo-1'],
    [hostname(), 'shop-server'],
    // As long as the name that it stands for, so that the columns stay in line.
    ['hf_menu', 'webshop'],
  ];
  const named = names.reduce((text, [found, name]) => (found ? text.replaceAll(found, name) : text), screen);
  return named
    .replaceAll(/\b(?:docker|podman) container/g, 'docker container')
    .replaceAll(/(?:localhost\/holdfast-stack|docker\.io\/library)\//g, '')
    .replaceAll(/^ended with \d+\n?|^\$.*/gm, '')
    .trim();
}

/** A screen without what is different every time: numbers, units, ages, and the blanks between columns. */
export function comparable(screen: string): string {
  return screen
    .replaceAll(/\d+(?:[.,:T_-]\d+)*/g, 'N')
    .replaceAll(/\bN (?:B|kB|MB|GB|s|ms)\b/g, 'N')
    .replaceAll(/less than a minute old|just now|\bN (?:min|h|d)\b(?: N)?(?: ago| old)?/g, 'AGE')
    .replaceAll(/N roles?\b/g, 'N roles')
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/ +$/gm, '');
}
