/** Backup and restore without Holdfast, as shell texts: the hand-written way, and the fastest that tuning can make of it. */
import { mongoDatabase, postgresDatabases } from '../tests/stack/data/fill.ts';
import type { Stack } from '../tests/stack/stack.ts';

/** A way to dump everything by hand; its files are read by the stock tools. */
export interface RawWay {
  readonly name: string;
  readonly script: string;
  /** A program that it needs and that not every machine has. */
  readonly needs?: string;
}

type Servers = Pick<Stack, 'postgres' | 'mongo'>;

/** What shell scripts do: one after another, the tools' own compression. */
export function handWritten(servers: Servers): RawWay {
  const { dump, mongodump } = tools(servers);
  const lines = postgresDatabases.map((name) => dump('', name));
  return { name: 'hand-written', script: [...lines, `${mongodump('--gzip')} > mongo.archive.gz`].join('\n') };
}

/** What somebody who knows the tools would try: everything side by side, faster compression, gzip of its own for mongo. */
export function tunedWays(servers: Servers): RawWay[] {
  const { dump, mongodump } = tools(servers);
  const way = (option: string, gzip: string): Omit<RawWay, 'needs'> => {
    const postgres = postgresDatabases.map((database) => dump(`-Z ${option}`, database));
    const mongo = `${mongodump('')} | ${gzip} > mongo.archive.gz`;
    return { name: `${option}, ${gzip}`, script: sideBySide([...postgres, mongo]) };
  };
  return [
    way('zstd:1', 'gzip -1'),
    { ...way('zstd:1', 'pigz -1'), needs: 'pigz' },
    way('lz4:1', 'gzip -1'),
    way('gzip:1', 'gzip -1'),
  ];
}

/** restic deduplicates what is not compressed, and compresses by itself. */
export function resticWay(servers: Servers): RawWay {
  const { plainDump, mongodump } = tools(servers);
  const keep = (file: string) => `restic backup -q --stdin --stdin-filename ${file}`;
  const lines = postgresDatabases.map((name) => `${plainDump(name)} | ${keep(`${name}.dump`)}`);
  const script = ['restic init -q', sideBySide([...lines, `${mongodump('')} | ${keep('mongo.archive')}`])].join('\n');
  return { name: 'restic', script, needs: 'restic' };
}

/**
 * One after another from the files of the hand-written way, which lie in `folder`. Exit code 1 is let pass, as scripts
 * do: with --clean pg_restore complains of the primary keys of partitions, which it cannot drop one by one.
 */
export function rawRestore({ postgres }: Servers, folder: string): string {
  const { engine, container, user } = postgres;
  const restore = `${engine} exec -i ${container} pg_restore -U ${user} --clean --if-exists`;
  const lines = postgresDatabases.map((name) => `${restore} -d ${name} < '${folder}/${name}.dump' || [ $? -eq 1 ]`);
  return lines.join('\n');
}

function tools({ postgres, mongo }: Servers) {
  const pg = `${postgres.engine} exec ${postgres.container} pg_dump -U ${postgres.user} -Fc`;
  const login = '-u "$MONGO_INITDB_ROOT_USERNAME" -p "$MONGO_INITDB_ROOT_PASSWORD" --authenticationDatabase admin';
  const dumpMongo = `exec mongodump --quiet ${login} --db ${mongoDatabase} --archive`;
  return {
    dump: (option: string, name: string) => `${pg} ${option} ${name} > ${name}.dump`,
    plainDump: (name: string) => `${pg} -Z 0 ${name}`,
    mongodump: (option: string) => `${mongo.engine} exec ${mongo.container} sh -c '${dumpMongo} ${option}'`,
  };
}

/** Starts all lines at once and fails when one of them fails. */
function sideBySide(lines: readonly string[]): string {
  const started = lines.map((line, at) => `{ ${line}; } & started${at}=$!`);
  return [...started, ...lines.map((_, at) => `wait $started${at}`)].join('\n');
}
