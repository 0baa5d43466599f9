import { resolvePath } from '../../config/password-file.ts';
import { recipientsOf } from '../../crypt/identity.ts';
import { checkRecipient, shortRecipient } from '../../crypt/recipient.ts';
import { wordCount } from '../../ui/units.ts';
import { EXIT } from '../../ui/words.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { findIdentities, unlockIdentity } from './identities.ts';
import { recoveryKit } from './kit.ts';
import { type MadeKey, makeKey, requireKept, requireProofOrYes } from './make.ts';
import { remember } from './memory.ts';
import { setsForOthers } from './sets.ts';

/** The flags of `holdfast keys init` and `holdfast keys rotate`. */
export interface KeysMakeFlags {
  /** Protect the identity with a passphrase. */
  readonly passphrase?: boolean;
  /** The file of the identity. */
  readonly output?: string;
  /** Do not ask for proof that it was kept. */
  readonly yes?: boolean;
}

/** Makes the first identity of a project, or one more. Exit code 0. */
export async function keysInit(flags: KeysMakeFlags, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const made = await make(flags, 'holdfast-identity', bench);
  return tell(made, [...bench.config.recipients, made.recipient], [], bench);
}

/** Makes an identity for new sets in the place of the present one, and tells which sets still need the old one. */
export async function keysRotate(flags: KeysMakeFlags, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const leaving = await ownRecipients(bench);
  const made = await make(flags, `holdfast-identity-${new Date().toISOString().slice(0, 10)}`, bench);
  const staying = bench.config.recipients.filter((recipient) => !leaving.includes(recipient));
  const recipients = [...staying, made.recipient];
  const needing = await setsForOthers(bench, recipients);
  const old = leaving.map(shortRecipient).join(', ') || 'the old key';
  return tell(
    made,
    recipients,
    [
      leaving.length > 0
        ? `New sets are no longer for ${old}.`
        : 'Which recipient goes is not known without its identity: take the old one out of the line above.',
      needing.length === 0
        ? 'No set needs the old identity.'
        : `The old identity is still needed for ${wordCount(needing.length, 'set')}: keep it until they are gone, or: holdfast keys reencrypt --all`,
    ],
    bench,
  );
}

/** The recipients that the present identity opens; the only one there is when the identity is not here. */
async function ownRecipients(bench: Workbench): Promise<readonly string[]> {
  const { recipients } = bench.config;
  if (recipients.length === 1) return recipients;
  const known: string[] = [];
  for (const found of await findIdentities(bench)) {
    known.push(...(await recipientsOf(await unlockIdentity(found, bench))));
  }
  return recipients.filter((recipient) => known.includes(recipient));
}

async function make(
  { passphrase = false, output, yes }: KeysMakeFlags,
  name: string,
  bench: Workbench,
): Promise<MadeKey> {
  requireProofOrYes(yes, bench);
  const file = resolvePath(bench.config.folder, output ?? `${name}.${passphrase ? 'age' : 'txt'}`);
  const made = await makeKey(file, passphrase, bench);
  bench.screen.print(...recoveryKit(made, bench), '');
  if (yes) return made;
  await requireKept(made, bench);
  await remember(bench.config, { kept: [made.recipient] });
  return made;
}

function tell(made: MadeKey, recipients: readonly string[], more: readonly string[], { screen }: Workbench): number {
  const line = `BACKUP_AGE_RECIPIENTS=${recipients.map((one) => checkRecipient(one) ?? one).join(',')}`;
  screen.print(
    'In .env of the host that backs up:',
    '',
    recipients.some((one) => one.includes(' ')) ? `  ${line.replace('=', "='")}'` : `  ${line}`,
    ...(made.isProtected ? [`  BACKUP_AGE_IDENTITY=${made.file}`] : []),
    '',
    made.isProtected
      ? 'The protected identity goes into every set: storage and passphrase are enough to restore. Print the page above all the same.'
      : `"${made.file}" must leave this host: move it to a safe place (a password manager, a USB stick), and print the page above.`,
    ...(recipients.length < 2
      ? ['One key that is lost takes all backups along: make a second one for somebody else, or another place.']
      : []),
    ...more,
    'Then: holdfast keys check, with BACKUP_AGE_IDENTITY set to where it is kept.',
  );
  screen.printJson({
    file: made.file,
    recipient: made.recipient,
    protected: made.isProtected,
    recipients,
    setting: line,
  });
  return EXIT.done;
}
