/**
 * Small images for the contract suites, with the two kinds of tools that database images have: Debian's (dash,
 * coreutils) and Alpine's (busybox ash and applets). No registry is asked: both are made from Debian packages.
 */
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, recipeHash } from '../stack/cache.ts';
import { containerCli, type EngineName, imageId } from '../stack/container-cli.ts';
import { debianMirror, installPrograms } from '../stack/host.ts';
import { pipe, run } from '../stack/run.ts';

/** Which tools an image has. */
export type ImageKind = 'debian' | 'busybox';

/**
 * Process 1 of the debian image. Like PostgreSQL's it collects processes that lost their parent, and it prints
 * "orphan STATUS" for each, so that a test sees what a PostgreSQL server would have seen.
 */
const REAPER = `$| = 1; $SIG{TERM} = sub { exit 0 };
while (1) { if (waitpid(-1, 0) > 0) { print "orphan $?\\n" } else { select undef, undef, undef, 0.05 } }`;

/** The command that keeps a container of the image running. */
export function idleCommand(kind: ImageKind): string[] {
  return kind === 'debian' ? ['perl', '-e', REAPER] : ['sleep', '1000000'];
}

/** Gives the name of an image of this kind in the engine, made when it is not there. */
export async function ensureImage(engine: EngineName, kind: ImageKind, dockerHost?: string): Promise<string> {
  const name = `localhost/holdfast-contract-${kind}:${recipeHash(kind, '1')}`;
  const cli = containerCli(engine, dockerHost);
  if (await imageId(cli, name)) return name;
  const folder = await cached(
    `contract-${kind}-${recipeHash(kind, '1')}`,
    kind === 'debian' ? makeDebian : makeBusybox,
  );
  const archive = ['-C', join(folder, 'root'), '-c', '.'];
  await pipe(['tar', archive], [engine, ['import', '-', name], { ...cli.environment }]);
  return name;
}

async function makeDebian(folder: string): Promise<void> {
  await installPrograms({ debootstrap: 'debootstrap' });
  await run('debootstrap', ['--variant=minbase', 'bookworm', join(folder, 'root'), await debianMirror()]);
}

async function makeBusybox(folder: string): Promise<void> {
  await installPrograms({ busybox: 'busybox-static' });
  const root = join(folder, 'root');
  for (const name of ['bin', 'etc', 'tmp', 'proc', 'dev']) await mkdir(join(root, name), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
  await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0::/:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n');
  const path = (await run('sh', ['-c', 'command -v busybox'])).trim();
  await copyFile(path, join(root, 'bin', 'busybox'));
  const applets = (await run(path, ['--list'])).split('\n').filter((applet) => applet !== '' && applet !== 'busybox');
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet));
}
