import type { MemberSetting, MemberSettings } from '../common/member-setting.ts';
import { loadNotifier, notifierKinds } from '../notify/index.ts';
import { loadMember, storageKinds } from '../storage/index.ts';
import { serverSettings } from './server-names.ts';

/** A name of .env that members of a room take. */
export interface MemberVariable {
  readonly name: string;
  /** The words of the members that take it. */
  readonly kinds: readonly string[];
  /** Those that cannot do without it. */
  readonly requiredBy: readonly string[];
  readonly setting: MemberSetting;
}

/** Every name that some storage takes, in the order of the members and their settings; "…_FILE" beside each secret. */
export function storageVariables(): Promise<MemberVariable[]> {
  return variablesOf(storageKinds(), loadMember);
}

/** The same of the notifiers. */
export function notifierVariables(): Promise<MemberVariable[]> {
  return variablesOf(notifierKinds(), loadNotifier);
}

/** The names of all members of all rooms. */
export async function memberVariables(): Promise<MemberVariable[]> {
  const ofServers = serverSettings().map((setting) => ({ name: setting.variable, kinds: [], requiredBy: [], setting }));
  return [...(await storageVariables()), ...(await notifierVariables()), ...ofServers];
}

async function variablesOf(
  kinds: readonly string[],
  load: (kind: string) => Promise<{ readonly settings: MemberSettings } | undefined>,
): Promise<MemberVariable[]> {
  const found = new Map<string, MemberVariable & { kinds: string[]; requiredBy: string[] }>();
  for (const kind of kinds) {
    const member = await load(kind);
    for (const setting of Object.values(member?.settings ?? {})) {
      for (const name of namesOf(setting)) {
        const known = found.get(name) ?? { name, kinds: [], requiredBy: [], setting };
        known.kinds.push(kind);
        if (setting.required) known.requiredBy.push(kind);
        found.set(name, known);
      }
    }
  }
  return [...found.values()];
}

/** The names in .env and the environment that give a value to a setting. */
export function namesOf({ variable, meaning }: MemberSetting): string[] {
  return meaning === 'secret' ? [variable, `${variable}_FILE`] : [variable];
}
