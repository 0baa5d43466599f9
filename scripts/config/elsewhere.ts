import { Failure } from '../common/failure.ts';
import type { Kind } from '../common/kinds.ts';
import type { ServerSettings } from './config.ts';
import { readEnvFile } from './env-file.ts';
import type { ConfigSources } from './load.ts';
import { Problems } from './problems.ts';
import { isServerKind, SERVER_NAMES, serverOfValues } from './servers.ts';
import { joinValues } from './values.ts';

/**
 * A server that only the command line names, by its URL. Its password stands where that of any server may stand
 * (POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE, ~/.pgpass, ...), since everybody on the machine can read a command line.
 * Throws Failure "settings", "usage" for a password in the URL.
 */
export async function serverByUrl(kind: Kind, url: string, sources: ConfigSources): Promise<ServerSettings> {
  const { folder, environment } = sources;
  if (!isServerKind(kind)) throw new Failure('usage', { message: `${kind} have no URL` });
  const names = SERVER_NAMES[kind];
  const problems = new Problems();
  const file = await readEnvFile(folder, problems);
  const values = joinValues({ flags: { [names.url]: url, [names.container]: '' }, environment, file }, problems);
  if (/^[^/]*\/\/[^/@]*:[^/@]+@/.test(url)) {
    throw new Failure('usage', {
      message: 'found a password in a URL on the command line, where everybody on this machine can read it',
      hint: `set ${names.password} or ${names.passwordFile}, and leave the password out of the URL`,
    });
  }
  const server = serverOfValues(kind, { folder, environment, values, problems });
  problems.throwIfAny();
  if (server === undefined) throw new Failure('internal', { message: 'a URL on the command line named no server' });
  return server;
}
