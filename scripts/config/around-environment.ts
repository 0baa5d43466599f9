import type { Environment } from './environment.ts';
import { memberVariables } from './member-variables.ts';
import { SETTINGS, type SettingName } from './names.ts';

/** Rules that hide what is wrong, because a URL may stand there by mistake; what is right there is no secret. */
const HARMLESS = /_(CONTAINER|IMAGE|DOMAIN)$/;

/**
 * The environment that commands of a person's get: that of Holdfast without the names whose values are secret among its
 * own settings, and without those that holdfast.yaml takes by "${NAME}", which mostly are.
 */
export async function environmentForCommands(
  environment: Environment,
  taken: readonly string[],
): Promise<Record<string, string>> {
  const settings = (Object.keys(SETTINGS) as SettingName[]).filter((name) => SETTINGS[name].rule.secret);
  const members = (await memberVariables()).filter(
    ({ setting }) => setting.rule.secret || setting.meaning === 'secret',
  );
  const hidden = new Set([
    ...[...settings, ...members.map(({ name }) => name)].filter((name) => !HARMLESS.test(name)),
    ...taken,
  ]);
  const left = Object.entries(environment).filter(([name, value]) => value !== undefined && !hidden.has(name));
  return Object.fromEntries(left) as Record<string, string>;
}
