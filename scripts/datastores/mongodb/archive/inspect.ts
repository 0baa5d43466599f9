import { type ArchiveContent, ArchiveReader } from './reader.ts';

/**
 * A stage for `pipeline` that lets an archive pass unchanged and proves it on the way. `onProven` is called once, after
 * the last byte, before the stage ends. Throws Failure "damaged" as soon as something is wrong, at the latest at the end.
 */
export function inspectArchive(
  onProven: (content: ArchiveContent) => void,
): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer, void> {
  return async function* (source) {
    const reader = new ArchiveReader();
    for await (const chunk of source) {
      reader.push(chunk);
      yield chunk;
    }
    onProven(reader.end());
  };
}
