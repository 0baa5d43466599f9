import process from 'node:process';
import { processEnvironment } from '../config/environment.ts';
import { openScreen } from '../ui/screen.ts';
import { run } from './run.ts';

/**
 * True when somebody sits there: a terminal on both sides that can move its cursor, and no CI service, which may give
 * its jobs a terminal that nobody types on.
 */
export function canShowMenu(): boolean {
  const { CI = '', TERM = '' } = processEnvironment();
  const isService = !['', '0', 'false'].includes(CI.toLowerCase());
  return openScreen({ json: false }).canAsk && process.stdout.isTTY && !isService && TERM !== 'dumb';
}

/** The menu, as `holdfast` without arguments shows it. */
export async function showMenu(): Promise<void> {
  await run({}, async (room) => (await import('../commands/menu/menu.ts')).menu(room));
}
