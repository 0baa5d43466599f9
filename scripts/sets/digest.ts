import { createHash } from 'node:crypto';
import { Failure } from '../common/failure.ts';

/**
 * Nothing else in a set holds the checksum of manifest.json and of the proofs, so they carry their own: the last field,
 * `digest`, stands on a line of its own and is the sha256 of all the other bytes of the file. With stock tools:
 *
 *     sed '/^  "digest": /d' manifest.json | sha256sum
 *
 * A flipped byte in that line breaks the line or the comparison; anywhere else it changes the sum.
 */
const DIGEST_LINE = /^ {2}"digest": "([0-9a-f]{64})"$/;

/** Lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The bytes of a JSON file (two spaces of indentation, a line feed at the end) with `digest` as its last field. */
export function encodeWithDigest(value: object): Buffer {
  const draft = JSON.stringify({ ...value, digest: '' }, null, 2).split('\n');
  const other = [...draft.slice(0, -2), '}', ''].join('\n');
  const digest = sha256(Buffer.from(other));
  return Buffer.from([...draft.slice(0, -2), `  "digest": "${digest}"`, '}', ''].join('\n'));
}

/**
 * Parses a file that {@link encodeWithDigest} made. Throws Failure "damaged" when one byte of it is another than was
 * written; `what` names the file in the message.
 */
export function decodeWithDigest(bytes: Uint8Array, what: string): unknown {
  // Latin-1 keeps every byte apart, valid UTF-8 or not.
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  const digests = lines.filter((line) => DIGEST_LINE.test(line));
  if (digests.length !== 1) throw damaged(what, `found ${digests.length} lines with a digest, expected 1`);
  const expected = DIGEST_LINE.exec(digests[0] ?? '')?.[1];
  const others = lines.filter((line) => !DIGEST_LINE.test(line)).join('\n');
  const found = sha256(Buffer.from(others, 'latin1'));
  if (found !== expected) throw damaged(what, `its bytes have the digest ${found}, expected ${expected}`);
  return parseJson(bytes, what);
}

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw damaged(what, 'it is not JSON in UTF-8', error);
  }
}

function damaged(what: string, reason: string, cause?: unknown): Failure {
  const detail = cause instanceof Error ? cause.message : undefined;
  return new Failure('damaged', { message: `"${what}" is damaged: ${reason}`, detail, cause });
}
