import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { toFailure } from '../../common/failure.ts';
import { damaged, type Entry } from './entry.ts';
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
  const plain = createGunzip({ chunkSize: 256 * 1024 });
  // What fails in the source must end the reading as well; a plain pipe would leave it waiting.
  compressed.on('error', (error) => plain.destroy(error));
  compressed.pipe(plain);
  try {
    return await scan(parseArchive(plain), visitor);
  } catch (error) {
    throw isOfGzip(error) ? damaged(`the archive cannot be decompressed: ${error.message}`) : toFailure(error);
  } finally {
    plain.destroy();
    compressed.destroy();
  }
}

function isOfGzip(error: unknown): error is Error {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('Z_');
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
