import { Failure } from '../../common/failure.ts';
import { processEnvironment } from '../../config/environment.ts';
import type { Opener } from '../../crypt/crypt.ts';
import { shortRecipient } from '../../crypt/recipient.ts';
import type { Sealing } from '../../crypt/select.ts';
import { IDENTITY_FILE, type Manifest } from '../../sets/manifest.ts';
import { readObject } from '../../sets/read-object.ts';
import type { ExtraFile } from '../../sets/writer.ts';
import type { Workbench } from '../workbench.ts';
import { type FoundIdentity, findIdentities, foundIdentity, unlockIdentity } from './identities.ts';

/**
 * What encrypts the sets of a run; undefined where nothing does. Tried at once, so that what cannot work is told before
 * the first dump. Throws Failure "tool-missing" or what the program says.
 */
export async function readySealing({ config }: Pick<Workbench, 'config'>): Promise<Sealing | undefined> {
  return await sealingFor(config.recipients);
}

/** What encrypts secrets in the place of the run's; undefined where they have no recipients of their own. Throws as {@link readySealing}. */
export async function readySecretsSealing({ config }: Pick<Workbench, 'config'>): Promise<Sealing | undefined> {
  return await sealingFor(config.secretsRecipients);
}

async function sealingFor(recipients: readonly string[]): Promise<Sealing | undefined> {
  if (recipients.length === 0) return undefined;
  const { openSealing, selectCrypt } = await import('../../crypt/select.ts');
  return await openSealing(selectCrypt(processEnvironment()), recipients);
}

/**
 * The identity that goes into every set: one that a passphrase protects, so that the storage and the passphrase are
 * enough on an empty machine. Empty where there is none, or its file is not on this machine.
 */
export async function protectedIdentity(bench: Workbench): Promise<ExtraFile[]> {
  if (bench.config.recipients.length === 0) return [];
  const found = await findIdentities(bench).catch((error: unknown) => {
    // A host that backs up need not hold an identity at all: the doctor tells when one cannot be read.
    if (error instanceof Failure && error.code === 'settings') return [];
    throw error;
  });
  const [first] = found.filter(({ isProtected }) => isProtected);
  return first === undefined ? [] : [{ path: IDENTITY_FILE, bytes: first.bytes }];
}

/**
 * What decrypts a set: the identities of the settings, else the protected one that lies in the set. Throws Failure
 * "settings" when there is none, "denied" for a wrong passphrase.
 */
export async function openerOfSet(bench: Workbench, manifest: Manifest): Promise<Opener> {
  const named = await findIdentities(bench);
  const found = named.length > 0 ? named : await identityInSet(bench, manifest);
  if (found.length === 0) throw noIdentity(manifest);
  return await openerOf(found, bench);
}

/** What decrypts with some identities; asks for their passphrases. */
export async function openerOf(found: readonly FoundIdentity[], bench: Workbench): Promise<Opener> {
  const identities = [];
  for (const identity of found) identities.push(await unlockIdentity(identity, bench));
  const { selectCrypt } = await import('../../crypt/select.ts');
  return selectCrypt(processEnvironment()).opener(identities);
}

async function identityInSet({ storage, context }: Workbench, { id, extras }: Manifest): Promise<FoundIdentity[]> {
  if (!extras.some(({ path }) => path === IDENTITY_FILE)) return [];
  const bytes = await readObject(storage, id, IDENTITY_FILE, { signal: context.signal });
  return [foundIdentity(`${id}/${IDENTITY_FILE}`, bytes)];
}

function noIdentity({ id, recipients = [], sources }: Manifest): Failure {
  const all = new Set([...recipients, ...sources.flatMap((source) => source.recipients ?? [])]);
  const keys = [...all].map((recipient) => `"${shortRecipient(recipient)}"`).join(', ') || 'keys that it does not name';
  return new Failure('settings', {
    message: `the set "${id}" is encrypted for ${keys}; found no identity`,
    stands: 'the databases were not touched',
    hint: 'set BACKUP_AGE_IDENTITY to the file of a private key that belongs to one of them',
  });
}
