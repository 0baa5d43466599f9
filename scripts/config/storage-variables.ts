import { loadMember, storageKinds } from '../storage/index.ts';
import type { StorageSetting } from '../storage/member.ts';

/** A name of .env that a storage takes. */
export interface StorageVariable {
  readonly name: string;
  /** The words of the storages that take it. */
  readonly kinds: readonly string[];
  /** Those that cannot do without it. */
  readonly requiredBy: readonly string[];
  readonly setting: StorageSetting;
}

/** Every name that some storage takes, in the order of the members and their settings; "…_FILE" beside each secret. */
export async function storageVariables(): Promise<StorageVariable[]> {
  const found = new Map<string, StorageVariable & { kinds: string[]; requiredBy: string[] }>();
  for (const kind of storageKinds()) {
    const member = await loadMember(kind);
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

function namesOf({ variable, meaning }: StorageSetting): string[] {
  return meaning === 'secret' ? [variable, `${variable}_FILE`] : [variable];
}
