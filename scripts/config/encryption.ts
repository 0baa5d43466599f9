import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { names, secretText, text } from '../common/rules.ts';
import { Secret } from '../common/secret.ts';
import { checkRecipient, isSshRecipient, RECIPIENT_WANTED, shortRecipient } from '../crypt/recipient.ts';
import type { SettingsFile } from './file-settings.ts';
import { foundIn } from './found-in.ts';
import { readPasswordFile, resolvePath } from './password-file.ts';
import type { Place, Problems } from './problems.ts';
import type { ServerContext } from './servers.ts';
import type { Found } from './values.ts';

/** Rules of the settings about encryption, which .env and holdfast.yaml share. */
export const ENCRYPTION_RULES = {
  recipients: { ...names('public keys or files of them, with commas between them'), secret: true },
  identity: names('files with commas between them'),
  passphrase: secretText('a passphrase'),
  passphraseFile: text('a file'),
  opensslPasswordFile: text('a file'),
} as const;

/** Whom sets are encrypted for, and what opens them. */
export interface EncryptionPolicy {
  /** Public keys, checked, each once; empty: sets are not encrypted. */
  readonly recipients: readonly string[];
  /** Files of private keys; they need not be there before a set is to be read. */
  readonly identityFiles: readonly string[];
  /** Opens an identity file that is protected with one. */
  readonly passphrase: Secret | undefined;
  /** Opens what an older system encrypted with `openssl enc`. */
  readonly opensslPassword: Secret | undefined;
}

type Key = 'recipients' | 'identity' | 'passphrase' | 'passphrase_file';

/** The settings about encryption; a recipient that is not one, and a file of them that cannot be read, are among the problems. */
export function readEncryption(file: SettingsFile | undefined, context: ServerContext): EncryptionPolicy {
  const { values, folder } = context;
  const section = file?.settings.encryption;
  const inFile = <K extends Key>(key: K) => foundIn(file, ['encryption', key], section?.[key]);
  const recipients = values.get('BACKUP_AGE_RECIPIENTS') ?? inFile('recipients');
  const identity = values.get('BACKUP_AGE_IDENTITY') ?? inFile('identity');
  const passphrase = values.get('BACKUP_AGE_PASSPHRASE') ?? inFile('passphrase');
  const passphraseFile = values.get('BACKUP_AGE_PASSPHRASE_FILE') ?? inFile('passphrase_file');
  return {
    recipients: recipients ? readRecipients(recipients, context) : [],
    identityFiles: identity?.value.map((path) => resolvePath(folder, path)) ?? [],
    passphrase: passphrase ? new Secret(passphrase.value) : ofFile('the passphrase', passphraseFile, context),
    opensslPassword: ofFile('the password', values.get('BACKUP_OPENSSL_PASSWORD_FILE'), context),
  };
}

function ofFile(
  what: string,
  found: Found<string> | undefined,
  { folder, problems }: ServerContext,
): Secret | undefined {
  if (found === undefined) return undefined;
  const read = readPasswordFile(resolvePath(folder, found.value));
  if (typeof read !== 'string') return read;
  problems.add(found.place, `${what}: ${read}`);
  return undefined;
}

/** The keys that some entries name, or the files of them; what is none is added to the problems. */
export function readRecipients(
  { value, place }: Found<readonly string[]>,
  { folder, problems }: ServerContext,
): string[] {
  const recipients = value.flatMap((entry, index) => {
    const which = `recipient ${index + 1} of ${value.length}`;
    if (/^age1/i.test(entry) || isSshRecipient(entry)) return readRecipient(entry, which, place, problems);
    return readFile(resolvePath(folder, entry), which, place, problems);
  });
  return [...new Set(recipients)];
}

function readRecipient(entry: string, which: string, place: Place, problems: Problems): string[] {
  const recipient = checkRecipient(entry);
  if (recipient !== undefined) return [recipient];
  const reason = 'is not a whole key: letters are missing or mistyped';
  problems.add(place, `${which}, "${shortRecipient(entry)}", ${reason}`);
  return [];
}

/** Nothing of what is not a key is quoted: it may be a secret key, or a password in the wrong place. */
function readFile(path: string, which: string, place: Place, problems: Problems): string[] {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    problems.add(
      place,
      `${which} is neither a key nor a file that can be read (${code}), expected ${RECIPIENT_WANTED}`,
    );
    return [];
  }
  const lines = content.split('\n').map((line) => line.trim());
  const wrong = lines.findIndex((line) => isEntry(line) && checkRecipient(line) === undefined);
  const found = lines.filter(isEntry).flatMap((line) => checkRecipient(line) ?? []);
  if (wrong >= 0)
    problems.add(place, `${which}: line ${wrong + 1} of the file in ${dirname(path)} is not a public key`);
  else if (found.length === 0) problems.add(place, `${which}: found no key in the file in ${dirname(path)}`);
  return found;
}

function isEntry(line: string): boolean {
  return line !== '' && !line.startsWith('#');
}
