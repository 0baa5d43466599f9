import { Failure } from '../../common/failure.ts';
import { askForWord } from '../../ui/ask.ts';
import type { Screen } from '../../ui/screen.ts';
import type { Workbench } from '../workbench.ts';

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
 * The last moment before data is replaced: the person types the domain or the name of the environment, or said --yes.
 * `what`: "This replaces 2 databases." Throws Failure "refused".
 */
export async function confirm(yes: boolean, what: string, { screen, config, context }: Workbench): Promise<void> {
  if (yes) return;
  screen.settle();
  const word = config.domain ?? config.environment;
  const named = config.domain === undefined ? "environment's name" : 'domain';
  await askForWord(word, `${what ? `${what} ` : ''}Type the ${named} (${word}) to go on:`, context.signal);
}
