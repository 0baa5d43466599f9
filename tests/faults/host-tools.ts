/** Dump tools on this machine that are as new as the servers of the stack, for servers that are reached by URL. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programFolders } from '../stack/image-recipes.ts';
import { run, works } from '../stack/run.ts';
import { chooseWay } from '../stack/way.ts';

const POSTGRES_TOOLS = ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql', 'vacuumdb'];
const MAJOR = 18;

/**
 * What to put before the PATH, or undefined when this machine has no such tools. Where the images are made from packages
 * the tools come from the same packages: those of PostgreSQL are started with the libraries of their own system.
 */
export async function hostTools(folder: string): Promise<string | undefined> {
  const { way } = await chooseWay();
  if (way === 'packages') return fromPackages(folder);
  const version = await run('pg_dump', ['--version']).catch(() => '');
  const isNew = Number(/\) (\d+)/.exec(version)?.[1] ?? 0) >= MAJOR;
  return isNew && (await works('mongodump', ['--version'])) ? '' : undefined;
}

async function fromPackages(folder: string): Promise<string> {
  const { postgresTree: tree, mongoTools } = await programFolders();
  await mkdir(folder, { recursive: true });
  const libraries = (await readdir(join(tree, 'usr/lib'))).filter((name) => name.endsWith('-linux-gnu'));
  const [library = ''] = libraries.map((name) => join(tree, 'usr/lib', name));
  const [loader = ''] = (await readdir(library)).filter((name) => /^ld-linux.*\.so/.test(name));
  for (const tool of POSTGRES_TOOLS) {
    const program = join(tree, 'usr/lib/postgresql', String(MAJOR), 'bin', tool);
    const words = `--library-path ${library} --argv0 "$0" ${program} "$@"`;
    await writeFile(join(folder, tool), `#!/bin/sh\nexec ${join(library, loader)} ${words}\n`, { mode: 0o755 });
  }
  return `${folder}:${mongoTools}:`;
}
