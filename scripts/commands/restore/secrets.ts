import { Failure } from '../../common/failure.ts';
import { askForWord } from '../../ui/ask.ts';
import { wordCount } from '../../ui/units.ts';
import type { Workbench } from '../workbench.ts';
import type { RestoreItem } from './plan.ts';
import type { PreparedItem } from './prepare.ts';
import type { RestoreFlags } from './restore-plan.ts';

/** The word that is typed, and the flag that stands for it. */
const WORD = 'secrets';

type Agreement = Pick<RestoreFlags, 'yes' | 'secrets' | 'dryRun'>;

/**
 * Keys that are exchanged without a thought shut people out: --yes alone does not answer for them. Told before anything
 * takes long. Throws Failure "usage".
 */
export function requireSecretsAgreed(items: readonly RestoreItem[], { yes, secrets, dryRun }: Agreement): void {
  if (!yes || secrets || dryRun || !items.some(isOfSecrets)) return;
  const others = [...new Set(items.filter((item) => !isOfSecrets(item)).map(({ source }) => source.kind))];
  const without = others.length === 0 ? '' : `, or leave them out: --components ${others.join(',')}`;
  throw new Failure('usage', {
    message: 'the set holds secrets, and their restore has a confirmation of its own, which --yes does not give',
    stands: 'nothing was touched',
    hint: `add --secrets beside --yes${without}`,
  });
}

/** Asks a second time, for the secrets alone. Throws Failure "refused". */
export async function confirmSecrets(
  prepared: readonly PreparedItem[],
  { yes, secrets }: Agreement,
  { context }: Workbench,
): Promise<void> {
  const changes = prepared.filter(({ item }) => isOfSecrets(item)).flatMap((entry) => entry.prepared.changes);
  if ((yes && secrets) || !prepared.some(({ item }) => isOfSecrets(item))) return;
  const count = (wanted: string): number => changes.filter(({ change }) => change === wanted).length;
  const what = `${wordCount(count('replaced'), 'secret file')} replaced, ${count('added')} added.`;
  await askForWord(WORD, `${what} Type the word ${WORD} to go on:`, context.signal);
}

function isOfSecrets({ source }: RestoreItem): boolean {
  return source.kind === 'secrets';
}
