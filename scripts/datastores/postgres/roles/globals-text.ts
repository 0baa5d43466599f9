import type { Readable } from 'node:stream';
import { Failure } from '../../../common/failure.ts';

/** The last comment of a dump that pg_dumpall finished; since August 2025 a \unrestrict line stands before it. */
const END = '-- PostgreSQL database cluster dump complete';
/** Roles take some hundred bytes each: more than this is not a dump of roles. */
const LONGEST = 64 * 1024 * 1024;

/** True when the text is a whole dump of roles: not empty, and with pg_dumpall's own end mark as its end. */
export function isComplete(text: string): boolean {
  return /--\s*$/.test(text) && text.trimEnd().replace(/\n--$/, '').endsWith(END);
}

/** The whole text of a small stream. Throws Failure "damaged" when it is too large to be a dump of roles. */
export async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LONGEST) throw new Failure('damaged', { message: `a dump of roles has more than ${LONGEST} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
