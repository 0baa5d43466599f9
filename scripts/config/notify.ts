import { loadNotifier, type NotifierChoice, notifierKinds } from '../notify/index.ts';
import type { NotifierMember } from '../notify/member.ts';
import { NOTICE_KINDS, type NoticeKind } from '../notify/notifier.ts';
import type { SettingsFile } from './file-settings.ts';
import { type AskedMember, type MemberSection, readMemberSettings } from './member-settings.ts';
import { namesOf } from './member-variables.ts';
import { resolvePath } from './password-file.ts';
import type { ServerContext } from './servers.ts';
import { quote } from './values.ts';

/** One place that messages are brought to. */
export type ConfiguredNotifier = NotifierChoice;

/** Who is told what, and where metrics go. */
export interface NotifyPolicy {
  readonly notify: readonly ConfiguredNotifier[];
  /** Hours before people are told the same failure again. */
  readonly notifyRepeatHours: number;
  /** Percent that a source must shrink by, against its usual size, to look wrong. */
  readonly shrinkPercent: number;
  /** Where metrics are written after each run, for node_exporter; absolute. Undefined: nowhere. */
  readonly metricsFile: string | undefined;
}

const DEFAULTS = { on: ['failure', 'suspicious'], repeatHours: 6, shrinkPercent: 50 } as const;

/** Who is told what: the notifiers that holdfast.yaml names, and those whose names stand in .env or the environment. */
export async function readNotify(file: SettingsFile | undefined, context: ServerContext): Promise<NotifyPolicy> {
  const { values, folder } = context;
  const settings = file?.settings;
  // Asked for here, so that a wrong one is told also where nobody makes use of it.
  values.get('BACKUP_NOTIFY_ON');
  const metrics = values.get('BACKUP_METRICS_FILE')?.value ?? settings?.metrics_file;
  return {
    notify: [...(await notifiersOfFile(file, context)), ...(await notifiersOfNames(file, context))],
    notifyRepeatHours:
      values.get('BACKUP_NOTIFY_REPEAT_HOURS')?.value ?? settings?.notify_repeat_hours ?? DEFAULTS.repeatHours,
    shrinkPercent: values.get('BACKUP_SHRINK_PERCENT')?.value ?? settings?.shrink_percent ?? DEFAULTS.shrinkPercent,
    metricsFile: metrics === undefined ? undefined : resolvePath(folder, metrics),
  };
}

const SECTION: MemberSection = { key: 'notify', called: 'the notifier', ownKeys: ['kind', 'on'] };

type Section = Readonly<Record<string, unknown>> & { readonly on?: readonly NoticeKind[] | undefined };

function sectionsOf(file: SettingsFile | undefined): Readonly<Record<string, Section>> {
  return (file?.settings.notify ?? {}) as Readonly<Record<string, Section>>;
}

function kindOf(name: string, { kind }: Section): string {
  return typeof kind === 'string' ? kind : name;
}

async function notifiersOfFile(file: SettingsFile | undefined, context: ServerContext): Promise<ConfiguredNotifier[]> {
  const choices: ConfiguredNotifier[] = [];
  for (const [name, section] of Object.entries(sectionsOf(file))) {
    if (file === undefined) continue;
    const place = file.file.placeOfKey(['notify'], name);
    const kind = kindOf(name, section);
    const member = await loadNotifier(kind);
    if (member !== undefined) choices.push(choiceOf(member, { name, kind, place, section }, file, context));
    else {
      const expected = notifierKinds().map((word) => `"${word}"`);
      context.problems.add(
        place,
        `notify.${name} is of the kind ${quote(kind)}, expected one of ${expected.join(', ')}`,
      );
    }
  }
  return choices;
}

/** A kind whose address stands in .env or the environment, unless a notifier of holdfast.yaml took it. */
async function notifiersOfNames(file: SettingsFile | undefined, context: ServerContext): Promise<ConfiguredNotifier[]> {
  const choices: ConfiguredNotifier[] = [];
  for (const kind of notifierKinds()) {
    const member = await loadNotifier(kind);
    if (member === undefined || isTaken(kind, member, file)) continue;
    const found = nameThatAsks(member, context);
    if (found === undefined) complainOfOrphans(kind, member, file, context);
    else choices.push(choiceOf(member, { name: kind, kind, place: found.place, section: undefined }, file, context));
  }
  return choices;
}

function isTaken(kind: string, { askedBy }: NotifierMember, file: SettingsFile | undefined): boolean {
  const own = Object.entries(sectionsOf(file)).filter(([name, section]) => kindOf(name, section) === kind);
  return own.some(([name, section]) => {
    const hasOwn = section[askedBy] !== undefined || section[`${askedBy}_file`] !== undefined;
    return name === kind || !hasOwn;
  });
}

function nameThatAsks({ settings, askedBy }: NotifierMember, { values }: ServerContext) {
  const setting = settings[askedBy];
  const found = setting && namesOf(setting).map((name) => values.find(name));
  return found?.find((each) => each !== undefined && setting?.rule.read(each.value) !== false);
}

/** Settings of a notifier that nobody asked for would be passed over in silence. */
function complainOfOrphans(
  kind: string,
  { settings, askedBy }: NotifierMember,
  file: SettingsFile | undefined,
  { values, problems }: ServerContext,
): void {
  if (Object.entries(sectionsOf(file)).some(([name, section]) => kindOf(name, section) === kind)) return;
  for (const [name, setting] of Object.entries(settings)) {
    const written = namesOf(setting).find((each) => values.find(each) !== undefined);
    const found = written === undefined ? undefined : values.find(written);
    if (name === askedBy || found === undefined) continue;
    problems.add(
      found.place,
      `${written} is set, but not ${settings[askedBy]?.variable}, without which nothing is sent`,
    );
  }
}

function choiceOf(
  member: NotifierMember,
  asked: AskedMember & { readonly section: Section | undefined },
  file: SettingsFile | undefined,
  context: ServerContext,
): ConfiguredNotifier {
  const settings = readMemberSettings(member.settings, { section: SECTION, asked, file, context });
  const general = member.audience === 'watchdog' ? undefined : context.values.get('BACKUP_NOTIFY_ON')?.value;
  const standard = member.audience === 'watchdog' ? NOTICE_KINDS : DEFAULTS.on;
  return { name: asked.name, kind: asked.kind, settings, on: asked.section?.on ?? general ?? standard };
}
