import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { damaged, type Entry } from './entry.ts';
import { withPlain } from './gunzip.ts';
import { TreeOrder } from './order.ts';
import { type ParsedEntry, parseArchive } from './parse.ts';
import { Tally } from './tally.ts';

/** What is done with the entries of an archive that is read. */
export interface Visitor {
  /** Takes an entry; the content of a file is given piece by piece after it. */
  begin(entry: Entry): Promise<void>;
  piece(bytes: Buffer): Promise<void>;
  end(entry: Entry): Promise<void>;
  /** Everything in a folder was taken; its path. */
  leave(folder: string): Promise<void>;
}

/**
 * Reads a compressed archive to its end and counts and sums it. Throws Failure "damaged" at the first thing that is not as
 * a backup writes it; a visitor has taken what came before.
 */
export async function scanArchive(compressed: Readable, visitor?: Visitor): Promise<Tally> {
  return await withPlain(compressed, (plain) => scan(parseArchive(plain), visitor));
}

async function scan(entries: AsyncIterable<ParsedEntry>, visitor: Visitor | undefined): Promise<Tally> {
  const order = new TreeOrder();
  const tally = new Tally();
  let isFirst = true;
  for await (const parsed of entries) {
    const { content, isTop, ...named } = parsed;
    if (isFirst && !isTop && named.type !== 'file')
      throw damaged('the archive begins with neither a folder nor a file');
    // A file that was archived alone has a name for stock tools only.
    const entry = isFirst ? { ...named, path: '' } : named;
    isFirst = false;
    for (const folder of order.next(entry)) await visitor?.leave(folder);
    await visitor?.begin(entry);
    const hash = createHash('sha256');
    for await (const piece of content) {
      hash.update(piece);
      await visitor?.piece(piece);
    }
    await visitor?.end(entry);
    tally.add(entry, entry.type === 'file' ? hash.digest('hex') : '');
  }
  if (isFirst) throw damaged('the archive is empty');
  for (const folder of order.end()) await visitor?.leave(folder);
  return tally;
}
