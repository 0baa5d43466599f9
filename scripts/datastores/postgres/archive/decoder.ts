import { inflateSync, zstdDecompressSync } from 'node:zlib';
import type { BlockSink } from './blocks.ts';
import { damaged } from './damaged.ts';
import { DecompressStream } from './decompress-stream.ts';
import type { ArchiveCompression } from './header.ts';
import { Lz4Frame } from './lz4-frame.ts';

/** Takes the plain bytes of a block; they are only valid during the call. */
export type PlainBytes = (bytes: Buffer) => void;

/** Opens the sink of the next block; `place` names it in errors: 'the data of "public.users"'. */
export type Decoder = (place: string, plain: PlainBytes) => BlockSink;

/** Stored bytes are collected up to this size: chunks of an archive are as small as a row, and each piece wakes a thread. */
const PIECE = 128 * 1024;
/** A block that fits into one piece is decompressed at once, unless it grows beyond this. */
const SMALL_OUTPUT = 2 * 1024 * 1024;

/**
 * The decoder of one archive, whose blocks come one after another. Its sinks decompress a block and fail with Failure
 * "damaged" when it is not one whole compressed stream. LZ4, which node cannot decompress, is checked by the structure
 * of its frames; `plain` is then never called.
 */
export function decoderOf(compression: ArchiveCompression): Decoder {
  if (compression === 'lz4') return (place) => new Lz4Frame(place);
  const pieces: Pieces = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)];
  if (compression === 'none') return (_place, plain) => new Collector(pieces, new Plain(plain));
  return (place, plain) => new Collector(pieces, new Compressed(compression, place, plain));
}

/** Two buffers in turn: one is being filled while the other is being worked on. */
type Pieces = readonly [Buffer, Buffer];

/** Works on one block in pieces. A piece may be filled again once the promise of `write` is resolved. */
interface PieceWorker {
  write(piece: Buffer): Promise<void>;
  /** The last piece; the only one when `write` was never called. */
  end(piece: Buffer): Promise<void>;
}

/** Collects the chunks of a block into pieces. */
class Collector implements BlockSink {
  readonly #pieces: Pieces;
  readonly #worker: PieceWorker;
  #current = 0;
  #filled = 0;
  #working: Promise<void> = Promise.resolve();

  constructor(pieces: Pieces, worker: PieceWorker) {
    this.#pieces = pieces;
    this.#worker = worker;
  }

  push(bytes: Buffer): Promise<void> | undefined {
    if (this.#filled + bytes.length > PIECE) return this.#pushSlowly(bytes);
    bytes.copy(this.#piece(), this.#filled);
    this.#filled += bytes.length;
    return undefined;
  }

  async end(): Promise<void> {
    await this.#working;
    await this.#worker.end(this.#piece().subarray(0, this.#filled));
  }

  #piece(): Buffer {
    return this.#pieces[this.#current === 0 ? 0 : 1];
  }

  async #pushSlowly(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#filled === PIECE) await this.#turn();
      const copied = bytes.copy(this.#piece(), this.#filled, at);
      at += copied;
      this.#filled += copied;
    }
  }

  /** Hands the full piece over and waits until the other one is free. */
  async #turn(): Promise<void> {
    await this.#working;
    this.#working = this.#worker.write(this.#piece());
    // The error is thrown where the work is waited for; until then node must not see it as nobody's.
    this.#working.catch(() => {});
    this.#current = 1 - this.#current;
    this.#filled = 0;
  }
}

class Plain implements PieceWorker {
  readonly #plain: PlainBytes;

  constructor(plain: PlainBytes) {
    this.#plain = plain;
  }

  async write(piece: Buffer): Promise<void> {
    this.#plain(piece);
  }

  async end(piece: Buffer): Promise<void> {
    this.#plain(piece);
  }
}

class Compressed implements PieceWorker {
  readonly #compression: 'gzip' | 'zstd';
  readonly #place: string;
  readonly #plain: PlainBytes;
  #stream: DecompressStream | undefined;

  constructor(compression: 'gzip' | 'zstd', place: string, plain: PlainBytes) {
    this.#compression = compression;
    this.#place = place;
    this.#plain = plain;
  }

  async write(piece: Buffer): Promise<void> {
    this.#stream ??= new DecompressStream(this.#compression, this.#plain);
    await this.#stream.write(piece).catch((error) => this.#fail(error));
  }

  async end(piece: Buffer): Promise<void> {
    const small = this.#stream === undefined ? this.#decompressAtOnce(piece) : undefined;
    if (small !== undefined) return this.#plain(small);
    this.#stream ??= new DecompressStream(this.#compression, this.#plain);
    await this.#stream.end(piece).catch((error) => this.#fail(error));
  }

  /** Undefined when the block is larger than it looked; a thread is then cheaper than stopping the program. */
  #decompressAtOnce(piece: Buffer): Buffer | undefined {
    const options = { maxOutputLength: SMALL_OUTPUT, info: true };
    try {
      const done = this.#compression === 'zstd' ? zstdDecompressSync(piece, options) : inflateSync(piece, options);
      return wholeInput(done as unknown as WithInfo, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
      return this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    throw damaged(`${this.#place} does not decompress`, error);
  }
}

/** What node's synchronous calls return with the option `info`, which its types do not tell. */
interface WithInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** Node stops at the end of the compressed stream without a word about what follows it. */
function wholeInput({ buffer, engine }: WithInfo, piece: Buffer): Buffer {
  if (engine.bytesWritten === piece.length) return buffer;
  throw new Error(`${piece.length - engine.bytesWritten} bytes follow its compressed stream`);
}
