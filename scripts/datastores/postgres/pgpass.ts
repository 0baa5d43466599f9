import { readFileSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../common/secret.ts';
import type { PasswordKey } from '../kind.ts';

const LOOKED = 'the password is looked for in ~/.pgpass, but ';

/**
 * The password that ~/.pgpass (or the file of PGPASSFILE) holds for a connection, by libpq's rules: the first line that
 * fits counts, "*" fits everything, sockets are called "localhost". As libpq does, it takes no password from a file
 * that others can read, but says so instead of passing over it. Undefined when there is none.
 */
export function findInPgpass(
  key: PasswordKey,
  environment: Readonly<Record<string, string | undefined>>,
): Secret | string | undefined {
  const path = environment.PGPASSFILE || join(environment.HOME || homedir(), '.pgpass');
  try {
    const line = readFileSync(path, 'utf8')
      .split(/\r?\n/)
      .find((candidate) => fits(candidate, key));
    if (line === undefined) return undefined;
    const mode = statSync(path).mode & 0o777;
    if (mode & 0o077) return `${LOOKED}${path} can be read by others (mode 0${mode.toString(8)}), expected 0600`;
    return new Secret(fieldsOf(line)[4] ?? '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? undefined
      : `${LOOKED}${path} cannot be read: ${code ?? 'unknown error'}`;
  }
}

function fits(line: string, key: PasswordKey): boolean {
  const fields = line.startsWith('#') ? [] : fieldsOf(line);
  if (fields.length < 5) return false;
  const host = key.host === undefined || key.host.startsWith('/') ? 'localhost' : key.host;
  const wanted = [[host], [String(key.port ?? 5432)], key.databases ?? ['postgres'], [key.user ?? userInfo().username]];
  return wanted.every((values, index) => fields[index] === '*' || values.includes(fields[index] ?? ''));
}

/** Splits at the first four colons; a backslash keeps the next character from meaning anything. The rest is the password. */
function fieldsOf(line: string): string[] {
  const field = String.raw`((?:\\.|[^:\\])*):`;
  const parts = new RegExp(`^${field.repeat(4)}(.*)$`).exec(line)?.slice(1) ?? [];
  return parts.map((part) => part.replace(/\\(.)/g, '$1'));
}
