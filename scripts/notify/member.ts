import type { MemberSettings, SettingsOf } from '../common/member-setting.ts';
import type { Notifier } from './notifier.ts';

/** What every notifier is told beside its own settings. */
export interface NotifierSurroundings {
  /** What the person calls it: its kind, or its name in holdfast.yaml. */
  readonly name: string;
  /** The environment of the process, for what a desktop needs (DISPLAY, DBUS_SESSION_BUS_ADDRESS, PATH). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `process.platform`, so that members can be driven elsewhere in tests. */
  readonly platform: NodeJS.Platform;
}

/**
 * One way to tell. A file in `notify/members/` exports it as `member`; the name of the file is its word. Nothing else
 * has to be edited: settings, errors, the schema of holdfast.yaml and the table in the docs are made from it. The file
 * is loaded for its settings alone too, so what is heavy is imported in `open` or later.
 */
export interface NotifierMember<Settings extends MemberSettings = MemberSettings> {
  readonly settings: Settings;
  /** The setting that asks for it by standing in .env or the environment (and not being "no"). */
  readonly askedBy: keyof Settings & string;
  /**
   * "people" hear what they chose, and the same news not too often. A "watchdog" is a machine that alarms when it hears
   * nothing: it is told of everything, each time.
   */
  readonly audience: 'people' | 'watchdog';
  /** Connects to nothing yet. Throws Failure "settings" when settings do not go together. */
  open(settings: SettingsOf<Settings>, surroundings: NotifierSurroundings): Promise<Notifier> | Notifier;
}

/** Gives the member back with the types of its settings worked out. */
export function defineNotifier<const Settings extends MemberSettings>(
  member: NotifierMember<Settings>,
): NotifierMember<Settings> {
  return member;
}
