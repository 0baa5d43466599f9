import type { MemberSetting, SettingsOf } from '../common/member-setting.ts';
import type { Storage } from './storage.ts';

/** One setting of a storage. The backup cannot begin without one that is required. */
export type StorageSetting<Value = unknown> = MemberSetting<Value>;

/** The settings of a member by name. */
export type StorageSettingsOf<Settings extends Readonly<Record<string, StorageSetting>>> = SettingsOf<Settings>;

/** What every storage is told beside its own settings. */
export interface StorageSurroundings {
  /** What the person calls this destination: the word of BACKUP_STORAGE, or its name in holdfast.yaml. */
  readonly name: string;
  /** The folder that the settings belong to; absolute. */
  readonly folder: string;
  /** The environment of the process, for what a client library reads by itself (AWS_PROFILE, SSH_AUTH_SOCK, HOME). */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * One backend. A file in `storage/members/` exports it as `member`; the name of the file is its word. Nothing else has
 * to be edited: settings, errors, the schema of holdfast.yaml and the table in the docs are made from it. The file is
 * loaded for its settings alone too, so what is heavy is imported in `open` or later.
 */
export interface StorageMember<
  Settings extends Readonly<Record<string, StorageSetting>> = Readonly<Record<string, StorageSetting>>,
> {
  readonly settings: Settings;
  /** How its storage is wrapped: one that is a folder of this machine neither waits for answers nor loses them. */
  readonly wrap: 'nothing' | 'idle limit' | 'idle limit and retry';
  /** Connects to nothing yet. Throws Failure "settings" when settings do not go together. */
  open(settings: StorageSettingsOf<Settings>, surroundings: StorageSurroundings): Promise<Storage> | Storage;
}

/** Gives the member back with the types of its settings worked out. */
export function defineStorage<const Settings extends Readonly<Record<string, StorageSetting>>>(
  member: StorageMember<Settings>,
): StorageMember<Settings> {
  return member;
}
