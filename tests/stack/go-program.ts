/** Programs that are built from their Go modules, once for this machine. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, recipeHash } from './cache.ts';
import { run } from './run.ts';

/** What is built: a package of a module in a version that is named exactly. */
export interface GoProgram {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** The package of the program; default: the module itself. */
  readonly source?: string;
}

/** Gives the path of the program; builds it (up to three minutes for a large one) when it is not in the cache. */
export async function goProgram({ name, module, version, source = module }: GoProgram): Promise<string> {
  const folder = await cached(`program-${name}-${recipeHash(module, version, source)}`, async (target) => {
    const work = join(target, 'source');
    await mkdir(work);
    await writeFile(join(work, 'go.mod'), `module holdfast.test/${name}\n\ngo 1.24\n\nrequire ${module} ${version}\n`);
    const flags = ['build', '-mod=mod', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'];
    await run('go', [...flags, '-o', join(target, name), source], { cwd: work, env: { CGO_ENABLED: '0' } });
  });
  return join(folder, name);
}
