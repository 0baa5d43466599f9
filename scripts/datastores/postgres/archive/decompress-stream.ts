import { once } from 'node:events';
import { createInflate, createZstdDecompress, type Inflate, type ZstdDecompress } from 'node:zlib';
import { release } from '../../../common/release.ts';
import type { PlainBytes } from './decoder.ts';

/** Plain bytes come back in pieces of at most this size. Each piece is a walk to another thread and back. */
const OUTPUT = 256 * 1024;

/** One compressed stream, decompressed on zlib's thread. Rejects when it is broken, cut or followed by more bytes. */
export class DecompressStream {
  readonly #stream: Inflate | ZstdDecompress;
  #written = 0;

  constructor(compression: 'gzip' | 'zstd', plain: PlainBytes) {
    const options = { chunkSize: OUTPUT };
    this.#stream = compression === 'gzip' ? createInflate(options) : createZstdDecompress(options);
    this.#stream.on('data', (bytes: Buffer) => {
      plain(bytes);
      release(bytes);
    });
    // The callbacks of `write` and the wait for the end carry the error; this keeps node from ending the process.
    this.#stream.on('error', () => {});
  }

  /** Resolves when the piece was worked on and may be filled again. */
  write(piece: Buffer): Promise<void> {
    this.#written += piece.length;
    return new Promise((resolve, reject) => {
      this.#stream.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Writes the last piece; resolves when the stream was whole. */
  async end(piece: Buffer): Promise<void> {
    if (this.#stream.errored) throw this.#stream.errored;
    this.#written += piece.length;
    const ended = once(this.#stream, 'end');
    this.#stream.end(piece);
    await ended;
    const unread = this.#written - this.#stream.bytesWritten;
    if (unread !== 0) throw new Error(`${unread} bytes follow its compressed stream`);
  }
}
