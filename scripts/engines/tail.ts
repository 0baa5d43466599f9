/** Keeps the last bytes of a stream, in memory that does not grow: for what a program writes to stderr. */
export class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** @param limit how many bytes are kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (let first = this.#chunks[0]; first && this.#bytes - first.length >= this.#limit; first = this.#chunks[0]) {
      this.#chunks.shift();
      this.#bytes -= first.length;
    }
  }

  /** What was kept; a character that was cut at the beginning is left out. */
  text(): string {
    const kept = Buffer.concat(this.#chunks).subarray(-this.#limit);
    let start = 0;
    // In UTF-8 the bytes after the first of a character are 10xxxxxx.
    while (start < 4 && ((kept[start] ?? 0) & 0xc0) === 0x80) start += 1;
    return kept.toString('utf8', start);
  }
}
