/**
 * `make demo`: the whole round on real servers. Fills the databases of a small shop, backs them up, drops everything,
 * restores, compares every table and collection by content, then damages the set and shows that it is refused.
 */
import { copyFile, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';
import { dropMongo, dropPostgres, fill, sizes } from './stack/data/fill.ts';
import { differences, type Hashes, hashMongo, hashPostgres } from './stack/data/hash.ts';
import { type Stack, startStack } from './stack/stack.ts';

const makefile = new URL('../Makefile', import.meta.url).pathname;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  say('bringing up real servers (the first time builds them, which takes some minutes) ...');
  const stack = await startStack({ project: 'holdfast-demo', workingFolder: folder, say: (text) => say(`  ${text}`) });
  try {
    return await round(stack, folder);
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true });
  }
}

async function round(stack: Stack, folder: string): Promise<number> {
  await fill(stack, 'demo');
  const bytes = Object.values(await sizes(stack)).reduce((sum, size) => sum + size, 0);
  say(`filled a small shop: ${Math.round(bytes / 1e6)} MB in PostgreSQL and MongoDB`);
  const before = await contentOf(stack);
  // What else runs on this machine is not ours to show anything with.
  await make(folder, ['backup-db', 'ARGS=--components=mongo,postgres']);
  await make(folder, ['backup-list']);
  say('\n... and now the accident: every database is dropped');
  await dropPostgres(stack.postgres, { roles: true });
  await dropMongo(stack.mongo);
  const lost = differences(before, await contentOf(stack)).length;
  await make(folder, ['restore-db', 'ARGS=--yes']);
  const different = differences(before, await contentOf(stack));
  const refused = await damage(folder);
  const intact = differences(before, await contentOf(stack)).length === 0;
  return verdict({ objects: Object.keys(before).length, lost, different, refused, intact });
}

async function contentOf({ postgres, mongo }: Stack): Promise<Hashes> {
  return { ...(await hashPostgres(postgres)), ...(await hashMongo(mongo)) };
}

/** Flips one bit in the middle of the largest dump; true when the restore was refused with exit code 5. */
async function damage(folder: string): Promise<boolean> {
  const [set = ''] = (await readdir(join(folder, 'backups'))).filter((name) => !name.startsWith('.'));
  const file = join(folder, 'backups', set, 'postgres', 'ngwenya_uchat.dump');
  await copyFile(file, `${folder}/kept.dump`);
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, size >> 1);
  await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, size >> 1);
  await handle.close();
  say(`\nand the other accident: one of the ${size} bytes of postgres/ngwenya_uchat.dump has a wrong bit`);
  const code = await make(folder, ['restore-db', 'ARGS=--yes'], [5]);
  await copyFile(`${folder}/kept.dump`, file);
  return code === 5;
}

/** Runs a target as a person would; its remarks are shown only where the run failed. Gives Holdfast's exit code. */
async function make(folder: string, words: readonly string[], expected: readonly number[] = [0]): Promise<number> {
  say(`\n$ make ${words.join(' ')}`);
  const shell = $({ cwd: folder, nothrow: true, quiet: true, stdio: ['ignore', 'inherit', 'pipe'] });
  const { exitCode, stderr } = await shell`make --no-print-directory -f ${makefile} ${words}`;
  // make turns every failure into 2 and tells the real code: "make: *** [...: restore-db] Error 5".
  const code = Number(/\] Error (\d+)/.exec(stderr)?.[1] ?? exitCode);
  if (code !== 0) say(/^error: [\s\S]*?^ {2}try: .*/m.exec(stderr)?.[0] ?? stderr);
  if (expected.includes(code)) return code;
  throw new Error(`make ${words.join(' ')} ended with ${code}, expected ${expected.join(' or ')}`);
}

interface Found {
  readonly objects: number;
  readonly lost: number;
  readonly different: readonly string[];
  readonly refused: boolean;
  readonly intact: boolean;
}

function verdict({ objects, lost, different, refused, intact }: Found): number {
  const good = different.length === 0 && lost > 0 && refused && intact;
  say('\nproved:');
  say(`  dropped    ${lost} of ${objects} tables, collections, sequences, views, indexes and settings were gone`);
  say(`  restored   ${objects - different.length} of ${objects} are identical by content hash`);
  say(`  damaged    ${refused ? 'the set with one flipped bit was refused (exit code 5)' : 'THE DAMAGE WAS NOT SEEN'}`);
  say(
    `  untouched  ${intact ? 'the databases were not touched by the refused restore' : 'THE DATABASES WERE CHANGED'}`,
  );
  for (const name of different.slice(0, 10)) say(`  DIFFERENT  ${name}`);
  say(good ? 'the demo is good' : 'THE DEMO FAILED');
  return good ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  // What a machine lacks is said in words; where the code stopped helps nobody who wants to see a demo.
  say(`the demo ended: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
