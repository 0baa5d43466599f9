import { randomBytes } from 'node:crypto';
import { damagedBytes, noKeyFits } from './failures.ts';
import { NONCE_BYTES, PayloadOpener, PayloadSealer } from './payload.ts';

/** A header is some hundred bytes for each recipient; what is far beyond that is not one. */
const LARGEST_HEADER = 1024 * 1024;
/** What the package adds behind the header of an empty file: a nonce and the tag of an empty piece. */
const EMPTY_PAYLOAD = 32;
/** The last line of a header: three dashes and the MAC. */
const LAST_LINE = /\n--- [A-Za-z0-9+/]{43}\n/;

/** What turns a stream of bytes into another. */
export interface Passage {
  update(chunk: Uint8Array): readonly Buffer[] | Promise<readonly Buffer[]>;
  end(): readonly Buffer[] | Promise<readonly Buffer[]>;
}

/**
 * Begins an age file: the package makes the header, we take its file key for the payload. Throws the package's error for
 * a recipient that it does not know.
 */
export async function sealingPassage(recipients: readonly string[]): Promise<Passage> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  let fileKey: Uint8Array = new Uint8Array();
  encrypter.addRecipient({
    wrapFileKey: (key) => {
      fileKey = key.slice();
      return [];
    },
  });
  const empty = await encrypter.encrypt(new Uint8Array());
  const nonce = randomBytes(NONCE_BYTES);
  const payload = new PayloadSealer(fileKey, nonce);
  let start: readonly Buffer[] = [Buffer.concat([empty.subarray(0, -EMPTY_PAYLOAD), nonce])];
  const withStart = (given: readonly Buffer[]): readonly Buffer[] => {
    const all = [...start, ...given];
    start = [];
    return all;
  };
  return {
    update: (chunk) => withStart(payload.update(chunk)),
    end: () => withStart(payload.end()),
  };
}

/** Reads an age file. Throws Failure "denied" when no key fits, "damaged" when it is none or is not as it was written. */
export function openingPassage(identities: readonly string[]): Passage {
  let waiting = Buffer.alloc(0);
  let payload: PayloadOpener | undefined;
  const begin = async (): Promise<readonly Buffer[]> => {
    const found = LAST_LINE.exec(waiting.toString('latin1', 0, LARGEST_HEADER));
    const length = found ? found.index + found[0].length : Number.POSITIVE_INFINITY;
    if (waiting.length < length + NONCE_BYTES) {
      if (waiting.length > LARGEST_HEADER) throw noAgeFile();
      return [];
    }
    const fileKey = await openHeader(waiting.subarray(0, length), identities);
    payload = new PayloadOpener(fileKey, waiting.subarray(length, length + NONCE_BYTES));
    return payload.update(waiting.subarray(length + NONCE_BYTES));
  };
  return {
    update: (chunk) => {
      if (payload) return payload.update(chunk);
      waiting = Buffer.concat([waiting, chunk]);
      return begin();
    },
    end: () => {
      if (!payload) throw noAgeFile();
      return payload.end();
    },
  };
}

function noAgeFile() {
  return damagedBytes('it does not begin as an age file');
}

async function openHeader(header: Uint8Array, identities: readonly string[]): Promise<Uint8Array> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw /no identity matched/.test(reason) ? noKeyFits() : damagedBytes(reason, error);
  }
}
