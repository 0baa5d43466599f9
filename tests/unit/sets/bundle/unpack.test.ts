/** The second pass takes nothing that the first has not seen. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { scanBundle } from '../../../../scripts/sets/bundle/scan.ts';
import { unpackBundle } from '../../../../scripts/sets/bundle/unpack.ts';
import { END, entry, manifestOf } from './tar-by-hand.ts';

const { signal } = new AbortController();
const ONE = { path: 'mongo/one.archive.gz', body: 'the first dump' };
const TWO = { path: 'mongo/two.archive.gz', body: 'the second dump' };
const manifest = entry({ name: 'manifest.json', body: manifestOf([ONE, TWO]) });
const [one, two] = [ONE, TWO].map(({ path, body }) => entry({ name: path, body })) as [Buffer, Buffer];
const packed = (...blocks: Buffer[]) => gzipSync(Buffer.concat([manifest, ...blocks, END]));

/** Scans one archive and unpacks another in its place. */
async function unpack(first: Buffer, second: Buffer): Promise<Record<string, string>> {
  const scanned = await scanBundle(async () => Readable.from([first]), { signal, requireRoom: () => undefined });
  const found: Record<string, string> = {};
  await unpackBundle(async () => Readable.from([second]), scanned, {
    signal,
    placeOf: (path) => (path === 'manifest.json' ? undefined : path),
    put: async (path, body) => {
      found[path] = (await buffer(body)).toString();
    },
  });
  return found;
}

test('every file comes out as it went in, and what has no place is passed over', async () => {
  const good = packed(one, two);
  assert.deepEqual(await unpack(good, good), { [ONE.path]: ONE.body, [TWO.path]: TWO.body });
});

test('an archive that became another between the two passes is refused', async () => {
  const good = packed(one, two);
  const evil = entry({ name: 'mongo/../../evil', body: ONE.body });
  const other = entry({ name: ONE.path, body: ONE.body.toUpperCase() });
  const longer = entry({ name: ONE.path, body: `${ONE.body}!` });
  for (const blocks of [[evil, two], [other, two], [longer, two], [two, one], [one], [one, two, evil]]) {
    await assert.rejects(unpack(good, packed(...blocks)), { code: 'damaged' });
  }
});
