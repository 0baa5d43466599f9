import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { damaged } from '../archive/entry.ts';
import { INDEX_SCHEMA, type IndexLine, parseJson, parseLine } from './index-line.ts';
import { archiveName } from './recognize.ts';

/** Keys have 1,024 bytes at most and metadata 2 KiB (S3, "Object metadata"); a line that is longer is none of ours. */
const MOST_LINE = 256 * 1024;

/** Writes an index: one JSON document with a line for each object, so that it can be read by jq and line by line. */
export class IndexWriter {
  readonly #sink: Writable;
  readonly #ended: Promise<void>;
  #lines = 0;

  constructor(sink: Writable, bucket: string) {
    this.#sink = sink;
    this.#ended = finished(sink);
    // It is awaited at the end; a failure before that is told by the write that meets it.
    this.#ended.catch(() => undefined);
    const head = { schema: INDEX_SCHEMA, bucket, archive: archiveName(bucket), objects: [] };
    sink.write(JSON.stringify(head).slice(0, -2));
  }

  async add(line: IndexLine): Promise<void> {
    const text = `${this.#lines === 0 ? '' : ','}\n${JSON.stringify(line)}`;
    this.#lines += 1;
    if (!this.#sink.write(text)) await once(this.#sink, 'drain');
  }

  /** Waits until everything is stored. */
  async end(): Promise<void> {
    this.#sink.end(`\n],"lines":${this.#lines}}\n`);
    await this.#ended;
  }
}

/** The lines of an index, in their order. Throws Failure "damaged" for what a backup does not write. */
export async function* readIndex(stream: Readable, bucket: string): AsyncGenerator<IndexLine, void> {
  let [count, isHead, isEnded] = [0, true, false];
  for await (const text of linesOf(stream)) {
    if (isEnded) throw damaged('the index goes on after its end');
    if (isHead) requireHead(parseJson(`${text}]}`), bucket);
    else if (text.startsWith(']')) {
      const { lines } = parseJson(`{"objects":[${text}`);
      if (lines !== count) throw damaged(`the index has ${count} lines, expected ${String(lines)}`);
      isEnded = true;
    } else {
      count += 1;
      yield parseLine(text.replace(/,$/, ''));
    }
    isHead = false;
  }
  if (!isEnded) throw damaged('the index ends in the middle');
}

function requireHead({ schema, objects }: Record<string, unknown>, bucket: string): void {
  if (schema === INDEX_SCHEMA && Array.isArray(objects)) return;
  throw damaged(`the index of "${bucket}" is of the schema "${String(schema)}", expected "${INDEX_SCHEMA}"`);
}

function tooLong(): Error {
  return damaged(`the index has a line of more than ${MOST_LINE} bytes`);
}

async function* linesOf(stream: Readable): AsyncGenerator<string, void> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let from = 0;
    for (let end = held.indexOf(10); end >= 0; end = held.indexOf(10, from)) {
      if (end - from > MOST_LINE) throw tooLong();
      yield held.toString('utf8', from, end);
      from = end + 1;
    }
    held = held.subarray(from);
    if (held.length > MOST_LINE) throw tooLong();
  }
  if (held.length > 0) throw damaged('the index ends in the middle of a line');
}
