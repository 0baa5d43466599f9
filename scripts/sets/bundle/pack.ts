import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGzip, constants as zlib } from 'node:zlib';
import { BLOCK, sumOf } from './tar-header.ts';
import { padding } from './tar-reader.ts';

/** One file on its way into an archive. */
export interface BundlePart {
  readonly path: string;
  readonly bytes: number;
  /** Must give exactly so many bytes, or break. */
  readonly open: () => Promise<Readable>;
}

/** Options of {@link packBundle}. */
export interface PackOptions {
  readonly signal: AbortSignal;
  /** False where the parts are compressed or encrypted already: packing them again only takes time. */
  readonly compress: boolean;
}

/** What octal digits in a header can say: 8 GiB less one byte. */
const LARGEST_OCTAL = 0o77777777777;
/** Of a file that only its owner reads. */
const MODE = '0000600';

/**
 * A tar archive with the parts in their order, as a gzip stream. Plain ustar; a pax header stands only before what ustar
 * cannot say. Stock tar reads it. The same parts give the same bytes: there are no times and no owners in it.
 */
export function packBundle(parts: readonly BundlePart[], { signal, compress }: PackOptions): Readable {
  const gzip = createGzip({ level: compress ? zlib.Z_BEST_SPEED : zlib.Z_NO_COMPRESSION, chunkSize: 256 * 1024 });
  // The error of either end arrives at whoever reads the stream.
  pipeline(tarOf(parts, signal), gzip, () => undefined);
  return gzip;
}

async function* tarOf(parts: readonly BundlePart[], signal: AbortSignal): AsyncGenerator<Buffer> {
  for (const part of parts) {
    signal.throwIfAborted();
    yield headersOf(part);
    yield* await part.open();
    yield Buffer.alloc(padding(part.bytes));
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** The header of a file, with a pax header in front of it where its path or size needs one. */
export function headersOf({ path, bytes }: Pick<BundlePart, 'path' | 'bytes'>): Buffer {
  const split = splitPath(path);
  const fits = bytes <= LARGEST_OCTAL;
  const records = [...(split ? [] : [record('path', path)]), ...(fits ? [] : [record('size', String(bytes))])];
  const main = block({ ...(split ?? { prefix: '', name: 'long-name' }), bytes: fits ? bytes : 0, type: '0' });
  if (records.length === 0) return main;
  const body = Buffer.from(records.join(''));
  const pax = block({ prefix: '', name: 'pax-header', bytes: body.length, type: 'x' });
  return Buffer.concat([pax, body, Buffer.alloc(padding(body.length)), main]);
}

/** The two fields that a path is written in; undefined when it does not fit. */
function splitPath(path: string): { prefix: string; name: string } | undefined {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= 155 && name !== '' && Buffer.byteLength(name) <= 100) return { prefix, name };
  }
  return undefined;
}

/** "<length> <keyword>=<value>\n", where the length counts itself. */
function record(keyword: string, value: string): string {
  const rest = ` ${keyword}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  length = bytes + String(length).length;
  return `${length}${rest}`;
}

function block(fields: { prefix: string; name: string; bytes: number; type: string }): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(fields.name, 0);
  header.write(`${MODE}\u00000000000\u00000000000\u0000`, 100);
  header.write(`${fields.bytes.toString(8).padStart(11, '0')}\u000000000000000\u0000`, 124);
  header.write(`${fields.type}`, 156);
  header.write('ustar\u000000', 257);
  header.write(fields.prefix, 345);
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\u0000 `, 148);
  return header;
}
