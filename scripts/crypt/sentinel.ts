import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Failure } from '../common/failure.ts';
import type { Opener, Sealer } from './crypt.ts';

/** Encrypts a few bytes and decrypts them again. Throws the Failure of either, "denied" when the keys do not belong together. */
export async function requireRoundTrip(sealer: Sealer, opener: Opener): Promise<void> {
  const sentinel = randomBytes(64);
  const stored = await buffer(sealer.encrypt(Readable.from([sentinel])));
  const back = await buffer(opener.decrypt(Readable.from([stored])));
  if (back.equals(sentinel)) return;
  throw new Failure('damaged', { message: 'what was decrypted is not what was encrypted' });
}

/** Decrypts the beginning of an age file alone: does a key fit? Throws as `Opener.decrypt`; ends `stored` in any case. */
export async function requireOpens(opener: Opener, stored: Readable): Promise<void> {
  const plain = opener.decrypt(stored);
  for await (const _piece of plain) break;
  plain.destroy();
  stored.destroy();
}
