import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Entry } from '../../../../scripts/datastores/archive/entry.ts';
import { encodeHeader } from '../../../../scripts/datastores/archive/header.ts';
import { scanArchive } from '../../../../scripts/datastores/archive/scan.ts';
import { Tally } from '../../../../scripts/datastores/archive/tally.ts';
import { writeArchive } from '../../../../scripts/datastores/archive/write.ts';
import { parallelGzip } from '../../../../scripts/datastores/mongodb/gzip.ts';
import { extractArchive } from '../../../../scripts/datastores/tree/extract.ts';
import { tallyOf } from '../../../../scripts/datastores/tree/fingerprint.ts';
import { walk } from '../../../../scripts/datastores/tree/walk.ts';
import { listing, makeTree, temporary } from '../files/trees.ts';

const { signal } = new AbortController();
const silent = { changed: () => undefined, vanished: () => undefined };

async function archived(folder: string, file: string): Promise<Tally> {
  const tally = new Tally();
  const walked = walk(Buffer.from(folder), { signal, readUpTo: 1000 });
  const bytes = writeArchive(walked, { tally, notes: silent, alone: 'alone' });
  await writeFile(file, Readable.from(parallelGzip(bytes)));
  return tally;
}

test('a folder with every kind of entry comes back the same, by our reader and by stock tar', async (context) => {
  const folder = await temporary(context);
  const [tree, file] = [join(folder, 'tree'), join(folder, 'tree.tar.gz')];
  await makeTree(tree);
  const before = listing(tree);
  const tally = await archived(tree, file);
  assert.deepEqual((await scanArchive(createReadStream(file))).fingerprint(), tally.fingerprint());
  await extractArchive(createReadStream(file), Buffer.from(join(folder, 'ours')), true);
  assert.equal(listing(join(folder, 'ours')), before);
  assert.deepEqual((await tallyOf(Buffer.from(join(folder, 'ours')), signal)).fingerprint(), tally.fingerprint());
  await mkdir(join(folder, 'stock'));
  execFileSync('tar', ['-xzpf', file, '-C', join(folder, 'stock')]);
  assert.equal(listing(join(folder, 'stock')), before);
  const { size, blocks } = await stat(join(folder, 'ours', 'sparse'));
  assert.ok(size > 30e6 && blocks * 512 < 1e6, `a file of ${size} bytes with holes takes ${blocks * 512}`);
  assert.ok((await stat(file)).size < 1.2e6, 'holes are packed');
});

test('any change of a tree changes its sum', async (context) => {
  const folder = await temporary(context);
  const sum = async (): Promise<unknown> => (await tallyOf(Buffer.from(folder), signal)).fingerprint().sums;
  const shell = (command: string) => execFileSync('sh', ['-c', command], { cwd: folder });
  shell('mkdir a; echo one > a/x; ln -s x a/l; echo two > y');
  const seen = [await sum()];
  for (const change of [
    'chmod 600 y',
    'echo owt > y',
    'ln -sf z a/l',
    'mv a/x a/w',
    'mkdir b',
    'rm y',
    'touch y; ln y z',
  ]) {
    shell(change);
    seen.push(await sum());
  }
  assert.equal(new Set(seen.map((each) => JSON.stringify(each))).size, seen.length);
});

/** An archive of a folder with one file that is changed by a command once its first portion went by. */
async function changing(context: TestContext, command: string): Promise<{ content: Buffer; changed: string[] }> {
  const folder = await temporary(context);
  await mkdir(join(folder, 'tree'));
  await writeFile(join(folder, 'tree/log'), Buffer.alloc(1_000_000, 'x'));
  const changed: string[] = [];
  const notes = { ...silent, changed: (path: string) => changed.push(path) };
  const chunks: Buffer[] = [];
  for await (const chunk of writeArchive(walk(Buffer.from(join(folder, 'tree')), { signal }), {
    ...{ tally: new Tally(), notes, alone: 'alone' },
  })) {
    chunks.push(Buffer.from(chunk));
    if (chunks.length === 3) execFileSync('sh', ['-c', command], { cwd: join(folder, 'tree') });
  }
  const packed = gzipSync(Buffer.concat(chunks));
  await extractArchive(Readable.from([packed]), Buffer.from(join(folder, 'back')), false);
  return { content: await readFile(join(folder, 'back/log')), changed };
}

test('a large file that grows while it is read is taken as far as it was, and told', async (context) => {
  const { content, changed } = await changing(context, 'echo more >> log');
  assert.ok(content.equals(Buffer.alloc(1_000_000, 'x')));
  assert.deepEqual(changed, ['log']);
});

test('a large file that shrinks while it is read is filled up, and told', async (context) => {
  const { content, changed } = await changing(context, 'truncate -s 300000 log');
  assert.equal(content.length, 1_000_000);
  assert.equal(content[999_999], 0);
  assert.deepEqual(changed, ['log']);
});

test('a large file that is left alone is not told', async (context) => {
  assert.deepEqual((await changing(context, 'true')).changed, []);
});

const PLAIN: Entry = { path: '', type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0, target: '' };
const END = Buffer.alloc(1024);

function entry(name: string, facts: Partial<Entry> = {}, target = ''): Buffer {
  return encodeHeader({ ...PLAIN, type: name.endsWith('/') ? 'folder' : 'file', ...facts }, name, target);
}

/** A header with some bytes of it changed, and the checksum set right again. */
function altered(header: Buffer, at: number, text: string): Buffer {
  const copy = Buffer.from(header);
  copy.write(text, at, 'latin1');
  copy.fill(' ', 148, 156);
  const sum = copy.reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
}

const TOP = entry('./');
const device = (letter: string) => altered(entry('./device'), 156, letter);
const extended = (data: string) => [
  altered(entry('./x', { size: data.length }), 156, 'x'),
  Buffer.from(data.padEnd(512, '\0')),
  entry('./short'),
];

const HOSTILE: Readonly<Record<string, readonly Buffer[]>> = {
  'an absolute name': [TOP, entry('/etc/passwd')],
  'an absolute folder': [TOP, entry('/etc/')],
  'a name with ".." before it': [TOP, entry('../passwd')],
  'a name with ".." in it': [TOP, entry('./a/', {}), entry('./a/../../passwd')],
  'a name that ends in ".."': [TOP, entry('./a/..')],
  'a name with two slashes': [TOP, entry('./a//b')],
  'an empty name': [TOP, entry('')],
  'a name that is a dot': [TOP, entry('./.')],
  'a long name with ".." in it': [TOP, entry(`./${'x'.repeat(120)}/../../../passwd`)],
  'a name that comes twice': [TOP, entry('./a'), entry('./a')],
  'a folder that comes twice': [TOP, entry('./a/'), entry('./a/')],
  'a file over a folder': [TOP, entry('./a/'), entry('./a')],
  'names out of order': [TOP, entry('./b'), entry('./a')],
  'something in a folder that did not come': [TOP, entry('./a/b')],
  'something below a file': [TOP, entry('./a'), entry('./a/b')],
  'something below a link that leads out': [TOP, entry('./a', { type: 'link' }, '/etc'), entry('./a/passwd')],
  'a second entry after a file alone': [entry('./a'), entry('./b')],
  'a hard link that leads out': [TOP, entry('./a', { type: 'hard' }, '../../etc/passwd')],
  'a hard link to an absolute name': [TOP, entry('./a', { type: 'hard' }, '/etc/passwd')],
  'a hard link to what comes later': [TOP, entry('./a', { type: 'hard' }, './b'), entry('./b')],
  'a hard link to itself': [TOP, entry('./a', { type: 'hard' }, './a')],
  'a link to nothing': [TOP, entry('./a', { type: 'link' }, '')],
  'a character device': [TOP, device('3')],
  'a block device': [TOP, device('4')],
  'a pipe': [TOP, device('6')],
  'an old form of long names': [TOP, device('L')],
  'a header for all entries': [TOP, device('g')],
  'a folder with content': [TOP, altered(entry('./a/'), 124, '00000001000'), Buffer.alloc(512)],
  'a size that is no number': [TOP, altered(entry('./a'), 124, 'x')],
  'a size beyond the end': [TOP, altered(entry('./a'), 124, '77777777777')],
  'a negative size': [TOP, ...extended('12 size=-10\n')],
  'a name given anew with "..": ': [TOP, ...extended('20 path=../../passwd\n'.replace('20', '21'))],
  'an extended header that lies about its length': [TOP, ...extended('99 path=a\n')],
  'an extended header of an unknown key': [TOP, ...extended('19 SCHILY.xattr.a=b\n'.replace('19', '20'))],
  'bytes after a file that should be zeros': [TOP, entry('./a', { size: 1 }), Buffer.alloc(512, 'x')],
  'bytes after the end': [TOP, END, Buffer.alloc(512, 'x')],
  'a wrong checksum': [
    TOP,
    Buffer.concat([entry('./a').subarray(0, 148), Buffer.from('000000\0 '), entry('./a').subarray(156)]),
  ],
  'no entry at all': [END],
};

for (const [what, blocks] of Object.entries(HOSTILE)) {
  test(`an archive with ${what} is damaged, and nothing is written beside it`, async (context) => {
    const folder = await temporary(context);
    const bytes = gzipSync(Buffer.concat([...blocks, END]));
    await assert.rejects(scanArchive(Readable.from([bytes])), { code: 'damaged' });
    await mkdir(join(folder, 'inner'));
    await assert.rejects(extractArchive(Readable.from([bytes]), Buffer.from(join(folder, 'inner/new')), true), {
      code: 'damaged',
    });
    assert.deepEqual(await readdir(folder), ['inner']);
    assert.deepEqual(
      (await readdir(join(folder, 'inner'))).filter((name) => name !== 'new'),
      [],
    );
  });
}

test('a plain archive that is built as the hostile ones are is taken', async () => {
  const blocks = [TOP, entry('./a/'), entry('./a/b'), entry('./c', { type: 'hard' }, './a/b'), END];
  const tally = await scanArchive(Readable.from([gzipSync(Buffer.concat(blocks))]));
  assert.deepEqual(tally.totals(), { files: 1, folders: 2, links: 1, bytes: 0 });
});

test('a hard link through a link that leads out is refused, and the file there gets no other name', async (context) => {
  const folder = await temporary(context);
  await mkdir(join(folder, 'secret'));
  await writeFile(join(folder, 'secret/key'), 'x');
  const blocks = [TOP, entry('./a', { type: 'link' }, '../secret'), entry('./b', { type: 'hard' }, './a/key'), END];
  const bytes = gzipSync(Buffer.concat(blocks));
  await assert.rejects(extractArchive(Readable.from([bytes]), Buffer.from(join(folder, 'new')), true), /no file here/);
  assert.equal((await stat(join(folder, 'secret/key'))).nlink, 1);
});

async function example(context: TestContext): Promise<Buffer> {
  const folder = await temporary(context);
  const tree = join(folder, 'tree');
  execFileSync('sh', ['-c', 'mkdir -p tree/a; echo one > tree/a/x; echo two > tree/y; ln -s x tree/z'], {
    cwd: folder,
  });
  await archived(tree, join(folder, 'file'));
  return await readFile(join(folder, 'file'));
}

test('an archive that was cut anywhere is damaged, before and after it was compressed', async (context) => {
  const bytes = await example(context);
  for (let length = 0; length < bytes.length; length += 7) {
    await assert.rejects(scanArchive(Readable.from([bytes.subarray(0, length)])), { code: 'damaged' }, `${length}`);
  }
  const plain = gunzipSync(bytes);
  for (let length = 0; length < plain.length - 512; length += 512) {
    const cut = gzipSync(plain.subarray(0, length));
    await assert.rejects(scanArchive(Readable.from([cut])), { code: 'damaged' }, `${length}`);
  }
});

test('a failure of the storage is told as it is', async () => {
  const broken = Readable.from(
    (async function* () {
      yield gzipSync(TOP).subarray(0, 10);
      throw Object.assign(new Error('EIO: the disk is gone'), { code: 'EIO' });
    })(),
  );
  await assert.rejects(scanArchive(broken), { code: 'storage' });
});
