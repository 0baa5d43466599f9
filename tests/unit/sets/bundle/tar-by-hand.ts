import { createHash } from 'node:crypto';
import { encodeWithDigest } from '../../../../scripts/sets/digest.ts';

/** What a header says; everything may be wrong on purpose. */
export interface Header {
  readonly name: string | Buffer;
  readonly type?: string;
  readonly body?: Buffer | string;
  /** What the header says of the size; else that of the body. */
  readonly size?: string | Buffer;
  readonly link?: string;
  readonly prefix?: string;
  readonly magic?: string;
  readonly sum?: string;
}

/** One entry as it stands in a tar file, put together byte by byte after POSIX.1-2017 and not by our own writer. */
export function entry({ name, type = '0', body = '', size, link = '', prefix = '', magic, sum }: Header): Buffer {
  const content = Buffer.from(body);
  const block = Buffer.alloc(512);
  Buffer.from(name).copy(block, 0);
  block.write('0000644\0', 100);
  block.write('0001750\0', 108);
  block.write('0001750\0', 116);
  Buffer.from(size ?? `${content.length.toString(8).padStart(11, '0')}\0`).copy(block, 124);
  block.write('14776543210\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(link, 157);
  block.write(magic ?? 'ustar\u000000', 257);
  block.write(prefix, 345);
  const total = block.reduce((all, byte) => all + byte, 0);
  block.write(sum ?? `${total.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([block, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A pax header with these records, as POSIX counts them. */
export function pax(records: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(records).map(([keyword, value]) => {
    const rest = Buffer.byteLength(` ${keyword}=${value}\n`);
    const length = [1, 2, 3, 4].map((digits) => rest + digits).find((all) => String(all).length === all - rest);
    return `${length} ${keyword}=${value}\n`;
  });
  return entry({ name: 'PaxHeaders/x', type: 'x', body: lines.join('') });
}

/** The end of every tar file. */
export const END = Buffer.alloc(1024);

/** A file of a set. */
export interface File {
  readonly path: string;
  readonly body: Buffer | string;
}

/** The manifest of a set that holds these files, whole and right in every field. */
export function manifestOf(files: readonly File[], sizes: Readonly<Record<string, number>> = {}): Buffer {
  const time = '2026-05-07T15:36:00.000Z';
  const facts = files.map(({ path, body }) => ({
    ...{ path, bytes: sizes[path] ?? Buffer.byteLength(body), compression: 'gzip', encryption: 'none' },
    sha256: createHash('sha256').update(body).digest('hex'),
  }));
  const source = {
    ...{ kind: 'mongo', name: 'shop', server: 'default', engine: 'podman', engineVersion: '4', serverVersion: '7' },
    ...{ tools: {}, consistency: 'fuzzy', startedAt: time, finishedAt: time, details: {}, warnings: [] },
    ...{ fingerprint: { counts: {} }, artifacts: facts },
  };
  return encodeWithDigest({
    ...{ schema: 'holdfast-set/v1', id: '2026-05-07T15-36', createdAt: time, finishedAt: time },
    ...{ environment: 'test', host: 'here', holdfastVersion: '0.1.0', sources: [source] },
    ...{ skipped: [], failed: [], extras: [] },
  });
}
