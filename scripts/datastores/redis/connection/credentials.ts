import { Failure } from '../../../common/failure.ts';
import { Secret } from '../../../common/secret.ts';
import type { CallOptions, ServiceDetails } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';

/** Variables that hold the password in images, and in what people write: the file of the same name with _FILE as well. */
const VARIABLES = ['REDIS_PASSWORD', 'VALKEY_PASSWORD', 'KEYDB_PASSWORD', 'REDIS_MASTER_PASSWORD', 'REDIS_PASS'];

/** Where images keep their configuration. */
const CONFIG_FILES = [
  ...['/usr/local/etc/redis/redis.conf', '/usr/local/etc/redis.conf', '/etc/redis/redis.conf', '/etc/redis.conf'],
  ...['/usr/local/etc/valkey/valkey.conf', '/etc/valkey/valkey.conf', '/data/redis.conf', '/redis.conf'],
  ...['/opt/bitnami/redis/etc/redis.conf', '/opt/bitnami/valkey/etc/valkey.conf', '/etc/keydb/keydb.conf'],
];

/**
 * The password of the address, else what the container knows: its environment, the words that it was started with, its
 * configuration file. Undefined for a server that asks nobody.
 */
export async function findPassword(
  address: ServerAddress,
  details: ServiceDetails | undefined,
  commandLine: readonly string[],
  options: CallOptions,
): Promise<Secret | undefined> {
  if (address.password !== undefined || details === undefined) return address.password;
  const found =
    (await fromEnvironment(address, details, options)) ??
    fromWords([...(details.command ?? []), ...commandLine]) ??
    (await fromFiles(address, [...(details.command ?? []), ...commandLine], options));
  return found === undefined ? undefined : new Secret(found);
}

async function fromEnvironment(
  address: ServerAddress,
  { environment }: ServiceDetails,
  options: CallOptions,
): Promise<string | undefined> {
  for (const name of VARIABLES) {
    const value = environment.get(name);
    if (value !== undefined && value !== '') return value;
    const file = environment.get(`${name}_FILE`);
    if (file === undefined || file === '') continue;
    const { code, stdout, stderr } = await address.engine.run(address.service, { argv: ['cat', file] }, options);
    if (code === 0) return stdout.replace(/\n+$/, '');
    throw new Failure('denied', {
      message: `"${name}_FILE" of ${address.label} cannot be read`,
      detail: stderr.trim(),
    });
  }
  return undefined;
}

/** `redis-server --requirepass word`, as words of their own or within a line for a shell. */
function fromWords(words: readonly string[]): string | undefined {
  const at = words.indexOf('--requirepass');
  if (at >= 0) return unquoted(words[at + 1]);
  const line = words.find((word) => /\s--requirepass\s/.test(word));
  const written = line === undefined ? undefined : /\s--requirepass\s+("[^"]*"|'[^']*'|\S+)/.exec(line)?.[1];
  // A name that a shell was to fill in tells nothing here.
  return written?.includes('$') ? undefined : unquoted(written);
}

function unquoted(word: string | undefined): string | undefined {
  const plain = word?.replace(/^(["'])(.*)\1$/s, '$2');
  return plain === '' ? undefined : plain;
}

/** The last "requirepass" of the first configuration file that has one. */
async function fromFiles(
  address: ServerAddress,
  words: readonly string[],
  options: CallOptions,
): Promise<string | undefined> {
  const named = words.filter((word) => /^\/\S*\.conf$/.test(word));
  const script = 'for file in "$@"; do sed -n \'s/^requirepass[ \t]*//p\' "$file" 2>/dev/null | tail -n 1; done';
  const argv = ['sh', '-c', script, 'sh', ...named, ...CONFIG_FILES] as const;
  const { stdout } = await address.engine.run(address.service, { argv }, options);
  return unquoted(
    stdout
      .split('\n')
      .find((line) => line !== '')
      ?.trim(),
  );
}
