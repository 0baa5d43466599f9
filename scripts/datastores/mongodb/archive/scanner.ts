import { Failure } from '../../../common/failure.ts';

/** Told of the parts of an archive, in the order of the stream. */
export interface ScanListener {
  /** The document that opens a block. */
  header(document: Buffer): void;
  /** A document of a block, whole; only while {@link Scanner.wholeDocuments} is set. */
  document(document: Buffer): void;
  /** Bytes of documents, as they pass; `documents` of them ended within these bytes. Not kept by the scanner. */
  bytes(data: Uint8Array, start: number, end: number, documents: number): void;
  /** The block is closed. */
  blockEnd(): void;
}

/** The smallest BSON document, and the largest that the mongo tools take (MaxBSONSize of mongo-tools). */
const SMALLEST = 5;
const LARGEST = 16 * 1024 * 1024;
const TERMINATOR = -1;

/**
 * Cuts the stream of an archive into blocks: a header document, documents, and four bytes ff. It never keeps more than
 * one header (or prelude document) and never looks into documents that pass by; those are told as runs of bytes.
 * Throws Failure "damaged" with the position at the first length that cannot be one.
 */
export class Scanner {
  readonly #listener: ScanListener;
  /** True while documents inside blocks are wanted whole (the prelude). */
  wholeDocuments = true;
  #expectsHeader = true;
  /** A length that arrived in part. */
  #held = Buffer.alloc(4);
  #heldBytes = 0;
  /** What is missing of the running document, and its parts when it is wanted whole. */
  #left = 0;
  #parts: Buffer[] = [];
  #position = 0;

  constructor(listener: ScanListener) {
    this.#listener = listener;
  }

  /** Bytes of the archive that were taken so far. */
  get position(): number {
    return this.#position;
  }

  /** True between two blocks: the only place where an archive may end. */
  get betweenBlocks(): boolean {
    return this.#expectsHeader && this.#left === 0 && this.#heldBytes === 0;
  }

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) at = this.#continueDocument(chunk, at);
      else if (this.#collects || this.#heldBytes > 0 || chunk.length - at < 4) at = this.#takeLength(chunk, at);
      else at = this.#skim(chunk, at);
    }
    this.#position += chunk.length;
  }

  get #collects(): boolean {
    return this.#expectsHeader || this.wholeDocuments;
  }

  #continueDocument(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left === 0 && chunk[end - 1] !== 0) throw this.#damaged(end, 'a document does not end with a zero byte');
    if (!this.#collects) this.#listener.bytes(chunk, at, end, this.#left === 0 ? 1 : 0);
    else this.#collect(chunk.subarray(at, end));
    return end;
  }

  #collect(part: Buffer): void {
    this.#parts.push(Buffer.from(part));
    if (this.#left > 0) return;
    const document = Buffer.concat(this.#parts);
    this.#parts = [];
    if (this.#expectsHeader) {
      this.#expectsHeader = false;
      this.#listener.header(document);
    } else this.#listener.document(document);
  }

  /** The slow way to read a length: it may be split over chunks, or its document is wanted whole. */
  #takeLength(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + 4 - this.#heldBytes);
    chunk.copy(this.#held, this.#heldBytes, at, end);
    this.#heldBytes += end - at;
    if (this.#heldBytes < 4) return end;
    this.#heldBytes = 0;
    const size = this.#held.readInt32LE(0);
    if (size === TERMINATOR) this.#endBlock(end);
    else this.#beginDocument(size, end);
    return end;
  }

  #beginDocument(size: number, at: number): void {
    this.#checkSize(size, at);
    this.#left = size - 4;
    if (this.#collects) this.#parts.push(Buffer.from(this.#held));
    else this.#listener.bytes(this.#held, 0, 4, 0);
  }

  /** The fast way: as many whole documents as lie in the chunk are told as one run. */
  #skim(chunk: Buffer, start: number): number {
    let at = start;
    let documents = 0;
    while (at + 4 <= chunk.length) {
      const size = lengthAt(chunk, at);
      if (size === TERMINATOR) break;
      this.#checkSize(size, at);
      if (at + size > chunk.length) {
        this.#left = at + size - chunk.length;
        at = chunk.length;
        break;
      }
      at += size;
      documents++;
      if (chunk[at - 1] !== 0) throw this.#damaged(at, 'a document does not end with a zero byte');
    }
    if (at > start) this.#listener.bytes(chunk, start, at, documents);
    if (at + 4 > chunk.length) return at;
    this.#endBlock(at);
    return at + 4;
  }

  #endBlock(at: number): void {
    if (this.#expectsHeader) throw this.#damaged(at, 'a block has no header');
    this.#expectsHeader = true;
    this.#listener.blockEnd();
  }

  #checkSize(size: number, at: number): void {
    if (size >= SMALLEST && size <= LARGEST) return;
    throw this.#damaged(at, `found ${size} where the length of a document or the end of a block must be`);
  }

  #damaged(at: number, what: string): Failure {
    return new Failure('damaged', { message: `archive is damaged near byte ${this.#position + at}: ${what}` });
  }
}

function lengthAt(chunk: Buffer, at: number): number {
  const [a, b, c, d] = [chunk[at], chunk[at + 1], chunk[at + 2], chunk[at + 3]] as [number, number, number, number];
  return a | (b << 8) | (c << 16) | (d << 24);
}
