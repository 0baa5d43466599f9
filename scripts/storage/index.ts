import type { LocalSettings } from './local.ts';
import type { Storage } from './storage.ts';

/** Settings of a storage; each member takes its own, told apart by `kind`. */
export type StorageSettings = LocalSettings;

/** The members of this room: the word for BACKUP_STORAGE, and how it is opened. Each is loaded only when it is used. */
const MEMBERS: { readonly [Kind in StorageSettings['kind']]: (settings: StorageSettings) => Promise<Storage> } = {
  local: async (settings) => (await import('./local.ts')).localStorage(settings),
};

/** The words that BACKUP_STORAGE takes. */
export const STORAGE_KINDS: readonly string[] = Object.keys(MEMBERS);

/** Opens the storage that the settings name. Nothing is created or connected yet. */
export async function openStorage(settings: StorageSettings): Promise<Storage> {
  return await MEMBERS[settings.kind](settings);
}
