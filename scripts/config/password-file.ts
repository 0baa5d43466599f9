import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Secret } from '../common/secret.ts';

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
