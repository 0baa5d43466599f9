import { Readable } from 'node:stream';
import { ByteQueue, UNDERFLOW } from './byte-queue.ts';
import { damaged } from './damaged.ts';
import { type ArchiveHeader, readHeader } from './header.ts';

/** No header is longer: it holds three short strings. */
const ENOUGH = 4096;

/** Lets a stream pass and keeps what its header says; a stream that is no archive fails before its end is passed on. */
export class HeaderTap {
  #head: Buffer = Buffer.alloc(0);
  #header: ArchiveHeader | undefined;

  async *pass(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      if (this.#header === undefined) await this.#look(chunk);
      yield chunk;
    }
    if (this.#header === undefined) throw damaged(`pg_dump wrote ${this.#head.length} bytes and no whole header`);
  }

  /** The header; call it after the stream has ended. */
  header(): ArchiveHeader {
    if (this.#header === undefined) throw damaged('no header was seen');
    return this.#header;
  }

  async #look(chunk: Buffer): Promise<void> {
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, ENOUGH)]);
    const header = await new ByteQueue(Readable.from([this.#head])).parse(readHeader);
    if (header !== UNDERFLOW) this.#header = header;
    else if (this.#head.length > ENOUGH) throw damaged('its header does not end');
  }
}
