import { open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure, toFailure } from '../../common/failure.ts';
import { encodeFileName } from '../../common/file-name.ts';
import { Secret } from '../../common/secret.ts';
import { processEnvironment } from '../../config/environment.ts';
import { decryptOpenssl, wrongPassword } from '../../crypt/openssl-program.ts';
import { scanBundle } from '../../sets/bundle/scan.ts';
import { unpackBundle } from '../../sets/bundle/unpack.ts';
import { resolveEntry } from '../../sets/catalog.ts';
import { freeSetName } from '../../sets/name.ts';
import { writeNewFile } from '../../storage/local-files.ts';
import { openFile } from '../../storage/local-read.ts';
import { askHidden } from '../../ui/ask.ts';
import { openTemporarySets, type TemporarySets } from '../restore/temporary.ts';
import { catalogOf, type Workbench } from '../workbench.ts';
import type { GivenSet } from './given.ts';

/** "postgres_backup_2026-02-05.tar.gz.enc": a store of OpenCRVS, in the folder of its day on the backup server. */
const NAME = /^([a-z]+)_backup_(.+)\.tar\.gz\.enc$/;

/** True for the name of such a file. */
export function isEncryptedTarball(name: string): boolean {
  return NAME.test(name);
}

/** Where the files in the tarball of a store go in a set without a manifest. */
function placeIn(store: string, path: string): string | undefined {
  if (path.includes('/')) return undefined;
  if (store === 'postgres' && path === 'roles.sql') return 'postgres/globals.sql';
  const [, name] = (store === 'postgres' ? /^(.+)\.dump$/ : /^(.+)\.gz$/).exec(path) ?? [];
  if (name === undefined) return undefined;
  return store === 'postgres' ? `postgres/${encodeFileName(name)}.dump` : `mongo/${encodeFileName(name)}.archive.gz`;
}

const KNOWN_STORES: readonly string[] = ['postgres', 'mongo'];

/**
 * Opens the folder of a day, or one file of it: decrypted by openssl into a private folder, looked at as every archive is,
 * and unpacked into a set without a manifest. Throws Failure "denied" for another password.
 */
export async function openEncrypted(opened: Workbench, path: string, names: readonly string[]): Promise<GivenSet> {
  const known = names.filter((name) => KNOWN_STORES.includes(storeOf(name)));
  const left = names.filter((name) => !known.includes(name)).map(wordLeft);
  if (known.length === 0) throw new Failure('version', { message: 'it holds nothing that this version restores' });
  const password = await passwordOf(opened);
  const sets = await openTemporarySets('encrypted');
  try {
    const folder = (await stat(path)).isDirectory() ? path : dirname(path);
    const set = freeSetName(await timeOf(join(folder, known[0] ?? '')), new Set());
    await sets.storage.reserve(set);
    for (const name of known) left.push(...(await takeOne(opened, { sets, set, password }, join(folder, name))));
    await sets.storage.publish(set);
    const bench = { ...opened, storage: { ...sets.storage, location: path } };
    const entry = resolveEntry(set, await catalogOf(bench));
    return { bench, entry, notes: left, [Symbol.asyncDispose]: sets[Symbol.asyncDispose] };
  } catch (error) {
    await sets[Symbol.asyncDispose]();
    throw error;
  }
}

function storeOf(name: string): string {
  return NAME.exec(name)?.[1] ?? '';
}

function wordLeft(name: string): string {
  const decrypt = `openssl enc -d -aes-256-cbc -pbkdf2 -in ${name} -out ${name.replace(/\.enc$/, '')}`;
  return `not restored by this version: ${name}; by hand: ${decrypt}`;
}

async function passwordOf({ config, screen, context }: Workbench): Promise<Secret> {
  if (config.opensslPassword !== undefined) return config.opensslPassword;
  if (!screen.canAsk) {
    throw new Failure('settings', {
      message: 'it is encrypted with a password, and there is no terminal to ask for it',
      hint: 'set BACKUP_OPENSSL_PASSWORD_FILE to a file that holds it',
    });
  }
  screen.settle();
  return new Secret(await askHidden('Password of the encrypted backup:', context.signal));
}

async function timeOf(file: string): Promise<Date> {
  const told = new Date(`${NAME.exec(basename(file))?.[2]}T00:00:00Z`);
  return Number.isNaN(told.getTime()) ? (await stat(file)).mtime : told;
}

interface Goal {
  readonly sets: TemporarySets;
  readonly set: string;
  readonly password: Secret;
}

/** Brings the dumps of one tarball into the set; gives what of it was left, for people. */
async function takeOne({ context: { signal } }: Workbench, goal: Goal, file: string): Promise<string[]> {
  const { sets, set } = goal;
  const plain = join(sets.folder, '.decrypted');
  const [name, store] = [basename(file), storeOf(basename(file))];
  const requireRoom = (bytes: number): void => sets.requireRoom(`"${name}"`, bytes);
  try {
    requireRoom((await stat(file)).size);
    await decrypt(file, plain, goal.password, signal);
    const openPlain = () => openFile(plain, name, signal);
    const scanned = await scanBundle(openPlain, { signal, requireRoom, hasManifest: false });
    const placeOf = (path: string): string | undefined => placeIn(store, path);
    const put = async (path: string, body: Parameters<typeof sets.storage.put>[2]): Promise<void> => {
      await sets.storage.put(set, path, body);
    };
    await unpackBundle(openPlain, scanned, { signal, placeOf, put });
    await rm(plain);
    const others = scanned.files.filter(({ path }) => placeOf(path) === undefined);
    return others.map(
      ({ path }) => `not restored: ${JSON.stringify(path)} of ${name}, which this layout does not have`,
    );
  } catch (error) {
    throw toFailure(error, { source: name });
  }
}

async function decrypt(file: string, to: string, password: Secret, signal: AbortSignal): Promise<void> {
  const encrypted = await openFile(file, file, signal);
  const searchPath = processEnvironment().PATH;
  await decryptOpenssl(encrypted, (plain) => writeNewFile(to, plain, signal), { password, searchPath, signal });
  const handle = await open(to);
  try {
    const begin = await handle.read(Buffer.alloc(2), 0, 2, 0);
    // One wrong password in 256 leaves a padding that openssl takes: a gzip file begins with these two bytes (RFC 1952).
    if (begin.buffer.readUInt16BE(0) !== 0x1f8b) throw wrongPassword();
  } finally {
    await handle.close();
  }
}

/** The files of a folder that are such tarballs, sorted. */
export async function encryptedIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter(isEncryptedTarball).sort();
}
