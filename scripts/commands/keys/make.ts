import { open, readFile } from 'node:fs/promises';
import { Failure } from '../../common/failure.ts';
import { Secret } from '../../common/secret.ts';
import { using } from '../../common/using.ts';
import { processEnvironment } from '../../config/environment.ts';
import { newKeyPair, protectIdentity } from '../../crypt/identity.ts';
import { selectCrypt } from '../../crypt/select.ts';
import { requireRoundTrip } from '../../crypt/sentinel.ts';
import { askForWord, askHidden } from '../../ui/ask.ts';
import type { Workbench } from '../workbench.ts';
import { foundIdentity, unlockIdentity } from './identities.ts';

/** A new identity that lies in a file. */
export interface MadeKey {
  readonly file: string;
  readonly recipient: string;
  /** The content of the file. Secret unless it is protected. */
  readonly text: string;
  readonly isProtected: boolean;
}

/** How many letters at its end a person types back. */
const PROOF_LETTERS = 8;
/** Shorter ones are tried out in days, whatever scrypt costs. */
const LEAST_PASSPHRASE = 12;

/** Without a terminal nobody can show that the key was kept. Throws Failure "usage". */
export function requireProofOrYes(yes: boolean | undefined, { screen }: Workbench): void {
  if (yes || screen.canAsk) return;
  throw new Failure('usage', {
    message: 'a new identity is to be kept by a person, and there is no terminal to ask for the proof',
    hint: 'add --yes when the file goes to a safe place by itself',
  });
}

/**
 * Makes an identity and writes it to a file of mode 0600 that was not there, then reads the file back, and encrypts and
 * decrypts something with it. Throws Failure "refused" when the file is there.
 */
export async function makeKey(file: string, isProtected: boolean, bench: Workbench): Promise<MadeKey> {
  const pair = await newKeyPair();
  const plain = `# created: ${new Date().toISOString()}\n# public key: ${pair.recipient}\n${pair.identity.reveal()}\n`;
  const passphrase = isProtected ? await newPassphrase(bench) : undefined;
  const text = passphrase ? await protectIdentity(new Secret(plain), passphrase) : plain;
  await writeNew(file, text);
  const config = passphrase ? { ...bench.config, passphrase } : bench.config;
  const back = await unlockIdentity(foundIdentity(file, await readFile(file)), { ...bench, config });
  const crypt = selectCrypt(processEnvironment());
  await requireRoundTrip(crypt.sealer([pair.recipient]), crypt.opener([back]));
  return { file, recipient: pair.recipient, text, isProtected };
}

/** A person shows that the kit was kept: types the end of the key, or the passphrase again. Throws Failure "refused". */
export async function requireKept(made: MadeKey, bench: Workbench): Promise<void> {
  const { signal } = bench.context;
  const stands = `"${made.file}" is there; without proof that it is kept the doctor will ask for it`;
  try {
    if (made.isProtected) {
      const typed = new Secret(await askHidden('Proof that it is kept: the passphrase once more:', signal));
      const config = { ...bench.config, passphrase: typed };
      await unlockIdentity(foundIdentity(made.file, Buffer.from(made.text)), { ...bench, config });
    } else {
      const word = made.text.trim().slice(-PROOF_LETTERS);
      await askForWord(word, `Proof that it is kept: type the last ${PROOF_LETTERS} letters of the identity:`, signal);
    }
  } catch (error) {
    if (!(error instanceof Failure) || !['refused', 'denied'].includes(error.code)) throw error;
    // What was typed may be most of the key, so it is not repeated.
    throw new Failure('refused', {
      message: 'what was typed is not what was made',
      stands,
      hint: 'holdfast keys check',
    });
  }
}

async function newPassphrase({ config, screen, context }: Workbench): Promise<Secret> {
  if (config.passphrase) return config.passphrase;
  if (!screen.canAsk) {
    throw new Failure('settings', {
      message: 'there is no passphrase, and no terminal to ask for one',
      hint: 'set BACKUP_AGE_PASSPHRASE_FILE to a file that holds it',
    });
  }
  const first = await askHidden('A passphrase, of several words:', context.signal);
  const again = await askHidden('The same once more:', context.signal);
  if (first !== again)
    throw new Failure('refused', { message: 'the two passphrases differ', stands: 'no key was made' });
  if (first.length >= LEAST_PASSPHRASE) return new Secret(first);
  throw new Failure('refused', {
    message: `the passphrase has ${first.length} letters, expected ${LEAST_PASSPHRASE} at least`,
    stands: 'no key was made',
  });
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await using(await open(file, 'wx', 0o600), async (handle) => {
      await handle.chmod(0o600);
      await handle.writeFile(text);
      await handle.sync();
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw error;
    throw new Failure('refused', {
      message: `"${file}" is there already, and a key is never written over`,
      hint: 'holdfast keys init --output another-file.txt',
    });
  }
}
