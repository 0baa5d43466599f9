import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../../../scripts/common/failure.ts';
import type { Config } from '../../../scripts/config/config.ts';
import { loadConfig } from '../../../scripts/config/load.ts';
import type { Flags } from '../../../scripts/config/values.ts';

/** What a test sets up: files by name, the environment, the command line. */
export interface Setup {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: Flags;
}

/** Runs `use` in a new folder with these files, and removes the folder afterwards. */
export async function withFolder<T>(files: Readonly<Record<string, string>>, use: (folder: string) => Promise<T>) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-config-')));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text, { mode: 0o600 });
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The settings of a folder. HOME is that folder, so that no ~/.pgpass of the machine is read. */
export function load({ files = {}, environment = {}, flags = {} }: Setup): Promise<Config> {
  return withFolder(files, (folder) => loadConfig({ folder, environment: { HOME: folder, ...environment }, flags }));
}

/** The lines of the Failure "settings" that loading must end with, with the folder written as "DIR". */
export function errorsOf({ files = {}, environment = {}, flags = {} }: Setup): Promise<string[]> {
  return withFolder(files, async (folder) => {
    try {
      await loadConfig({ folder, environment: { HOME: folder, ...environment }, flags });
    } catch (error) {
      if (error instanceof Failure && error.code === 'settings')
        return error.message.replaceAll(folder, 'DIR').split('\n');
      throw error;
    }
    throw new Error('the settings were taken without an error');
  });
}
