import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeWhole } from '../../common/whole-file.ts';
import type { Config } from '../../config/config.ts';
import { projectIdOf, stateFolder } from '../state.ts';

/** What is remembered of the keys of a project: no key, only what was done with which. */
export interface KeysMemory {
  /** Public keys of which a person showed that they kept the private half. */
  readonly kept: readonly string[];
  /** When `keys check` last ended well, RFC 3339, and the recipients at that time. */
  readonly checkedAt?: string;
  readonly checked?: readonly string[];
}

/** Reads what is remembered; nothing where it is not there or cannot be read: then the doctor asks for a check. */
export async function readMemory(config: Pick<Config, 'folder'>): Promise<KeysMemory> {
  try {
    return { kept: [], ...(JSON.parse(await readFile(fileOf(config), 'utf8')) as Partial<KeysMemory>) };
  } catch (error) {
    // What was forgotten costs a check, nothing else; anything that is not about the file is a bug.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code !== undefined) return { kept: [] };
    throw error;
  }
}

/** Adds to what is remembered. Throws the errno error. */
export async function remember(config: Pick<Config, 'folder'>, more: Partial<KeysMemory>): Promise<void> {
  const file = fileOf(config);
  const before = await readMemory(config);
  const kept = [...new Set([...before.kept, ...(more.kept ?? [])])];
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeWhole(file, `${JSON.stringify({ ...before, ...more, kept }, null, 2)}\n`, 0o600);
}

function fileOf(config: Pick<Config, 'folder'>): string {
  return join(stateFolder(), 'keys', `${projectIdOf(config)}.json`);
}
