/** Writes the screens of docs/menu.md anew: node tests/e2e/menu-docs.ts. The test of the menu compares them. */
import { readFile, writeFile } from 'node:fs/promises';
import { attachOrStart } from '../stack/stack.ts';
import { tour, withScreens } from './menu-tour.ts';
import { openTiny } from './tiny.ts';

const page = new URL('../../docs/menu.md', import.meta.url);
const stack = await attachOrStart();
try {
  await using tiny = await openTiny(stack, 'menu');
  await using project = await tiny.project();
  await writeFile(page, withScreens(await readFile(page, 'utf8'), await tour(project, tiny)));
} finally {
  await stack.stop();
}
