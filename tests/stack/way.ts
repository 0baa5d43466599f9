/**
 * Where the images come from: "images" = the official ones, pulled; "packages" = made here from
 * Debian's packages and Go modules. The choice is made once and kept in the cache, so that a
 * registry which answers only sometimes does not swap the servers between two runs.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import type { ContainerCli, EngineName } from './container-cli.ts';
import { containerCli, engineWorks, imageId, parseEngine } from './container-cli.ts';
import { configurePodman, installPrograms, missingForPackages, podmanPrograms } from './host.ts';
import { builtImage } from './image-recipes.ts';
import type { Service } from './services.ts';
import { services } from './services.ts';

export type Way = 'images' | 'packages';

const choiceFile = join(cacheFolder, 'way');

/** Picks way and engine, installs what the way needs, and explains exactly what is missing when neither goes. */
export async function chooseWay(engine?: EngineName): Promise<{ way: Way; cli: ContainerCli }> {
  const word = process.env.HOLDFAST_STACK_ENGINE;
  const wanted = engine ?? (word ? parseEngine(word) : undefined);
  const working = await workingEngine(wanted);
  const remembered = await rememberedWay();
  const way = remembered ?? (working && (await canPull(containerCli(working))) ? 'images' : 'packages');
  const lacks = await missingForPackages();
  if (way === 'images' ? !working : lacks.length > 0) throw new Error(sayMissing(lacks, wanted));
  if (!remembered) await rememberWay(way);
  if (way === 'images' && working) return { way, cli: containerCli(working) };
  if (wanted === 'docker' && working !== 'docker') {
    throw new Error('docker is not running: start it, or use startDockerd() of tests/stack/dockerd.ts');
  }
  await installPrograms(podmanPrograms);
  await configurePodman();
  return { way, cli: containerCli(wanted ?? 'podman') };
}

/** The name of an image that the engine holds now: pulled or made. */
export async function provideImage(
  way: Way,
  cli: ContainerCli,
  service: Service,
  say: (text: string) => void,
): Promise<string> {
  if (way === 'packages') return builtImage(cli, service, say);
  if (!(await imageId(cli, service.official))) {
    say(`${service.name}: pulling ${service.official}`);
    await cli.run(['pull', '-q', service.official]);
  }
  return service.official;
}

async function workingEngine(wanted?: EngineName): Promise<EngineName | null> {
  for (const name of wanted ? [wanted] : (['podman', 'docker'] as const)) {
    if (await engineWorks(name)) return name;
  }
  return null;
}

async function rememberedWay(): Promise<Way | null> {
  const word = process.env.HOLDFAST_STACK ?? (await readFile(choiceFile, 'utf8').catch(() => '')).trim();
  if (word === 'images' || word === 'packages') return word;
  if (word) throw new Error(`HOLDFAST_STACK is "${word}": it can be "images" or "packages"`);
  return null;
}

async function rememberWay(way: Way): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  await writeFile(`${choiceFile}.${process.pid}`, `${way}\n`);
  await rename(`${choiceFile}.${process.pid}`, choiceFile);
}

/** Asks the registry through the engine, which knows of mirrors and proxies; an image that is there needs no asking. */
async function canPull(cli: ContainerCli): Promise<boolean> {
  for (const { official } of [services.postgres, services.mongo]) {
    if (await imageId(cli, official)) continue;
    const answer = cli.run(['manifest', 'inspect', official], { timeout: 20_000 });
    if (
      !(await answer.then(
        () => true,
        () => false,
      ))
    )
      return false;
  }
  return true;
}

function sayMissing(lacks: readonly string[], wanted?: EngineName): string {
  return [
    'the test servers need one of two things, and this machine has neither:',
    `  1. a running ${wanted ?? 'podman or docker'} that can pull ${services.postgres.official} and ${services.mongo.official}`,
    `  2. Debian's packages; missing for this: ${lacks.join(', ') || 'nothing (HOLDFAST_STACK=packages uses it)'}`,
  ].join('\n');
}
