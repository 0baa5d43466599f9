import type { RdbContent } from './content.ts';
import { RdbReader } from './reader.ts';

/**
 * A stage for `pipeline` that lets an RDB file pass unchanged and proves it on the way. `onProven` is called once, after
 * the last byte, before the stage ends. `marked`: as a replica gets it; what is not part of the file is left out. Throws Failure "damaged" as soon as something is wrong, at the latest at the end.
 */
export function inspectRdb(
  options: { marked: boolean },
  onProven: (content: RdbContent) => void,
): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer, void> {
  return async function* (source) {
    const reader = new RdbReader(options);
    for await (const chunk of source) {
      const bytes = reader.push(chunk);
      if (bytes > 0) yield bytes < chunk.length ? chunk.subarray(0, bytes) : chunk;
    }
    onProven(reader.end());
  };
}

/** Reads a stream to its end and gives what it holds; `marked` as above. Throws Failure "damaged". */
export async function readRdb(stream: AsyncIterable<Buffer>, options = { marked: false }): Promise<RdbContent> {
  const reader = new RdbReader(options);
  for await (const chunk of stream) reader.push(chunk);
  return reader.end();
}
