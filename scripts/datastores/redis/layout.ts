import type { CallOptions } from '../../engines/engine.ts';
import type { Connection } from './connection/connection.ts';

/** How a server keeps its data; the artifact layout.json, and part of `details` in the manifest. */
export interface Layout {
  readonly schema: 'holdfast-redis-layout/v1';
  readonly product: string;
  readonly version: string;
  /** Undefined where the login may not ask. */
  readonly dir: string | undefined;
  readonly dbfilename: string | undefined;
  readonly appenddirname: string | undefined;
  readonly appendfilename: string | undefined;
  readonly appendonly: string | undefined;
  /** Save points as CONFIG GET writes them: "3600 1 300 100". */
  readonly save: string | undefined;
  readonly databases: string | undefined;
  /** "name version" of each module. */
  readonly modules: readonly string[];
}

const NAMES = ['dir', 'dbfilename', 'appenddirname', 'appendfilename', 'appendonly', 'save', 'databases'] as const;

/** Asks the server. What it refuses to tell is undefined. */
export async function readLayout(connection: Connection, options: CallOptions): Promise<Layout> {
  const values = await readSettings(connection, NAMES, options);
  const [modules] = await connection.client.replies([['MODULE', 'LIST']], options);
  const { product, version } = connection;
  const schema = 'holdfast-redis-layout/v1' as const;
  return {
    schema,
    product,
    version,
    ...values,
    modules: parseModules(modules?.error === undefined ? modules?.text : ''),
  };
}

/** Some settings by name, as CONFIG GET tells them. */
export async function readSettings<Name extends string>(
  { client }: Pick<Connection, 'client'>,
  names: readonly Name[],
  options: CallOptions,
): Promise<Readonly<Record<Name, string | undefined>>> {
  const replies = await client.replies(
    names.map((name) => ['CONFIG', 'GET', name]),
    options,
  );
  const entries = names.map((name, at) => {
    const reply = replies[at];
    const isTold = reply?.error === undefined && reply?.text.startsWith(`${name}\n`);
    return [name, isTold ? reply?.text.slice(name.length + 1) : undefined];
  });
  return Object.fromEntries(entries);
}

/** The raw answer is a list of words: name, its value, ver, its value, and more in later versions. */
function parseModules(text = ''): string[] {
  const words = text.split('\n');
  return words.flatMap((word, at) => {
    if (word !== 'name' || words[at + 2] !== 'ver') return [];
    return [`${words[at + 1]} ${words[at + 3]}`];
  });
}
