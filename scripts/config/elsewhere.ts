import { Failure } from '../common/failure.ts';
import type { Kind } from '../common/kinds.ts';
import type { ServerSettings } from './config.ts';
import { readEnvFile } from './env-file.ts';
import type { ConfigSources } from './load.ts';
import { Problems } from './problems.ts';
import { serverNames } from './server-names.ts';
import { serverOfValues } from './servers.ts';
import { joinValues } from './values.ts';

/**
 * A server that only the command line names, by its URL. Its password stands where that of any server may stand
 * (POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE, ~/.pgpass, ...), since everybody on the machine can read a command line.
 * Throws Failure "settings", "usage" for a password in the URL.
 */
export async function serverByUrl(kind: Kind, url: string, sources: ConfigSources): Promise<ServerSettings> {
  const { folder, environment } = sources;
  const names = serverNames(kind);
  if (names === undefined) throw new Failure('usage', { message: `${kind} have no URL` });
  const problems = new Problems();
  const file = await readEnvFile(folder, problems);
  const values = joinValues(
    { flags: { [names.url.variable]: url, [names.container.variable]: '' }, environment, file },
    problems,
  );
  if (/^[^/]*\/\/[^/@]*:[^/@]+@/.test(url)) {
    throw new Failure('usage', {
      message: 'found a password in a URL on the command line, where everybody on this machine can read it',
      hint: `set ${names.password.variable} or ${names.passwordFile.variable}, and leave the password out of the URL`,
    });
  }
  const server = serverOfValues(kind, { folder, environment, values, problems });
  problems.throwIfAny();
  if (server === undefined) throw new Failure('internal', { message: 'a URL on the command line named no server' });
  return server;
}
