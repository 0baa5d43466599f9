import type { Rule, RuleValue } from '../common/rules.ts';
import type { Secret } from '../common/secret.ts';
import type { Storage } from './storage.ts';

/** One setting of a storage. Its key in `settings` is the name in holdfast.yaml. */
export interface StorageSetting<Value = unknown> {
  /** What may stand there. */
  readonly rule: Rule<Value>;
  /** The name in .env and the environment, such as "BACKUP_S3_BUCKET". */
  readonly variable: string;
  /** For people: what it is for, without a full stop at the end. */
  readonly about: string;
  /** The backup cannot begin without it. */
  readonly required?: true;
  /**
   * "file": a path, made absolute (relative to the settings' folder, "~/" for the home folder). "secret": arrives as
   * {@link Secret}; its rule must be a secret one as well, so that no error shows it.
   */
  readonly meaning?: 'file' | 'secret';
  /** For people: what holds when it is not set. `open` sees to it. */
  readonly standard?: string;
}

/** The settings of a member by name. */
export type StorageSettingsOf<Settings extends Readonly<Record<string, StorageSetting>>> = {
  readonly [Name in keyof Settings]: Settings[Name] extends { required: true }
    ? ValueOf<Settings[Name]>
    : ValueOf<Settings[Name]> | undefined;
};

type ValueOf<Setting extends StorageSetting> = Setting extends { meaning: 'secret' }
  ? Secret
  : RuleValue<Setting['rule']>;

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
