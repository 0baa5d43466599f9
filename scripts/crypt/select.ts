import type { Secret } from '../common/secret.ts';
import { ageLibrary } from './age-library.ts';
import { ageProgram, findAgeProgram } from './age-program.ts';
import type { Crypt, Opener, Sealer } from './crypt.ts';
import { identityKind, newKeyPair } from './identity.ts';
import { isSshRecipient } from './recipient.ts';
import { requireRoundTrip } from './sentinel.ts';

/**
 * The way that is there: this program itself for age keys, which is the fastest; the program `age` on the PATH where SSH
 * keys are among them. Without it those are refused with Failure "tool-missing".
 */
export function selectCrypt(environment: Readonly<Record<string, string | undefined>>): Crypt {
  const path = findAgeProgram(environment);
  if (path === undefined) return ageLibrary;
  const program = ageProgram(path, environment);
  const isSsh = (identity: Secret): boolean => identityKind(Buffer.from(identity.reveal())) === 'ssh';
  return {
    sealer: (recipients) => (recipients.some(isSshRecipient) ? program : ageLibrary).sealer(recipients),
    opener: (identities) => (identities.some(isSsh) ? program : ageLibrary).opener(identities),
  };
}

/** What a run that writes a set encrypts with, and what it reads back with. */
export interface Sealing {
  readonly recipients: readonly string[];
  readonly sealer: Sealer;
  /** Opens only what this very run encrypted. */
  readonly opener: Opener;
}

/**
 * Prepares the encryption of one run. Every dump is read back before its set is published, on a host that holds public
 * keys only: so the run makes a key of its own, encrypts to it beside the recipients, and forgets it. It is never
 * written anywhere. A few bytes make the way there and back at once: what cannot work is told before a dump is taken.
 * Throws Failure "tool-missing" or what the program says.
 */
export async function openSealing(crypt: Crypt, recipients: readonly string[]): Promise<Sealing> {
  const own = await newKeyPair();
  const sealer = crypt.sealer([...recipients, own.recipient]);
  const opener = crypt.opener([own.identity]);
  await requireRoundTrip(sealer, opener);
  return { recipients, sealer, opener };
}
