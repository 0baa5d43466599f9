/** The example of docs/adding-a-storage.md, as it stands there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { StorageMember } from '../../scripts/storage/member.ts';
import type { Storage } from '../../scripts/storage/storage.ts';
import { storageContract } from './storage.ts';

const top = new URL('../..', import.meta.url).pathname;
const page = readFileSync(join(top, 'docs/adding-a-storage.md'), 'utf8');
const example = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? assert.fail('the page has no example');

let folder = '';
let member: StorageMember;

before(async () => {
  folder = await mkdtemp(join(top, 'tests', '.example-'));
  // From where the page says that it lies to where it lies now, in the checkout because of its packages.
  const away = example.replace(/'\.\.\/(\.\.\/)?/g, (_, up?: string) => `'../../scripts/${up ? '' : 'storage/'}`);
  await writeFile(join(folder, 'drive.ts'), away);
  ({ member } = (await import(join(folder, 'drive.ts'))) as { member: StorageMember });
});

after(() => rm(folder, { recursive: true, force: true }));

async function openDrive(context: TestContext, isThere = true): Promise<Storage> {
  const drive = await mkdtemp(join(tmpdir(), 'holdfast-drive-'));
  context.after(() => rm(drive, { recursive: true, force: true }));
  const sets = join(drive, 'sets');
  const storage = await member.open({ folder: sets }, { name: 'drive', folder: drive, environment: {} });
  if (!isThere) return storage;
  execFileSync('mkdir', ['-p', sets]);
  await writeFile(join(sets, '.holdfast-drive'), '');
  // Hidden files are no sets; the suite counts every entry.
  return { ...storage, entries: async () => (await storage.entries()).filter(({ name }) => !name.startsWith('.')) };
}

storageContract('of the example', openDrive);

test('the example has no error of types, and fits on a page', async () => {
  const settings = { extends: join(top, 'tsconfig.json'), files: ['drive.ts'], include: [] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  execFileSync(join(top, 'node_modules', '.bin', 'tsc'), ['-p', folder], { stdio: 'pipe' });
  assert.ok(example.split('\n').length <= 40);
});

test('without its drive nothing is written', async (context) => {
  const storage = await openDrive(context, false);
  await assert.rejects(storage.reserve('2026-05-07T15-36'), { code: 'unreachable' });
});
