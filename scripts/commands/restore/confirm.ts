import { Failure } from '../../common/failure.ts';
import { askForWord } from '../../ui/ask.ts';
import type { Screen } from '../../ui/screen.ts';
import { wordCount } from '../../ui/units.ts';
import type { Workbench } from '../workbench.ts';
import { isCluster } from './plan.ts';
import type { PreparedItem } from './prepare.ts';

/**
 * Without a terminal nobody can agree: told at once, before minutes go into checks and copies. Throws Failure "usage".
 */
export function requireSomebodyToAsk(flags: { yes?: boolean; dryRun?: boolean }, { canAsk }: Screen): void {
  if (flags.yes || flags.dryRun || canAsk) return;
  throw new Failure('usage', {
    message: 'a restore replaces data, and there is no terminal to confirm it on',
    hint: 'add --yes, or --dry-run to see the plan first',
  });
}

/**
 * The last moment before data is replaced: the person types the name of the environment, or said --yes.
 * Throws Failure "refused".
 */
export async function confirmRestore(yes: boolean, prepared: readonly PreparedItem[], bench: Workbench): Promise<void> {
  if (yes) return;
  const { screen, config, context } = bench;
  screen.settle();
  const existing = prepared.filter(({ item, facts }) => facts.exists && !isCluster(item)).length;
  const question = `${existing > 0 ? `This replaces ${wordCount(existing, 'database')}. ` : ''}Type the environment's name (${config.environment}) to go on:`;
  await askForWord(config.environment, question, context.signal);
}
