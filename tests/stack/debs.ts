/** Programs of Debian packages without installing them: nothing of this machine changes, and no service starts. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, recipeHash, withLock } from './cache.ts';
import { run } from './run.ts';

/** An unpacked tree of packages. */
export interface DebTree {
  /** The path of a program in it, such as "usr/sbin/sshd". */
  program(path: string): string;
  /** What its programs need in their environment to find their libraries. */
  readonly environment: Record<string, string>;
}

/**
 * Downloads the packages, with whatever they need and this machine lacks, and unpacks them in the cache. Throws where
 * there is no apt-get.
 */
export async function unpackedDebs(...packages: string[]): Promise<DebTree> {
  const tree = await cached(`debs-${packages[0]}-${recipeHash(...packages)}`, (folder) => unpack(folder, packages));
  const libraries = await libraryFolders(tree);
  return { program: (path) => join(tree, path), environment: { LD_LIBRARY_PATH: libraries.join(':') } };
}

async function unpack(folder: string, packages: readonly string[]): Promise<void> {
  const archives = join(folder, 'archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  const options = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300'];
  await withLock('apt', async () => {
    await run('apt-get', ['update', ...options]);
    const place = ['-o', `Dir::Cache::archives=${archives}`];
    const wanted = ['--download-only', '--reinstall', '--no-install-recommends', ...packages];
    await run('apt-get', ['install', ...options, ...place, ...wanted], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  });
  const debs = (await readdir(archives)).filter((name) => name.endsWith('.deb'));
  for (const deb of debs) await run('dpkg', ['-x', join(archives, deb), folder]);
  await rm(archives, { recursive: true });
}

async function libraryFolders(tree: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of [join(tree, 'usr/lib'), join(tree, 'lib')]) {
    if (!existsSync(folder)) continue;
    const names = (await readdir(folder)).filter((name) => name.endsWith('-linux-gnu'));
    found.push(...names.map((name) => join(folder, name)));
  }
  return found;
}
