/** Archives of objects without a server: every key there can be, and everything that is not as a backup writes it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { StoredSource } from '../../../../scripts/datastores/datastore.ts';
import { parallelGzip } from '../../../../scripts/datastores/mongodb/gzip.ts';
import type { Fetched } from '../../../../scripts/datastores/objects/fetch.ts';
import { IndexWriter } from '../../../../scripts/datastores/objects/index-file.ts';
import { compareKeys } from '../../../../scripts/datastores/objects/keys.ts';
import { read } from '../../../../scripts/datastores/objects/read.ts';
import { scanSource } from '../../../../scripts/datastores/objects/scan.ts';
import { Tally } from '../../../../scripts/datastores/objects/tally.ts';
import { writeArchive } from '../../../../scripts/datastores/objects/write.ts';
import { openBucket } from '../../../../scripts/storage/s3/bucket.ts';
import { s3Options } from '../../../../scripts/storage/s3/options.ts';

const { signal } = new AbortController();

interface Made {
  readonly index: string;
  readonly archive: Buffer;
  readonly tally: Tally;
}

/** An archive of small objects, whose content is their key. */
async function make(keys: readonly string[]): Promise<Made> {
  const sink = new PassThrough();
  const stored = buffer(sink);
  const [index, tally] = [new IndexWriter(sink, 'shop'), new Tally()];
  const notes = { vanished: () => undefined, changed: () => undefined };
  const bucket = openBucket(s3Options({ bucket: 'shop', endpoint: 'http://127.0.0.1:1' }));
  const bytes = writeArchive(fetched(keys), { bucket, index, tally, notes, signal });
  const archive = await buffer(Readable.from(parallelGzip(bytes)));
  return { index: (await stored).toString(), archive, tally };
}

async function* fetched(keys: readonly string[]): AsyncGenerator<Fetched, void> {
  for (const key of keys.toSorted(compareKeys)) {
    const content = Buffer.from(key);
    const listed = { key, size: content.length, etag: undefined, modified: new Date(0) };
    const facts = { modified: '2026-01-01T00:00:00.000Z', headers: {}, metadata: {}, tags: {} };
    const sha256 = createHash('sha256').update(content).digest('hex');
    yield { listed, state: 'whole', facts, content, sha256 };
  }
}

function stored(index: string, archive: Buffer, tally?: Tally): StoredSource {
  const reader = (fileName: string, bytes: Buffer) => ({
    ...{ fileName, bytes: bytes.length, compression: undefined },
    open: async () => Readable.from([bytes]),
  });
  const facts = { consistency: 'fuzzy', details: {}, warnings: [] } as const;
  return {
    kind: 'objects',
    name: 'shop',
    facts: tally && { ...facts, fingerprint: tally.fingerprint() },
    serverVersion: undefined,
    artifacts: [reader('shop.index.json', Buffer.from(index)), reader('shop.tar.gz', archive)],
  };
}

const KEYS = [
  ...['../x', '../../etc/passwd', '/abs', '//', '/', 'a//b', '.', '..', './x', 'a/../b', 'a/./b', 'a/', 'a/b/'],
  ...['line\nbreak', 'nul\u0000byte', 'tab\t', '\u001b[2J', '\u202Eright to left', '"', '\\', "'; rm -rf / #", '-x'],
  ...[
    'A',
    'a',
    'é',
    'e\u0301',
    '\uFFFF',
    '\u{10000}',
    '\u{10FFFF}',
    '\u{1F980}',
    '__proto__',
    'constructor/x',
    ' ',
    'b ',
  ],
  ...['x'.repeat(1024), `${'é'.repeat(511)}/y`, '],"lines":1}', '{', 'PaxHeaders/0', '0000000001'],
];

test('every key comes back as it was, its content with it, in the order of the bytes', async () => {
  const { index, archive, tally } = await make(KEYS);
  const found: string[] = [];
  await scanSource(stored(index, archive), async ({ key }, content) => {
    assert.equal((await buffer(Readable.from(content))).toString(), key);
    found.push(key);
  });
  assert.deepEqual(found, KEYS.toSorted(compareKeys));
  assert.deepEqual(
    found,
    KEYS.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
  );
  const { counts, summary } = await read(stored(index, archive, tally));
  assert.equal(
    Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0),
    KEYS.length,
  );
  assert.match(summary, new RegExp(`to the end: ${KEYS.length} objects`));
  assert.equal(JSON.parse(index).objects.length, KEYS.length, 'the index is one JSON document');
});

test('no name of an entry and no line comes from a key', async () => {
  const { index, archive } = await make(KEYS);
  assert.equal(index.trimEnd().split('\n').length, KEYS.length + 2);
  const plain = gunzipSync(archive);
  for (let at = 0, place = 1; place <= KEYS.length; place += 1) {
    assert.equal(plain.toString('latin1', at, at + 11), `${String(place).padStart(10, '0')}\0`);
    at += 512 + Math.ceil(Number.parseInt(plain.toString('latin1', at + 124, at + 135), 8) / 512) * 512;
  }
});

test('a bucket without objects is an archive without entries', async () => {
  const { index, archive, tally } = await make([]);
  assert.match((await read(stored(index, archive, tally))).summary, /: 0 objects/);
});

const LINE = /^\{"key":"b".*$/m;

/** What is done to the index, or to the archive before it was packed, and what is said then. */
const DAMAGE: readonly [
  string,
  (made: { index: string; plain: Buffer }) => { index?: string; plain?: Buffer },
  RegExp,
][] = [
  [
    'a byte of an object',
    ({ plain }) => ({ plain: changed(plain, 512 * 3) }),
    /"b" has the sha256 [0-9a-f]{64} in the archive/,
  ],
  [
    'an object that is missing at the end',
    ({ plain }) => ({ plain: Buffer.concat([plain.subarray(0, 2048), Buffer.alloc(1024)]) }),
    /the archive ends before "c"/,
  ],
  ['an archive that is cut off', ({ plain }) => ({ plain: plain.subarray(0, 1500) }), /the archive ends/],
  [
    'a line that is missing',
    ({ index }) => ({ index: index.replace(LINE, '').replace('\n\n', '\n') }),
    /found the entry "0000000002" in the archive, expected "0000000003" for "c"/,
  ],
  [
    'a line that is missing at the end',
    ({ index }) => ({ index: index.replace(/,\n\{"key":"c".*/, '') }),
    /the index has 2 lines, expected 3/,
  ],
  [
    'two lines that changed places',
    ({ index }) => ({ index: swapped(index) }),
    /found the entry "0000000001" in the archive, expected "0000000002" for "b"/,
  ],
  [
    'a key that comes twice',
    ({ index }) => ({ index: index.replace('"key":"b"', '"key":"a"') }),
    /"a" is out of order/,
  ],
  [
    'another size',
    ({ index }) => ({ index: index.replace('"key":"b","size":1', '"key":"b","size":2') }),
    /"b" has 1 bytes in the archive, expected 2/,
  ],
  ['a size below nothing', ({ index }) => ({ index: index.replace('"size":1', '"size":-1') }), /cannot be understood/],
  ['no key', ({ index }) => ({ index: index.replace('"key":"b",', '') }), /cannot be understood/],
  ['a key that is a number', ({ index }) => ({ index: index.replace('"key":"b"', '"key":7') }), /cannot be understood/],
  [
    'metadata that are no texts',
    ({ index }) => ({ index: index.replace('"metadata":{}', '"metadata":{"a":1}') }),
    /cannot be understood/,
  ],
  ['half a line', ({ index }) => ({ index: index.slice(0, index.indexOf('"b"')) }), /ends in the middle of a line/],
  [
    'an end that is missing',
    ({ index }) => ({ index: index.slice(0, index.indexOf('],"lines"')) }),
    /the index ends in the middle/,
  ],
  [
    'a wrong number of lines',
    ({ index }) => ({ index: index.replace('"lines":3', '"lines":4') }),
    /the index has 3 lines, expected 4/,
  ],
  ['more after the end', ({ index }) => ({ index: `${index}{}\n` }), /the index goes on after its end/],
  [
    'another schema',
    ({ index }) => ({ index: index.replace('holdfast-objects/v1', 'other/v9') }),
    /"other\/v9", expected "holdfast-objects\/v1"/,
  ],
  [
    'a line without an end',
    ({ index }) => ({ index: index.replace('"key":"b"', `"key":"${'b'.repeat(300_000)}"`) }),
    /a line of more than/,
  ],
  ['an empty index', () => ({ index: '' }), /the index ends in the middle/],
  ['an entry that leads out', ({ plain }) => ({ plain: renamed(plain, '../escape') }), /leads out of the archive/],
];

for (const [what, damage, wanted] of DAMAGE) {
  test(`damaged: ${what}`, async () => {
    const { index, archive, tally } = await make(['a', 'b', 'c']);
    const plain = gunzipSync(archive);
    const worse = { index, plain, ...damage({ index, plain: Buffer.from(plain) }) };
    assert.ok(worse.index !== index || !worse.plain.equals(plain), 'nothing was damaged');
    await assert.rejects(read(stored(worse.index, gzipSync(worse.plain), tally)), (error: Error & { code: string }) => {
      assert.match(error.message, wanted);
      return error.code === 'damaged';
    });
  });
}

test('damaged: whole, and not what was recorded', async () => {
  const { index, archive } = await make(['a', 'b']);
  const { tally } = await make(['a', 'b', 'c']);
  await assert.rejects(read(stored(index, archive, tally)), /in "\." found 2 objects, expected 3 objects/);
});

function changed(plain: Buffer, at: number): Buffer {
  plain[at] = (plain[at] ?? 0) ^ 1;
  return plain;
}

function swapped(index: string): string {
  const lines = index.split('\n');
  const [one, two] = [lines[1] as string, lines[2] as string];
  return [lines[0], two, one, ...lines.slice(3)].join('\n');
}

/** Its checksum made right again, as whoever makes such an archive would. */
function renamed(plain: Buffer, name: string): Buffer {
  plain.fill(0, 0, 100).write(name, 0, 'latin1');
  plain.fill(' ', 148, 156);
  const sum = plain.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  plain.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return plain;
}
