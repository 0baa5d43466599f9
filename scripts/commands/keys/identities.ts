import { readFile } from 'node:fs/promises';
import { Failure } from '../../common/failure.ts';
import { Secret } from '../../common/secret.ts';
import { identityKind } from '../../crypt/identity.ts';
import { askHidden } from '../../ui/ask.ts';
import type { Workbench } from '../workbench.ts';

/** An identity as it was found: still locked where a passphrase protects it. */
export interface FoundIdentity {
  /** The path of its file, or what else people know it by. */
  readonly where: string;
  readonly bytes: Buffer;
  readonly isProtected: boolean;
}

/**
 * Reads the identity files of the settings. Throws Failure "settings" for one that is not there, cannot be read or is no
 * identity.
 */
export async function findIdentities({ config }: Pick<Workbench, 'config'>): Promise<FoundIdentity[]> {
  return await Promise.all(config.identityFiles.map((path) => readIdentity(path)));
}

async function readIdentity(path: string): Promise<FoundIdentity> {
  try {
    return foundIdentity(path, await readFile(path));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('settings', {
      message: `the identity "${path}" cannot be read`,
      detail: (error as NodeJS.ErrnoException).code,
      hint: 'bring the medium that holds it, or set BACKUP_AGE_IDENTITY to another file',
      cause: error,
    });
  }
}

/** Sees what the bytes of an identity are. Throws Failure "settings" when they are none; shows nothing of them. */
export function foundIdentity(where: string, bytes: Buffer): FoundIdentity {
  const kind = identityKind(bytes);
  if (kind !== undefined) return { where, bytes, isProtected: kind === 'protected' };
  throw new Failure('settings', {
    message: `"${where}" holds no identity, expected AGE-SECRET-KEY-1..., an SSH private key, or an age file that holds one`,
  });
}

/**
 * The text of an identity. Where a passphrase protects it, that of the settings is taken, else it is asked on a terminal.
 * Throws Failure "settings" when nobody can be asked, "denied" for a wrong passphrase.
 */
export async function unlockIdentity(found: FoundIdentity, bench: Workbench): Promise<Secret> {
  if (!found.isProtected) return new Secret(found.bytes.toString('utf8'));
  const { openProtected } = await import('../../crypt/identity.ts');
  return await openProtected(found.bytes, bench.config.passphrase ?? (await askPassphrase(found.where, bench)));
}

async function askPassphrase(where: string, { screen, context }: Workbench): Promise<Secret> {
  if (!screen.canAsk) {
    throw new Failure('settings', {
      message: `the identity "${where}" is protected with a passphrase, and there is no terminal to ask for it`,
      hint: 'set BACKUP_AGE_PASSPHRASE_FILE to a file that holds it',
    });
  }
  screen.settle();
  return new Secret(await askHidden(`Passphrase of ${where}:`, context.signal));
}
