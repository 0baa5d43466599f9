import { Failure, toFailure } from '../../common/failure.ts';
import { processEnvironment } from '../../config/environment.ts';
import type { Crypt, Opener } from '../../crypt/crypt.ts';
import { shortRecipient } from '../../crypt/recipient.ts';
import { selectCrypt } from '../../crypt/select.ts';
import { requireRoundTrip } from '../../crypt/sentinel.ts';
import { layTable } from '../../ui/table.ts';
import { EXIT } from '../../ui/words.ts';
import { openChosen } from '../open.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { openerOf } from './encryption.ts';
import { findIdentities } from './identities.ts';
import { remember } from './memory.ts';
import { newestEncrypted } from './sets.ts';

/** What an identity opens. */
export interface KeysFound {
  readonly recipients: readonly { readonly recipient: string; readonly opened: boolean }[];
  /** The newest encrypted set, and why it does not open. */
  readonly newest?: { readonly set: string; readonly problem?: string };
}

/**
 * Encrypts something for each recipient of the settings and decrypts it with the identity, then opens the newest
 * encrypted set. Exit code 5 when the identity opens no recipient, or not that set.
 */
export async function keysCheck(room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const found = await findIdentities(bench);
  if (bench.config.recipients.length === 0 || found.length === 0) throw nothingToCheck(bench);
  const crypt = selectCrypt(processEnvironment());
  const state = await examineKeys(crypt, await openerOf(found, bench), bench);
  const isGood = isInOrder(state);
  if (isGood) {
    await remember(bench.config, { checkedAt: new Date().toISOString(), checked: bench.config.recipients });
  }
  return tell(state, isGood, bench);
}

/** What an opener opens. Asks nobody anything. */
export async function examineKeys(crypt: Crypt, opener: Opener, bench: Workbench): Promise<KeysFound> {
  const recipients = [];
  for (const recipient of bench.config.recipients) {
    recipients.push({ recipient, opened: await opens(crypt, recipient, opener) });
  }
  const entry = await newestEncrypted(bench);
  if (entry === undefined) return { recipients };
  const problem = await problemOf(bench, entry.name, opener);
  return { recipients, newest: { set: entry.name, ...(problem !== undefined && { problem }) } };
}

/** True when the identity opens what is encrypted now, and what was encrypted last. */
export function isInOrder({ recipients, newest }: KeysFound): boolean {
  return recipients.some(({ opened }) => opened) && newest?.problem === undefined;
}

async function opens(crypt: Crypt, recipient: string, opener: Opener): Promise<boolean> {
  try {
    await requireRoundTrip(crypt.sealer([recipient]), opener);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === 'denied') return false;
    throw error;
  }
}

async function problemOf(bench: Workbench, set: string, opener: Opener): Promise<string | undefined> {
  try {
    const opened = await openChosen(bench, set, { opener });
    await opened.unlock();
    return undefined;
  } catch (error) {
    bench.context.signal.throwIfAborted();
    return toFailure(error).message;
  }
}

function tell({ recipients, newest }: KeysFound, isGood: boolean, { screen }: Workbench): number {
  screen.settle();
  const rows = recipients.map(({ recipient, opened }) => [
    shortRecipient(recipient),
    opened ? 'opened by this identity' : "not opened: somebody else's key",
  ]);
  screen.print(
    ...layTable([{ head: 'RECIPIENT' }, { head: 'FOUND' }], rows),
    newest === undefined
      ? '- there is no encrypted set yet'
      : `${newest.problem === undefined ? '✓' : '✗'} the newest encrypted set ${newest.set} ${newest.problem === undefined ? 'opens' : `does not open: ${newest.problem}`}`,
    ...(isGood ? [] : ['✗ this identity would not bring the backups back']),
    ...(recipients.length < 2 ? ['! there is one recipient only: a key that is lost takes all backups along'] : []),
  );
  screen.printJson({ ok: isGood, recipients, newest });
  return isGood ? EXIT.done : EXIT.unproven;
}

function nothingToCheck({ config }: Workbench): Failure {
  const isOff = config.recipients.length === 0;
  return new Failure('settings', {
    message: isOff ? 'sets are not encrypted: there are no recipients' : 'found no identity to check',
    hint: isOff ? 'holdfast keys init' : 'BACKUP_AGE_IDENTITY=/media/usb/holdfast-identity.txt holdfast keys check',
  });
}
