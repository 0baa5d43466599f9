/** The recipes of the images made from packages, and the making of them. */
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, recipeHash, withLock } from './cache.ts';
import type { ContainerCli } from './container-cli.ts';
import { imageId, imageLabel } from './container-cli.ts';
import { debianMirror } from './host.ts';
import { pipe, run } from './run.ts';
import type { Service, ServiceName } from './services.ts';

const here = join(import.meta.dirname, 'images');

/** A Debian root file system. */
export interface Tree {
  readonly suite: string;
  readonly packages: readonly string[];
  /** Started from a copy of this one, which saves the minute of debootstrap. */
  readonly base?: Tree;
}

interface Recipe {
  readonly tree: Tree;
  /** The entry script in images/, and whether the Go programs are added. */
  readonly entry: string;
  readonly goPrograms: boolean;
  /** Settings of the image, in Containerfile words: those of the official image. */
  readonly changes: readonly string[];
}

const plainPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function postgresRecipe(tree: Tree, major: number, data: string, volume: string): Recipe {
  const changes = [
    `ENV PATH=${plainPath}:/usr/lib/postgresql/${major}/bin`,
    'ENV LANG=en_US.utf8',
    `ENV PG_MAJOR=${major}`,
    `ENV PGDATA=${data}`,
    'ENTRYPOINT ["/usr/local/bin/postgres-entry.sh"]',
    'CMD ["postgres"]',
    'EXPOSE 5432',
    `VOLUME ${volume}`,
  ];
  return { tree, entry: 'postgres-entry.sh', goPrograms: false, changes };
}

const forkyPostgres: Tree = { suite: 'forky', packages: ['postgresql-18'] };
const forkyDocumentdb: Tree = { suite: 'forky', packages: ['postgresql-18-documentdb'], base: forkyPostgres };
/** PostgreSQL of Debian 12. */
export const bookwormPostgres: Tree = { suite: 'bookworm', packages: ['postgresql-15'] };

/** As the official images: the tools are on the PATH, exec is root, the server's folder is /data. */
function redisRecipe(tree: Tree, program: string): Recipe {
  const changes = [
    `ENV PATH=${plainPath}`,
    'WORKDIR /data',
    'ENTRYPOINT ["/usr/local/bin/redis-entry.sh"]',
    `CMD ["${program}"]`,
    'EXPOSE 6379',
    'VOLUME /data',
  ];
  return { tree, entry: 'redis-entry.sh', goPrograms: false, changes };
}

const recipes: Readonly<Record<ServiceName, Recipe>> = {
  // version 18 of the official image moved its data below the volume
  postgres: postgresRecipe(forkyPostgres, 18, '/var/lib/postgresql/18/docker', '/var/lib/postgresql'),
  'postgres-old': postgresRecipe(bookwormPostgres, 15, '/var/lib/postgresql/data', '/var/lib/postgresql/data'),
  redis: redisRecipe({ suite: 'bookworm', packages: ['redis-server'], base: bookwormPostgres }, 'redis-server'),
  valkey: redisRecipe({ suite: 'forky', packages: ['valkey-server'], base: forkyPostgres }, 'valkey-server'),
  influxdb: {
    tree: { suite: 'bookworm', packages: ['influxdb', 'influxdb-client'], base: bookwormPostgres },
    entry: 'influxdb-entry.sh',
    goPrograms: false,
    // without EXPOSE of 8088, as the official image: backups are made from within
    changes: [
      `ENV PATH=${plainPath}`,
      'ENTRYPOINT ["/usr/local/bin/influxdb-entry.sh"]',
      'CMD ["influxd"]',
      'EXPOSE 8086',
      'VOLUME /var/lib/influxdb',
    ],
  },
  mongo: {
    tree: forkyDocumentdb,
    entry: 'mongo-entry.sh',
    goPrograms: true,
    changes: [
      `ENV PATH=${plainPath}:/usr/lib/postgresql/18/bin`,
      'ENV LANG=C.UTF-8',
      'ENTRYPOINT ["/usr/local/bin/mongo-entry.sh"]',
      'CMD ["mongod"]',
      'EXPOSE 27017',
      'VOLUME /data/db',
    ],
  },
};

const goPrograms: readonly { module: string; program: string; source: string }[] = [
  ...['mongodump', 'mongorestore', 'bsondump'].map((program) => ({
    module: 'mongo-tools',
    program,
    source: `github.com/mongodb/mongo-tools/${program}/main`,
  })),
  { module: 'ferretdb', program: 'ferretdb', source: 'github.com/FerretDB/FerretDB/v2/cmd/ferretdb' },
];

/** The image of a service, made from packages unless the engine holds one of this very recipe. */
export async function builtImage(cli: ContainerCli, service: Service, say: (text: string) => void): Promise<string> {
  const recipe = recipes[service.name];
  const entryText = await readFile(join(here, recipe.entry), 'utf8');
  const programs = recipe.goPrograms ? await goKey() : '';
  const hash = recipeHash(await treeKey(recipe.tree), entryText, programs, ...recipe.changes);
  await withLock(`image-${cli.name}-${service.name}`, async () => {
    if ((await imageLabel(cli, service.built, 'holdfast.recipe')) === hash) return;
    say(`${service.name}: making its image from packages`);
    const [tree, binaries] = await Promise.all([makeTree(recipe.tree), recipe.goPrograms ? makeGoPrograms() : null]);
    await importImage(cli, service.built, tree, binaries, recipe, hash);
  });
  return service.built;
}

/**
 * One tar stream of the tree and what is laid over it, straight into the engine. The files on top
 * are named one by one: podman refuses a stream that holds the same path twice, folders included.
 */
async function importImage(
  cli: ContainerCli,
  image: string,
  tree: string,
  binaries: string | null,
  recipe: Recipe,
  hash: string,
): Promise<void> {
  const entry = ['-C', here, '--transform', `s,^${recipe.entry}$,usr/local/bin/${recipe.entry},`, recipe.entry];
  const extra = binaries ? ['-C', binaries, ...goPrograms.map(({ program }) => `usr/bin/${program}`)] : [];
  await importTree(cli, image, tree, [...extra, ...entry], recipe.changes, hash);
}

/** `extra` are words for tar: what it adds after the tree. */
async function importTree(
  cli: ContainerCli,
  image: string,
  tree: string,
  extra: readonly string[],
  changes: readonly string[],
  hash: string,
): Promise<void> {
  const before = await imageId(cli, image);
  const empty = ['dev', 'proc', 'sys'].map((name) => `--exclude=./${name}/*`);
  const words = [...changes, `LABEL holdfast.recipe=${hash}`].flatMap((change) => ['-c', change]);
  await pipe(
    ['tar', ['-c', ...empty, '-C', tree, '.', ...extra]],
    [cli.name, ['import', ...words, '-', image], { ...cli.environment }],
  );
  // the image that had this name before would lie around without one for ever
  if (before) await cli.run(['image', 'rm', before]).catch(() => '');
}

/** An image that is a tree and nothing else, made unless podman holds one of this very recipe. */
export async function treeImage(
  cli: ContainerCli,
  image: string,
  tree: Tree,
  changes: readonly string[],
): Promise<void> {
  const hash = recipeHash(await treeKey(tree), ...changes);
  await withLock(`image-${cli.name}-${image}`, async () => {
    if ((await imageLabel(cli, image, 'holdfast.recipe')) === hash) return;
    await importTree(cli, image, await makeTree(tree), [], changes, hash);
  });
}

/** Where the programs of the images lie on this machine: a whole file system with PostgreSQL's, and MongoDB's tools. */
export async function programFolders(): Promise<{ postgresTree: string; mongoTools: string }> {
  const [postgresTree, go] = await Promise.all([makeTree(forkyPostgres), makeGoPrograms()]);
  return { postgresTree, mongoTools: join(go, 'usr', 'bin') };
}

/** A folder with the programs of Redis as Debian has them, and the libraries that they need. */
export function redisFolder(): Promise<string> {
  return makeTree(recipes.redis.tree);
}

async function treeKey(tree: Tree): Promise<string> {
  const script = await readFile(join(here, 'rootfs.sh'), 'utf8');
  const base = tree.base ? await treeKey(tree.base) : '';
  return recipeHash(script, tree.suite, base, ...tree.packages);
}

async function makeTree(tree: Tree): Promise<string> {
  return cached(`tree-${tree.suite}-${await treeKey(tree)}`, async (folder) => {
    if (tree.base) await run('cp', ['-a', '--reflink=auto', `${await makeTree(tree.base)}/.`, folder]);
    const recipe = [join(here, 'rootfs.sh'), tree.suite, folder, await debianMirror(), ...tree.packages];
    // dies with us, whichever way we die: else it would go on writing into a folder that the next run empties
    const alone = ['--pdeathsig', 'KILL', 'unshare', '--fork', '--pid', '--kill-child', '--mount'];
    await run('setpriv', [...alone, '--propagation', 'private', 'sh', ...recipe]);
  });
}

async function goKey(): Promise<string> {
  const files = ['mongo-tools/go.mod', 'mongo-tools/go.sum', 'ferretdb/go.mod'];
  const texts = await Promise.all(files.map((file) => readFile(join(here, 'go', file), 'utf8')));
  return recipeHash(...texts, JSON.stringify(goPrograms));
}

async function makeGoPrograms(): Promise<string> {
  return cached(`go-${await goKey()}`, async (folder) => {
    await cp(join(here, 'go'), join(folder, 'src'), { recursive: true });
    await mkdir(join(folder, 'usr', 'bin'), { recursive: true });
    for (const { module, program, source } of goPrograms) {
      const target = join(folder, 'usr', 'bin', program);
      const build = ['build', '-mod=mod', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', target, source];
      await run('go', build, { cwd: join(folder, 'src', module), env: { CGO_ENABLED: '0' } });
    }
  });
}
