import { readFileSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { Secret } from '../common/secret.ts';
import type { Environment } from './environment.ts';

/** A path as a person writes it: relative to the folder of the settings, "~/" for the home folder. */
export function resolvePath(folder: string, path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(folder, path);
}

/**
 * The content of a file without the line break at its end, which editors add. Gives the reason as text when there is
 * no password in it; the content itself is never part of the reason.
 */
export function readPasswordFile(path: string): Secret | string {
  try {
    const password = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return password === '' ? `${path} is empty, expected a password` : new Secret(password);
  } catch (error) {
    return `${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`;
  }
}

/** A connection that a password is looked for. */
export interface PgpassKey {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly databases: readonly string[] | undefined;
}

/**
 * The password that ~/.pgpass (or the file of PGPASSFILE) holds for a connection, by libpq's rules: the first line that
 * fits counts, "*" fits everything, sockets are called "localhost". As libpq does, it takes no password from a file
 * that others can read, but says so instead of passing over it. Undefined when there is none.
 */
export function findInPgpass(key: PgpassKey, environment: Environment): Secret | string | undefined {
  const path = environment.PGPASSFILE || join(environment.HOME || homedir(), '.pgpass');
  try {
    const line = readFileSync(path, 'utf8')
      .split(/\r?\n/)
      .find((candidate) => fits(candidate, key));
    if (line === undefined) return undefined;
    const mode = statSync(path).mode & 0o777;
    if (mode & 0o077) return `${path} can be read by others (mode 0${mode.toString(8)}), expected 0600`;
    return new Secret(fieldsOf(line)[4] ?? '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : `${path} cannot be read: ${code ?? 'unknown error'}`;
  }
}

function fits(line: string, key: PgpassKey): boolean {
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
