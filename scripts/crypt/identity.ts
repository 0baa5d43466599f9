import { Failure } from '../common/failure.ts';
import { Secret } from '../common/secret.ts';
import { isBech32 } from './bech32.ts';

/** What an identity file is. "protected": it is itself encrypted with a passphrase. */
export type IdentityKind = 'age' | 'ssh' | 'protected';

const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----';
const AGE_INTRO = 'age-encryption.org/v1\n';

/** What the bytes of an identity file are; undefined when they are none. Nothing of them is told. */
export function identityKind(bytes: Uint8Array): IdentityKind | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.startsWith(AGE_INTRO) || text.trimStart().startsWith(ARMOR)) return 'protected';
  if (/^-----BEGIN (?:OPENSSH |RSA )?PRIVATE KEY-----/m.test(text)) return 'ssh';
  return ageKeysOf(text).length > 0 ? 'age' : undefined;
}

/** The secret keys in the text of an age identity file: one a line, among comments. Empty when a line is something else. */
export function ageKeysOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return keys.every((key) => isBech32(key.toLowerCase(), 'age-secret-key-')) ? keys : [];
}

/** A new pair of keys. */
export interface KeyPair {
  readonly identity: Secret;
  readonly recipient: string;
}

/** Makes a new age key (X25519) from the randomness of the system. */
export async function newKeyPair(): Promise<KeyPair> {
  const { generateX25519Identity, identityToRecipient } = await import('age-encryption');
  const identity = await generateX25519Identity();
  return { identity: new Secret(identity), recipient: await identityToRecipient(identity) };
}

/** The public keys of the age keys in an identity file; empty for an SSH key, whose public half is a file of its own. */
export async function recipientsOf(identity: Secret): Promise<string[]> {
  const keys = ageKeysOf(identity.reveal());
  if (keys.length === 0) return [];
  const { identityToRecipient } = await import('age-encryption');
  return await Promise.all(keys.map((key) => identityToRecipient(key)));
}

/** Encrypts an identity file with a passphrase, in age's own form: `age -d -i FILE` asks for it. The text can be printed. */
export async function protectIdentity(identity: Secret, passphrase: Secret): Promise<string> {
  const { Encrypter, armor } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase.reveal());
  return armor.encode(await encrypter.encrypt(identity.reveal()));
}

/** Opens a protected identity file. Throws Failure "denied" for a wrong passphrase, "damaged" when it is not such a file. */
export async function openProtected(bytes: Uint8Array, passphrase: Secret): Promise<Secret> {
  const { Decrypter, armor } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase.reveal());
  try {
    const text = Buffer.from(bytes).toString('latin1').trim();
    const file = text.startsWith(ARMOR) ? armor.decode(text) : bytes;
    return new Secret(await decrypter.decrypt(file, 'text'));
  } catch (error) {
    const detail = error instanceof Error ? error.message : undefined;
    if (/no identity matched/.test(detail ?? '')) {
      throw new Failure('denied', {
        message: 'the passphrase does not open the identity',
        hint: 'look at BACKUP_AGE_PASSPHRASE or BACKUP_AGE_PASSPHRASE_FILE; letters count, blanks too',
        cause: error,
      });
    }
    throw new Failure('damaged', { message: 'the protected identity cannot be read', detail, cause: error });
  }
}
