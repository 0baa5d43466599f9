import { Failure } from '../common/failure.ts';
import { askForWord } from '../ui/ask.ts';
import type { PreparedItem } from './restore-prepare.ts';
import type { Workbench } from './workbench.ts';

/**
 * The last moment before data is replaced: the person types the name of the environment, or said --yes.
 * Throws Failure "refused"; "usage" when there is nobody to ask.
 */
export async function confirmRestore(yes: boolean, prepared: readonly PreparedItem[], bench: Workbench): Promise<void> {
  if (yes) return;
  const { screen, config, context } = bench;
  if (!screen.canAsk) {
    throw new Failure('usage', {
      message: 'a restore replaces data, and there is no terminal to confirm it on',
      hint: 'add --yes',
    });
  }
  screen.settle();
  const existing = prepared.filter(({ facts }) => facts.exists).length;
  const question = `${existing > 0 ? `This replaces ${existing === 1 ? '1 database' : `${existing} databases`}. ` : ''}Type the environment's name (${config.environment}) to go on:`;
  await askForWord(config.environment, question, context.signal);
}
