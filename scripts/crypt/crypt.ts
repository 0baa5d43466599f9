import type { Readable } from 'node:stream';
import type { Secret } from '../common/secret.ts';

/** Encrypts to public keys. Holds nothing that could decrypt. */
export interface Sealer {
  /**
   * Gives the bytes of an age file (age-encryption.org/v1) while `plain` is read. It ends only when all of `plain` is in
   * it; when `plain` breaks, it breaks with the same error. Destroying it ends everything behind it.
   */
  encrypt(plain: Readable): Readable;
}

/** Decrypts with private keys. */
export interface Opener {
  /**
   * Gives the plain bytes of an age file. Each piece was authenticated before it is given, that nothing is missing is
   * known at the end alone: it breaks with Failure "damaged" when a byte was changed or is missing, "denied" when no key
   * fits, and with the error of `stored` when that breaks. It never ends well without every byte.
   */
  decrypt(stored: Readable): Readable;
}

/** A way to encrypt and decrypt: the package age-encryption, or the program `age`. Both write and read the same format. */
export interface Crypt {
  /** `recipients`: as `checkRecipient` of recipient.ts accepts them. Throws Failure "tool-missing" for what needs the program. */
  sealer(recipients: readonly string[]): Sealer;
  /** `identities`: each the text of one identity file. Throws Failure "tool-missing" for what needs the program. */
  opener(identities: readonly Secret[]): Opener;
}
