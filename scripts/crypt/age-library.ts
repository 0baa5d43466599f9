import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Secret } from '../common/secret.ts';
import type { Crypt } from './crypt.ts';
import { programNeeded } from './failures.ts';
import { openingPassage, type Passage, sealingPassage } from './header.ts';
import { ageKeysOf } from './identity.ts';
import { isSshRecipient, shortRecipient } from './recipient.ts';

/**
 * The package age-encryption for the header, Node's own cipher for the bytes, in this very thread: encrypting a piece
 * costs less than writing it to another process and reading it back, or handing it to another thread (measured: see
 * docs/encryption.md). Knows age keys alone.
 */
export const ageLibrary: Crypt = {
  sealer: (recipients) => {
    const ssh = recipients.find(isSshRecipient);
    if (ssh !== undefined) throw programNeeded(`the SSH recipient "${shortRecipient(ssh)}"`);
    return { encrypt: (plain) => through(plain, () => sealingPassage(recipients)) };
  },
  opener: (identities) => {
    const keys = identities.flatMap(plainKeys);
    return { decrypt: (stored) => through(stored, async () => openingPassage(keys)) };
  },
};

function plainKeys(identity: Secret): string[] {
  const keys = ageKeysOf(identity.reveal());
  if (keys.length === 0) throw programNeeded('an SSH key as identity');
  return keys;
}

function through(source: Readable, begin: () => Promise<Passage>): Readable {
  let passage: Promise<Passage> | undefined;
  const pass = async (work: (passage: Passage) => ReturnType<Passage['end']>): Promise<void> => {
    passage ??= begin();
    for (const bytes of await work(await passage)) result.push(bytes);
  };
  const result: Transform = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      pass((one) => one.update(chunk)).then(() => done(), done);
    },
    flush: (done) => {
      pass((one) => one.end()).then(() => done(), done);
    },
  });
  // The error of either end arrives at whoever reads the result.
  pipeline(source, result).catch(() => undefined);
  return result;
}
