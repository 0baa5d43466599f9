import type { Rule, RuleValue } from './rules.ts';
import type { Secret } from './secret.ts';

/**
 * One setting of a member of a room: of a storage, of a notifier. Its key in `settings` is the name in holdfast.yaml
 * ("pathStyle" is written "path_style" there).
 */
export interface MemberSetting<Value = unknown> {
  /** What may stand there. */
  readonly rule: Rule<Value>;
  /** The name in .env and the environment, such as "BACKUP_S3_BUCKET". */
  readonly variable: string;
  /** For people: what it is for, without a full stop at the end. */
  readonly about: string;
  /** The member is of no use without it. */
  readonly required?: true;
  /**
   * "file": a path, made absolute (relative to the settings' folder, "~/" for the home folder). "secret": arrives as
   * {@link Secret}; its rule must be a secret one as well, so that no error shows it.
   */
  readonly meaning?: 'file' | 'secret';
  /** For people: what holds when it is not set. `open` sees to it. */
  readonly standard?: string;
}

/** The settings of a member as it declares them. */
export type MemberSettings = Readonly<Record<string, MemberSetting>>;

/** The settings of a member by name, as `open` gets them. */
export type SettingsOf<Settings extends MemberSettings> = {
  readonly [Name in keyof Settings]: Settings[Name] extends { required: true }
    ? ValueOf<Settings[Name]>
    : ValueOf<Settings[Name]> | undefined;
};

type ValueOf<Setting extends MemberSetting> = Setting extends { meaning: 'secret' }
  ? Secret
  : RuleValue<Setting['rule']>;
