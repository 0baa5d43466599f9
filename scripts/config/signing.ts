import { accessSync, constants } from 'node:fs';
import type { SettingsFile } from './file-settings.ts';
import { foundIn } from './found-in.ts';
import type { SettingName } from './names.ts';
import { resolvePath } from './password-file.ts';
import type { ServerContext } from './servers.ts';
import type { Found } from './values.ts';

/** Who signs sets, and whose sets are taken. */
export interface SigningPolicy {
  /** The key that signs each set: a path; undefined: sets are not signed. */
  readonly signKey: string | undefined;
  /** The file of allowed signers: a path; undefined: signatures are not looked at. */
  readonly allowedSigners: string | undefined;
}

/** The settings about signatures; a file that cannot be read is among the problems. */
export function readSigning(file: SettingsFile | undefined, context: ServerContext): SigningPolicy {
  const written = file?.settings.signing;
  const inFile = (key: 'key' | 'allowed_signers') => foundIn(file, ['signing', key], written?.[key]);
  return {
    signKey: readable('BACKUP_SIGN_KEY', inFile('key'), context),
    allowedSigners: readable('BACKUP_ALLOWED_SIGNERS', inFile('allowed_signers'), context),
  };
}

/** Told now and not after an hour of dumps. */
function readable(
  name: Extract<SettingName, 'BACKUP_SIGN_KEY' | 'BACKUP_ALLOWED_SIGNERS'>,
  written: Found<string> | undefined,
  { values, folder, problems }: ServerContext,
): string | undefined {
  const found = values.get(name) ?? written;
  if (found === undefined) return undefined;
  const path = resolvePath(folder, found.value);
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    problems.add(found.place, `${name}: ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  return path;
}
