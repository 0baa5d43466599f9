import { readEnvFile } from './env-file.ts';
import type { Environment } from './environment.ts';
import { memberVariables } from './member-variables.ts';
import { isSettingName } from './names.ts';
import { Problems } from './problems.ts';

/**
 * The names of settings that only the shell of this process has: a run that a scheduler starts will not see them.
 * Never their values.
 */
export async function settingsOnlyInShell(folder: string, environment: Environment): Promise<string[]> {
  const file = await readEnvFile(folder, new Problems());
  const ofMembers = new Set((await memberVariables()).map(({ name }) => name));
  const isOurs = (name: string): boolean => isSettingName(name) || ofMembers.has(name);
  return Object.keys(environment)
    .filter((name) => isOurs(name) && environment[name] && file?.values[name] !== environment[name])
    .sort();
}
