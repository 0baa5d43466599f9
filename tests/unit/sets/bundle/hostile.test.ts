/** Archives made to do harm, byte by byte: each is refused in the pass that writes nothing, and says which entry and why. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Failure } from '../../../../scripts/common/failure.ts';
import { scanBundle } from '../../../../scripts/sets/bundle/scan.ts';
import { END, entry, manifestOf, pax } from './tar-by-hand.ts';

const SHOP = { path: 'mongo/shop.archive.gz', body: 'the dump of the shop' };
const manifest = entry({ name: 'manifest.json', body: manifestOf([SHOP]) });
const dump = entry({ name: SHOP.path, body: SHOP.body });
const older = entry({
  name: 'manifest.json',
  body: JSON.stringify({
    ...{ schema: 'orkestra-backup/v1', createdAt: '2026-05-27T07:17:29Z', environment: 'staging', host: 'one' },
    components: ['mongodb'],
  }),
});
const FREE = 1_000_000_000;

function scan(packed: Buffer) {
  const requireRoom = (bytes: number): void => {
    if (bytes > FREE) throw new Failure('no-space', { message: `it needs ${bytes} bytes` });
  };
  return scanBundle(async () => Readable.from([packed]), { signal: new AbortController().signal, requireRoom });
}

const sparse = Buffer.alloc(12);
sparse.writeUInt8(0x80, 0);
sparse.writeBigUInt64BE(1n << 50n, 4);

const withName = (name: string | Buffer) => [manifest, entry({ name, body: 'x' }), dump, END];
const withType = (type: string, link = '') => [manifest, entry({ name: 'mongo/evil', type, link }), dump, END];

/** What it is; its blocks; the words of the refusal. */
const HOSTILE: readonly (readonly [string, readonly Buffer[], RegExp])[] = [
  ['an absolute path', withName('/etc/cron.d/evil'), /"\/etc\/cron.d\/evil" has an absolute path/],
  ['an absolute path behind "./"', withName('.//etc/evil'), /".\/\/etc\/evil" has an absolute path/],
  [
    'an absolute path in a pax header',
    [manifest, pax({ path: '/etc/evil' }), entry({ name: 'a' }), dump, END],
    /"\/etc\/evil" has an absolute path/,
  ],
  ['..', withName('../../root/.ssh/authorized_keys'), /"\.\.\/\.\.\/root\/\.ssh\/authorized_keys" has a name .* ".."/],
  ['.. in the middle', withName('mongo/../../evil'), /"mongo\/\.\.\/\.\.\/evil" has a name .* ".."/],
  [
    '.. in the prefix of the header',
    [manifest, entry({ name: 'evil', prefix: '../..', body: 'x' }), dump, END],
    /"\.\.\/\.\.\/evil" has a name/,
  ],
  [
    '.. in a long name of GNU tar',
    [manifest, entry({ name: '././@LongLink', type: 'L', body: '../evil\0' }), entry({ name: 'evil' }), dump, END],
    /"\.\.\/evil" has a name/,
  ],
  ['a backslash', withName('..\\..\\evil'), /"\.\.\\\\\.\.\\\\evil" has a name .* backslash/],
  ['a control character', withName('mongo/a\u001b[2Jb'), /"mongo\/a\\u001b\[2Jb" has a name .* control character/],
  ['a name that is not UTF-8', withName(Buffer.from([0x6d, 0xff, 0xfe])), /has a name that is not UTF-8/],
  ['an empty part', withName('mongo//evil'), /"mongo\/\/evil" has a name .* empty/],
  ['bytes hidden behind a name', withName('README.md\0/../evil'), /"README.md" has bytes hidden behind its name/],
  [
    'a part of 300 characters',
    [manifest, pax({ path: 'a'.repeat(300) }), entry({ name: 'a' }), dump, END],
    /"a{120}\.\.\." has a name .* longer than 255/,
  ],
  [
    'a path of 4000 characters',
    [manifest, pax({ path: 'abcdefg/'.repeat(500).slice(0, -1) }), entry({ name: 'a' }), dump, END],
    /has a name longer than 2048 bytes/,
  ],
  [
    'a pax header of a gigabyte',
    [manifest, entry({ name: 'p', type: 'x', size: '10000000000\0' }), END],
    /"p" is a header of 1073741824 bytes/,
  ],
  [
    'a broken pax header',
    [manifest, entry({ name: 'p', type: 'x', body: '99 path=a\n' }), dump, END],
    /a pax header in it is broken/,
  ],
  ['a symbolic link out', withType('2', '/etc/passwd'), /"mongo\/evil" is a symbolic link/],
  ['a symbolic link within', withType('2', 'shop.archive.gz'), /"mongo\/evil" is a symbolic link/],
  ['a hard link', withType('1', '/etc/shadow'), /"mongo\/evil" is a hard link/],
  ['a file that names the target of a link', withType('0', '/etc/shadow'), /"mongo\/evil" is no link and names/],
  ['a link in a pax header', [manifest, pax({ linkpath: '/etc/shadow' }), dump, END], /pax header "linkpath"/],
  ['a character device', withType('3'), /"mongo\/evil" is a character device/],
  ['a block device', withType('4'), /"mongo\/evil" is a block device/],
  ['a fifo', withType('6'), /"mongo\/evil" is a fifo/],
  ['a type that nobody knows', withType('Z'), /"mongo\/evil" has the unknown type "Z"/],
  ['a pax header for everything', withType('g'), /"mongo\/evil" is a pax header for all entries/],
  ['a sparse file of GNU tar', withType('S'), /"mongo\/evil" is a sparse file/],
  [
    'a sparse file of pax',
    [manifest, pax({ 'GNU.sparse.realsize': '1125899906842624' }), dump, END],
    /pax header "GNU.sparse.realsize"/,
  ],
  ['the same name twice', [manifest, dump, dump, END], /"mongo\/shop.archive.gz" comes twice/],
  ['a second manifest', [manifest, dump, manifest, END], /"manifest.json" comes twice/],
  [
    'names that differ by case',
    [manifest, dump, entry({ name: 'MONGO/Shop.archive.gz', body: 'x' }), END],
    /"MONGO\/Shop.archive.gz" comes twice/,
  ],
  [
    'names that differ by Unicode form',
    [older, entry({ name: 'mongodb/caf\u00e9' }), entry({ name: 'mongodb/cafe\u0301' }), END],
    /"mongodb\/caf.+" comes twice/,
  ],
  [
    'a file that is a folder as well',
    [older, entry({ name: 'mongodb', body: 'x' }), entry({ name: 'mongodb/database.txt' }), END],
    /"mongodb\/database.txt" lies in a folder that is a file/,
  ],
  [
    'a file that the manifest does not name',
    [manifest, entry({ name: 'mongo/other', body: 'x' }), dump, END],
    /"mongo\/other" is not named by the manifest/,
  ],
  [
    'a folder in a set',
    [manifest, entry({ name: 'mongo/', type: '5' }), dump, END],
    /"mongo\/" is no file that the manifest names/,
  ],
  [
    'a name written in another way',
    [manifest, entry({ name: `./${SHOP.path}`, body: SHOP.body }), END],
    /"\.\/mongo\/shop.archive.gz" is no file/,
  ],
  [
    'a folder with a content',
    [manifest, entry({ name: 'mongo/', type: '5', body: 'x' }), dump, END],
    /"mongo\/" is a folder with a content/,
  ],
  [
    "a size that is not the manifest's",
    [manifest, entry({ name: SHOP.path, body: `${SHOP.body}!` }), END],
    /"mongo\/shop.archive.gz" has 21 bytes, the manifest says 20/,
  ],
  [
    'a size of a petabyte',
    [manifest, entry({ name: SHOP.path, size: sparse }), END],
    /has 1125899906842624 bytes, the manifest says 20/,
  ],
  [
    'a size beyond every number',
    [manifest, entry({ name: SHOP.path, size: Buffer.concat([Buffer.from([0x80]), Buffer.alloc(11, 0xff)]) }), END],
    /which nothing has/,
  ],
  [
    'a size below nothing',
    [manifest, entry({ name: SHOP.path, size: Buffer.alloc(12, 0xff) }), END],
    /has a size in its header that is no number/,
  ],
  ['two sizes', [manifest, pax({ size: '5' }), dump, END], /has two sizes: 20 and 5/],
  [
    'other bytes of the same length',
    [manifest, entry({ name: SHOP.path, body: SHOP.body.toUpperCase() }), END],
    /"mongo\/shop.archive.gz" differs from the manifest/,
  ],
  [
    'a header with a wrong sum',
    [manifest, entry({ name: SHOP.path, body: SHOP.body, sum: '012345\0 ' }), END],
    /"mongo\/shop.archive.gz" has a header with a wrong checksum/,
  ],
  [
    'a header without a format',
    [manifest, entry({ name: SHOP.path, body: SHOP.body, magic: 'oldold\0\0' }), END],
    /is neither of POSIX nor of GNU tar/,
  ],
  ['no manifest', [dump, END], /there is no manifest.json/],
  ['nothing at all', [END], /there is no manifest.json/],
  ['a manifest that is not the first', [dump, manifest, END], /"manifest.json" is not the first entry/],
  [
    'a manifest of 100 MB',
    [entry({ name: 'manifest.json', size: '00575360400\0' }), END],
    /"manifest.json" has 100000000 bytes, expected at most/,
  ],
  ['a manifest that is no JSON', [entry({ name: 'manifest.json', body: 'hello' }), END], /"manifest.json" is not JSON/],
  [
    'a manifest of nobody',
    [entry({ name: 'manifest.json', body: '{"schema":"evil/v1"}' }), END],
    /has the format "evil\/v1"/,
  ],
  ['a file that is missing', [manifest, END], /"mongo\/shop.archive.gz" is named by the manifest and not there/],
  ['no end', [manifest, dump], /it ends in the middle/],
  ['an end in the middle of a file', [manifest, dump.subarray(0, 520)], /"mongo\/shop.archive.gz" ends in the middle/],
  ['entries behind the end', [manifest, dump, END, entry({ name: 'evil' }), END], /it goes on after its end/],
  [
    'one block of zeros and more',
    [manifest, dump, Buffer.alloc(512), entry({ name: 'evil' }), END],
    /it goes on after its end/,
  ],
  ['megabytes of zeros behind the end', [manifest, dump, END, Buffer.alloc(3_000_000)], /it goes on after its end/],
  [
    'a bomb',
    [older, entry({ name: 'mongodb/mongo.archive.gz', body: Buffer.alloc(100_000_000) }), END],
    /it is a bomb/,
  ],
  [
    'more than the disk holds, of a set',
    [entry({ name: 'manifest.json', body: manifestOf([SHOP], { [SHOP.path]: 2e12 }) }), END],
    /it needs 2000000\d{6} bytes/,
  ],
  [
    'more than the disk holds, of a tarball',
    [older, entry({ name: 'mongodb/mongo.archive.gz', size: '37777777777\0' }), END],
    /it needs 4294967295 bytes/,
  ],
];

for (const [what, blocks, words] of HOSTILE) {
  test(`an archive with ${what} is refused`, async () => {
    await assert.rejects(scan(gzipSync(Buffer.concat(blocks), { level: 1 })), (error) => {
      assert.ok(error instanceof Failure, String(error));
      assert.match(error.message, words);
      return true;
    });
  });
}

const good = gzipSync(Buffer.concat([manifest, dump, END]));

test('the same archive without the harm is taken, also when tar filled it up to its record size', async () => {
  const { files } = await scan(good);
  assert.deepEqual(
    files.map(({ path }) => path),
    ['manifest.json', SHOP.path],
  );
  await scan(gzipSync(Buffer.concat([manifest, dump, END, Buffer.alloc(8192)])));
});

test('a gzip file that is cut anywhere, followed by anything, or none at all is refused', async () => {
  for (const end of [0, 1, 10, good.length >> 1, good.length - 9, good.length - 1]) {
    await assert.rejects(scan(good.subarray(0, end)), { code: 'damaged' }, `cut at ${end}`);
  }
  for (const more of ['x', '\0', '\0\0\0\0', 'x'.repeat(100_000)]) {
    await assert.rejects(
      scan(Buffer.concat([good, Buffer.from(more)])),
      { code: 'damaged' },
      JSON.stringify(more.slice(0, 9)),
    );
  }
  await assert.rejects(scan(Buffer.concat([good, gzipSync(dump)])), { code: 'damaged' });
  await assert.rejects(scan(Buffer.from('PK\u0003\u0004 a zip')), { code: 'damaged' });
});

test('an archive of which one byte was changed is refused, wherever it is', async () => {
  const plain = Buffer.concat([manifest, dump, END]);
  const body = manifest.length + 512;
  for (const at of [0, 3, 130, 156, 200, 260, 600, 700, manifest.length + 2, body, body + 19]) {
    const changed = Buffer.from(plain);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    await assert.rejects(scan(gzipSync(changed)), { code: 'damaged' }, `byte ${at}`);
  }
});
