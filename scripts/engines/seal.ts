import { createHash, type Hash } from 'node:crypto';

/** What the far side says about a stream when its program has ended. */
export interface Verdict {
  /** Exit code of the program, 128 + n when a signal ended it. */
  readonly code: number;
  /** Bytes that the program wrote, when they were counted there. */
  readonly bytes?: number;
  /** sha256 of what the program wrote, when it was taken there. */
  readonly sha256?: string;
  /** sha256 of the input that was passed on to the program, when it was announced and arrived whole. */
  readonly input?: string;
}

/** Length of the seal that the wrapper's mode "sealed" writes after the program's output; see main() there. */
export const SEAL_BYTES = 1 + 'holdfast-seal '.length + 32 + 1 + 3 + 1 + 20 + 1 + 64 + 1 + 64 + 1;

const SEAL = /^\nholdfast-seal ([0-9a-f]{32}) ([ \d]{3}) ([ \d-]{20}) ([ 0-9a-f-]{64}) ([ 0-9a-f-]{64})\n$/;

/** Reads the seal; undefined when the bytes are anything else, or the seal of another call. */
export function parseSeal(bytes: Buffer, nonce: string): Verdict | undefined {
  const match = SEAL.exec(bytes.toString('latin1'));
  if (match === null || match[1] !== nonce) return undefined;
  const [code, count, sha256, input] = match.slice(2).map((field) => field.trim());
  return {
    code: Number(code),
    ...(/^\d+$/.test(count ?? '') && { bytes: Number(count) }),
    ...(isDigest(sha256) && { sha256 }),
    ...(isDigest(input) && { input }),
  };
}

/**
 * Counts and hashes a stream whose last bytes are not data but the seal. Chunks are passed on as they came, never
 * copied: whole chunks are held back as long as they could hold a part of the seal.
 */
export class Unsealer {
  readonly #sealBytes: number;
  readonly #mark: string | undefined;
  readonly #hash: Hash = createHash('sha256');
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes of data passed on so far. */
  bytes = 0;

  /** @param nonce of the seal that is expected; undefined for a stream without one */
  constructor(nonce: string | undefined) {
    this.#sealBytes = nonce === undefined ? 0 : SEAL_BYTES;
    this.#mark = nonce && `holdfast-seal ${nonce}`;
  }

  /** True when the seal has begun to arrive, whole or not: the far side has nothing more to say. */
  get isSealed(): boolean {
    if (this.#mark === undefined) return false;
    const last = this.#held.at(-1) ?? Buffer.alloc(0);
    const end = last.length < 2 * SEAL_BYTES ? Buffer.concat(this.#held) : last;
    return end.subarray(-2 * SEAL_BYTES).includes(this.#mark);
  }

  /** Takes a chunk and gives those that are certainly data. */
  add(chunk: Buffer): Buffer[] {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    let certain = 0;
    for (const first of this.#held) {
      if (this.#heldBytes - first.length < this.#sealBytes) break;
      this.#heldBytes -= first.length;
      certain += 1;
    }
    const data = this.#held.splice(0, certain);
    for (const one of data) this.#account(one);
    return data;
  }

  /** The end: the last of the data, the seal as it came, and the digest of all data. */
  end(): { data: Buffer; seal: Buffer; sha256: string } {
    const rest = Buffer.concat(this.#held);
    const data = rest.subarray(0, Math.max(0, rest.length - this.#sealBytes));
    this.#account(data);
    return { data, seal: rest.subarray(data.length), sha256: this.#hash.digest('hex') };
  }

  #account(data: Buffer): void {
    this.#hash.update(data);
    this.bytes += data.length;
  }
}

function isDigest(text: string | undefined): text is string {
  return /^[0-9a-f]{64}$/.test(text ?? '');
}
