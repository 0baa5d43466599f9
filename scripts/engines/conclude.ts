import { Failure } from '../common/failure.ts';
import type { ChildEnd } from './child.ts';
import { Unsealer, type Verdict } from './seal.ts';
import type { Running } from './transport.ts';

/** The most that a program may write when its output is handed over as one text, in bytes. */
export const OUTPUT_LIMIT = 16 * 1024 * 1024;

/** A program that has ended, and all that it wrote. */
export interface Conclusion {
  readonly end: ChildEnd;
  /** Undefined when the proof is missing. */
  readonly verdict: Verdict | undefined;
  readonly output: Buffer;
  readonly sha256: string;
}

/** Reads all of a program's output, waits for its end. Throws Failure "tool-failed" beyond {@link OUTPUT_LIMIT}. */
export async function conclude(
  { child, nonce, acknowledge, judge }: Pick<Running, 'child' | 'nonce' | 'acknowledge' | 'judge'>,
  what: string,
): Promise<Conclusion> {
  const unsealer = new Unsealer(nonce);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) {
    chunks.push(...unsealer.add(chunk as Buffer));
    if (unsealer.isSealed) acknowledge();
    // Text that was cut would be read as if it were all: a list of tables without the last one.
    if (unsealer.bytes > OUTPUT_LIMIT) {
      throw new Failure('tool-failed', { message: `${what} wrote more than ${OUTPUT_LIMIT} bytes` });
    }
  }
  const end = await child.ended;
  const { data, seal, sha256 } = unsealer.end();
  return { end, verdict: judge(end, seal), output: Buffer.concat([...chunks, data]), sha256 };
}
