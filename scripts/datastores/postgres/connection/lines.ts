import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/**
 * The lines of a stream, ended by a newline alone: node's readline also cuts at U+2028 and carriage returns, which
 * may stand inside a JSON text.
 */
export class Lines {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #decoder = new StringDecoder('utf8');
  #ready: string[] = [];
  #rest = '';

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** The next line without its newline; undefined at the end of the stream. */
  async next(): Promise<string | undefined> {
    while (this.#ready.length === 0) {
      const chunk = await this.#chunks.next().catch(() => ({ done: true as const, value: undefined }));
      if (chunk.done) return undefined;
      const lines = (this.#rest + this.#decoder.write(chunk.value)).split('\n');
      this.#rest = lines.pop() ?? '';
      this.#ready = lines.reverse();
    }
    return this.#ready.pop();
  }
}
